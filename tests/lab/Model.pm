# SPDX-License-Identifier: GPL-2.0
# Model: what the tests of the PMU model share. They check it with software that knows nothing of it: Linux and perf.
package Model;

use strict;
use warnings;
no warnings 'portable';	# addresses have 64 bits
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Exporter qw(import);
use lib dirname(dirname(abs_path(__FILE__))) . '/e2e';
use Lab;

our @EXPORT_OK = qw(build program profiles guest symbols samples truth msr_module);

my $out = "$Lab::top/build/tests/lab";

# The profiles and what Linux says of each.
my %profiles = (
	skx => 'PEBS fmt3+, Skylake events, 32-deep LBR, full-width counters',
	icl => 'PEBS fmt4+-baseline, Icelake events, AnyThread deprecated, 32-deep LBR, full-width counters',
);
sub profiles { return \%profiles }

# Tests run side by side: one of them builds.
sub build {
	system('mkdir', '-p', $out) == 0 && system('flock', $out, 'make', '-s', '-C', dirname(abs_path(__FILE__))) == 0
		or die "the test programs do not build\n";
}

sub program { return "$out/$_[0]" }

# A script in a guest without gtrace; perf never throttles.
sub guest {
	my (%want) = @_;
	$want{script} = "echo 0 >/proc/sys/kernel/perf_cpu_time_max_percent\n$want{script}";
	return Lab->run(plain => 1, %want);
}

# { name => address } of a program's symbols.
sub symbols {
	my ($path) = @_;
	my %symbol = map { /^([0-9a-f]+) \w (\S+)$/ ? ($2, hex $1) : () } `nm $path`;
	die "no symbols in $path\n" unless %symbol;
	return \%symbol;
}

# Samples of a perf.data, tid = -1 if the task had exited when the kernel drained them: { cpu, tid, ip, addr, ABI.. => registers, stack => [ [from, to, cycles], ... newest first ] }.
sub samples {
	my ($path, %have) = @_;
	my $fields = join ',', 'cpu', 'tid', 'ip', 'addr', $have{regs} ? 'iregs' : (), $have{branches} ? 'brstack' : ();
	my @samples;
	for my $line (`perf script -i $path -F $fields 2>&1`) {
		my %sample;
		$line =~ s/^\s*(-?\d+)\s+\[(\d+)\]\s+([0-9a-f]+)\s+([0-9a-f]+)// or die "perf script -F $fields: $line";
		@sample{qw(tid cpu addr ip)} = ($1, $2 + 0, hex $3, hex $4);
		while ($line =~ /\b(XMM\d+|[A-Z][A-Z0-9]+):0x([0-9a-f]+)/g) {
			push @{ $sample{$1} }, hex $2;
		}
		while ($line =~ m{0x([0-9a-f]+)/0x([0-9a-f]+)/[^/ ]+/[^/ ]+/[^/ ]+/(\d+)}g) {
			push @{ $sample{stack} }, [ hex $1, hex $2, $3 ];
		}
		push @samples, \%sample;
	}
	return \@samples;
}

# Lines of one kind of a truth file: { key => value }, addresses as numbers.
sub truth {
	my ($path, $kind) = @_;
	local $_;
	my @lines;
	open my $in, '<', $path or die "$path: $!\n";
	while (<$in>) {
		next unless s/^$kind //;
		my %line = map { /^(\w+)=(.*)$/ ? ($1, $2) : () } split;
		$line{$_} = hex $line{$_} for grep { $line{$_} =~ /^0x/ } keys %line;
		push @lines, \%line;
	}
	return \@lines;
}

# Linux's own driver for /dev/cpu/N/msr: a module of the guest's kernel package.
sub msr_module {
	chomp(my $module = `$Lab::top/lab/image 6.1 msr`);
	die "no msr.ko in the kernel's package\n" unless $module;
	return $module;
}

1;
