// SPDX-License-Identifier: GPL-2.0

// hotstore [-padded] [-rounds N]: a small service in which two things are wrong, on purpose.
//
// One line, in (*histogram).observe, retires most of the stores. And two goroutines count into neighbouring fields
// of one struct, so that two CPUs fight for one cache line; -padded sets the fields apart. At the end it prints one
// line for each kind of store, in the form of known.c, so that a test can hold a profile against the truth.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"unsafe"
)

type histogram struct {
	buckets [2048]uint64
}

// bucket and observe are small enough to be inlined into collect: the profile has to give them back.
func (h *histogram) bucket(latency uint64) uint64 {
	return latency >> 7 % uint64(len(h.buckets))
}

func (h *histogram) observe(latency uint64) {
	h.buckets[h.bucket(latency)]++ // line: hot
}

// tally holds what two goroutines count. Packed, both counters lie in one cache line of 64 bytes; apart, the
// prefetcher's pair of lines lies between them.
type tally struct {
	hits, misses *uint64
}

func packed() tally {
	t := new(struct {
		hits, misses uint64
		_            [112]byte // a size class of its own keeps other objects off the line
	})
	return tally{&t.hits, &t.misses}
}

func padded() tally {
	t := new(struct {
		hits   uint64
		_      [120]byte
		misses uint64
		_      [120]byte
	})
	return tally{&t.hits, &t.misses}
}

func collect(h *histogram, rounds int) {
	x := uint64(88172645463325252)
	for i := 0; i < rounds; i++ {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		h.observe(x)
	}
}

func countHits(hits *uint64, rounds int) {
	for i := 0; i < rounds; i++ {
		*hits += uint64(i) // line: hits
	}
}

func countMisses(misses *uint64, rounds int) {
	for i := 0; i < rounds; i++ {
		*misses += uint64(i) // line: misses
	}
}

// render makes stores that are not ours: strconv's and the runtime's.
func render(rounds int) (bytes int) {
	var line []byte
	for i := 0; i < rounds; i++ {
		line = append(line[:0], "latency_us "...)
		line = strconv.AppendInt(line, int64(i)*7919, 10)
		bytes += len(line)
	}
	return bytes
}

func startCollector(wg *sync.WaitGroup, h *histogram, rounds int) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		collect(h, rounds)
	}()
}

// meet returns when both counters run, each on a thread of its own: one that waited asleep could be run after the other.
func meet(running *atomic.Int32) {
	running.Add(1)
	for running.Load() < 2 {
	}
}

func startCounters(wg *sync.WaitGroup, t tally, rounds int) {
	running := new(atomic.Int32)
	wg.Add(2)
	go func() {
		defer wg.Done()
		meet(running)
		countHits(t.hits, rounds)
	}()
	go func() {
		defer wg.Done()
		meet(running)
		countMisses(t.misses, rounds)
	}()
}

func startRenderer(wg *sync.WaitGroup, rounds int, bytes *int) {
	wg.Add(1)
	go func() {
		defer wg.Done()
		*bytes = render(rounds)
	}()
}

func tell(function, creator string, start unsafe.Pointer, bytes uintptr, count int) {
	fmt.Printf("store function=%s creator=%s start=%#x end=%#x count=%d\n",
		function, creator, uintptr(start), uintptr(start)+bytes, count)
}

func main() {
	apart := flag.Bool("padded", false, "keep the two counters on cache lines of their own")
	rounds := flag.Int("rounds", 6_000_000, "stores of the hot line")
	flag.Parse()
	if flag.NArg() != 0 || *rounds < 4 {
		flag.Usage()
		os.Exit(2)
	}

	counters := packed()
	if *apart {
		counters = padded()
	}
	h := new(histogram)
	bytes := 0

	// The counters run alone: with both CPUs to themselves they collide for all of their time.
	var wg sync.WaitGroup
	startCounters(&wg, counters, *rounds/2)
	wg.Wait()
	startCollector(&wg, h, *rounds)
	startRenderer(&wg, *rounds/100, &bytes)
	wg.Wait()

	tell("main.(*histogram).observe", "main.startCollector", unsafe.Pointer(&h.buckets), unsafe.Sizeof(h.buckets), *rounds)
	tell("main.countHits", "main.startCounters", unsafe.Pointer(counters.hits), 8, *rounds/2)
	tell("main.countMisses", "main.startCounters", unsafe.Pointer(counters.misses), 8, *rounds/2)
	fmt.Printf("rendered %d bytes on %s, %d CPUs\n", bytes, runtime.Version(), runtime.NumCPU())
	runtime.KeepAlive(h)
}
