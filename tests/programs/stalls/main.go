// SPDX-License-Identifier: GPL-2.0

// stalls [-times N] [-pause D] [-hog FIFO]: goroutines that wait, each for a reason that the program knows and tells.
//
// One after the other, every kind of wait is staged: one goroutine blocks, and when the pause is over another one, or
// a timer, or another process, lets it go on. At the end it prints one line of JSON for each:
//
//	kind, reason	what was staged; the runtime's wait reason, "" where the runtime does not park
//	goid, function, line	who waited, and in which line of this file
//	waker, waker_goid, waker_function, waker_line	who ended it, in the words of `gtrace stalls`, and where
//	start_ns, ready_ns, end_ns	CLOCK_MONOTONIC just before it, just before it was ended, and just after it
//	loose	the wait, in a function that this one called, was somewhere in [start_ns, end_ns], may have been several, and those of other_goid, too
//
// stalls -be-hog FIFO -for D is the other process: it waits for a byte in FIFO, then takes the CPU away for a while.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

type stall struct {
	Kind          string `json:"kind"`
	Reason        string `json:"reason"`
	Goid          int64  `json:"goid"`
	Function      string `json:"function"`
	Line          int    `json:"line"`
	Waker         string `json:"waker"`
	WakerGoid     int64  `json:"waker_goid"`
	WakerFunction string `json:"waker_function"`
	WakerLine     int    `json:"waker_line"`
	Start         int64  `json:"start_ns"`
	Ready         int64  `json:"ready_ns"`
	End           int64  `json:"end_ns"`
	Loose         bool   `json:"loose"`
	Other         int64  `json:"other_goid"`

	begun uint32
}

// release is N of the Go 1.N that built this program: the runtime's words, and what it inlines, are of their release.
func release() (minor int) {
	fmt.Sscanf(runtime.Version(), "go1.%d", &minor)
	return minor
}

// since is the reason that this release gives: it has a name of its own from Go 1.minor on, and was one of many uses of
// semaphores before.
func since(minor int, reason string) string {
	if release() < minor {
		return "semacquire"
	}
	return reason
}

// monotonic is CLOCK_MONOTONIC, in ns. RawSyscall does not tell the scheduler, so nothing is staged by asking for the time.
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

// nextLine is the function that called its caller, and the line behind that call.
func nextLine() (string, int) {
	var pcs [1]uintptr
	runtime.Callers(3, pcs[:])
	frame, _ := runtime.CallersFrames(pcs[:]).Next()
	return frame.Function, frame.Line + 1
}

// blocks: the next line of the caller is where it waits.
func (s *stall) blocks() {
	s.Goid = goid()
	s.Function, s.Line = nextLine()
	atomic.StoreUint32(&s.begun, 1)
	s.Start = monotonic()
}

func (s *stall) resumes() {
	s.End = monotonic()
}

// wakes: the next line of the caller ends the wait.
func (s *stall) wakes() {
	s.WakerGoid = goid()
	s.WakerFunction, s.WakerLine = nextLine()
	s.Ready = monotonic()
}

// spin keeps the CPU; nothing in it can be preempted by Go but by a signal.
func spin(d time.Duration) {
	for end := monotonic() + int64(d); monotonic() < end; {
	}
}

// A wait: what blocks, and what ends it (nil: it ends by itself).
type staged struct {
	block, wake func(*stall)
}

func chanReceive(time.Duration) staged {
	c := make(chan int)
	return staged{func(s *stall) {
		s.blocks()
		<-c
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		c <- 1
	}}
}

func chanSend(time.Duration) staged {
	c := make(chan int)
	return staged{func(s *stall) {
		s.blocks()
		c <- 1
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		<-c
	}}
}

func chanClose(time.Duration) staged {
	c := make(chan int)
	return staged{func(s *stall) {
		s.blocks()
		<-c
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		close(c)
	}}
}

func selectTwo(time.Duration) staged {
	a, b := make(chan int), make(chan int)
	return staged{func(s *stall) {
		s.blocks()
		select {
		case <-a:
		case <-b:
		}
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		b <- 1
	}}
}

func mutex(time.Duration) staged {
	var m sync.Mutex
	m.Lock()
	return staged{func(s *stall) {
		s.blocks()
		m.Lock()
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		m.Unlock()
	}}
}

func rwMutexRead(time.Duration) staged {
	var m sync.RWMutex
	m.Lock()
	return staged{func(s *stall) {
		s.blocks()
		m.RLock()
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		m.Unlock()
	}}
}

func rwMutexWrite(time.Duration) staged {
	var m sync.RWMutex
	m.RLock()
	return staged{func(s *stall) {
		s.blocks()
		m.Lock()
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		m.RUnlock()
	}}
}

func waitGroup(time.Duration) staged {
	var w sync.WaitGroup
	w.Add(1)
	return staged{func(s *stall) {
		s.blocks()
		w.Wait()
		s.resumes()
	}, func(s *stall) {
		s.wakes()
		w.Done()
	}}
}

