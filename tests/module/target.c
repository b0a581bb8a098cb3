// SPDX-License-Identifier: GPL-2.0
#include "target.h"

#include "client.h"
#include "site.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void serve(int orders, int answers)
{
	int64_t order;

	while (read(orders, &order, sizeof(order)) == sizeof(order) && order) {
		struct target_answer answer = { 0 };

		if (order == TARGET_LOWER) {
			answer.result = site_lower(TARGET_LOWERED);
		} else if (order == TARGET_COUNT) {
			answer.result = site_count(10 << 20);
		} else if (order == TARGET_FORK) {
			pid_t child = fork();
			int status;

			if (!child)
				_exit(site_visit(1) != 1 ? 2 : *(const volatile uint8_t *)site != 0x55);
			waitpid(child, &status, 0);
			answer.result = status;
		} else {
			answer.result = site_visit(order);
		}
		answer.byte = *(const volatile uint8_t *)site;
		if (write(answers, &answer, sizeof(answer)) != sizeof(answer))
			break;
	}
	_exit(0);
}

struct target target_start(void)
{
	struct target target;
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		client_die("pipe");
	target.pid = fork();
	if (target.pid < 0)
		client_die("fork");
	if (!target.pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to[1]);
		close(from[0]);
		serve(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	target.orders = to[1];
	target.answers = from[0];
	return target;
}

void target_ask(struct target *target, int64_t order)
{
	if (write(target->orders, &order, sizeof(order)) != sizeof(order))
		client_die("target");
}

struct target_answer target_answer(struct target *target)
{
	struct target_answer answer;

	if (read(target->answers, &answer, sizeof(answer)) != sizeof(answer))
		client_die("target");
	return answer;
}

struct target_answer target_order(struct target *target, int64_t order)
{
	target_ask(target, order);
	return target_answer(target);
}

void target_end(struct target *target)
{
	close(target->orders);
	close(target->answers);
	kill(target->pid, SIGKILL);
	waitpid(target->pid, NULL, 0);
}
