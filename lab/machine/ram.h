/* SPDX-License-Identifier: GPL-2.0 */
/* ram.h - the guest's memory, seen from the machine. Lengths in bytes; all return false when an address has no RAM. */
#ifndef LAB_RAM_H
#define LAB_RAM_H

#include <cstddef>
#include <string>

#include "bochs.h"

/* memory_store: writes guest-physical memory, as DMA does. */
bool memory_store(Bit64u phys, const void *from, size_t length);
/* memory_fetch: reads guest-physical memory. */
bool memory_fetch(Bit64u phys, void *to, size_t length);
/* memory_put, memory_get: the same through the page tables of a CPU; nothing is written unless all of it is mapped. */
bool memory_put(unsigned cpu, Bit64u linear, const void *from, size_t length);
bool memory_get(unsigned cpu, Bit64u linear, void *to, size_t length);
/* memory_string: a string of the guest, at most 255 bytes. */
bool memory_string(unsigned cpu, Bit64u linear, std::string *to);

#endif
