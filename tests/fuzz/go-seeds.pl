#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# go-seeds.pl DIR: writes seeds for the fuzzers of Go's tables: DIR/elf and DIR/pclntab, a file a layout.
#
# Each is the test program of tests/names, cut down: the first functions of a real binary with the names, files,
# pc-value programs and inline trees they use, and those that are probed with nothing but their code, put together again
# as the linker does, in one segment:
#
#	pcHeader, funcnametab, cutab, filetab, pctab, ftab with _funcs, inline trees, build info, code, texts of wait
#	reasons, moduledata
#
# A pclntab seed is that segment; an elf seed is the same with ELF headers in front. Some ten KiB instead of two MiB,
# so the fuzzer's mutations hit what the parser reads.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../names";
use File::Path qw(make_path);
use Names;

use constant { FUNCTIONS => 48, VADDR => 0x400080, HEADER => 0x80, NONE => 0xffffffff };

# moduledata.gofunc
my %gofunc = ('1.19' => 304, '1.25' => 320, '1.27' => 344);

# The functions that are probed or read, of all releases.
my @chosen = map { "runtime.$_" } qw(gopark ready netpollready execute goschedImpl goyield_m preemptPark goexit0
	exitsyscall0 exitsyscallNoP waitReason.String);

my (@segments, $file);

sub memory {
	my ($vaddr, $size) = @_;
	for (@segments) {
		my ($offset, $start, $length) = @$_;
		return substr $file, $offset + $vaddr - $start, $size if $vaddr >= $start && $vaddr < $start + $length;
	}
	die sprintf "nothing at 0x%x\n", $vaddr;
}

sub word { unpack 'Q<', memory($_[0], 8) }

sub string {
	my ($table, $at) = @_;
	return unpack 'Z*', substr $table, $at, 4096;
}

# The values of a pc-value program, and where it ends.
sub program {
	my ($table, $at) = @_;
	my ($value, $first, @values) = (-1, 1);
	my $varint = sub {
		my ($result, $shift) = (0, 0);
		for (;;) {
			my $byte = ord substr $table, $at++, 1;
			$result |= ($byte & 0x7f) << $shift;
			return $result unless $byte & 0x80;
			$shift += 7;
		}
	};
	return ([], 0) unless $at;
	for (;; $first = 0) {
		my $change = $varint->();
		last if !$change && !$first;
		$value += $change & 1 ? -($change >> 1) - 1 : $change >> 1;
		push @values, $value;
		$varint->();
	}
	return (\@values, $at);
}

# The code of the chosen functions, one after the other: the bytes, which begin at vaddr $base, and [name, begin] of each.
# The texts of wait reasons that waitReason.String refers to lie behind it.
sub code {
	my ($base, $symbols) = @_;
	my ($code, @begins) = ('');
	for my $name (grep { $symbols->{$_} } @chosen) {
		my ($entry, $size) = @{ $symbols->{$name} };
		push @begins, [$name, length $code];
		$code .= align(memory($entry, $size), 16);
	}
	my $begin = $begins[-1][1];
	my $end = length $code;
	my $array = $symbols->{'runtime.waitReason.String'}[0] + 0x1f + unpack 'l<', substr $code, $begin + 0x1b, 4;
	substr $code, $begin + 0x1b, 4, pack 'l<', $end - $begin - 0x1f;
	my $count = ord substr $code, $begin + 1, 1;
	my ($strings, $texts) = ('', '');
	for my $i (0 .. $count - 1) {
		my ($at, $length) = unpack 'Q<2', memory($array + 16 * $i, 16);
		$strings .= pack 'Q<2', $base + $end + 16 * $count + length $texts, $length;
		$texts .= memory($at, $length) if $length;
	}
	return ($code . $strings . $texts, $end, @begins);
}

sub max { my $max = 0; $max = $_ > $max ? $_ : $max for @_; return $max }

sub align { my ($text, $to) = @_; return $text . "\0" x (-length($text) % $to) }

