/* SPDX-License-Identifier: GPL-2.0 */
/* Growing arrays: room for more elements, doubling. */
#ifndef GT_LIB_ARRAY_H
#define GT_LIB_ARRAY_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/*
 * gt_array_reserve - make sure that the array whose address stands at `array` has room for `wanted` elements of that
 * size; what it holds stays. 0 or -ENOMEM, and all is as it was.
 */
static inline int gt_array_reserve(void *array, size_t element, size_t wanted, size_t *room)
{
	size_t more = *room ? *room : 16;
	void *old, *grown;

	if (wanted <= *room)
		return 0;
	while (more < wanted && more <= SIZE_MAX / 2)
		more *= 2;
	if (more < wanted || more > SIZE_MAX / element)
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
#define gt_array_room(array, count, room) gt_array_reserve((array), sizeof(**(array)), (count) + 1, (room))

#endif
