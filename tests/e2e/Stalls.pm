# SPDX-License-Identifier: GPL-2.0
# Stalls: what the program tests/programs/stalls tells of its stalls, and what the machine saw of its parks, against what
# gtrace says.
#
#	Lab->run(..., truth => 1, out => [ Stalls::out('all') ], script => Stalls::script({ name => 'all', program => 'stalls',
#		overhead => 0, times => 2, pause => '3ms' }) . ...);
#	Stalls::check($run, 'all', what => 'skx, 1 CPU', times => 2, all => 1);
#
# times: how often it was told to stage each kind of wait; what: begins the name of each check; all: the whole program ran in one
# window.
package Stalls;

use strict;
use warnings;
no warnings 'portable';	# addresses have 64 bits
use Breaks;
use JSON::PP;
use Lab;
use List::Util qw(max min sum);
use Test::More;

my $json = JSON::PP->new->utf8;
# TSC ticks, of 5 ns. A hit's time stamp is taken $prompt after its breakpoint, but for the first in an address space, which comes by
# way of uprobes, and those during which another CPU of the emulated machine copied or cleared memory: that is one instruction, in
# which this CPU stands still: $soon for some pages. Waits are staged for 3 ms and more, of which that is less than 5 %.
my ($prompt, $soon) = (500, 20000);

