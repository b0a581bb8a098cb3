// SPDX-License-Identifier: GPL-2.0

//go:build !cgo

package main

func foreign(n int) int { return 6 * n }
