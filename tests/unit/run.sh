#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run.sh NAME: builds the unit test NAME.c and runs it; it prints TAP. Tests run side by side: one of them
# builds, with all cores.
set -eu

cd "$(dirname "$0")"
out=../../build/tests/unit
mkdir -p $out
flock $out make -s -j"$(nproc)" "$out/$1" >&2
CMOCKA_MESSAGE_OUTPUT=TAP exec $out/"$1"
