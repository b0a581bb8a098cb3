// SPDX-License-Identifier: GPL-2.0
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "device.h"
#include "session.h"

static int device_open(struct inode *inode, struct file *file)
{
	struct gt_session *session;

	if (!perfmon_capable())
		return -EPERM;
	session = gt_session_open();
	if (!session)
		return -ENOMEM;
	file->private_data = session;
	return 0;
}

/* The last fd is gone, and with it every ioctl under way. */
static int device_release(struct inode *inode, struct file *file)
{
	gt_session_close(file->private_data);
	return 0;
}

/* The structure's own size, its first member; what is longer than we know must be zero. */
static int copy_in(void *to, size_t bytes, const void __user *from, u32 *size)
{
	if (get_user(*size, (const u32 __user *)from))
		return -EFAULT;
	if (*size < 8) {
		gt_complain("size: %u is below 8", *size);
		return -EINVAL;
	}
	if (*size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(to, bytes, from, *size);
}

static int copy_out(void __user *to, const void *from, size_t bytes, u32 size)
{
	return copy_to_user(to, from, min_t(size_t, bytes, size)) ? -EFAULT : 0;
}

static int query(void __user *user)
{
	struct gtrace_caps caps;
	u32 size;
	int err;

	err = copy_in(&caps, sizeof(caps), user, &size);
	if (err)
		return err;
	caps = *gt_caps;
	caps.owner_pid = gt_session_owner();
	return copy_out(user, &caps, sizeof(caps), size);
}

static int config(struct gt_session *session, void __user *user)
{
	struct gtrace_config config;
	struct gt_rings *rings;
	u32 size;
	int err;

	err = copy_in(&config, sizeof(config), user, &size);
	if (err)
		return err;
	err = gt_session_config(session, &config, &rings);
	if (err)
		return err;
	config.size = sizeof(config);
	err = copy_out(user, &config, sizeof(config), size);
	if (err)
		gt_session_drop(session, rings);
	else
		gt_session_take(session, rings);
	return err;
}

static int probe(struct gt_session *session, const void __user *user)
{
	struct gtrace_probe probe;
	u32 size;
	int err;

	err = copy_in(&probe, sizeof(probe), user, &size);
	return err ?: gt_session_probe(session, &probe);
}

/* By type and number alone: the size that is encoded in a command grows with its structure. */
static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct gt_session *session = file->private_data;
	void __user *user = (void __user *)argument;
	long err;

	if (_IOC_TYPE(command) != GTRACE_IOC_MAGIC)
		return -ENOTTY;
	if (_IOC_NR(command) == _IOC_NR(GTRACE_IOC_QUERY))
		return query(user);
	if (mutex_lock_interruptible(&session->lock))
		return -ERESTARTSYS;
	switch (_IOC_NR(command)) {
	case _IOC_NR(GTRACE_IOC_CONFIG):
		err = config(session, user);
		break;
	case _IOC_NR(GTRACE_IOC_PROBE):
		err = probe(session, user);
		break;
	case _IOC_NR(GTRACE_IOC_START):
		err = gt_session_start(session);
		break;
	case _IOC_NR(GTRACE_IOC_STOP):
		err = gt_session_stop(session);
		break;
	case _IOC_NR(GTRACE_IOC_FLUSH):
		err = gt_session_flush(session);
		break;
	default:
		err = -ENOTTY;
	}
	mutex_unlock(&session->lock);
	return err;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct gt_session *session = file->private_data;
	struct gt_rings *rings = gt_session_rings(session);

	return rings ? gt_rings_mmap(rings, vma) : -EINVAL;
}

static __poll_t device_poll(struct file *file, poll_table *wait)
{
	struct gt_session *session = file->private_data;
	struct gt_rings *rings = gt_session_rings(session);
	struct gt_cpu *cpu;
	unsigned int i;
	bool all;

	if (!rings)
		return EPOLLERR;
	poll_wait(file, &session->wait, wait);
	/* Pairs with wq_has_sleeper() in gt_cpu_waited(): whoever publishes after our look sees us asleep. */
	smp_mb();
	/* Nothing more will come: what is left is worth waking for, be it below the watermark. */
	all = gt_targets_gone(&session->targets) || READ_ONCE(session->phase) == GT_STOPPED;
	gt_for_each_ring(rings, i, cpu)
		if (gt_cpu_readable(cpu, all))
			return EPOLLIN | EPOLLRDNORM;
	return 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.release = device_release,
	.unlocked_ioctl = device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = device_mmap,
	.poll = device_poll,
	.llseek = noop_llseek,
};

/* Open to all, since open() asks for the capability: the node's mode would only add a second place to look. */
static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "gtrace",
	.mode = 0666,
	.fops = &device_fops,
};

int gt_device_register(const struct attribute_group **groups)
{
	device.groups = groups;
	return misc_register(&device);
}

void gt_device_unregister(void)
{
	misc_deregister(&device);
}

struct device *gt_device(void)
{
	return device.this_device;
}
