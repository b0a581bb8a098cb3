// SPDX-License-Identifier: GPL-2.0
#include "notices.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>

struct gt_notices {
	struct nl_sock *socket;
	gt_notice_fn fn;
	void *context;
};

/* libnl has its own error numbers. */
static int to_errno(int nl_error)
{
	switch (-nl_error) {
	case NLE_OBJ_NOTFOUND:
	case NLE_NOADDR:
		return -ENOENT;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_AGAIN:
		return -EAGAIN;
	}
	return -EIO;
}

static const struct nla_policy policy[GTRACE_GENL_A_PAD + 1] = {
	[GTRACE_GENL_A_OWNER] = {.type = NLA_U32},       [GTRACE_GENL_A_TARGET] = {.type = NLA_U32},
	[GTRACE_GENL_A_PERIOD] = {.type = NLA_U64},      [GTRACE_GENL_A_PID] = {.type = NLA_U32},
	[GTRACE_GENL_A_COMM] = {.type = NLA_NUL_STRING}, [GTRACE_GENL_A_CPU] = {.type = NLA_U32},
	[GTRACE_GENL_A_CAUSE] = {.type = NLA_U32},       [GTRACE_GENL_A_LOST] = {.type = NLA_U64},
	[GTRACE_GENL_A_SAMPLES] = {.type = NLA_U64},
};

static uint32_t u32_of(struct nlattr *attribute)
{
	return attribute ? nla_get_u32(attribute) : 0;
}

static uint64_t u64_of(struct nlattr *attribute)
{
	return attribute ? nla_get_u64(attribute) : 0;
}

static int on_message(struct nl_msg *message, void *context)
{
	struct nlattr *attributes[GTRACE_GENL_A_PAD + 1];
	struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(message));
	struct gt_notices *notices = context;
	struct gt_notice notice = {0};

	if (genlmsg_parse(nlmsg_hdr(message), 0, attributes, GTRACE_GENL_A_PAD, policy))
		return NL_SKIP;
	notice.kind = header->cmd;
	notice.owner = u32_of(attributes[GTRACE_GENL_A_OWNER]);
	notice.target = (int32_t)u32_of(attributes[GTRACE_GENL_A_TARGET]);
	notice.period = u64_of(attributes[GTRACE_GENL_A_PERIOD]);
	notice.pid = u32_of(attributes[GTRACE_GENL_A_PID]);
	notice.cpu = u32_of(attributes[GTRACE_GENL_A_CPU]);
	notice.cause = u32_of(attributes[GTRACE_GENL_A_CAUSE]);
	notice.lost = u64_of(attributes[GTRACE_GENL_A_LOST]);
	notice.samples = u64_of(attributes[GTRACE_GENL_A_SAMPLES]);
	if (attributes[GTRACE_GENL_A_COMM])
		nla_strlcpy(notice.comm, attributes[GTRACE_GENL_A_COMM], sizeof(notice.comm));
	notices->fn(&notice, notices->context);
	return NL_OK;
}

static int join(struct gt_notices *notices)
{
	int group, err = genl_connect(notices->socket);

	if (err)
		return err;
	group = genl_ctrl_resolve_grp(notices->socket, GTRACE_GENL_NAME, GTRACE_GENL_GROUP);
	if (group < 0)
		return group;
	err = nl_socket_add_memberships(notices->socket, group, 0);
	if (err)
		return err;
	/* A multicast answers no request: its sequence number is not ours. */
	nl_socket_disable_seq_check(notices->socket);
	err = nl_socket_modify_cb(notices->socket, NL_CB_VALID, NL_CB_CUSTOM, on_message, notices);
	return err ? err : nl_socket_set_nonblocking(notices->socket);
}

int gt_notices_open(gt_notice_fn fn, void *context, struct gt_notices **out)
{
	struct gt_notices *notices = calloc(1, sizeof(*notices));
	int err = -NLE_NOMEM;

	if (!notices)
		return -ENOMEM;
	notices->fn = fn;
	notices->context = context;
	notices->socket = nl_socket_alloc();
	if (notices->socket)
		err = join(notices);
	if (err) {
		gt_notices_close(notices);
		return to_errno(err);
	}
	*out = notices;
	return 0;
}

void gt_notices_close(struct gt_notices *notices)
{
	if (!notices)
		return;
	nl_socket_free(notices->socket);
	free(notices);
}

int gt_notices_fd(const struct gt_notices *notices)
{
	return nl_socket_get_fd(notices->socket);
}

int gt_notices_read(struct gt_notices *notices)
{
	int err;

	do {
		err = nl_recvmsgs_default(notices->socket);
	} while (!err);
	return err == -NLE_AGAIN ? 0 : to_errno(err);
}
