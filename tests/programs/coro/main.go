// SPDX-License-Identifier: GPL-2.0

// coro [-times N] [-pause D]: two goroutines that take turns on one thread by iter.Pull.
//
// The source sleeps before it hands over each value; in between it hands over values at once; and it computes, so that
// it may be preempted while it has the thread that was the other's. At the end it prints lines of JSON:
//
//	consumer, source	goids
//	next_line	where the consumer waits for a value
//	yield_line	where the source hands one over, which is where it lets the consumer go on
//	sleep_line, spin_line	where the source sleeps, and computes
//	waits	of the consumer, for the values that the source slept for: start_ns and end_ns, CLOCK_MONOTONIC. All that the
//		consumer does in one is to call next(), so all of one but microseconds is time in which it stood still.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"iter"
	"os"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

type wait struct {
	Start int64 `json:"start_ns"`
	End   int64 `json:"end_ns"`
}

type told struct {
	Consumer  int64  `json:"consumer"`
	Source    int64  `json:"source"`
	NextLine  int    `json:"next_line"`
	YieldLine int    `json:"yield_line"`
	SleepLine int    `json:"sleep_line"`
	Waits     []wait `json:"waits"`
}

// monotonic is CLOCK_MONOTONIC, in ns, without telling the scheduler.
func monotonic() int64 {
	const clockMonotonic = 1
	var t syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, clockMonotonic, uintptr(unsafe.Pointer(&t)), 0)
	return t.Nano()
}

func goid() (id int64) {
	var text [64]byte
	fmt.Sscanf(string(text[:runtime.Stack(text[:], false)]), "goroutine %d ", &id)
	return id
}

// line of its caller, that many lines further on.
func line(further int) int {
	_, _, at, _ := runtime.Caller(1)
	return at + further
}

//go:noinline
func compute(d time.Duration) (n int) {
	for end := monotonic() + int64(d); monotonic() < end; n++ {
	}
	return n
}

// source is not inlined, so that its function has the name that is looked for.
//
//go:noinline
func source(t *told, times int, pause time.Duration) iter.Seq[int] {
	return func(yield func(int) bool) {
		t.Source = goid()
		for i := 0; i < times; i++ {
			t.SleepLine = line(1)
			time.Sleep(pause)
			compute(pause)
			t.YieldLine = line(1)
			if !yield(i) {
				return
			}
			yield(-1)
		}
	}
}

func main() {
	times := flag.Int("times", 4, "values that the source sleeps for")
	pause := flag.Duration("pause", 3*time.Millisecond, "how long it sleeps, and computes, for each")
	flag.Parse()
	t := &told{Consumer: goid()}
	next, stop := iter.Pull(source(t, *times, *pause))
	for more := true; more; {
		t.NextLine = line(3)
		var value int
		w := wait{Start: monotonic()}
		value, more = next()
		w.End = monotonic()
		if more && value >= 0 {
			t.Waits = append(t.Waits, w)
		}
	}
	stop()
	json.NewEncoder(os.Stdout).Encode(t)
}
