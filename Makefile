# SPDX-License-Identifier: GPL-2.0
# gtrace: kernel module, reader, lab. `make help` lists the targets.

BUILD	:= build
CACHE	?= $(or $(GTRACE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/gtrace)
export GTRACE_CACHE := $(CACHE)

CC	?= gcc
CFLAGS	?= -O2 -g
PREFIX	?= /usr/local
KDIR	?= /lib/modules/$(shell uname -r)/build
PKGS	:= libelf libdw libnl-3.0 libnl-genl-3.0 zlib

# ---- the two things to install: reader and module -------------------------------------------------------------

.PHONY: all setup userspace module
all: userspace module

setup:
	@scripts/setup

LIB_SRCS := $(wildcard userspace/lib/*.c userspace/go/*.c userspace/analysis/*.c userspace/output/*.c)
CLI_SRCS := $(wildcard userspace/cli/*.c)
LIB_OBJS := $(LIB_SRCS:%.c=$(BUILD)/%.o)
CLI_OBJS := $(CLI_SRCS:%.c=$(BUILD)/%.o)

VERSION := $(shell git describe --always --dirty 2>/dev/null || echo unknown)
# One short line a step; V=1 shows the commands.
Q := $(if $(V),,@)
# The paths in a build are those of the tree, wherever it lies: the lab repeats a run to the byte if it is given the same.
# Lazy: `make setup` may be what installs pkg-config and the libraries.
GT_CFLAGS = -std=gnu11 -Wall -Wextra -Werror -Wstrict-prototypes -Wmissing-prototypes -fno-strict-aliasing \
	-ffile-prefix-map=$(CURDIR)=. \
	-D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Iuserspace $(shell pkg-config --cflags $(PKGS))
GT_LIBS = $(shell pkg-config --libs $(PKGS))

userspace: $(BUILD)/userspace/gtrace
$(BUILD)/userspace/gtrace: $(CLI_OBJS) $(BUILD)/userspace/libgtrace.a
	@echo "  LD      $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(CLI_OBJS) $(BUILD)/userspace/libgtrace.a $(GT_LIBS)
$(BUILD)/userspace/libgtrace.a: $(LIB_OBJS)
	@echo "  AR      $@"
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC      $@"
	$(Q)$(CC) $(GT_CFLAGS) $(CFLAGS) -DGT_VERSION='"$(VERSION)"' -MMD -MP -c -o $@ $<
-include $(LIB_OBJS:.o=.d) $(CLI_OBJS:.o=.d)

module:
	@if [ -d "$(KDIR)" ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) modules; else \
		echo "make: no kernel headers in $(KDIR); type: apt-get install linux-headers-$$(uname -r)" >&2; exit 1; fi

.PHONY: install uninstall
install: all
	install -D -m 755 $(BUILD)/userspace/gtrace $(DESTDIR)$(PREFIX)/bin/gtrace
	for page in docs/man/*.[1-9]; do install -D -m 644 $$page \
		$(DESTDIR)$(PREFIX)/share/man/man$${page##*.}/$${page##*/}; done
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(if $(DESTDIR),,depmod -a)
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/gtrace $(DESTDIR)$(PREFIX)/share/man/man1/gtrace*.1
	rm -f $(DESTDIR)/lib/modules/$$(uname -r)/extra/gtrace.ko* $(DESTDIR)/lib/modules/$$(uname -r)/updates/gtrace.ko*

# ---- the lab: everything runs on emulated Intel machines -------------------------------------------------------

.PHONY: lab modules programs demo check bench soak debug releases lint clean help
lab: setup
	+@lab/build
modules: module-6.1 module-6.12
module-%: setup
	+@scripts/build-module $*
programs: setup
	@$(MAKE) --no-print-directory -C tests/programs

# While one thing is fetched another is compiled.
SIDE_BY_SIDE = --no-print-directory -j$(shell nproc)

demo: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab programs module-6.1
	@scripts/demo

check: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab modules programs
	@tests/run

bench: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab modules programs
	@bench/run

soak: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab modules programs
	@tests/soak/hits $(HITS)

# The releases of Go that no suite of Debian carries any more: their names, and their stalls and ladders in the lab.
releases: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab module-6.1
	@GO_RELEASES="$$(scripts/go-toolchains --modules | paste -sd ' ')" tests/run names tests/e2e/releases

debug: setup
	@$(MAKE) $(SIDE_BY_SIDE) userspace lab programs
	@tests/run -j 1 tests/debug/nets tests/debug/module

lint: setup
	@scripts/lint

clean:
	rm -rf $(BUILD)

help:
	@echo "make demo      a Go program under gtrace on an emulated Intel machine, from nothing to the report"
	@echo "make check     all tests; last line: N passed, N failed"
	@echo "make bench     every benchmark, ours and its peer in one run; build/bench.jsonl"
	@echo "make soak      probes under load until they were hit HITS times (10 million); goes on where it was ended"
	@echo "make releases  names, stalls and ladders with the releases of Go that Debian does not carry (1.18, 1.20)"
	@echo "make debug     the module in a kernel that checks itself: KASAN, lockdep, kmemleak, failing allocations"
	@echo "make           reader and module for this machine's kernel (make userspace, make module: one of them)"
	@echo "make install   ... into PREFIX (/usr/local) and the kernel's modules;  make uninstall"
	@echo "make setup     installs the Debian packages that all of this needs"
	@echo "make lab       the emulated machine;  make modules, make programs: what the tests run in it"
	@echo "make lint      clang-format, checkpatch, sparse, shellcheck"
	@echo "make clean     removes build/ (caches live in $(CACHE))"
