// SPDX-License-Identifier: GPL-2.0

// prices is a small service with a mistake that profiles of CPU time do not show: it holds the lock of its table of
// prices while it parses the next one. Requests come evenly; now and then some of them take a hundred times as long.
//
//	prices [REQUESTS]	handles so many requests and says how long the slowest took
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"
)

type table struct {
	lock   sync.Mutex
	prices map[string]float64
}

// refresh takes in a new table, as some other service would send it.
func (t *table) refresh(text []byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	prices := map[string]float64{}
	if err := json.Unmarshal(text, &prices); err != nil { // while it holds the lock
		panic(err)
	}
	t.prices = prices
}

func (t *table) price(item string) float64 {
	t.lock.Lock()
	defer t.lock.Unlock()
	return t.prices[item]
}

func handle(t *table, n int) float64 {
	sum := 0.0
	for i := 0; i < 10; i++ {
		sum += t.price("item-" + strconv.Itoa((n*7+i)%500))
	}
	return sum
}

func refresher(t *table, text []byte) {
	for range time.Tick(100 * time.Millisecond) {
		t.refresh(text)
	}
}

func worker(t *table, requests <-chan int, slowest *time.Duration, done *sync.WaitGroup) {
	defer done.Done()
	for n := range requests {
		start := time.Now()
		handle(t, n)
		*slowest = max(*slowest, time.Since(start))
	}
}

func main() {
	n := 100
	if len(os.Args) > 1 {
		n, _ = strconv.Atoi(os.Args[1])
	}
	table := &table{}
	fresh := map[string]float64{}
	for i := 0; i < 500; i++ {
		fresh["item-"+strconv.Itoa(i)] = float64(i) / 4
	}
	text, err := json.Marshal(fresh)
	if err != nil {
		panic(err)
	}
	table.refresh(text)
	go refresher(table, text)

	requests := make(chan int)
	var slowest [2]time.Duration
	var done sync.WaitGroup
	for i := range slowest {
		done.Add(1)
		go worker(table, requests, &slowest[i], &done)
	}
	for i := 0; i < n; i++ {
		requests <- i
		time.Sleep(2 * time.Millisecond)
	}
	close(requests)
	done.Wait()
	fmt.Printf("%d requests, the slowest took %v\n", n, max(slowest[0], slowest[1]).Round(time.Microsecond))
}
