// SPDX-License-Identifier: GPL-2.0

// Goroutines that stop and go on in every way that is probed, one after the other, each known by what it says of
// itself: a line with its name, its goid and what it knows. A name is that of the function it is in.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// goid is the one that a crash would print: "goroutine 7 [running]:".
func goid() string {
	header := make([]byte, 64)
	return strings.Fields(string(header[:runtime.Stack(header, false)]))[1]
}

func say(name string, what ...any) {
	fmt.Println(append([]any{name, goid()}, what...)...)
}

// await returns when the runtime says that a goroutine in this function waits in this state.
func await(function, state string) {
	buffer := make([]byte, 1<<16)
	for {
		for _, one := range strings.Split(string(buffer[:runtime.Stack(buffer, true)]), "\n\n") {
			header, stack, _ := strings.Cut(one, "\n")
			if strings.Contains(header, "["+state) && strings.Contains(stack, "main."+function+"(") {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}

//go:noinline
func poller(file *os.File, done chan<- bool) {
	connection, err := file.SyscallConn()
	if err != nil {
		panic(err)
	}
	connection.Control(func(fd uintptr) { say("poller", fd) })
	file.Read(make([]byte, 1))
	done <- true
}

//go:noinline
func receiver(c <-chan int, done chan<- bool) {
	say("receiver", c)
	<-c
	done <- true
}

//go:noinline
func sender(c chan<- int) {
	say("sender", c)
	c <- 1
}

//go:noinline
func selecter(a, b, c <-chan int, done chan<- bool) {
	say("selecter", a, b, c)
	select {
	case <-a:
	case <-b:
	case <-c:
	}
	done <- true
}

//go:noinline
func caller(done chan<- bool) {
	say("caller")
	for i := 0; i < 10; i++ {
		syscall.Nanosleep(&syscall.Timespec{Nsec: 5e6}, nil)
	}
	done <- true
}

//go:noinline
func yielder(done chan<- bool) {
	say("yielder")
	runtime.Gosched()
	done <- true
}

//go:noinline
func sleeper(done chan<- bool) {
	say("sleeper")
	time.Sleep(10 * time.Millisecond)
	done <- true
}

//go:noinline
func spinner(stop *uint32, done chan<- bool) {
	say("spinner")
	for atomic.LoadUint32(stop) == 0 {
	}
	done <- true
}

func main() {
	done := make(chan bool, 1)
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	go poller(reader, done)
	await("poller", "IO wait")
	writer.Write([]byte{1})
	<-done

	c := make(chan int)
	go receiver(c, done)
	await("receiver", "chan receive")
	go sender(c)
	<-done

	a, b := make(chan int), make(chan int)
	go selecter(a, b, c, done)
	await("selecter", "select")
	close(b)
	<-done

	// There is one P. It is taken from the goroutine in a system call, and held while that returns.
	runtime.GOMAXPROCS(1)
	go caller(done)
	for len(done) == 0 {
	}
	<-done

	go yielder(done)
	<-done
	go sleeper(done)
	<-done

	// The collector stops it to scan its stack; the monitor takes it off its P every 10 ms.
	var stop uint32
	runtime.GOMAXPROCS(4) // so that a mark worker and it run at the same time
	go spinner(&stop, done)
	await("spinner", "runnable")
	for i := 0; i < 50; i++ {
		runtime.GC()
	}
	atomic.StoreUint32(&stop, 1)
	<-done
	for runtime.NumGoroutine() > 1 {
		time.Sleep(time.Millisecond)
	}
	say("main")
}
