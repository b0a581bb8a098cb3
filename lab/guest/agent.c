// SPDX-License-Identifier: GPL-2.0
/*
 * agent.c - PID 1 of the guest: sets the system up, waits to be forked, executes one request (see call.h), ends.
 *
 * Everything before LAB_READY is paid once for many runs. The agent sleeps while the command runs and does nothing of its
 * own accord: what it costs is one wake-up for each piece of output.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent.h"

#define CANNOT_SET_UP	125	/* as lab/run's own failures */

char *buffer;

void say(const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(buffer, LAB_BUFFER, format, args);
	va_end(args);
	lab_call(LAB_WRITE, LAB_STDERR, (unsigned long)buffer, (unsigned long)n);
	lab_call(LAB_EXIT, CANNOT_SET_UP, 0, 0);
	abort();
}

int main(void)
{
	struct list command = { 0 }, files = { 0 };
	bool klog;
	int status;

	buffer = lab_buffer();
	if (!buffer)
		return 1;
	system_set_up();
	if (lab_call(LAB_READY, 0, 0, 0) < 0)
		return 1;
	klog = request_take(&command, &files);
	status = command_run(command.item);
	if (klog)
		result_klog();
	for (size_t i = 0; i < files.count; i++)
		result_file(files.item[i]);
	lab_call(LAB_EXIT, (unsigned long)status, 0, 0);
	return 1;
}
