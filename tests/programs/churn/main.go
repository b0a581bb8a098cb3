// SPDX-License-Identifier: GPL-2.0

// churn [-rounds N]: everything comes and goes. Goroutines, threads that block in the kernel, garbage, timers,
// channels, loopback connections, child processes. It checks its own results, so that a profiler that disturbs it is
// found out: the last line is "churn ok CHECKSUM", the same for every run with the same N.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"hash/crc32"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
)

type node struct {
	left, right *node
	value       uint32
}

func grow(depth int, value uint32) *node {
	if depth == 0 {
		return nil
	}
	return &node{grow(depth-1, value*3), grow(depth-1, value*5), value}
}

func (n *node) sum() uint32 {
	if n == nil {
		return 0
	}
	return n.value + n.left.sum()*7 + n.right.sum()*11
}

// forest allocates in many short-lived goroutines: GC cycles, assists, stack growth.
func forest(rounds int) uint32 {
	sums := make(chan uint32, 8)
	for i := 0; i < rounds*8; i++ {
		go func(i int) { sums <- grow(11, uint32(i)).sum() }(i)
	}
	total := uint32(0)
	for i := 0; i < rounds*8; i++ {
		total += <-sums
	}
	return total
}

// relay hands numbers down a chain of goroutines over unbuffered channels: every hop parks and wakes.
func relay(rounds int) uint32 {
	const length = 32
	first := make(chan uint32)
	in := first
	for i := 0; i < length; i++ {
		out := make(chan uint32)
		go func(in <-chan uint32, out chan<- uint32) {
			for v := range in {
				out <- v*31 + 1
			}
			close(out)
		}(in, out)
		in = out
	}
	go func() {
		for i := 0; i < rounds*16; i++ {
			first <- uint32(i)
		}
		close(first)
	}()
	total := uint32(0)
	for v := range in {
		total = total*17 + v
	}
	return total
}

// threads block in the kernel, each locked to a thread that dies with its goroutine.
func threads(rounds int) {
	var wg sync.WaitGroup
	for i := 0; i < rounds; i++ {
		wg.Add(1)
		go func() {
			defer wg.Done()
			runtime.LockOSThread()
			time.Sleep(time.Millisecond)
		}()
	}
	wg.Wait()
}

// loopback sends lines to an echo server on 127.0.0.1 and takes their checksum when they return.
func loopback(rounds int) (uint32, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				lines := bufio.NewScanner(c)
				for lines.Scan() {
					fmt.Fprintln(c, strings.ToUpper(lines.Text()))
				}
			}()
		}
	}()
	sum := uint32(0)
	for i := 0; i < 4; i++ {
		c, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return 0, err
		}
		back := bufio.NewReader(c)
		for j := 0; j < rounds; j++ {
			fmt.Fprintf(c, "connection %d line %d\n", i, j)
			line, err := back.ReadString('\n')
			if err != nil {
				return 0, err
			}
			sum = crc32.Update(sum, crc32.IEEETable, []byte(line))
		}
		c.Close()
	}
	return sum, nil
}

// children are this program again: fork, exec and exit inside the target.
func children(rounds int) (uint32, error) {
	sum := uint32(0)
	for i := 0; i < rounds; i++ {
		out, err := exec.Command("/proc/self/exe", "-child", fmt.Sprint(i)).Output()
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, crc32.IEEETable, out)
	}
	return sum, nil
}

func main() {
	rounds := flag.Int("rounds", 4, "how much of everything")
	child := flag.Int("child", -1, "print the checksum of one tree and end")
	flag.Parse()
	if *child >= 0 {
		fmt.Println(grow(8, uint32(*child)).sum())
		return
	}

	debug.SetGCPercent(10)
	ticker := time.NewTicker(time.Millisecond)
	ticks := make(chan int)
	done := make(chan struct{})
	go func() {
		n := 0
		for {
			select {
			case <-ticker.C:
				n++
			case <-done:
				ticks <- n
				return
			}
		}
	}()

	sum := forest(*rounds)
	sum = sum*31 + relay(*rounds)
	threads(*rounds * 4)
	for _, part := range []func(int) (uint32, error){loopback, children} {
		s, err := part(*rounds)
		if err != nil {
			fmt.Fprintln(os.Stderr, "churn:", err)
			os.Exit(1)
		}
		sum = sum*31 + s
	}
	ticker.Stop()
	close(done)

	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	fmt.Printf("collections %d, ticks %d\n", mem.NumGC, <-ticks)
	fmt.Printf("churn ok %08x\n", sum)
}
