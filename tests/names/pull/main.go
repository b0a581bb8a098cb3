// SPDX-License-Identifier: GPL-2.0

// pull uses a coroutine: the linker leaves the runtime's part of that out of programs that do not.
package main

import (
	"fmt"
	"iter"
)

func main() {
	next, stop := iter.Pull(func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	})
	fmt.Println(next())
	stop()
}
