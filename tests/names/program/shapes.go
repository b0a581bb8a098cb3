// SPDX-License-Identifier: GPL-2.0

// Every way that Go has to put code at an address whose name is not obvious: bodies inlined several levels deep,
// generics with shared instances, closures, method values, promoted methods, deferred calls, init functions.
package main

import (
	"fmt"
	"sort"
	"strings"
)

type number interface {
	~int | ~int64 | ~float64
}

func larger[T number](a, b T) T {
	if a > b {
		return a
	}
	return b
}

func largest[T number](values []T) T {
	var best T
	for _, value := range values {
		best = larger(best, value)
	}
	return best
}

type list[T any] struct {
	head *node[T]
	size int
}

type node[T any] struct {
	value T
	next  *node[T]
}

func (l *list[T]) push(value T) {
	l.head = &node[T]{value, l.head}
	l.size++
}

//go:noinline
func (l *list[T]) each(visit func(T)) {
	for n := l.head; n != nil; n = n.next {
		visit(n.value)
	}
}

type point struct{ x, y int }

func square(n int) int           { return n * n }
func sum(a, b int) int           { return a + b }
func (p point) norm() int        { return sum(square(p.x), square(p.y)) }
func (p *point) move(dx, dy int) { p.x += dx; p.y += dy }
func (p point) String() string   { return fmt.Sprint(p.x, ",", p.y) }
func distance(a, b point) int    { return point{a.x - b.x, a.y - b.y}.norm() }
func farther(o, a, b point) point {
	if distance(o, a) > distance(o, b) {
		return a
	}
	return b
}

// The promoted methods of an embedded field are wrappers that the compiler writes.
type named struct {
	*point
	name string
}

type mover interface {
	move(dx, dy int)
	norm() int
}

//go:noinline
func drive(m mover, steps int) (total int) {
	for i := 0; i < steps; i++ {
		m.move(i, -i)
		total += m.norm()
	}
	return total
}

//go:noinline
func bind(p *point) (func(int, int), func() int) {
	return p.move, p.norm
}

//go:noinline
func counter() (func() int, func()) {
	n := 0
	return func() int { n++; return square(n) }, func() { func() { n = 0 }() }
}

//go:noinline
func guarded(work func()) (failure any) {
	defer func() { failure = recover() }()
	defer func(text string) { _ = strings.ToUpper(text) }("done")
	work()
	return nil
}

//go:noinline
func switched(words []string) map[string]int {
	lengths := make(map[string]int)
	for _, word := range words {
		switch {
		case len(word) == 0:
			continue
		case strings.HasPrefix(word, "g"):
			lengths[word] = larger(len(word), 3)
		default:
			lengths[strings.TrimSpace(word)] += sum(len(word), square(len(word)))
		}
	}
	return lengths
}

var table = func() []int {
	values := make([]int, 16)
	for i := range values {
		values[i] = square(i) % 7
	}
	sort.Slice(values, func(i, j int) bool { return larger(values[i], values[j]) == values[j] })
	return values
}()

// shapes runs all of it and returns a number that depends on each part.
func shapes() int {
	p := &point{3, 4}
	move, norm := bind(p)
	move(1, 1)
	next, reset := counter()
	next()
	reset()
	var l list[string]
	for _, word := range strings.Fields("go trace the stores") {
		l.push(word)
	}
	var words []string
	l.each(func(word string) { words = append(words, word) })
	total := norm() + next() + drive(named{p, "p"}, 10) + drive(p, 10) + len(switched(words)) + len(p.String())
	total += largest(table) + int(largest([]float64{1, 2.5})) + farther(point{}, *p, point{1, 1}).norm()
	if guarded(func() { panic(words) }) == nil {
		return -1
	}
	return total + foreign(total)
}
