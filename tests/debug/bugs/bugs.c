// SPDX-License-Identifier: GPL-2.0
/* bugs.ko bug=NAME: does what the debug kernel must notice, one deliberate bug a load. */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char *bug = "";
module_param(bug, charp, 0444);

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(first);
static DEFINE_MUTEX(second);
static int bytes = 8;		/* not known to the compiler */

static void use_after_free(void)
{
	char *memory = kmalloc(64, GFP_KERNEL);

	kfree(memory);
	if (memory)
		WRITE_ONCE(memory[bytes], 1);
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	might_sleep();
	spin_unlock(&spin);
}

static void both_orders(void)
{
	mutex_lock(&first);
	mutex_lock(&second);
	mutex_unlock(&second);
	mutex_unlock(&first);
	mutex_lock(&second);
	mutex_lock(&first);
	mutex_unlock(&first);
	mutex_unlock(&second);
}

/* Many: kmemleak takes what is left on a kernel stack for a pointer, and the last ones may still be there. */
static void leak(void)
{
	int i;

	for (i = 0; i < 16; i++)
		WRITE_ONCE(bytes, *(u8 *)kzalloc(64, GFP_KERNEL));
}

static void shift_too_far(void)
{
	WRITE_ONCE(bytes, 1 << (READ_ONCE(bytes) * 8));
}

static int __init bugs_init(void)
{
	static const struct {
		const char *name;
		void (*make)(void);
	} bugs[] = {
		{ "kasan", use_after_free }, { "sleep", sleep_in_atomic }, { "lockdep", both_orders }, { "kmemleak", leak },
		{ "ubsan", shift_too_far },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++)
		if (!strcmp(bug, bugs[i].name))
			bugs[i].make();
	return 0;
}

static void __exit bugs_exit(void)
{
}

module_init(bugs_init);
module_exit(bugs_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Deliberate bugs");
