// SPDX-License-Identifier: GPL-2.0

// incidents [-every D] [-long D] [KIND...]: a busy program in which, for each KIND, one goroutine stalls for long.
//
// Two goroutines pass a number to and fro, with some work in between: thousands of waits, all short. After each D of
// that another goroutine, in main.incident, stalls for -long:
//
//	park	it waits for a channel
//	syscall	it reads from an empty pipe
//	runq	it could go on, and another keeps the only P. Needs GOMAXPROCS=1 GODEBUG=asyncpreemptoff=1
//	park!, syscall!	nobody ever ends it; a moment later all of the program is quiet for -quiet
//	runq!	the other keeps the P for -quiet
//
// At its end the program prints a line of JSON for each of them:
//
//	kind, goid, start_ns, end_ns	who stalled how; CLOCK_MONOTONIC just before and just after; park!, syscall!: after
//					the quiet, in which it stood still
//	ready_ns			runq: just before it could go on, otherwise 0
package main

import (
	"flag"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

var there, back = make(chan int), make(chan int)

// monotonic and spin do not tell the scheduler: asking for the time makes nobody wait, and nobody can take the P away.
//
//go:nosplit
func monotonic() int64 {
	const clockMonotonic = 1
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Sec*1e9 + t.Nsec
}

//go:nosplit
func spin(d time.Duration) {
	for end := monotonic() + int64(d); monotonic() < end; {
	}
}

func goid() (id int64) {
	var text [64]byte
	fmt.Sscanf(string(text[:runtime.Stack(text[:], false)]), "goroutine %d ", &id)
	return id
}

func echo() {
	for v := range there {
		back <- v
	}
}

func busy(d time.Duration) {
	// A recorder on a slow machine can follow so many.
	const work = 200 * time.Microsecond
	for end := monotonic() + int64(d); monotonic() < end; {
		there <- 1
		<-back
		spin(work)
	}
}

type told struct {
	kind       string
	goid       int64
	start, end atomic.Int64
	ready      int64
}

func incident(t *told, begun chan<- bool, over <-chan bool, pipe int, done chan<- bool) {
	t.goid = goid()
	begun <- true
	t.start.Store(monotonic())
	if strings.HasPrefix(t.kind, "syscall") {
		syscall.Read(pipe, make([]byte, 1))
	} else {
		<-over
	}
	t.end.CompareAndSwap(0, monotonic())
	done <- true
}

func main() {
	every := flag.Duration("every", 500*time.Millisecond, "between them")
	long := flag.Duration("long", 60*time.Millisecond, "each")
	quiet := flag.Duration("quiet", 150*time.Millisecond, "what does not end is watched for so long")
	flag.Parse()
	all := make([]told, flag.NArg())
	go echo()
	for i, kind := range flag.Args() {
		var pipe [2]int
		if err := syscall.Pipe(pipe[:]); err != nil {
			panic(err)
		}
		t, begun, over, done := &all[i], make(chan bool), make(chan bool), make(chan bool, 1)
		t.kind = kind
		busy(*every)
		go incident(t, begun, over, pipe[0], done)
		<-begun
		switch kind {
		case "park":
			busy(*long)
			over <- true
		case "syscall":
			busy(*long)
			syscall.Write(pipe[1], make([]byte, 1))
		case "runq", "runq!":
			runtime.Gosched()
			t.ready = monotonic()
			over <- true
			if kind == "runq" {
				spin(*long)
			} else {
				spin(*quiet)
			}
		case "park!", "syscall!":
			// Who waits from here on began to wait later.
			busy(10 * time.Millisecond)
			time.Sleep(*quiet)
			t.end.Store(monotonic())
			continue
		default:
			panic(kind)
		}
		<-done
	}
	busy(*every / 2)
	for i := range all {
		t := &all[i]
		fmt.Printf("{\"kind\":%q,\"goid\":%d,\"start_ns\":%d,\"end_ns\":%d,\"ready_ns\":%d}\n",
			t.kind, t.goid, t.start.Load(), t.end.Load(), t.ready)
	}
}
