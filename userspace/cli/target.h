/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is recorded: a command that waits for us before it execs, a process that runs already, or everything.
 */
#ifndef GT_CLI_TARGET_H
#define GT_CLI_TARGET_H

#include <stdbool.h>
#include <sys/types.h>

struct gt_target {
	pid_t pid;      /* our id of it; 0 = every process */
	bool child;     /* we started it: its exit status becomes ours */
	int go_fd;      /* child: a byte in here lets it exec; -1 = done */
	int exec_fd;    /* child: readable once it has execed (end of file) or could not (an errno); -1 = known */
	int pid_fd;     /* readable once it is gone; -1 = every process */
	int exec_error; /* positive errno of a failed exec, 0 */
};

/*
 * gt_target_launch - fork; the child waits, then becomes the command (argv as execvp wants it).
 * gt_target_attach - a process by id or by name. Complains and returns an exit status, 0 = fine.
 */
int gt_target_launch(struct gt_target *target, char **argv);
int gt_target_attach(struct gt_target *target, const char *pid_or_name);

/* gt_target_go - let the child exec. */
void gt_target_go(struct gt_target *target);

/* gt_target_execed - exec_fd is readable: 0 the command runs, else exec_error is set. */
int gt_target_execed(struct gt_target *target);

/* gt_target_end - end the child if it still runs (SIGTERM, and SIGKILL before it execs), and give its exit status. */
int gt_target_end(struct gt_target *target);

#endif
