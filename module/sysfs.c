// SPDX-License-Identifier: GPL-2.0
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/kobject.h>
#include <linux/math64.h>
#include <linux/slab.h>

#include "caps.h"
#include "device.h"
#include "maps.h"
#include "session.h"
#include "sysfs.h"

/* ---- the machine and the session --------------------------------------------------------------------------------- */

/* What the callback copies out under the lock. */
struct view {
	enum gt_phase phase;
	u32 record_size, targets_refused;
	s32 target;
};

static void look(struct gt_session *session, void *data)
{
	struct view *view = data;

	*view = (struct view){ .record_size = gt_caps_record_size(gt_caps, gt_caps->data_required) };
	if (!session)
		return;
	view->phase = session->phase;
	view->record_size = session->plan.record_size;
	view->targets_refused = session->targets.refused;
	view->target = session->config.target_tgid;
}

static struct view view(void)
{
	struct view view;

	gt_session_show(look, &view);
	return view;
}

static const char *state_name(void)
{
	if (gt_caps->source == GTRACE_SOURCE_NONE)
		return "refused";
	switch (view().phase) {
	case GT_STARTED:
		return "sampling";
	case GT_STOPPED:
		return "stopped";
	default:
		return "idle";
	}
}

#define SHOW(name, format, value)								\
	static ssize_t name##_show(struct device *dev, struct device_attribute *attr, char *buf) \
	{											\
		return sysfs_emit(buf, format "\n", value);					\
	}											\
	static DEVICE_ATTR_RO(name)

SHOW(abi_version, "%u", GTRACE_ABI_VERSION);
SHOW(state, "%s", state_name());
SHOW(source, "%s", gt_caps->source == GTRACE_SOURCE_PEBS ? "pebs" : "none");
SHOW(pebs_format, "%u", gt_caps->pebs_format);
SHOW(perfmon_version, "%u", gt_caps->perfmon_version);
SHOW(lbr_depth, "%u", gt_caps->lbr_depth);
SHOW(period_min, "%llu", gt_caps->period_min);
SHOW(period_max, "%llu", gt_caps->period_max);
SHOW(record_size, "%u", view().record_size);
SHOW(owner, "%d", gt_session_owner());
SHOW(target, "%d", view().target);
SHOW(refused, "%s", gt_caps->reason);
SHOW(remedy, "%s", gt_caps->remedy);
SHOW(targets_refused, "%u", view().targets_refused);

static ssize_t map_events_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	int err = gt_maps_error();

	return err ? sysfs_emit(buf, "no: kprobe error %d\n", err) : sysfs_emit(buf, "yes\n");
}
static DEVICE_ATTR_RO(map_events);

static struct attribute *attributes[] = {
	&dev_attr_abi_version.attr, &dev_attr_state.attr, &dev_attr_source.attr, &dev_attr_pebs_format.attr,
	&dev_attr_perfmon_version.attr, &dev_attr_lbr_depth.attr, &dev_attr_period_min.attr,
	&dev_attr_period_max.attr, &dev_attr_record_size.attr, &dev_attr_owner.attr, &dev_attr_target.attr,
	&dev_attr_refused.attr, &dev_attr_remedy.attr, &dev_attr_map_events.attr, &dev_attr_targets_refused.attr,
	NULL,
};

static const struct attribute_group group = { .attrs = attributes };

const struct attribute_group *gt_sysfs_groups[] = { &group, NULL };

/* ---- one folder a CPU -------------------------------------------------------------------------------------------- */

struct folder {
	struct kobject kobj;
	unsigned int nr;
};

struct cpu_attribute {
	struct attribute attr;
	u64 (*value)(const struct gtrace_control *control);
};

#define CPU_VALUE(file, expression)							\
	static u64 file##_value(const struct gtrace_control *c)				\
	{										\
		return expression;							\
	}										\
	static struct cpu_attribute cpu_##file = {					\
		.attr = { .name = #file, .mode = 0444 },				\
		.value = file##_value,							\
	}

