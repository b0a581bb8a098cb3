// SPDX-License-Identifier: GPL-2.0
/* What comes from elsewhere: files, Go processes, looks at their runtime, names, symbols, totals. */
#include <errno.h>
#include <string.h>

#include "recording_writer_private.h"

int gt_writer_file(struct gt_writer *w, const struct gt_file *file)
{
	struct gt_file_record record = {
		.ino = file->ino,
		.size = file->size,
		.mtime_ns = file->mtime_ns,
		.dev_major = file->dev_major,
		.dev_minor = file->dev_minor,
		.build_id_bytes = file->build_id_bytes,
		.path_bytes = strlen(file->path) + 1,
	};
	int err;

	if (file->build_id_bytes > sizeof(record.build_id))
		return -EINVAL;
	memcpy(record.build_id, file->build_id, file->build_id_bytes);
	err = gt_writer_continue_chunk(w, GT_CHUNK_FILES, sizeof(record) + record.path_bytes);
	if (err)
		return err;
	gt_writer_append(w, &record, sizeof(record));
	gt_writer_append(w, file->path, record.path_bytes);
	w->chunk->count++;
	return 0;
}

int gt_writer_go(struct gt_writer *w, const struct gt_go *go)
{
	size_t version_bytes = strlen(go->version) + 1, path_bytes = strlen(go->path) + 1;
	struct gt_go_record record = {
		.tsc = go->tsc,
		.load_bias = go->load_bias,
		.tgid = go->tgid,
		.version_bytes = version_bytes,
		.path_bytes = path_bytes,
	};
	int err;

	if (version_bytes > UINT16_MAX || path_bytes > UINT16_MAX)
		return -EMSGSIZE;
	err = gt_writer_continue_chunk(w, GT_CHUNK_GO, sizeof(record) + version_bytes + path_bytes);
	if (err)
		return err;
	gt_writer_append(w, &record, sizeof(record));
	gt_writer_append(w, go->version, version_bytes);
	gt_writer_append(w, go->path, path_bytes);
	w->chunk->count++;
	return 0;
}

int gt_writer_probes(struct gt_writer *w, const struct gt_probes *probes)
{
	const char *end = probes->reasons;
	struct gt_probes_record record = {
		.tsc = probes->tsc,
		.tgid = probes->tgid,
		.planted = probes->planted,
		.nr_reasons = probes->nr_reasons,
	};
	size_t refusal_bytes = strlen(probes->refusal) + 1;
	int err;

	for (uint32_t i = 0; i < probes->nr_reasons; i++)
		end += strlen(end) + 1;
	record.string_bytes = refusal_bytes + (end - probes->reasons);
	err = gt_writer_continue_chunk(w, GT_CHUNK_PROBES, sizeof(record) + record.string_bytes);
	if (err)
		return err;
	gt_writer_append(w, &record, sizeof(record));
	gt_writer_append(w, probes->refusal, refusal_bytes);
	gt_writer_append(w, probes->reasons, end - probes->reasons);
	w->chunk->count++;
	return 0;
}

int gt_writer_stranger(struct gt_writer *w, const struct gt_stranger_name *stranger)
{
	struct gt_stranger_record record = {.tsc = stranger->tsc, .tid = stranger->tid, .tgid = stranger->tgid};
	int err = gt_writer_continue_chunk(w, GT_CHUNK_STRANGERS, sizeof(record));

	if (err)
		return err;
	memcpy(record.comm, stranger->comm, sizeof(record.comm));
	gt_writer_append(w, &record, sizeof(record));
	w->chunk->count++;
	return 0;
}

static struct gt_look_record *begin_look(struct gt_writer *w, const struct gt_look *look, uint32_t flags)
{
	struct gt_look_record record = {
		.tsc_begin = look->tsc_begin,
		.tsc_end = look->tsc_end,
		.tgid = look->tgid,
		.flags = flags,
	};
	uint8_t *place;

	if (gt_writer_begin_chunk(w, GT_CHUNK_LOOK, GT_CPU_NONE))
		return NULL;
	gt_packs_reset_look(&w->packs);
	w->chunk->count = 1;
	place = gt_writer_head(w);
	gt_writer_append(w, &record, sizeof(record));
	return (struct gt_look_record *)place;
}

int gt_writer_look(struct gt_writer *w, const struct gt_look *look, const struct gt_look_goroutine *goroutines,
		   const struct gt_look_thread *threads)
{
	struct gt_look_record *record;

	if (w->error)
		return w->error;
	record = begin_look(w, look, look->complete ? GT_LOOK_COMPLETE : 0);
	for (uint32_t i = 0; record && i < look->nr_goroutines; i++) {
		const struct gt_look_goroutine *g = &goroutines[i];
		const uint64_t row[GT_GOROUTINE_COLUMNS] = {g->g, g->goid, g->gopc, g->startpc, g->status};

		if (gt_writer_room(w) < GT_PACK_ROW_MAX)
			record = begin_look(w, look, 0);
		if (!record)
			break;
		w->used = gt_pack_row(&w->packs.goroutines, row, gt_writer_head(w)) - w->buffer;
		record->nr_goroutines++;
	}
	for (uint32_t i = 0; record && i < look->nr_threads; i++) {
		const struct gt_look_thread *m = &threads[i];
		const uint64_t row[GT_THREAD_COLUMNS] = {m->m, m->g0, m->gsignal, m->curg, m->tid};

		if (gt_writer_room(w) < GT_PACK_ROW_MAX)
			record = begin_look(w, look, 0);
		if (!record)
			break;
		w->used = gt_pack_row(&w->packs.threads, row, gt_writer_head(w)) - w->buffer;
		record->nr_threads++;
	}
	if (record)
		gt_writer_end_chunk(w);
	return w->error;
}

int gt_writer_symbol(struct gt_writer *w, const struct gt_kernel_symbol *symbol)
{
	uint16_t name_bytes = strnlen(symbol->name, 1024) + 1;
	int err = gt_writer_continue_chunk(w, GT_CHUNK_KERNEL, GT_SYMBOL_HEAD + name_bytes);

	if (err)
		return err;
	gt_writer_append(w, &symbol->addr, 8);
	gt_writer_append(w, &name_bytes, 2);
	gt_writer_append(w, symbol->name, name_bytes - 1);
	gt_writer_append(w, "", 1);
	w->chunk->count++;
	return 0;
}

int gt_writer_vdso(struct gt_writer *w, const struct gt_vdso_function *function)
{
	uint16_t name_bytes = strnlen(function->name, 1024) + 1;
	int err = gt_writer_continue_chunk(w, GT_CHUNK_VDSO, GT_VDSO_HEAD + name_bytes);

	if (err)
		return err;
	gt_writer_append(w, &function->offset, 8);
	gt_writer_append(w, &function->bytes, 4);
	gt_writer_append(w, &name_bytes, 2);
	gt_writer_append(w, function->name, name_bytes - 1);
	gt_writer_append(w, "", 1);
	w->chunk->count++;
	return 0;
}
