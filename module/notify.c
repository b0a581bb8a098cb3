// SPDX-License-Identifier: GPL-2.0
#include <linux/llist.h>
#include <linux/module.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <net/genetlink.h>

#include "notify.h"
#include "session.h"

struct notice {
	struct llist_node node;
	u8 cmd;				/* enum gtrace_genl_cmd */
	u32 owner, pid, cpu, cause;
	s32 target;
	u64 period, samples, lost;
	char comm[TASK_COMM_LEN];
};

static const struct genl_multicast_group groups[] = {
	{ .name = GTRACE_GENL_GROUP },
};

static struct genl_family family __ro_after_init = {
	.name = GTRACE_GENL_NAME,
	.version = GTRACE_GENL_VERSION,
	.module = THIS_MODULE,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

static LLIST_HEAD(pending);

static bool put_session(struct sk_buff *skb, const struct notice *notice)
{
	return nla_put_u32(skb, GTRACE_GENL_A_OWNER, notice->owner) ||
	       nla_put_s32(skb, GTRACE_GENL_A_TARGET, notice->target);
}

static bool put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, GTRACE_GENL_A_PAD);
}

static bool put(struct sk_buff *skb, const struct notice *notice)
{
	switch (notice->cmd) {
	case GTRACE_GENL_SESSION_START:
		return put_session(skb, notice) || put_u64(skb, GTRACE_GENL_A_PERIOD, notice->period);
	case GTRACE_GENL_SESSION_STOP:
		return put_session(skb, notice) || put_u64(skb, GTRACE_GENL_A_SAMPLES, notice->samples) ||
		       put_u64(skb, GTRACE_GENL_A_LOST, notice->lost);
	case GTRACE_GENL_TARGET_EXEC:
		return nla_put_u32(skb, GTRACE_GENL_A_PID, notice->pid) ||
		       nla_put_string(skb, GTRACE_GENL_A_COMM, notice->comm);
	case GTRACE_GENL_TARGET_EXIT:
		return nla_put_u32(skb, GTRACE_GENL_A_PID, notice->pid);
	case GTRACE_GENL_LOSS:
		return nla_put_u32(skb, GTRACE_GENL_A_CPU, notice->cpu) ||
		       nla_put_u32(skb, GTRACE_GENL_A_CAUSE, notice->cause) ||
		       put_u64(skb, GTRACE_GENL_A_LOST, notice->lost);
	}
	return true;
}

static void multicast(const struct notice *notice)
{
	struct sk_buff *skb = genlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	void *header;

	if (!skb)
		return;
	header = genlmsg_put(skb, 0, 0, &family, 0, notice->cmd);
	if (!header || put(skb, notice)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	/* Nobody listening is not an error. */
	genlmsg_multicast(&family, skb, 0, 0, GFP_KERNEL);
}

static void send_pending(struct work_struct *work)
{
	struct llist_node *list = llist_reverse_order(llist_del_all(&pending));
	struct notice *notice, *next;

	llist_for_each_entry_safe(notice, next, list, node) {
		multicast(notice);
		kfree(notice);
	}
}

static DECLARE_WORK(sender, send_pending);

static void post(const struct notice *facts)
{
	struct notice *notice;

	if (!genl_has_listeners(&family, &init_net, 0))
		return;
	notice = kmemdup(facts, sizeof(*facts), GFP_ATOMIC | __GFP_NOWARN);
	if (!notice)
		return;
	if (llist_add(&notice->node, &pending))
		schedule_work(&sender);
}

void gt_notify_start(const struct gt_session *session)
{
	post(&(struct notice){
		.cmd = GTRACE_GENL_SESSION_START,
		.owner = session->opener,
		.target = session->config.target_tgid,
		.period = session->plan.period,
	});
}

void gt_notify_stop(const struct gt_session *session)
{
	post(&(struct notice){
		.cmd = GTRACE_GENL_SESSION_STOP,
		.owner = session->opener,
		.target = session->config.target_tgid,
		.samples = gt_session_samples(session),
		.lost = gt_session_lost(session),
	});
}

void gt_notify_target_exec(const struct task_struct *task)
{
	struct notice notice = { .cmd = GTRACE_GENL_TARGET_EXEC, .pid = task->tgid };

	strscpy(notice.comm, task->comm, sizeof(notice.comm));
	post(&notice);
}

void gt_notify_target_exit(const struct task_struct *task)
{
	post(&(struct notice){ .cmd = GTRACE_GENL_TARGET_EXIT, .pid = task->tgid });
}

void gt_notify_loss(u32 cpu, u32 cause, u64 count)
{
	/* Ten in five seconds tell that something is wrong; the thousandth tells nothing more. */
	static struct ratelimit_state rate =
		RATELIMIT_STATE_INIT_FLAGS(rate, 5 * HZ, 10, RATELIMIT_MSG_ON_RELEASE);

	if (!__ratelimit(&rate))
		return;
	post(&(struct notice){ .cmd = GTRACE_GENL_LOSS, .cpu = cpu, .cause = cause, .lost = count });
}

int gt_notify_init(void)
{
	return genl_register_family(&family);
}

void gt_notify_exit(void)
{
	flush_work(&sender);
	genl_unregister_family(&family);
}
