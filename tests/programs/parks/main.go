// SPDX-License-Identifier: GPL-2.0

// parks blocks goroutines as often as it is told, in one of several ways, and prints a sum that only a right run has.
//
//	parks pingpong N	two goroutines pass a number to and fro over two channels N times: every hop parks one of
//				them, and hardly anything else happens. The worst case for whoever looks at each park.
//	parks server N		an HTTP server and four clients of its own in this process, N requests: many goroutines,
//				the network poller, timers, mutexes, and work between the parks
//	parks deep N	N goroutines go down to a depth of their own, block there, and come back: their stacks grow,
//				move while they wait, and shrink
//	parks again N	500 round trips of the ping-pong, then it executes itself, N times
package main

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const clients = 4

func pingpong(n int) uint64 {
	there, back := make(chan uint64), make(chan uint64)
	go func() {
		for v := range there {
			back <- v*3 + 1
		}
		close(back)
	}()
	var sum uint64
	for i := 0; i < n; i++ {
		there <- sum
		sum = <-back
	}
	close(there)
	return sum
}

var scratch [256]uint64

// Up to 255 stores, as many as the state says.
func irregular(state uint64) uint64 {
	state ^= state << 13
	state ^= state >> 7
	state ^= state << 17
	for i := range scratch[:state>>8&255] {
		scratch[i] += state
	}
	return state
}

func mix(n int) uint64 {
	question, answer, never := make(chan uint64), make(chan uint64), make(chan uint64)
	fmt.Printf("channels %p %p\n", question, answer)
	go func() {
		state := uint64(88172645463325252)
		for v := range question {
			state = irregular(state)
			runtime.Gosched()
			answer <- v ^ state
		}
	}()
	state := uint64(1)
	for i := 0; i < n; i++ {
		runtime.Gosched()
		question <- state
		if i%3 == 0 {
			select {
			case state = <-answer:
			case state = <-never:
			}
		} else {
			state = <-answer
		}
		state = irregular(state | 1)
	}
	return state
}

// dive blocks twice at its deepest point. The frames on the way there are so large that the stack moves several times.
func dive(depth int, v uint64, found, up chan uint64) uint64 {
	var frame [16]uint64
	at := &frame[v%16]
	*at = v
	if depth == 0 {
		found <- v
		v = <-up
	} else {
		v = dive(depth-1, v*3+1, found, up)
	}
	return v*31 + *at
}

func deep(n int) uint64 {
	const together = 16
	found, up, back := make(chan uint64), make(chan uint64), make(chan uint64)
	state, sum := uint64(88172645463325252), uint64(0)
	for i := 0; i < n; i += together {
		for j := 0; j < together; j++ {
			state = irregular(state)
			go func(depth int, v uint64) { back <- dive(depth, v, found, up) }(int(state>>8%200), state)
		}
		low := uint64(0)
		for j := 0; j < together; j++ {
			low += <-found
		}
		if i/together%8 == 0 {
			runtime.GC()
		}
		for j := 0; j < together; j++ {
			up <- low
		}
		for j := 0; j < together; j++ {
			sum += <-back
		}
	}
	return sum
}

func again(n int) error {
	pingpong(500)
	if n == 1 {
		return nil
	}
	return syscall.Exec("/proc/self/exe", []string{"parks", "again", strconv.Itoa(n - 1)}, os.Environ())
}

// What a small service does: a lock, some work, an answer.
type counter struct {
	lock sync.Mutex
	seen map[string]int
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("key")
	c.lock.Lock()
	c.seen[key]++
	c.lock.Unlock()
	sum := sha256.Sum256([]byte(key))
	for i := 0; i < 50; i++ {
		sum = sha256.Sum256(sum[:])
	}
	fmt.Fprint(w, binary.LittleEndian.Uint64(sum[:]))
}

func server(n int) (uint64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	serving := &http.Server{Handler: &counter{seen: map[string]int{}}, ReadTimeout: time.Minute}
	go serving.Serve(listener)
	url := "http://" + listener.Addr().String() + "/?key="

	var lock sync.Mutex
	var total uint64
	var failed error
	var wait sync.WaitGroup
	for c := 0; c < clients; c++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			client := &http.Client{Transport: &http.Transport{}}
			for i := c; i < n; i += clients {
				sum, err := get(client, url+strconv.Itoa(i))
				lock.Lock()
				total += sum
				if err != nil {
					failed = err
				}
				lock.Unlock()
			}
		}()
	}
	wait.Wait()
	return total, failed
}

func get(client *http.Client, url string) (uint64, error) {
	answer, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(string(text), 10, 64)
}

func main() {
	n := 0
	if len(os.Args) == 3 {
		n, _ = strconv.Atoi(os.Args[2])
	}
	var sum uint64
	var err error
	switch {
	case n > 0 && os.Args[1] == "pingpong":
		sum = pingpong(n)
	case n > 0 && os.Args[1] == "mix":
		sum = mix(n)
	case n > 0 && os.Args[1] == "deep":
		sum = deep(n)
	case n > 0 && os.Args[1] == "again":
		err = again(n)
	case n > 0 && os.Args[1] == "server":
		sum, err = server(n)
	default:
		fmt.Fprintln(os.Stderr, "usage: parks pingpong|mix|server|deep|again N")
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "parks:", err)
		os.Exit(1)
	}
	fmt.Printf("%s %d: %d\n", os.Args[1], n, sum)
}
