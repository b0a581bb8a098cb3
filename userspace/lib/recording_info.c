// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "recording_private.h"

/* "\\n" and "\\\\" back to what they stood for, in place. */
static void unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && (text[1] == 'n' || text[1] == '\\'))
			*out++ = *++text == 'n' ? '\n' : '\\';
		else
			*out++ = *text;
		text++;
	}
	*out = '\0';
}

enum kind { TEXT, U32, I32, U64, BOOL };

static const struct key {
	const char *name;
	enum kind kind;
	size_t offset;
} keys[] = {
#define KEY(name, kind)                                               \
	{                                                             \
#name, kind, offsetof(struct gt_recording_info, name) \
	}
	KEY(version, TEXT),     KEY(host, TEXT),        KEY(kernel, TEXT),
	KEY(cpu, TEXT),         KEY(command, TEXT),     KEY(start_realtime_ns, U64),
	KEY(abi_version, U32),  KEY(pebs_format, U32),  KEY(cpu_family, U32),
	KEY(cpu_model, U32),    KEY(cpu_stepping, U32), KEY(nr_cpus, U32),
	KEY(tsc_khz, U32),      KEY(lbr_depth, U32),    KEY(data, U32),
	KEY(flags, U32),        KEY(count, U32),        KEY(sample_bytes, U32),
	KEY(event_bytes, U32),  KEY(target, I32),       KEY(period, U64),
	KEY(fields, U64),       KEY(attached, BOOL),    KEY(trigger, TEXT),
	KEY(trigger_goid, U64), KEY(trigger_tsc, U64),  KEY(fired_tsc, U64),
	KEY(until_tsc, U64),    KEY(jitter, U32),       KEY(standing_dropped, U64),
#undef KEY
};
#define NR_KEYS  (sizeof(keys) / sizeof(keys[0]))
#define OPTIONAL 7 /* the last ones: only dumps of the flight recorder have them; `jitter`: since there is any */
_Static_assert(NR_KEYS <= 32, "a bit each");

static int set_key(const struct key *key, char *value, struct gt_recording_info *info)
{
	char *field = (char *)info + key->offset, *end;
	long long number;

	if (key->kind == TEXT) {
		unescape(value);
		*(const char **)field = value;
		return 0;
	}
	errno = 0;
	/* strtoll for the one signed key; the others may use all 64 bits. */
	number = key->kind == I32 ? strtoll(value, &end, 10) : (long long)strtoull(value, &end, 10);
	if (errno || end == value || *end)
		return -EBADMSG;
	switch (key->kind) {
	case U32:
		*(uint32_t *)field = number;
		return (unsigned long long)number > UINT32_MAX ? -EBADMSG : 0;
	case I32:
		*(int32_t *)field = number;
		return number != (int32_t)number ? -EBADMSG : 0;
	case U64:
		*(uint64_t *)field = number;
		return 0;
	default:
		*(bool *)field = number;
		return number & ~1ll ? -EBADMSG : 0;
	}
}

int gt_info_parse(char *text, struct gt_recording_info *info)
{
	uint32_t seen = 0;
	char *line;

	*info = (struct gt_recording_info){.trigger = ""};
	while ((line = strsep(&text, "\n")) && *line) {
		char *value = strchr(line, ' ');

		if (!value)
			return -EBADMSG;
		*value++ = '\0';
		for (size_t i = 0; i < NR_KEYS; i++) {
			if (strcmp(line, keys[i].name))
				continue;
			if (set_key(&keys[i], value, info))
				return -EBADMSG;
			seen |= 1u << i;
		}
	}
	return ~seen & ((1u << (NR_KEYS - OPTIONAL)) - 1) ? -EBADMSG : 0;
}
