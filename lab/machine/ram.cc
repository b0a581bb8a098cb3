// SPDX-License-Identifier: GPL-2.0
#include "ram.h"

#include <algorithm>

#include "cpu/cpu.h"
#include "memory/memory-bochs.h"

static const size_t page = 4096;

static size_t left(Bit64u address)
{
	return page - (address & (page - 1));
}

bool memory_store(Bit64u phys, const void *from, size_t length)
{
	auto bytes = static_cast<const Bit8u *>(from);

	if (phys + length < phys || phys + length > BX_MEM(0)->get_memory_len())
		return false;
	for (size_t n; length; phys += n, bytes += n, length -= n) {
		n = std::min(left(phys), length);
		BX_MEM(0)->writePhysicalPage(NULL, phys, unsigned(n), const_cast<Bit8u *>(bytes));
	}
	return true;
}

bool memory_fetch(Bit64u phys, void *to, size_t length)
{
	auto bytes = static_cast<Bit8u *>(to);

	if (phys + length < phys || phys + length > BX_MEM(0)->get_memory_len())
		return false;
	for (size_t n; length; phys += n, bytes += n, length -= n) {
		n = std::min(left(phys), length);
		BX_MEM(0)->readPhysicalPage(NULL, phys, unsigned(n), bytes);
	}
	return true;
}

static bool walk(unsigned cpu, Bit64u linear, Bit64u *phys)
{
	bx_phy_address address;

	if (!BX_CPU(cpu)->dbg_xlate_linear2phy(linear, &address))
		return false;
	*phys = address;
	return address < BX_MEM(0)->get_memory_len();
}

bool memory_put(unsigned cpu, Bit64u linear, const void *from, size_t length)
{
	auto bytes = static_cast<const Bit8u *>(from);
	Bit64u phys;

	for (size_t at = 0; at < length; at += left(linear + at))
		if (!walk(cpu, linear + at, &phys))
			return false;
	for (size_t n; length; linear += n, bytes += n, length -= n) {
		n = std::min(left(linear), length);
		if (!walk(cpu, linear, &phys) || !memory_store(phys, bytes, n))
			return false;
	}
	return true;
}

bool memory_get(unsigned cpu, Bit64u linear, void *to, size_t length)
{
	auto bytes = static_cast<Bit8u *>(to);
	Bit64u phys;

	for (size_t n; length; linear += n, bytes += n, length -= n) {
		n = std::min(left(linear), length);
		if (!walk(cpu, linear, &phys) || !memory_fetch(phys, bytes, n))
			return false;
	}
	return true;
}

bool memory_string(unsigned cpu, Bit64u linear, std::string *to)
{
	char c;

	to->clear();
	while (to->size() < 256) {
		if (!memory_get(cpu, linear + to->size(), &c, 1))
			return false;
		if (!c)
			return true;
		to->push_back(c);
	}
	return false;
}