sub objects { return map { $json->decode($_) } grep { /^\{/ } split /\n/, $_[0] }

# From CLOCK_MONOTONIC to the TSC, by the first and the last event that has both.
sub clock {
	my ($path) = @_;
	local $_;
	my (@first, @last);
	open my $in, '<', $path or die "$path: $!\n";
	while (<$in>) {
		next unless /"tsc":(\d+),"time_ns":(\d+)/;
		@first = ($1, $2) if !@first;
		@last = ($1, $2);
	}
	my $ticks = ($last[0] - $first[0]) / ($last[1] - $first[1]);
	return sub { return $first[0] + ($_[0] - $first[1]) * $ticks };
}

sub near {
	my ($is, $says) = @_;
	return abs($is - $says) <= max(0.05 * $is, 2000);
}

# Ticks that two intervals of the TSC share.
sub shared {
	my ($begin, $end, $from, $until) = @_;
	return max(0, min($end, $until) - max($begin, $from));
}

# What the time that is told was waited, in ns: as long as the machine saw the goroutine parked, within what is told. Where the
# runtime does not park it is what is told, but for the times of other stalls, such as preemptions. Or why it cannot be said.
sub waited {
	my ($told, $stall, @others) = @_;
	if ($stall->{kind} eq 'park') {
		my $is = $stall->{is};
		return (0, 'the machine saw no such park') if !$is;
		return (0, "the machine saw it parked from $is->{begin} to $is->{end}, not within $told->{begin} to $told->{end}")
			if $is->{begin} < $told->{begin} || $is->{end} > $told->{end};
		return (5 * ($is->{end} - $is->{begin}), '');
	}
	my $elsewhere = sum 0, map { 5 * shared(@$told{qw(begin end)}, @$_{qw(tsc_begin tsc_end)}) } @others;
	return ($told->{end_ns} - $told->{start_ns} - $elsewhere, '');
}

# What kind of stall is told: the runtime does not park in a system call, nor when the kernel takes the CPU.
sub kind {
	my ($told) = @_;
	return $told->{waker} eq 'thread' ? 'syscall' : $told->{waker} eq 'nobody' ? 'preempted' : 'park';
}

# What `gtrace stalls` should say of a wait that is told, against what it says; '' or the first difference. others: of the same
# goroutine, in the interval that is told.
sub difference {
	my ($told, $stall, @others) = @_;
	my $by = $stall->{woken_by};
	my %is = (kind => kind($told), reason => $told->{reason}, function => $told->{function}, line => $told->{line}, waker => $told->{waker});
	my %says = (%$stall, waker => $by->{kind});
	@is{qw(waker_goid waker_function waker_line)} = @$told{qw(waker_goid waker_function waker_line)} if $told->{waker} =~ /^(goroutine|thread)$/;
	@says{qw(waker_goid waker_function waker_line)} = @$by{qw(goid function line)};
	if ($is{kind} eq 'syscall') {
		$is{reason} = 'syscall';
	} elsif ($is{kind} eq 'preempted') {
		$is{reason} = 'preempted by kernel';
		# It happens at any instruction of the loop that looks at the clock: see held_by_hog().
		$is{function} = $says{function} =~ /^main\.(monotonic|sleeps|longestGap)$/ ? $says{function} : 'main.longestGap';
		delete $is{line};
	}
	for my $key (sort keys %is) {
		my $says = defined $says{$key} ? $says{$key} : 'nothing';
		return "$key is $is{$key}, not $says" if $is{$key} ne $says;
	}
	my ($duration, $why) = waited($told, $stall, @others);
	return $why if $why;
	return "it took $duration ns, not $stall->{duration_ns}" if !near($duration, $stall->{duration_ns});
	return 'its phases do not add up' if abs($stall->{blocked_ns} + $stall->{go_queue_ns} + $stall->{kernel_queue_ns} - $stall->{duration_ns}) > 3;
	if ($told->{kind} eq 'starved') {
		my $queued = 5 * ($stall->{is}{end} - $stall->{is}{ready});
		my $says = $stall->{go_queue_ns} + $stall->{kernel_queue_ns};
		return "it was runnable for $queued ns, not $says" if !near($queued, $says);
	}
	return '';
}

# The thread's stack has the line that was told, and the hog had the CPU for as long as it computed; '' or the first difference.
sub held_by_hog {
	my ($told, $incident, $tids) = @_;
	return 'no such incident' if !$incident;
	return "$told->{function} line $told->{line} is not in its stack"
		if !grep { ($_->{function} || '') eq $told->{function} && $_->{line} == $told->{line} } @{ $incident->{stack} };
	my $wait = $incident->{waited_for};
	my %hog = map { $_ => 1 } split ' ', $tids;
	return "CPU $wait->{cpu} was held most by $wait->{held_by} ($wait->{held_by_tid})" if !$hog{ $wait->{held_by_tid} };
	my $had = $wait->{ns} * sum map { $hog{ $_->{tid} } ? $_->{share} : 0 } @{ $wait->{holders} };
	return near(5e6, $had) ? '' : "the hog had the CPU for $had ns, not 5 ms";
}

# Parks as the machine saw them, those that ended: { begin, ready, end: TSC; began, ended: the breakpoints } ready: 0 if
# runtime.ready had no part in it. breaks: at gopark, execute and ready, in the order of time; of the last two RAX is the goroutine.
sub machine_parks {
	my ($breaks, $park_ip, $execute_ip) = @_;
	my (%open, @parks);
	for my $break (@$breaks) {
		if ($break->{ip} eq $park_ip) {
			$open{ $break->{r14} } = { began => $break, begin => $break->{tsc}, ready => 0 };
		} elsif ($break->{ip} ne $execute_ip) {
			$open{ $break->{rax} }{ready} = $break->{tsc} if $open{ $break->{rax} };
		} elsif (my $park = delete $open{ $break->{rax} }) {
			push @parks, { %$park, ended => $break, end => $break->{tsc} };
		}
	}
	return @parks;
}

# Each of gtrace's parks gets the machine's, {is}, once: the one between the two breakpoints that its two events are of. Returns
# (those of gtrace that the machine did not see, or not as long; those that gtrace does not have; those of gtrace with a late
# time stamp). events: of park and execute, each with its breakpoint.
sub against {
	my ($stalls, $parks, $events) = @_;
	my %break = map { $_->{is} ? ("$_->{tid} $_->{tsc}" => $_->{is}) : () } @$events;
	my %park = map { ("$_->{began} $_->{ended}" => $_) } @$parks;
	my (@invented, @late);
	for my $stall (@$stalls) {
		my ($began, $ended) = @break{"$stall->{tid} $stall->{tsc_begin}", "$stall->{ran_on_tid} $stall->{tsc_end}"};
		my $is = $began && $ended ? $park{"$began $ended"} : undef;
		if (!$is || $is->{found}) {
			push @invented, { %$stall, machine => $is };
			next;
		}
		$is->{found} = 1;
		$stall->{is} = $is;
		if ($stall->{tsc_begin} - $is->{begin} > $prompt || $stall->{tsc_end} - $is->{end} > $prompt) {
			push @late, $stall;
		} elsif (!near(($is->{end} - $is->{begin}) * 5, $stall->{duration_ns})) {
			push @invented, { %$stall, machine => $is };
		}
	}
	return (\@invented, [ grep { !$_->{found} } @$parks ], \@late);
}

# Intervals of the TSC in which probes recorded, from the events of windows.
sub windows {
	my ($path) = @_;
	local $_;
	my (@windows, $from, $last);
	open my $in, '<', $path or die "$path: $!\n";
	while (<$in>) {
		$last = $1 if /"tsc":(\d+)/;
		next unless /^\{"type":"event","event":"window".*"tsc":(\d+).*"open":(true|false)/;
		if ($2 eq 'true') {
			$from = $1 if !defined $from;
		} elsif (defined $from) {
			push @windows, [ $from, $1 ];
			undef $from;
		}
	}
	push @windows, [ $from, $last ] if defined $from;
	return @windows;
}

# What the lab runs: the sessions, next to a hog.
sub script {
	my (@sessions) = @_;
	return "mkfifo fifo\n./$sessions[0]{program} -be-hog fifo & hog=\$!\n" .
		join('', map { "t $_->{name} sh -c 'gtrace record --parks --overhead $_->{overhead} -o $_->{name}.data -- " .
			"./$_->{program} -times $_->{times} -pause $_->{pause} -hog fifo >$_->{name}.told'\n" } @sessions) .
		"t hog ls /proc/\$hog/task\nkill \$hog\n";
}

sub out { return map { ("$_.data", "$_.told") } @_ }

# All that there is to say of one session. Returns false if there is nothing to read, else the path of `gtrace script --json`.
sub check {
	my ($run, $name, %s) = @_;
	my $what = $s{what};
	is $run->rc($name), 0, "$what: recorded" or diag $run->text($name), $run->stderr;
	return if $run->rc($name);
	my @from = ('--json', '-i', "$name.data");
	my $script = $run->file("$name.json");
	Lab::spill($script, $run->gtrace('script', @from));
	is $?, 0, "$what: read back";
	my @stalls = grep { $_->{type} eq 'stall' } objects($run->gtrace('stalls', @from, '--system'));
	is $?, 0, "$what: analysed";
	# What took the CPU from the loop that looks at the clock, in full.
	my @long = grep { $_->{type} eq 'stall' } objects($run->gtrace('stalls', @from, '--min', '4ms', '-S', 'main.[lms][ol]*'));
	my @incidents = map { objects($run->gtrace('stall', $_->{number}, @from)) } @long;
	is $?, 0, "$what: ... one by one";

	my @told = objects($run->read("$name.told"));
	is scalar(@told), 17 * $s{times}, "$what: the program tells of its stalls";
	my $tsc = clock($script);
	@$_{qw(begin end)} = map { $tsc->($_) } @$_{qw(start_ns end_ns)} for @told;

	my @windows = windows($script);
	my @seen = grep { my $t = $_; grep { $_->[0] < $t->{begin} && $t->{end} < $_->[1] } @windows } @told;
	is scalar(@seen), scalar(@told), "$what: inside a window" if $s{all};
	cmp_ok scalar(@seen), '>', 4, "$what: stalls inside a window: " . @seen . ' of ' . @told . ', windows of ' .
		join(', ', map { int(($_->[1] - $_->[0]) / 200000) } @windows) . ' ms';

	my ($park_ip, $execute_ip) = map { Breaks::events($script, $_)->[0]{ip} } qw(park execute);
	my @events = map { @{ Breaks::events($script, $_) } } qw(park execute);
	my %ready_ip = map { ($_->{ip} => 1) } @{ Breaks::events($script, 'ready') };
	my @breaks = sort { $a->{tsc} <=> $b->{tsc} } grep { $_->{tgid} == $events[0]{tgid} }
		@{ Breaks::at($run->truth, map { hex } $park_ip, $execute_ip, keys %ready_ip) };
	my ($strays) = Breaks::pair([ grep { !$ready_ip{ $_->{ip} } } @breaks ], \@events);
	is scalar(@$strays), 0, "$what: hits are breakpoints that the machine ran into" or diag explain $strays->[0];
	my $lost = grep { defined $_->{ladder} && $_->{ladder} eq 'lost' } @events;
	cmp_ok $lost, '<=', 1, "$what: the first park of the program at most came by way of uprobes";
	my @parks = machine_parks(\@breaks, $park_ip, $execute_ip);
	my ($invented, $left, $late) = against([ grep { $_->{kind} eq 'park' } @stalls ], \@parks, \@events);

	my $assists = 0;
	for my $t (@seen) {
		my $kind = "$what: $t->{kind}";
		my @then = grep { $_->{tsc_begin} < $t->{end} && $_->{tsc_end} > $t->{begin} } @stalls;
		my @mine = grep { $_->{goid} == $t->{goid} } @then;
		if ($t->{loose}) {
			my @waits = grep { $_->{reason} eq $t->{reason} && ($_->{goid} == $t->{goid} || $_->{goid} == $t->{other_goid}) } @then;
			$assists += @waits;
			my @wrong = grep { $_->{function} ne $t->{function} || $_->{tsc_begin} < $t->{begin} || $_->{tsc_end} > $t->{end} } @waits;
			is scalar(@wrong), 0, "$kind: in the function and at the time told" or diag explain $wrong[0];
			next;
		}
		# On its way there it may lose its CPU, for longer than it then waits.
		my ($longest, @others) = sort { ($b->{kind} eq kind($t)) <=> ($a->{kind} eq kind($t)) ||
			$b->{duration_ns} <=> $a->{duration_ns} } @mine;
		ok $longest, "$kind: found" or next;
		is difference($t, $longest, @others), '', "$kind: as the program tells" or diag explain $t, \@mine;
		next unless $t->{kind} eq 'preempted';
		my ($incident) = grep { $_->{number} == $longest->{number} } @incidents;
		is held_by_hog($t, $incident, $run->text('hog')), '', "$kind: by the hog, at the line told" or diag explain $incident;
	}

	cmp_ok $assists, '>', 0, "$what: the collector made an allocation wait ($assists)" if $s{all};

	cmp_ok scalar(@parks), '>', 50, "$what: parks that the machine saw: " . @parks;
	is scalar(@$invented), 0, "$what: no park is invented" or diag explain $invented->[0];
	cmp_ok scalar(@$late), '<', @parks / 10, "$what: time stamps are prompt, but for " . @$late;
	my @missing = grep { my $p = $_; grep { $_->[0] < $p->{begin} && $p->{end} + $soon < $_->[1] } @windows } @$left;
	is scalar(@missing), 0, "$what: none in a window is missing" or diag explain $missing[0];
	return $script;
}

1;
