// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The ways to be blocked that are looked for from outside, a function each, so that each has a name.

func waitReceive(c chan int) { <-c }
func waitSend(c chan int)    { c <- 1 }
func waitNil()               { var c chan int; <-c }
func waitSelect(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}
func waitForever()                { select {} }
func waitSleep()                  { time.Sleep(time.Hour) }
func waitMutex(m *sync.Mutex)     { m.Lock() }
func waitRead(m *sync.RWMutex)    { m.RLock() }
func waitCond(c *sync.Cond)       { c.L.Lock(); c.Wait() }
func waitGroup(g *sync.WaitGroup) { g.Wait() }
func waitPipe(f *os.File)         { io.ReadAll(f) }
func waitSyscall(fd int)          { syscall.Read(fd, make([]byte, 1)) }
func spin(stop *uint32) {
	for atomic.LoadUint32(stop) == 0 {
	}
}

// blocked starts goroutines that block in every way, waits until all do, prints the runtime's own account of them and
// keeps everything as it is until stdin ends. Nothing it starts can go on before that; one more goroutine spins.
func blocked(copies int) {
	var mutex, condMutex sync.Mutex
	var rw sync.RWMutex
	var group sync.WaitGroup
	var stop uint32
	channel := make(chan int)
	cond := sync.NewCond(&condMutex)
	reader, writer, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	var raw [2]int
	if err := syscall.Pipe(raw[:]); err != nil {
		panic(err)
	}
	full := make(chan int, 1)
	full <- 1
	mutex.Lock()
	rw.Lock()
	group.Add(1)
	for i := 0; i < copies; i++ {
		go waitReceive(channel)
		go waitSend(full)
		go waitNil()
		go waitSelect(channel, nil)
		go waitForever()
		go waitSleep()
		go waitMutex(&mutex)
		go waitRead(&rw)
		go waitCond(cond)
		go waitGroup(&group)
		go func() { waitReceive(channel) }()
	}
	go waitPipe(reader)
	go waitSyscall(raw[0])

	// Blocked for good: the account is the same twice, and nobody is on his way.
	last, account := "", ""
	for account == "" || account != last || strings.Contains(account, "[runnable") {
		time.Sleep(20 * time.Millisecond)
		last, account = account, stacks()
	}
	go spin(&stop)
	fmt.Println(account)
	fmt.Println("ready")
	io.ReadAll(os.Stdin)
	runtime.KeepAlive(writer)
	atomic.StoreUint32(&stop, 1)
}

// stacks is what a crash would print: a paragraph a goroutine.
func stacks() string {
	for size := 1 << 16; ; size *= 2 {
		buffer := make([]byte, size)
		if n := runtime.Stack(buffer, true); n < size {
			return string(buffer[:n])
		}
	}
}