# Cuts the binary down; returns the segment.
sub cut {
	my ($path, $version) = @_;
	$file = Names::slurp($path);
	my ($phoff, $phnum) = (unpack('Q<', substr $file, 32, 8), unpack('S<', substr $file, 56, 2));
	@segments = map { my ($type, undef, $offset, $vaddr, undef, $size) = unpack 'L<L<Q<5', substr $file, $phoff + 56 * $_, 56;
		$type == 1 ? [$offset, $vaddr, $size] : () } 0 .. $phnum - 1;
	my %symbols = map { /^([0-9a-f]+) (?:([0-9a-f]+) )?. (\S+)$/ ? ($3 => [hex $1, hex($2 // 0)]) : () } `nm -S '$path'`;
	my $table = $symbols{'runtime.pclntab'}[0];
	my $module = memory($symbols{'runtime.firstmoduledata'}[0], 600);
	my ($names, $units, $files, $programs, $functions) = map {
		my ($at, $length) = unpack 'Q<Q<', substr $module, $_->[0], 16;
		memory($at, $length * $_->[1])
	} [8, 1], [32, 4], [56, 1], [80, 1], [104, 1];
	my $gofunc = unpack 'Q<', substr $module, $gofunc{$version}, 8;
	my $old = $version eq '1.19';
	my ($fixed, $call_size, $call_name) = $old ? (40, 20, 12) : (44, 16, 4);

	my ($new_names, $trees, $funcs) = ('', '', '');
	my (%name_at, @ftab);
	my $name = sub {
		my $text = string($names, $_[0]);
		$name_at{$text} //= do { my $at = length $new_names; $new_names .= "$text\0"; $at };
		return $name_at{$text};
	};
	my @chosen_here = grep { $symbols{$_} } @chosen;
	my ($last_program, $last_unit, $count) = (0, 0, FUNCTIONS + @chosen_here);
	for my $i (0 .. FUNCTIONS - 1) {
		my ($entry, $at) = unpack 'L<L<', substr $functions, 8 * $i, 8;
		my @fields = unpack 'L<9', substr $functions, $at, 36;
		my ($npcdata, $nfuncdata) = ($fields[7], ord substr $functions, $at + $fixed - 1, 1);
		my $head = substr $functions, $at, $fixed;
		my @pcdata = unpack 'L<*', substr $functions, $at + $fixed, 4 * $npcdata;
		my @funcdata = unpack 'L<*', substr $functions, $at + $fixed + 4 * $npcdata, 4 * $nfuncdata;

		substr $head, 4, 4, pack 'L<', $name->($fields[1]);
		my ($numbers) = program($programs, $fields[5]);
		$last_unit = max($last_unit, map { $fields[8] + $_ } @$numbers);
		$last_program = max($last_program, map { (program($programs, $_))[1] } @fields[4 .. 6], @pcdata);
		if ($nfuncdata > 3 && $funcdata[3] != NONE) {
			my ($calls) = program($programs, $pcdata[2]);
			my $tree = memory($gofunc + $funcdata[3], $call_size * (1 + max(@$calls)));
			for (my $call = 0; $call < length $tree; $call += $call_size) {
				substr $tree, $call + $call_name, 4,
					pack 'L<', $name->(unpack 'L<', substr $tree, $call + $call_name, 4);
			}
			@funcdata = (NONE, NONE, NONE, length $trees);
			$trees .= $tree;
		} else {
			@funcdata = ();
		}
		substr $head, $fixed - 1, 1, chr @funcdata;
		push @ftab, $entry, 8 * $count + 4 + length $funcs;
		$funcs .= $head . pack 'L<*', @pcdata, @funcdata;
	}
	my $others = unpack 'L<', substr $functions, 8 * FUNCTIONS, 4;
	# Where their code lies is known when everything else has its place.
	for my $function (@chosen_here) {
		push @ftab, 0, 8 * $count + 4 + length $funcs;
		$funcs .= pack('L<2', 0, length $new_names) . "\0" x ($fixed - 8);
		$new_names .= "$function\0";
	}
	push @ftab, 0;
	$units = substr $units, 0, 4 * ($last_unit + 1);
	my $last_file = max(grep { $_ != NONE } unpack 'L<*', $units);
	$files = substr($files, 0, $last_file) . string($files, $last_file) . "\0";
	$programs = substr $programs, 0, $last_program;
	$functions = pack('L<*', @ftab) . $funcs;

	my (@offsets, @lengths);
	my $segment = "\0" x 72;
	for my $part ($new_names, $units, $files, $programs, $functions) {
		push @offsets, length $segment;
		push @lengths, length $part;
		$segment = align($segment . $part, 8);
	}
	substr $segment, 0, 32, substr(memory($table, 8), 0, 8) . pack('Q<2', $count, 0) . memory($table + 24, 8);
	substr $segment, 32, 40, pack 'Q<5', @offsets;
	my $trees_at = VADDR + length $segment;
	my $text = "go$version.9";
	$segment = align($segment . $trees, 16) . "\xff Go buildinf:\x08\x02" . "\0" x 16 . chr(length $text) . $text . "\0";
	# Entries count from the segment, and grow: those of the first functions are the smaller ones.
	$segment = align($segment, 16);
	$segment .= "\0" x ($others + -$others % 16 - length $segment) if length $segment < $others;
	my ($code, $code_size, @begins) = code(VADDR + length $segment, \%symbols);
	for my $i (0 .. $#begins) {
		my $entry = pack 'L<', length($segment) + $begins[$i][1];
		my $slot = $offsets[4] + 8 * (FUNCTIONS + $i);
		substr $segment, $slot, 4, $entry;
		substr $segment, $offsets[4] + unpack('L<', substr $segment, $slot + 4, 4), 4, $entry;
	}
	substr $segment, $offsets[4] + 8 * $count, 4, pack 'L<', length($segment) + $code_size;
	$segment = align($segment . $code, 16);

	my @slices = ([8, 0, 1], [32, 1, 4], [56, 2, 1], [80, 3, 1], [104, 4, 1]);
	$module = substr $module, 0, 408;
	substr $module, 0, 8, pack 'Q<', VADDR;
	substr $module, $_->[0], 24, pack 'Q<3', VADDR + $offsets[$_->[1]], ($lengths[$_->[1]] / $_->[2]) x 2 for @slices;
	substr $module, 128, 24, pack 'Q<3', VADDR + $offsets[4], ($count + 1) x 2;
	substr $module, 176, 16, pack 'Q<2', VADDR, VADDR + length $segment;
	substr $module, $gofunc{$version}, 8, pack 'Q<', $trees_at;
	return $segment . $module;
}

sub elf {
	my ($segment) = @_;
	my $header = "\x7fELF\x02\x01\x01" . "\0" x 9 . pack('S<2L<Q<3L<S<6', 2, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0);
	my $load = pack 'L<2Q<6', 1, 7, HEADER, VADDR, VADDR, length $segment, length $segment, 4096;
	return align($header . $load, HEADER) . $segment;
}

my $dir = shift // die "usage: go-seeds.pl DIR\n";
for my $kind (qw(elf pclntab)) {
	make_path("$dir/$kind");
}
for my $version (sort keys %gofunc) {
	my $segment = cut(Names::program($version, 'plain'), $version);
	for (['pclntab', $segment], ['elf', elf($segment)]) {
		my ($kind, $bytes) = @$_;
		Names::spill("$dir/$kind/go$version", $bytes);
	}
}
