// SPDX-License-Identifier: GPL-2.0

//go:build cgo

package main

// static int twice(int n) { return 2 * n; }
//
// extern int goTriple(int);
// static int six(int n) { return twice(goTriple(n)); }
import "C"

//export goTriple
func goTriple(n C.int) C.int { return C.int(sum(int(n), sum(int(n), int(n)))) }

func foreign(n int) int { return int(C.six(C.int(n))) }
