// SPDX-License-Identifier: GPL-2.0
/* The consumer of the rings, against memory laid out as the module lays it out; the kernel's part is played by hand. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/rings.h"

#define CPU		0u	/* memfd offsets are signed: CPU 0's regions fit into them */
#define SLOTS		20u
#define RECORD		200u
#define EVENT_BYTES	4096u

struct fixture {
	int fd;
	struct gtrace_config config;
	struct gtrace_control *control;
	const struct gtrace_tail *tail;
	uint8_t *samples, *events;
	struct gt_ring ring;
};

/* A sparse file has the regions at the offsets that mmap of the device takes. */
static void *region(struct fixture *f, unsigned int which, size_t bytes)
{
	off_t offset = GTRACE_MMAP_OFFSET(CPU, which);
	void *p;

	assert_int_equal(ftruncate(f->fd, GTRACE_MMAP_OFFSET(CPU, GTRACE_MMAP_EVENTS) + EVENT_BYTES), 0);
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, offset);
	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->fd = memfd_create("rings", 0);
	f->config = (struct gtrace_config){
		.record_size = RECORD, .sample_slots = SLOTS, .event_bytes = EVENT_BYTES,
		.sample_map_bytes = 8192, .event_map_bytes = EVENT_BYTES,
	};
	f->control = region(f, GTRACE_MMAP_CONTROL, 4096);
	f->tail = region(f, GTRACE_MMAP_TAIL, 4096);
	f->samples = region(f, GTRACE_MMAP_SAMPLES, 8192);
	f->events = region(f, GTRACE_MMAP_EVENTS, EVENT_BYTES);
	*f->control = (struct gtrace_control){
		.abi_version = GTRACE_ABI_VERSION, .cpu = CPU, .record_size = RECORD, .sample_slots = SLOTS,
		.event_bytes = EVENT_BYTES,
	};
	*state = f;
	return gt_ring_map(&f->ring, f->fd, CPU, &f->config);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	gt_ring_unmap(&f->ring);
	munmap(f->control, 4096);
	munmap((void *)f->tail, 4096);
	munmap(f->samples, 8192);
	munmap(f->events, EVENT_BYTES);
	close(f->fd);
	free(f);
	return 0;
}

static void nothing_is_there_at_first(void **state)
{
	struct fixture *f = *state;
	const void *p;

	assert_int_equal(gt_ring_begin(&f->ring), 0);
	assert_int_equal(gt_ring_events(&f->ring, &p), 0);
	assert_int_equal(gt_ring_samples(&f->ring, &p), 0);
}

static void records_come_in_order_and_wrap(void **state)
{
	struct fixture *f = *state;
	uint64_t written = 0, read = 0;

	for (unsigned int burst = 1; burst < 60; burst = burst % 19 + 2) {
		const void *p;
		size_t n;

		if (written > 5000)
			break;
		for (unsigned int i = 0; i < burst; i++, written++)
			memcpy(f->samples + written % SLOTS * RECORD, &written, sizeof(written));
		f->control->sample_head = written;
		assert_int_equal(gt_ring_begin(&f->ring), 1);
		while ((n = gt_ring_samples(&f->ring, &p)))
			for (const uint8_t *record = p; n--; record += RECORD, read++)
				assert_memory_equal(record, &read, sizeof(read));
		assert_int_equal(read, written);
		assert_in_range(f->tail->sample_tail, 0, written - burst);	/* not before it is consumed */
		gt_ring_consume(&f->ring);
		assert_int_equal(f->tail->sample_tail, written);
	}
	assert_true(written > 5000);
}

static void events_wrap_at_a_power_of_two(void **state)
{
	struct fixture *f = *state;
	const void *p;

	f->control->event_head = 4000;
	assert_int_equal(gt_ring_begin(&f->ring), 1);
	assert_int_equal(gt_ring_events(&f->ring, &p), 4000);
	gt_ring_consume(&f->ring);
	f->control->event_head = 4000 + 200;
	assert_int_equal(gt_ring_begin(&f->ring), 1);
	assert_int_equal(gt_ring_events(&f->ring, &p), 96);
	assert_ptr_equal(p, f->ring.events + 4000);
	assert_int_equal(gt_ring_events(&f->ring, &p), 104);
	assert_ptr_equal(p, f->ring.events);
	assert_int_equal(gt_ring_events(&f->ring, &p), 0);
	gt_ring_consume(&f->ring);
	assert_int_equal(f->tail->event_tail, 4200);
}

static void what_comes_after_begin_waits(void **state)
{
	struct fixture *f = *state;
	const void *p;

	f->control->sample_head = 3;
	assert_int_equal(gt_ring_begin(&f->ring), 1);
	f->control->sample_head = 5;
	assert_int_equal(gt_ring_samples(&f->ring, &p), 3);
	assert_int_equal(gt_ring_samples(&f->ring, &p), 0);
	gt_ring_consume(&f->ring);
	assert_int_equal(f->tail->sample_tail, 3);
}

static void impossible_heads_are_refused(void **state)
{
	struct fixture *f = *state;

	f->control->sample_head = SLOTS + 1;
	assert_int_equal(gt_ring_begin(&f->ring), -EPROTO);
	f->control->sample_head = 0;
	f->control->event_head = EVENT_BYTES + 8;
	assert_int_equal(gt_ring_begin(&f->ring), -EPROTO);
	f->ring.event_at = 16;		/* the head runs back */
	f->control->event_head = 8;
	assert_int_equal(gt_ring_begin(&f->ring), -EPROTO);
}

static void layouts_that_disagree_are_refused(void **state)
{
	struct fixture *f = *state;
	struct gt_ring ring;

	f->control->record_size = 208;
	assert_int_equal(gt_ring_map(&ring, f->fd, CPU, &f->config), -EPROTO);
	f->control->record_size = RECORD;
	f->control->abi_version++;
	assert_int_equal(gt_ring_map(&ring, f->fd, CPU, &f->config), -EPROTO);
	f->control->abi_version--;
	f->config.event_bytes = f->control->event_bytes = 4000;		/* no power of two */
	assert_int_equal(gt_ring_map(&ring, f->fd, CPU, &f->config), -EPROTO);
	f->config.event_bytes = f->control->event_bytes = EVENT_BYTES;
	f->config.sample_slots = f->control->sample_slots = 41;		/* more than is mapped */
	assert_int_equal(gt_ring_map(&ring, f->fd, CPU, &f->config), -EPROTO);
	assert_null(ring.control);
}

static void losses_and_stalls_are_told(void **state)
{
	struct fixture *f = *state;

	assert_false(gt_ring_stalled(&f->ring));
	f->control->state = GTRACE_CPU_STALLED;
	assert_true(gt_ring_stalled(&f->ring));
	f->control->lost_full = 1;
	f->control->lost_event = 20;
	f->control->lost_overrun = 300;
	f->control->lost_offline = 4000;
	assert_int_equal(gt_ring_lost(&f->ring), 4321);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(nothing_is_there_at_first, set_up, tear_down),
		cmocka_unit_test_setup_teardown(records_come_in_order_and_wrap, set_up, tear_down),
		cmocka_unit_test_setup_teardown(events_wrap_at_a_power_of_two, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_comes_after_begin_waits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(impossible_heads_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(layouts_that_disagree_are_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(losses_and_stalls_are_told, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
