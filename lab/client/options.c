// SPDX-License-Identifier: GPL-2.0
/* options.c - what lab/run was told */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

#define APPEND_MAX	1500	/* the kernel takes 2047 with what we say ourselves */

static const char usage_text[] =
"usage: lab/run [OPTION...] -- COMMAND [ARGUMENT...]\n"
"Executes COMMAND as root in an emulated machine with an Intel PMU; output and exit status are the command's.\n"
"\n"
"  --cpu PROFILE            skx (Skylake-X, default) or icl (Ice Lake)\n"
"  --cpus N                 1 (default) to 8 CPUs\n"
"  --kernel VERSION         5.10, 6.1 (default), 6.12 or 7.3: Debian's newest of it; 6.1-debug: with all its checks\n"
"  --append TEXT            add TEXT to the kernel's command line\n"
"  --in FILE[:GUESTPATH]    copy FILE into the guest first (default /root/NAME), with its mode\n"
"  --out GUESTPATH[:FILE]   copy a file of the guest back afterwards (default ./NAME), with its mode\n"
"  --truth FILE             write what the PMU really did (docs/lab.md has the format)\n"
"  --console FILE           write the guest's kernel log\n"
"  --timeout SECONDS        of emulated time (default 600, 0 = none)\n"
"  --stop                   end the booted machines that wait for runs, and nothing else\n"
"\n"
"LAB_LUCK=N in the environment: the same run at another moment and with other random numbers (docs/lab.md).\n"
"Exit status 125: the lab failed (the guest crashed, a file is missing); the reason is on stderr.\n";

static void *grow(void *p, size_t size)
{
	p = realloc(p, size);
	if (!p) {
		fputs("lab/run: out of memory\n", stderr);
		exit(LAB_FAILED);
	}
	return p;
}

const char *path_join(const char *folder, const char *file)
{
	size_t size = strlen(folder) + strlen(file) + 2;
	char *path = grow(NULL, size);

	snprintf(path, size, "%s/%s", folder, file);
	return path;
}

static const char *base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* transfer: "FROM[:TO]"; without TO the file keeps its name, in folder. Paths in the guest are relative to /root. */
static int transfer(struct transfer **list, size_t *count, char *arg, bool in)
{
	char *colon = strchr(arg, ':');
	const char *to;
	struct transfer t;

	if (colon)
		*colon = 0;
	to = colon && colon[1] ? colon + 1 : in ? base(arg) : path_join(".", base(arg));
	t = in ? (struct transfer){ .host = arg, .guest = to } : (struct transfer){ .host = to, .guest = arg };
	if (!*base(arg)) {
		fprintf(stderr, "lab/run: --%s needs the path of a file\n", in ? "in" : "out");
		return -1;
	}
	if (t.guest[0] != '/')
		t.guest = path_join("/root", t.guest);
	*list = grow(*list, (*count + 1) * sizeof(t));
	(*list)[(*count)++] = t;
	return 0;
}

static int number(const char *option, const char *text, unsigned int low, unsigned int high, unsigned int *to)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < low || value > high) {
		fprintf(stderr, "lab/run: --%s takes a number from %u to %u, not '%s'\n", option, low, high, text);
		return -1;
	}
	*to = (unsigned int)value;
	return 0;
}

int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option options[] = {
		{ "cpu", required_argument, NULL, 'p' }, { "cpus", required_argument, NULL, 'n' },
		{ "kernel", required_argument, NULL, 'k' }, { "append", required_argument, NULL, 'a' },
		{ "in", required_argument, NULL, 'i' }, { "out", required_argument, NULL, 'o' },
		{ "truth", required_argument, NULL, 't' }, { "console", required_argument, NULL, 'c' },
		{ "timeout", required_argument, NULL, 's' }, { "stop", no_argument, NULL, 'x' },
		{ "help", no_argument, NULL, 'h' }, { 0 }
	};
	int c, error = 0;

	*o = (struct options){ .profile = "skx", .kernel = "6.1", .append = "", .cpus = 1, .timeout = 600 };
	while (!error && (c = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (c) {
		case 'p': o->profile = optarg; break;
		case 'n': error = number("cpus", optarg, 1, 8, &o->cpus); break;
		case 'k': o->kernel = optarg; break;
		case 'a': o->append = optarg; break;
		case 'i': error = transfer(&o->in, &o->ins, optarg, true); break;
		case 'o': error = transfer(&o->out, &o->outs, optarg, false); break;
		case 't': o->truth = optarg; break;
		case 'c': o->console = optarg; break;
		case 's': error = number("timeout", optarg, 0, 1000000, &o->timeout); break;
		case 'x': o->stop = true; break;
		case 'h': fputs(usage_text, stdout); return 1;
		default: error = -1;
		}
	}
	if (!error && strlen(o->append) > APPEND_MAX) {
		fprintf(stderr, "lab/run: --append takes at most %d characters\n", APPEND_MAX);
		error = -1;
	}
	o->command = argv + optind;
	if (!error && !o->stop && !*o->command) {
		fputs("lab/run: no command; try 'lab/run -- uname -a' or 'lab/run --help'\n", stderr);
		error = -1;
	}
	return error;
}
