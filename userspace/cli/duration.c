// SPDX-License-Identifier: GPL-2.0
#include "cli/duration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int gt_duration_parse(const char *text, uint64_t *ns)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {{"ns", 1}, {"us", 1e3}, {"\u00b5s", 1e3}, {"ms", 1e6}, {"s", 1e9}};
	double value;
	char *end;
	size_t i;

	/* strtod() takes signs, blanks, hexadecimal, "inf" and "nan", too. */
	if (strspn(text, "0123456789.") == 0)
		return -EINVAL;
	value = strtod(text, &end);
	if (end != text + strspn(text, "0123456789."))
		return -EINVAL;
	if (!*end && value == 0) {
		*ns = 0;
		return 0;
	}
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].name))
			continue;
		if (value * units[i].ns >= 9e18)
			return -EINVAL;
		*ns = value * units[i].ns + 0.5;
		return 0;
	}
	return -EINVAL;
}
