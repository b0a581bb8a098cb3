// SPDX-License-Identifier: GPL-2.0

package main

import (
	"fmt"
	"os"
	"strconv"
)

// Without arguments: runs the code whose names are compared. With a number: that many goroutines of each kind, blocked.
func main() {
	if len(os.Args) < 2 {
		fmt.Println("shapes", shapes())
		return
	}
	copies, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "usage: program [COPIES]")
		os.Exit(2)
	}
	blocked(copies)
}
