/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writing a recording: chunks are built in one buffer of constant size and leave it in big write() calls, since a
 * write costs the kernel more than anything else in recording. What was flushed survives a crash of the recorder.
 *
 * Errors are sticky: once a write has failed every function returns that error and does nothing. The file then ends
 * inside a chunk, which the reader reports and steps over.
 */
#ifndef GT_LIB_RECORDING_WRITER_H
#define GT_LIB_RECORDING_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "recording.h"

struct gt_writer;

/*
 * gt_writer_new - begin a recording on `fd` (anything that takes write(2); it stays the caller's) and write its INFO.
 * Samples are decoded with `decoder` and reduced to info->fields, which the decoder must be able to tell (-EINVAL);
 * branches are kept when info->lbr_depth is not 0.
 */
int gt_writer_new(int fd, const struct gt_recording_info *info, const struct gt_decoder *decoder,
		  struct gt_writer **writer);

/* Takes whole chunks, one or several; the very first bytes are the file's header and its INFO. 0 or -errno. */
typedef int gt_write_fn(void *to, const void *bytes, size_t n);

/*
 * gt_writer_redirect - what is in the buffer goes where it went so far, all that follows to `write`. An error of the
 * former is returned, and forgotten with what could not be written.
 */
int gt_writer_redirect(struct gt_writer *writer, gt_write_fn *write, void *to);

/* gt_writer_info - one more INFO chunk, for those who make a file of their own from the chunks. */
int gt_writer_info(struct gt_writer *writer, const struct gt_recording_info *info);

void gt_writer_free(struct gt_writer *writer); /* without flushing; NULL is fine */

/* gt_writer_samples - `n` hardware records of one CPU, one after the other. -EBADMSG: see gt_decode(). */
int gt_writer_samples(struct gt_writer *writer, uint32_t cpu, const void *records, size_t n);

/*
 * gt_writer_events - `bytes` of the event ring of one CPU; PAD events are left out. To be written before the samples
 * they tag. With GT_CPU_NONE: mappings found in /proc, a MAPS chunk. -EBADMSG: these are not events.
 */
int gt_writer_events(struct gt_writer *writer, uint32_t cpu, const void *events, size_t bytes);

/* gt_writer_standing - likewise a STANDING chunk: events from before a dump begins. */
int gt_writer_standing(struct gt_writer *writer, uint32_t cpu, const void *events, size_t bytes);

/*
 * One item each; what they mean is in recording.h. -EMSGSIZE, which is not sticky: its strings are longer than a chunk
 * takes; -EINVAL, neither: a build id of more than 64 bytes.
 */
int gt_writer_file(struct gt_writer *writer, const struct gt_file *file);
int gt_writer_go(struct gt_writer *writer, const struct gt_go *go);
int gt_writer_probes(struct gt_writer *writer, const struct gt_probes *probes);
int gt_writer_stranger(struct gt_writer *writer, const struct gt_stranger_name *stranger);
int gt_writer_symbol(struct gt_writer *writer, const struct gt_kernel_symbol *symbol);
int gt_writer_vdso(struct gt_writer *writer, const struct gt_vdso_function *function);

/*
 * gt_writer_look - look->nr_goroutines and ->nr_threads of them, in as many chunks as it takes; only the first is
 * marked `complete`, if look->complete.
 */
int gt_writer_look(struct gt_writer *writer, const struct gt_look *look, const struct gt_look_goroutine *goroutines,
		   const struct gt_look_thread *threads);

/* gt_writer_finish - the totals, as the last chunk, and everything to the file. */
int gt_writer_finish(struct gt_writer *writer, const struct gt_total *totals, size_t n);

/* gt_writer_flush - write() what is in the buffer. */
int gt_writer_flush(struct gt_writer *writer);

uint64_t gt_writer_bytes(const struct gt_writer *writer);     /* given to the file and in the buffer */
uint64_t gt_writer_unflushed(const struct gt_writer *writer); /* bytes in the buffer */

#endif
