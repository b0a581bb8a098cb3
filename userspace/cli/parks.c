// SPDX-License-Identifier: GPL-2.0
#include "parks.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "go/probes.h"
#include "go/wait_reasons.h"

/* ---- planting ---------------------------------------------------------------------------------------------------- */

static void refuse(struct gt_plant *plant, const char *name, const char *what, const char *why)
{
	snprintf(plant->refusal, sizeof(plant->refusal), "%s%s%s", what, *what ? ": " : "", why);
	gt_complain("--parks: %s: %s; recording goes on without", name, plant->refusal);
}

/* With a profile the compiler may expand a probed function in its caller. */
static void tell_copies(struct gt_plant *plant, const char *name, const struct gt_go_binary *binary)
{
	struct gt_go_copy copy;
	size_t n = gt_go_probe_copies(binary, &copy, 1);

	if (!n)
		return;
	snprintf(plant->refusal, sizeof(plant->refusal), "%s is also compiled into %s%s: what comes there is not seen",
		 copy.function, copy.within, n > 1 ? " and others" : "");
	gt_complain("--parks: %s: %s", name, plant->refusal);
}

static void plant_all(struct gt_parks *parks, struct gt_plant *plant, const char *name, int fd,
		      const struct gt_go_binary *binary)
{
	struct gtrace_probe probes[GT_GO_PROBES_MAX];
	const char *why = "";
	int n = gt_go_probes(binary, probes, GT_GO_PROBES_MAX, &why);

	if (n < 0) {
		refuse(plant, name, "its goroutines cannot be probed", why);
		return;
	}
	for (int i = 0; i < n; i++) {
		int err;

		probes[i].fd = fd;
		if (!parks->branches)
			probes[i].flags &= ~GTRACE_PROBE_F_BRANCHES;
		if (parks->shared)
			probes[i].flags |= GTRACE_PROBE_F_SHARED;
		err = gt_session_probe(parks->session, &probes[i]);
		if (err && parks->ended) {
			refuse(plant, name, "", "it ended before its probes were planted");
			return;
		}
		if (err) {
			refuse(plant, name, gt_go_probe_name(probes[i].id), gt_session_probe_explain(err));
			return;
		}
		plant->planted |= 1u << probes[i].id;
	}
	tell_copies(plant, name, binary);
	if (parks->verbose)
		gt_complain("--parks: %s (%s): %d probes", name, gt_go_binary_version(binary).text, n);
}

const struct gt_plant *gt_parks_plant(struct gt_parks *parks, const char *path, const char *name,
				      const struct gt_go_binary *binary)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct gt_plant *plant = NULL;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st))
		goto close;
	for (plant = parks->plants; plant; plant = plant->next)
		if (plant->dev == st.st_dev && plant->ino == st.st_ino)
			goto close;
	plant = malloc(sizeof(*plant));
	if (!plant)
		goto close;
	*plant = (struct gt_plant){.next = parks->plants, .dev = st.st_dev, .ino = st.st_ino};
	parks->plants = plant;
	plant_all(parks, plant, name, fd, binary);
close:
	close(fd);
	return plant;
}

/* The file that execvp would execute. */
static int find_command(const char *word, char *path, size_t size)
{
	const char *folder = getenv("PATH");
	struct stat st;

	if (strchr(word, '/'))
		return snprintf(path, size, "%s", word) < (int)size ? 0 : -ENAMETOOLONG;
	if (!folder)
		folder = "/bin:/usr/bin";
	for (;; folder++) {
		size_t bytes = strcspn(folder, ":");

		/* An empty folder is the current one. */
		if (snprintf(path, size, "%.*s%s%s", (int)bytes, folder, bytes ? "/" : "./", word) < (int)size &&
		    !access(path, X_OK) && !stat(path, &st) && S_ISREG(st.st_mode))
			return 0;
		folder += bytes;
		if (!*folder)
			return -ENOENT;
	}
}

/* 0 or errors of gt_go_binary_open(). */
static int plant_file(struct gt_parks *parks, const char *path, const char *name)
{
	struct gt_go_binary *binary;
	int err = gt_go_binary_open(path, &binary);

	if (err)
		return err;
	gt_parks_plant(parks, path, name, binary);
	gt_go_binary_close(binary);
	return 0;
}

static void say_not_go(const char *name, int err)
{
	gt_complain("--parks: %s: %s; Go programs that it starts are probed when they start", name,
		    gt_go_binary_explain(err));
}

/* The words within a word, as a shell that gets it by -c would cut them or env its assignments. How many are Go. */
static unsigned int plant_words(struct gt_parks *parks, const char *word)
{
	static const char between[] = " \t\n;&|()<>'\"`$={}";
	char part[PATH_MAX], path[PATH_MAX];
	unsigned int planted = 0;

	for (size_t bytes; *word; word += bytes) {
		word += strspn(word, between);
		bytes = strcspn(word, between);
		if (!bytes || bytes >= sizeof(part))
			continue;
		memcpy(part, word, bytes);
		part[bytes] = '\0';
		if (!find_command(part, path, sizeof(path)) && !access(path, X_OK | R_OK))
			planted += !plant_file(parks, path, path);
	}
	return planted;
}

/* The module has room for the probes of three programs: what is still to be found must find some. */
#define WORDS_MAX 2

void gt_parks_command(struct gt_parks *parks, char *const *words)
{
	unsigned int planted = 0;
	char path[PATH_MAX];
	int err;

	/* One that is not there is reported when it does not execute. */
	if (find_command(words[0], path, sizeof(path)) || access(path, R_OK))
		return;
	err = plant_file(parks, path, path);
	if (!err)
		return;
	for (size_t i = 1; words[i] && planted < WORDS_MAX; i++)
		planted += plant_words(parks, words[i]);
	if (!planted)
		say_not_go(path, err);
}

void gt_parks_process(struct gt_parks *parks, pid_t pid)
{
	char exe[64], name[PATH_MAX];
	ssize_t n;
	int err;

	snprintf(exe, sizeof(exe), "/proc/%d/exe", pid);
	n = readlink(exe, name, sizeof(name) - 1);
	name[n > 0 ? n : 0] = '\0';
	err = plant_file(parks, exe, name);
	if (err)
		say_not_go(name, err);
}

/* ---- telling ----------------------------------------------------------------------------------------------------- */

int gt_parks_write(const struct gt_plant *plant, const struct gt_go_binary *binary, const char *distrust, uint64_t tsc,
		   uint32_t tgid, struct gt_writer *writer)
{
	struct gt_go_wait_reasons *reasons = calloc(1, sizeof(*reasons));
	char texts[sizeof(reasons->texts)], *at = texts;
	int err;

	if (!reasons)
		return -ENOMEM;
	gt_go_binary_wait_reasons(binary, reasons);
	for (uint32_t i = 0; i < reasons->count; i++)
		at = stpcpy(at, reasons->texts[i]) + 1;
	err = gt_writer_probes(writer, &(struct gt_probes){.tsc = tsc,
							   .tgid = tgid,
							   .planted = distrust ? 0 : plant->planted,
							   .nr_reasons = reasons->count,
							   .refusal = distrust ? distrust : plant->refusal,
							   .reasons = texts});
	free(reasons);
	return err;
}

void gt_parks_free(struct gt_parks *parks)
{
	struct gt_plant *next;

	for (; parks->plants; parks->plants = next) {
		next = parks->plants->next;
		free(parks->plants);
	}
}
