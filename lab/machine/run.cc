// SPDX-License-Identifier: GPL-2.0
#include "run.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "bochs.h"
#include "call.h"
#include "machine.h"
#include "gui/paramtree.h"
#include "gui/siminterface.h"
#include "param_names.h"
#include "pc_system.h"
#include "pmu.h"
#include "server.h"

static const unsigned boot_seconds = 40;	// emulated; a boot takes 3 to 8

static struct {
	int client = -1;
	int fd[RUN_FDS];
	FILE *truth;
	Bit64u deadline;	// emulated ticks, 0 = none
	std::string console;	// serial line: until the run begins, and then the part of a line
} run;

static Bit64u ticks(unsigned seconds)
{
	return Bit64u(seconds) * SIM->get_param_num(BXPN_IPS)->get();
}

static void put(int fd, const void *from, size_t length)
{
	auto bytes = static_cast<const char *>(from);

	while (length) {
		ssize_t n = write(fd, bytes, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			run_exit(128 + SIGPIPE);	// "lab/run ... | head": as the command would have ended
		if (n < 0)
			run_fail(strerror(errno));
		bytes += n;
		length -= size_t(n);
	}
}

void run_begin(int client, const struct run_order *order, const int fds[RUN_FDS])
{
	run.client = client;
	memcpy(run.fd, fds, sizeof(run.fd));
	// From here on Bochs's own log belongs to this run.
	dup2(run.fd[RUN_LOG], STDOUT_FILENO);
	dup2(run.fd[RUN_LOG], STDERR_FILENO);
	put(run.fd[RUN_CONSOLE], run.console.data(), run.console.size());
	run.console.clear();
	run.truth = order->truth ? fdopen(run.fd[RUN_TRUTH], "w") : NULL;
	if (order->truth && !run.truth)
		run_fail("no memory for the truth file");
	run.deadline = order->timeout ? bx_pc_system.time_ticks() + ticks(order->timeout) : 0;
	truth_begin(run.truth);

	struct run_result begun = {RUN_BEGUN, 0, ""};
	send(client, &begun, sizeof(begun), MSG_NOSIGNAL);
}

bool run_active()
{
	return run.client >= 0;
}

size_t run_read(void *to, size_t length)
{
	auto bytes = static_cast<char *>(to);
	size_t done = 0;

	while (done < length) {
		ssize_t n = read(run.fd[RUN_REQUEST], bytes + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			run_fail("cannot read the request");
		if (n == 0)
			break;
		done += size_t(n);
	}
	return done;
}

bool run_write(unsigned stream, const void *from, size_t length)
{
	switch (stream) {
	case LAB_STDOUT:
		put(run.fd[RUN_STDOUT], from, length);
		return true;
	case LAB_STDERR:
		put(run.fd[RUN_STDERR], from, length);
		return true;
	case LAB_FILES:
		put(run.fd[RUN_FILES], from, length);
		return true;
	case LAB_KMSG:
		// The log's first piece replaces what the serial line said: the log has all of it, and more.
		static bool begun;
		// Unless it cannot be taken back, on a terminal.
		if (!begun && ftruncate(run.fd[RUN_CONSOLE], 0) == 0)
			lseek(run.fd[RUN_CONSOLE], 0, SEEK_SET);
		begun = true;
		put(run.fd[RUN_CONSOLE], from, length);
		return true;
	}
	return false;
}

void run_console(char c)
{
	if (c == '\r')
		return;
	run.console.push_back(c);
	if (c == '\n' && run_active()) {
		put(run.fd[RUN_CONSOLE], run.console.data(), run.console.size());
		run.console.clear();
	}
}

// Not exit(): the destructors of Bochs and of the waiting machine are not this process's business.
[[noreturn]] static void end(const struct run_result *result, int status)
{
	fflush(NULL);
	truth_end();
	if (run.truth && fclose(run.truth) && result->end == RUN_EXITED) {
		struct run_result full = {RUN_FAILED, 0, "cannot write the truth file"};
		send(run.client, &full, sizeof(full), MSG_NOSIGNAL);
		_exit(125);
	}
	send(run.client, result, sizeof(*result), MSG_NOSIGNAL);
	_exit(status);
}

void run_exit(int status)
{
	struct run_result result = {RUN_EXITED, status, ""};

	end(&result, 0);
}

void run_fail(const char *message)
{
	struct run_result result = {RUN_FAILED, 125, ""};

	if (!run_active()) {
		fprintf(stderr, "%s%s\n", run.console.c_str(), message);
		fflush(NULL);
		_exit(125);
	}
	if (!run.console.empty()) {
		run.console.push_back('\n');
		(void)!write(run.fd[RUN_CONSOLE], run.console.data(), run.console.size());
	}
	snprintf(result.message, sizeof(result.message), "%s", message);
	end(&result, 125);
}

void run_watch()
{
	if (!run_active()) {
		if (bx_pc_system.time_ticks() > ticks(boot_seconds))
			run_fail("the guest did not boot within 40 emulated seconds");
		return;
	}

	struct pollfd gone = {run.client, POLLIN, 0};
	if (poll(&gone, 1, 0) > 0)	// a client says nothing more: readable means closed
		_exit(125);
	if (run.deadline && bx_pc_system.time_ticks() > run.deadline) {
		std::string where = "the command did not end in time; the guest is at";
		char text[64];

		for (int i = 0; i < BX_SMP_PROCESSORS; i++) {
			snprintf(text, sizeof(text), " cpu%d rip 0x%llx cpl %d%s", i,
				 (unsigned long long)BX_CPU(i)->get_instruction_pointer(),
				 BX_CPU(i)->sregs[BX_SEG_REG_CS].selector.rpl,
				 BX_CPU(i)->activity_state == BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE ? "" : " (halted)");
			where += text;
		}
		run_fail(where.c_str());
	}
}
