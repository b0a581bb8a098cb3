/* SPDX-License-Identifier: GPL-2.0 */
/* Growing arrays: room for one more element, doubling. */
#ifndef GT_ANALYSIS_ARRAY_H
#define GT_ANALYSIS_ARRAY_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline int gt_array_grow(void *array, size_t element, size_t count, size_t *room)
{
	size_t more = *room ? *room * 2 : 16;
	void *old, *grown;

	if (count < *room)
		return 0;
	if (more > SIZE_MAX / element)
		return -ENOMEM;
	memcpy(&old, array, sizeof(old));
	grown = realloc(old, more * element);
	if (!grown)
		return -ENOMEM;
	memcpy(array, &grown, sizeof(grown));
	*room = more;
	return 0;
}

/* gt_array_room(&array, count, &room): makes sure array[count] exists. Returns 0 or -ENOMEM. */
#define gt_array_room(array, count, room) gt_array_grow((array), sizeof(**(array)), (count), (room))

#endif
