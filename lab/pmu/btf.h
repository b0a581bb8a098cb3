/* SPDX-License-Identifier: GPL-2.0 */
/* btf.h - the layout of kernel structures, from the BTF section of the guest's vmlinux. */
#ifndef LAB_BTF_H
#define LAB_BTF_H

/* btf_offset: byte offset of a direct member of a structure; -1 if the file, the structure or the member is not there. */
long btf_offset(const char *vmlinux, const char *structure, const char *member);

#endif