CPU_VALUE(samples, READ_ONCE(c->sample_head));
CPU_VALUE(pmis, READ_ONCE(c->pmis));
CPU_VALUE(records_per_pmi, c->pmis ? div64_u64(READ_ONCE(c->sample_head), READ_ONCE(c->pmis)) : 0);
CPU_VALUE(lost_full, READ_ONCE(c->lost_full));
CPU_VALUE(lost_event, READ_ONCE(c->lost_event));
CPU_VALUE(lost_overrun, READ_ONCE(c->lost_overrun));
CPU_VALUE(lost_offline, READ_ONCE(c->lost_offline));
CPU_VALUE(events_dropped, READ_ONCE(c->events_dropped));
CPU_VALUE(spurious_nmis, READ_ONCE(c->spurious));
CPU_VALUE(wakeups, READ_ONCE(c->wakeups));
CPU_VALUE(switches, READ_ONCE(c->switches));
CPU_VALUE(hits, READ_ONCE(c->hits));
CPU_VALUE(ladders_lost, READ_ONCE(c->ladders_lost));

static ssize_t cpu_state_show(u32 state, char *buf)
{
	static const char * const names[] = {
		[GTRACE_CPU_IDLE] = "idle",
		[GTRACE_CPU_ARMED] = "armed",
		[GTRACE_CPU_STALLED] = "stalled",
		[GTRACE_CPU_OFFLINE] = "offline",
	};

	return sysfs_emit(buf, "%s\n", names[state]);
}

/* A file without a value is the state. */
static struct cpu_attribute cpu_state = {
	.attr = { .name = "state", .mode = 0444 },
};

static struct attribute *cpu_attrs[] = {
	&cpu_state.attr, &cpu_samples.attr, &cpu_pmis.attr, &cpu_records_per_pmi.attr, &cpu_lost_full.attr,
	&cpu_lost_event.attr, &cpu_lost_overrun.attr, &cpu_lost_offline.attr, &cpu_events_dropped.attr,
	&cpu_spurious_nmis.attr, &cpu_wakeups.attr, &cpu_switches.attr, &cpu_hits.attr,
	&cpu_ladders_lost.attr, NULL,
};
ATTRIBUTE_GROUPS(cpu);

struct question {
	unsigned int nr;
	const struct cpu_attribute *attr;
	char *buf;
	ssize_t length;
};

static void answer(struct gt_session *session, void *data)
{
	static const struct gtrace_control nothing;
	const struct gtrace_control *control = &nothing;
	struct question *question = data;
	const struct gt_cpu *cpu = session ? session->rings->cpu[question->nr] : NULL;

	if (cpu)
		control = cpu->control;
	if (question->attr == &cpu_state)
		question->length = cpu_state_show(READ_ONCE(control->state), question->buf);
	else
		question->length = sysfs_emit(question->buf, "%llu\n", question->attr->value(control));
}

static ssize_t folder_show(struct kobject *kobj, struct attribute *attr, char *buf)
{
	struct question question = {
		.nr = container_of(kobj, struct folder, kobj)->nr,
		.attr = container_of(attr, struct cpu_attribute, attr),
		.buf = buf,
	};

	gt_session_show(answer, &question);
	return question.length;
}

static void folder_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct folder, kobj));
}

static const struct sysfs_ops folder_ops = { .show = folder_show };

static struct kobj_type folder_type = {
	.release = folder_release,
	.sysfs_ops = &folder_ops,
	.default_groups = cpu_groups,
};

static struct folder **folders;		/* by CPU number */

void gt_sysfs_remove(void)
{
	unsigned int nr;

	for (nr = 0; nr < nr_cpu_ids; nr++)
		if (folders[nr])
			kobject_put(&folders[nr]->kobj);
	kfree(folders);
}

int gt_sysfs_create(void)
{
	unsigned int nr;
	int err;

	folders = kcalloc(nr_cpu_ids, sizeof(*folders), GFP_KERNEL);
	if (!folders)
		return -ENOMEM;
	for_each_present_cpu(nr) {
		struct folder *folder = kzalloc(sizeof(*folder), GFP_KERNEL);

		err = -ENOMEM;
		if (!folder)
			goto out_remove;
		folder->nr = nr;
		folders[nr] = folder;
		err = kobject_init_and_add(&folder->kobj, &folder_type, &gt_device()->kobj, "cpu%u", nr);
		if (err)
			goto out_remove;
	}
	return 0;

out_remove:
	gt_sysfs_remove();
	return err;
}
