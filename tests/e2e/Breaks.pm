# SPDX-License-Identifier: GPL-2.0
# Breaks: what the machine says of each breakpoint that user mode ran into (the `break` lines of a truth file), and
# `gtrace script --json`'s events of probes, side by side.
package Breaks;

use strict;
use warnings;
no warnings 'portable';	# addresses have 64 bits

# Breakpoints at an address: [ { cpu, tsc, tid, tgid, ip, sp, r14, rax, rbx, rcx, entries }, ... ] in the order of the file.
sub at {
	my ($path, @ips) = @_;
	local $_;
	my %wanted = map { sprintf('0x%x', $_) => 1 } @ips;
	my @breaks;
	open my $in, '<', $path or die "$path: $!\n";
	while (<$in>) {
		next unless /^break .* ip=(\S+)/ && $wanted{$1};
		push @breaks, { /(\w+)=(\S*)/g };
	}
	return \@breaks;
}

# Events of one name, in the order of the file: { field => value } of the flat ones, and branches => [ "from:to:cycles" in the
# words of the truth, newest first ].
sub events {
	my ($path, $name) = @_;
	local $_;
	my @events;
	open my $in, '<', $path or die "$path: $!\n";
	while (<$in>) {
		next unless /^\{"type":"event","event":"$name",/;
		my %event;
		my $flat = s/"branches":\[(.*?)\]//r;
		if (defined(my $branches = $1)) {
			push @{ $event{branches} }, sprintf '%s:%s:%x', $1, $2, $3
				while $branches =~ /"from":"0x([0-9a-f]+)","to":"0x([0-9a-f]+)","cycles":(\d+)/g;
		}
		$event{$1} = defined $2 ? $2 : $3 while $flat =~ /"(\w+)":(?:"((?:[^"\\]|\\.)*)"|(-?\d+|null|true|false))/g;
		push @events, \%event;
	}
	return \@events;
}

# Gives each event its breakpoint: $event->{is}, the latest of that thread before it; on its way through uprobes a thread may have
# changed CPUs. Returns what did not fit: events without a breakpoint, and breakpoints without an event.
sub pair {
	my ($breaks, $events) = @_;
	my (%queue, @strays);
	push @{ $queue{ $_->{tid} } }, $_ for sort { $a->{tsc} <=> $b->{tsc} } @$breaks;
	my @missing;
	for my $event (sort { $a->{tsc} <=> $b->{tsc} } @$events) {
		my $queue = $queue{ $event->{tid} } || [];
		my $is;
		while (@$queue && $queue->[0]{tsc} <= $event->{tsc}) {
			push @missing, $is if $is;
			$is = shift @$queue;
		}
		if (!$is || $is->{ip} ne $event->{ip} || $is->{sp} ne $event->{sp}) {
			push @strays, $event;
			next;
		}
		$event->{is} = $is;
	}
	return (\@strays, [ @missing, map { @$_ } values %queue ]);
}

# What is wrong with the ladder of an event that has its breakpoint, or ''. The branches must be those of the truth: all that
# the LBR can hold, or all up to a switch of tasks. The cycles of the oldest one in front of a switch count from
# a branch that is not its task's, so they say nothing.
sub fault {
	my ($event, $depth) = @_;
	my @is = split /,/, $event->{is}{entries};
	my @says = @{ $event->{branches} || [] };

	return @says ? 'branches in a ladder that is lost' : '' if $event->{ladder} eq 'lost';
	for my $k (0 .. $#says) {
		return "branch $k is invented: $says[$k]" if $k > $#is;
		my $is = $is[$k] =~ s{^/}{}r;
		my $switched = $k == $#is || $is[ $k + 1 ] =~ m{^/};
		return "branch $k is $is, not $says[$k]" if $switched ? $is =~ s/:\w+$//r ne $says[$k] =~ s/:\w+$//r : $is ne $says[$k];
	}
	return '' if @says == $depth || @says == @is || $is[@says] =~ m{^/};
	return 'only ' . @says . ' of ' . @is . ' branches';
}

# All parks of a recording against the machine's: { strays, missing: see pair(); known: events that have their breakpoint;
# wrong: what is wrong with ladders, in words; registers: events with another goroutine, lock or reason than the registers had }.
sub ladders {
	my ($truth, $events, $depth) = @_;
	my %process = map { $_->{tgid} => 1 } @$events;
	my $breaks = [ grep { $process{ $_->{tgid} } } @{ at($truth, hex $events->[0]{ip}) } ];
	my ($strays, $missing) = pair($breaks, $events);
	my @known = grep { $_->{is} } @$events;
	my @registers = grep { my $is = $_->{is}; $is->{r14} ne $_->{g} || (hex($is->{rcx}) & 0xff) != $_->{reason_number} ||
		$is->{rbx} ne ($_->{lock} eq 'null' ? '0x0' : $_->{lock}) } @known;
	return { strays => $strays, missing => $missing, known => \@known, registers => \@registers,
		wrong => [ map { fault($_, $depth) || () } @known ] };
}

1;