func cond(time.Duration) staged {
	c := sync.NewCond(&sync.Mutex{})
	return staged{func(s *stall) {
		c.L.Lock()
		s.blocks()
		c.Wait()
		s.resumes()
		c.L.Unlock()
	}, func(s *stall) {
		s.wakes()
		c.Signal()
	}}
}

func sleep(pause time.Duration) staged {
	return staged{func(s *stall) {
		s.blocks()
		time.Sleep(pause)
		s.resumes()
	}, nil}
}

func timer(pause time.Duration) staged {
	return staged{func(s *stall) {
		s.blocks()
		<-time.After(pause)
		s.resumes()
	}, nil}
}

func network(time.Duration) staged {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	defer listener.Close()
	near := must(net.Dial("tcp", listener.Addr().String()))
	far := must(listener.Accept())
	return staged{func(s *stall) {
		var b [1]byte
		s.blocks()
		near.Read(b[:])
		s.resumes()
		near.Close()
	}, func(s *stall) {
		s.wakes()
		far.Write([]byte{1})
		far.Close()
	}}
}

// A pipe that the network poller does not know: its reader blocks in the kernel.
func pipe(time.Duration) staged {
	var fds [2]int
	if err := syscall.Pipe(fds[:]); err != nil {
		panic(err)
	}
	return staged{func(s *stall) {
		var b [1]byte
		s.blocks()
		syscall.Read(fds[0], b[:])
		s.resumes()
		syscall.Close(fds[0])
	}, func(s *stall) {
		s.wakes()
		syscall.Write(fds[1], []byte{1})
		syscall.Close(fds[1])
	}}
}

// A file that another description of it holds locked.
func file(time.Duration) staged {
	held := must(os.CreateTemp("", "stalls"))
	os.Remove(held.Name())
	path := fmt.Sprintf("/proc/self/fd/%d", held.Fd())
	wanted := must(os.Open(path))
	syscall.Flock(int(held.Fd()), syscall.LOCK_EX)
	return staged{func(s *stall) {
		fd := int(wanted.Fd())
		s.blocks()
		syscall.Flock(fd, syscall.LOCK_EX)
		s.resumes()
		wanted.Close()
	}, func(s *stall) {
		fd := int(held.Fd())
		s.wakes()
		syscall.Flock(fd, syscall.LOCK_UN)
		held.Close()
	}}
}

// It is made ready at once, but the one who did that keeps the only P.
func starved(pause time.Duration) staged {
	c := make(chan int)
	procs := runtime.GOMAXPROCS(1)
	return staged{func(s *stall) {
		s.blocks()
		<-c
		s.resumes()
		runtime.GOMAXPROCS(procs)
	}, func(s *stall) {
		s.wakes()
		c <- 1
		spin(pause)
	}}
}

type node struct {
	next *node
	more [6]uintptr
}

// A chain can be marked by one P at a time, for there is never more than one node of it to mark. With two Ps, and a
// goroutine that allocates on each, one of them always finds no marking to do, and has to wait for credit: which one is up
// to the P whose worker, or whose assist, came upon the chain.
func gcAssist(time.Duration) staged {
	const cycles = 2
	var chain *node
	for i := 0; i < 50000; i++ {
		chain = &node{next: chain}
	}
	return staged{func(s *stall) {
		before := runtime.GOMAXPROCS(2)
		done, other, ended := make(chan int), make(chan int64), make(chan int)
		s.Loose = true
		s.blocks()
		s.Function = allocates()
		go func() {
			for i := 0; i < cycles; i++ {
				runtime.GC()
			}
			close(done)
		}()
		go func() {
			other <- goid()
			allocate(chain, done)
			close(ended)
		}()
		s.Other = <-other
		allocate(chain, done)
		<-ended
		s.resumes()
		runtime.GOMAXPROCS(before)
	}, nil}
}

// allocates is where allocate does so.
func allocates() string {
	if release() < 21 {
		return "strings.(*Builder).grow"
	}
	return "internal/bytealg.MakeNoZero"
}

// allocate runs up debts that no credit covers. A Builder does not clear what it allocates, since Go 1.21: clearing this much
// is one instruction, in which the other CPUs of an emulated machine stand still.
//
//go:noinline
func allocate(chain *node, done chan int) {
	for {
		select {
		case <-done:
			runtime.KeepAlive(chain)
			return
		default:
			var text strings.Builder
			text.Grow(256 << 10)
		}
	}
}

// Another process of higher priority takes the CPU of a thread that computes; all others have a lower one.
func preempted(fifo string, long time.Duration) staged {
	return staged{func(s *stall) {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		old := pin(1)
		schedule(schedFIFO, 10)
		fd := must(syscall.Open(fifo, syscall.O_WRONLY, 0))
		// Again if the hog struck while this thread was not looking at the clock, or Go had stopped it.
		for s.End-s.Start < int64(long) {
			syscall.Write(fd, []byte{1})
			s.blocks()
			s.Start, s.End = longestGap(50 * time.Millisecond)
			s.Ready = s.Start
		}
		syscall.Close(fd)
		schedule(schedOther, 0)
		pin(old)
	}, nil}
}

