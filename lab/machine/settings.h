/* SPDX-License-Identifier: GPL-2.0 */
/* settings.h - what lab/client tells a machine that it starts, through the environment. */
#ifndef LAB_SETTINGS_H
#define LAB_SETTINGS_H

struct settings {
	const char *profile;		/* LAB_PROFILE: PMU profile, "skx" */
	const char *vmlinux;		/* LAB_VMLINUX: path */
	const char *initramfs;		/* LAB_INITRAMFS: path */
	const char *command_line;	/* LAB_COMMAND_LINE: of the kernel */
	int listener;			/* LAB_LISTENER: descriptor of the listening socket */
	unsigned idle_seconds;		/* LAB_IDLE: wall-clock seconds without a client after which the machine ends */
};

/* settings: read by machine_start(). */
const struct settings &settings();
/* console_hurry: the serial line sends a byte in 1 us from now on, not 87. The kernel must have set it up before. */
void console_hurry();

#endif
