/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which task retired a sample: the next_tid of the CPU's last SWITCH event whose TSC is not after the sample's.
 *
 *	events	 S(A)		   S(B)	     [dropped]	x S(A)		x: first event after a gap
 *	samples	   .  .	 .   .	    .  .   .  ?  ?  ?	   .  .
 *	task	   A  A	 A   A	    B  B   B  unknown	   A  A
 *
 * Every SWITCH also carries the number of records its CPU had written: a second tag that needs no clock. The two are
 * compared for every sample and disagreements counted; nothing is hidden by choosing one.
 */
#ifndef GT_ANALYSIS_TAG_H
#define GT_ANALYSIS_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uapi/gtrace.h>

struct gt_tag {
	uint64_t from;         /* TSC */
	uint64_t sample_index; /* records of the CPU written before; meaningless when !known */
	uint32_t tid, tgid;
	bool known;
};

/* One CPU. Begins as gt_tagger_init() leaves it; events of the CPU go in before the samples they tag. */
struct gt_tagger {
	struct gt_tag now;
	uint64_t until; /* TSC at which `now` ends, as far as is known */
	struct gt_tag *queue;
	size_t head, count, room; /* queue[head..count) is still to come */
	uint64_t last_event;      /* TSC of the latest event */
	uint64_t index;           /* samples tagged */
	uint64_t disagreed;       /* samples for which the two tags differ */
	bool counting;            /* index is that of the hardware: nothing was left out before */
};

void gt_tagger_init(struct gt_tagger *tagger);
void gt_tagger_free(struct gt_tagger *tagger);

/* The CPU's next event, of any type. Returns 0 or -ENOMEM. */
int gt_tagger_event(struct gt_tagger *tagger, const struct gtrace_event *event);

/* Part of the recording is missing here: tasks are unknown until the next SWITCH. Returns 0 or -ENOMEM. */
int gt_tagger_gap(struct gt_tagger *tagger);

/* Slow half of gt_tagger_sample(). */
void gt_tagger_advance(struct gt_tagger *tagger, uint64_t tsc);

/* The tag of the CPU's next sample; true in *changed when it may differ from the one before. */
static inline const struct gt_tag *gt_tagger_sample(struct gt_tagger *tagger, uint64_t tsc, bool *changed)
{
	*changed = tsc >= tagger->until || tsc < tagger->now.from;
	if (*changed)
		gt_tagger_advance(tagger, tsc);
	tagger->disagreed += tagger->counting & tagger->now.known & (tagger->index < tagger->now.sample_index);
	tagger->index++;
	return &tagger->now;
}

#endif
