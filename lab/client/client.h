/* SPDX-License-Identifier: GPL-2.0 */
/*
 * client.h - lab/run's program: finds or starts a booted machine, hands it a request, brings the results back.
 *
 * Functions return 0 or a descriptor, and -1 after they have printed why not.
 */
#ifndef LAB_CLIENT_H
#define LAB_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define LAB_FAILED	125	/* our status when the lab and not the command failed */

struct transfer {
	const char *host;	/* path on this machine */
	const char *guest;	/* path in the guest, absolute */
};

struct options {
	const char *profile, *kernel, *append;
	unsigned int cpus, timeout;
	const char *truth, *console;		/* host paths or NULL */
	struct transfer *in, *out;
	size_t ins, outs;
	char **command;
	bool stop;
};

/* where things lie: made by lab/build and lab/image */
struct places {
	const char *lab;	/* folder of lab/run */
	const char *machine;	/* lab/build's */
	const char *image;	/* lab/image's; NULL for --stop */
	const char *servers;	/* sockets and logs of the waiting machines */
};

/* options.c */

/* options_parse: 0; 1 after --help; -1 after a message. */
int options_parse(int argc, char **argv, struct options *options);
/* path_join: folder/file, for as long as the program runs. Ends it without memory. */
const char *path_join(const char *folder, const char *file);

/* server.c */
/* server_connect: a socket to a machine as the options want it, started if there is none; *started tells. */
int server_connect(const struct options *options, const struct places *places, bool *started);
/* server_log: prints the end of the log of the machine that server_connect() talked to. */
void server_log(const struct options *options, const struct places *places);
/* server_stop: tells all waiting machines to end. */
int server_stop(const struct places *places);

/* request.c */

/* request_make: the records of guest/call.h that the options ask for, in an anonymous file, read from its start. */
int request_make(const struct options *options);
/* request_bring: writes the LAB_FILES records of an anonymous file to the host paths of options->out. */
int request_bring(const struct options *options, int files);

#endif