// longestGap looks at the clock again and again; the longest time that it could not although this thread never slept: where Go
// stops a goroutine that is locked to its thread, to collect garbage, that thread sleeps.
func longestGap(d time.Duration) (from, to int64) {
	slept := sleeps()
	last := monotonic()
	for end := last + int64(d); last < end; {
		now := monotonic()
		if now-last > to-from {
			before := slept
			if slept = sleeps(); slept == before {
				from, to = last, now
			}
		}
		last = now
	}
	return from, to
}

// sleeps is how often this thread gave up its CPU by itself.
func sleeps() int64 {
	const thread = 1
	var usage syscall.Rusage
	syscall.RawSyscall(syscall.SYS_GETRUSAGE, thread, uintptr(unsafe.Pointer(&usage)), 0)
	return usage.Nvcsw
}

// pin lets this thread run on those CPUs only (a mask), and tells where it might before.
func pin(cpus uint64) (before uint64) {
	syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&before)))
	syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&cpus)))
	return before
}

const schedOther, schedFIFO = 0, 1

// schedule gives this thread a policy and a priority.
func schedule(policy uintptr, priority int32) {
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, 0, policy, uintptr(unsafe.Pointer(&priority))); e != 0 {
		panic(e)
	}
}

func beHog(fifo string, d time.Duration) {
	runtime.LockOSThread()
	pin(1)
	fd := must(syscall.Open(fifo, syscall.O_RDWR, 0))
	schedule(schedFIFO, 50)
	for {
		var b [1]byte
		must(syscall.Read(fd, b[:]))
		// Late enough for the victim to be back from its system call. Go's preemption signal cuts sleeps short.
		for late := monotonic() + int64(2*time.Millisecond); monotonic() < late; {
			rest := syscall.NsecToTimespec(late - monotonic())
			syscall.RawSyscall(syscall.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&rest)), 0, 0)
		}
		spin(d)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "stalls:", err)
		os.Exit(1)
	}
	return value
}

// stage lets one goroutine block and another one wake it, when it has been about to block for a pause.
func stage(s *stall, act staged, pause time.Duration) {
	var both sync.WaitGroup
	both.Add(1)
	go func() {
		defer both.Done()
		act.block(s)
	}()
	if act.wake != nil {
		both.Add(1)
		go func() {
			defer both.Done()
			for waited := false; !waited; time.Sleep(pause) {
				waited = atomic.LoadUint32(&s.begun) != 0
			}
			act.wake(s)
		}()
	}
	both.Wait()
}

func main() {
	times := flag.Int("times", 1, "how often each kind of wait is staged")
	pause := flag.Duration("pause", 3*time.Millisecond, "how long the first one waits; each further one a thirtieth of that longer")
	fifo := flag.String("hog", "", "a hog listens here: let it preempt a thread")
	hog := flag.String("be-hog", "", "be the hog that listens here")
	long := flag.Duration("for", 5*time.Millisecond, "how long the hog keeps the CPU")
	only := flag.String("only", "", "stage these kinds alone, separated by commas")
	flag.Parse()
	if *hog != "" {
		beHog(*hog, *long)
		return
	}

	kinds := []struct {
		kind, reason, waker string
		make                func(time.Duration) staged
	}{
		{"channel receive", "chan receive", "goroutine", chanReceive},
		{"channel send", "chan send", "goroutine", chanSend},
		{"channel close", "chan receive", "goroutine", chanClose},
		{"select", "select", "goroutine", selectTwo},
		{"mutex", since(20, "sync.Mutex.Lock"), "goroutine", mutex},
		{"rwmutex read", since(20, "sync.RWMutex.RLock"), "goroutine", rwMutexRead},
		{"rwmutex write", since(20, "sync.RWMutex.Lock"), "goroutine", rwMutexWrite},
		{"waitgroup", since(24, "sync.WaitGroup.Wait"), "goroutine", waitGroup},
		{"cond", "sync.Cond.Wait", "goroutine", cond},
		{"sleep", "sleep", "timer", sleep},
		{"timer", "chan receive", "timer", timer},
		{"network", "IO wait", "netpoll", network},
		{"pipe", "", "thread", pipe},
		{"file", "", "thread", file},
		{"starved", "chan receive", "goroutine", starved},
		{"gc assist", "GC assist wait", "runtime", gcAssist},
		{"preempted", "", "nobody", func(time.Duration) staged { return preempted(*fifo, *long) }},
	}
	longer := *pause / 30
	var stalls []*stall
	for i := 0; i < *times; i++ {
		for _, k := range kinds {
			if *fifo == "" && k.kind == "preempted" || *only != "" && !strings.Contains(","+*only+",", ","+k.kind+",") {
				continue
			}
			s := &stall{Kind: k.kind, Reason: k.reason, Waker: k.waker}
			stage(s, k.make(*pause), *pause)
			stalls = append(stalls, s)
			*pause += longer
		}
	}
	out := json.NewEncoder(os.Stdout)
	for _, s := range stalls {
		out.Encode(s)
	}
}
