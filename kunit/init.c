// SPDX-License-Identifier: GPL-2.0
/*
 * The only program of the machine that the tests run in: loads the module, whose loading runs them, and halts. What
 * they say goes to the console.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	int fd = open("/gtrace_kunit.ko", O_RDONLY);

	if (fd < 0 || syscall(SYS_finit_module, fd, "", 0))
		perror("Bail out! gtrace_kunit.ko");
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
