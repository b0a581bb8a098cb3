#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# memory-seed.pl DIR: writes the seed of the fuzzer of process memory, DIR/two-threads: a process of Go 1.27 with four
# goroutines on two threads.
use strict;
use warnings;
use File::Path qw(make_path);

use constant { MEMORY => 0x10000000, G => 512, M => 512 };

my $dir = shift // die "usage: memory-seed.pl DIR\n";
my $image = "\0" x 8192;

sub put {
	my ($at, %words) = @_;
	substr $image, $at + $_, 8, pack 'Q<', $words{$_} for keys %words;
}

# Fields: runtime.g of 1.27 at stack 0 and 8, m 48, sched.g 72, status 144, goid 152, gopc 288, startpc 304.
sub g {
	my ($at, $goid, $status, $m) = @_;
	put($at, 0 => 0x7000, 8 => 0x8000, 48 => $m, 72 => MEMORY + $at, 144 => $status, 152 => $goid, 288 => 0x401000,
		304 => 0x402000);
}

my @gs = map { 1024 + G * $_ } 0 .. 5;
my @ms = map { 4608 + M * $_ } 0 .. 1;
put(0, 0 => MEMORY + 64, 8 => 4, 16 => 8, 24 => MEMORY + $ms[0]);
put(64, map { 8 * $_ => MEMORY + $gs[$_] } 0 .. 3);
g($gs[0], 1, 2, MEMORY + $ms[0]);
g($gs[1], 2, 4, 0);
g($gs[2], 3, 0x1003, MEMORY + $ms[1]);
g($gs[3], 0, 6, 0);
g($gs[4], 0, 0, MEMORY + $ms[0]);
g($gs[5], 0, 0, MEMORY + $ms[1]);
# runtime.m of 1.27: g0 0, procid 64, gsignal 72, curg 184, p 208, alllink 352.
put($ms[0], 0 => MEMORY + $gs[4], 64 => 100, 184 => MEMORY + $gs[0], 352 => MEMORY + $ms[1]);
put($ms[1], 0 => MEMORY + $gs[5], 64 => 101, 184 => MEMORY + $gs[2]);

make_path($dir);
open my $out, '>:raw', "$dir/two-threads" or die "$dir: $!\n";
print $out $image;
close $out or die "$dir: $!\n";
