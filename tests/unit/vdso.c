// SPDX-License-Identifier: GPL-2.0
/* The functions of this process's vDSO, as a recording has them, against what the dynamic linker says. */
#include <dlfcn.h>
#include <link.h>
#include <sys/auxv.h>

#include "made.h"

#include "lib/vdso.h"

static void all_that_are_exported(void **unused)
{
	static const char *const exported[] = { "__vdso_clock_gettime", "__vdso_clock_getres", "__vdso_gettimeofday",
						"__vdso_time", "__vdso_getcpu" };
	void *vdso = dlopen("linux-vdso.so.1", RTLD_LAZY | RTLD_NOLOAD);
	uint64_t base = getauxval(AT_SYSINFO_EHDR), last = 0;
	struct gt_vdso_function function;
	struct gt_recording *rec;
	struct gt_chunk chunk;
	unsigned int found = 0;
	struct made made;

	(void)unused;
	assert_non_null(vdso);
	made_begin(&made);
	assert_int_equal(gt_vdso_write(made.writer), 0);
	made_end(&made, NULL, 0);
	assert_int_equal(gt_recording_open(made.path, &rec), 0);
	unlink(made.path);
	assert_int_equal(gt_recording_next(rec, GT_CHUNKS(GT_CHUNK_VDSO), &chunk), 1);
	while (gt_chunk_vdso(rec, &function) > 0) {
		const void *at = dlsym(vdso, function.name);
		const ElfW(Sym) * symbol;
		Dl_info info;

		assert_true((uint64_t)at == base + function.offset);
		assert_true(dladdr1(at, &info, (void **)&symbol, RTLD_DL_SYMENT));
		assert_int_equal(symbol->st_size, function.bytes);
		assert_true(function.offset >= last);
		last = function.offset + function.bytes;
		for (size_t i = 0; i < sizeof(exported) / sizeof(exported[0]); i++)
			found += !strcmp(function.name, exported[i]);
	}
	assert_int_equal(found, sizeof(exported) / sizeof(exported[0]));
	gt_recording_close(rec);
	dlclose(vdso);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_that_are_exported) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
