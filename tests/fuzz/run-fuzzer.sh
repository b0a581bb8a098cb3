#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# run-fuzzer.sh NAME INPUTS [SEEDS]: one short run of a fuzz target; TAP on stdout.
#
# Builds NAME.c with the reader's sources, libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and feeds it the files
# of the directory SEEDS (what NAME-seeds.c writes, if none is given) and INPUTS mutations of them. A number of inputs, not
# of seconds: the same run on a slow machine. FUZZ_SEED=N takes another run; FUZZ_INPUTS=N another length (0 = until stopped).
# An input that breaks the target is kept in build/fuzz/; run build/fuzz/NAME FILE to see it break.
set -eu

[ $# -ge 2 ] || { echo "usage: run-fuzzer.sh NAME INPUTS [SEEDS]" >&2; exit 2; }
here=$(dirname "$(readlink -f "$0")")
out=$(dirname "$(dirname "$here")")/build/fuzz
name=$1 inputs=${FUZZ_INPUTS:-$2} seeds=${3:-}
[ "$inputs" != 0 ] || inputs=-1
mkdir -p "$out"
log=$out/$name.log

# Tests run side by side: one of them builds, with all cores.
cd "$here"
programs=../../build/fuzz/$name
[ "$seeds" ] || programs="$programs $programs-seeds"
echo 1..3
# shellcheck disable=SC2086 # words
if flock "$out" make -s -j"$(nproc)" $programs >"$log" 2>&1; then
	echo "ok 1 - $name: builds with the sanitizers"
else
	sed 's/^/# /' "$log"
	echo "not ok 1 - $name: builds with the sanitizers"
	exit 1
fi
if [ -z "$seeds" ]; then
	seeds=$out/seeds/$name
	mkdir -p "$seeds"
	"$out/$name-seeds" "$seeds"
fi

corpus=$(mktemp -d)
trap 'rm -rf "$corpus"' EXIT
cp "$seeds"/* "$corpus"
status=0
"$out/$name" -runs="$inputs" -seed="${FUZZ_SEED:-1}" -max_len=65536 -timeout=300 -rss_limit_mb=1024 \
	-print_final_stats=1 -artifact_prefix="$out/$name." "$corpus" >"$log" 2>&1 || status=$?
if [ $status = 0 ]; then
	echo "ok 2 - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs, none breaks it"
else
	grep -E '^(==|SUMMARY|    #|.*runtime error|artifact_prefix)' "$log" | head -n 40 | sed 's/^/# /'
	echo "not ok 2 - $name: an input breaks it; see $log"
fi

# The seeds alone must lead deep into the parser, or the run has proved nothing: half of what the mutations reach.
first=$(sed -n 's/.*INITED cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
last=$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
if [ "${first:-0}" -gt 0 ] && [ $((first * 2)) -ge "$last" ]; then
	echo "ok 3 - $name: the seeds reach $first of the $last branches that were reached"
else
	echo "not ok 3 - $name: the seeds reach ${first:-0} of the ${last:-0} branches that were reached"
	status=1
fi
exit $status
