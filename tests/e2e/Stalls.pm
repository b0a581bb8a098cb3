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
use List::Util qw(max sum);
use Test::More;

my $json = JSON::PP->new->utf8;
# TSC ticks, of 5 ns. A hit's time stamp is taken $prompt after its breakpoint, but for the first in an address space, which comes by
# way of uprobes, and those during which another CPU of the emulated machine copied or cleared memory: that is one instruction, in
# which this CPU stands still.
my ($prompt, $soon) = (500, 20000);

sub objects { return map { $json->decode($_) } grep { /^\{/ } split /\n/, $_[0] }

# From CLOCK_MONOTONIC to the TSC, by the first and the last event that has both.
sub clock {
	my ($path) = @_;
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

# What `gtrace stalls` should say of a wait that is told, against what it says; '' or the first difference. other: ns that
# other stalls took, such as preemptions, in the interval that is told.
sub difference {
	my ($told, $stall, $other) = @_;
	my $by = $stall->{woken_by};
	my %is = (kind => 'park', reason => $told->{reason}, function => $told->{function}, line => $told->{line}, waker => $told->{waker});
	my %says = (%$stall, waker => $by->{kind});
	@is{qw(waker_goid waker_function waker_line)} = @$told{qw(waker_goid waker_function waker_line)} if $told->{waker} =~ /^(goroutine|thread)$/;
	@says{qw(waker_goid waker_function waker_line)} = @$by{qw(goid function line)};
	# The runtime does not park in these.
	if ($told->{waker} eq 'thread') {
		@is{qw(kind reason)} = qw(syscall syscall);
	} elsif ($told->{waker} eq 'nobody') {
		@is{qw(kind reason)} = ('preempted', 'preempted by kernel');
		# It happens at any instruction of the loop that looks at the clock: see held_by_hog().
		$is{function} = $says{function} =~ /^main\.(monotonic|longestGap)$/ ? $says{function} : 'main.longestGap';
		delete $is{line};
	}
	for my $key (sort keys %is) {
		my $says = defined $says{$key} ? $says{$key} : 'nothing';
		return "$key is $is{$key}, not $says" if $is{$key} ne $says;
	}
	my $duration = $told->{end_ns} - $told->{start_ns} - $other;
	return "it took $duration ns, not $stall->{duration_ns}" if !near($duration, $stall->{duration_ns});
	return 'its phases do not add up' if abs($stall->{blocked_ns} + $stall->{go_queue_ns} + $stall->{kernel_queue_ns} - $stall->{duration_ns}) > 3;
	if ($told->{kind} eq 'starved') {
		my $queued = $told->{end_ns} - $told->{ready_ns};
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

# Parks as the machine saw them: { tid, begin, end } in TSC, those that ended.
sub machine_parks {
	my ($truth, $park_ip, $execute_ip, $tgid) = @_;
	my (%open, @parks);
	for my $break (sort { $a->{tsc} <=> $b->{tsc} } @{ Breaks::at($truth, hex $park_ip, hex $execute_ip) }) {
		next if $break->{tgid} != $tgid;
		if ($break->{ip} eq $park_ip) {
			$open{ $break->{r14} } = { tid => $break->{tid}, begin => $break->{tsc} };
		} elsif (my $park = delete $open{ $break->{rax} }) {
			push @parks, { %$park, end => $break->{tsc} };
		}
	}
	return @parks;
}

# Each of gtrace's parks and the machine's, once: (those of gtrace that the machine did not see, or not as long; those that
# gtrace does not have; those of gtrace with a late time stamp). lost: { "tid tsc" } of the parks without a ladder; on their way
# through uprobes the thread may have been preempted, so how late they are is not bounded but by what it did next.
sub against {
	my ($stalls, $parks, $lost) = @_;
	my %left;
	push @{ $left{ $_->{tid} } }, $_ for sort { $b->{begin} <=> $a->{begin} } @$parks;
	my (@invented, @late);
	for my $stall (@$stalls) {
		my ($is) = grep { $_->{begin} <= $stall->{tsc_begin} } @{ $left{ $stall->{tid} } || [] };
		my $uprobes = $lost->{"$stall->{tid} $stall->{tsc_begin}"};
		if (!$is || $is->{found} || !$uprobes && $stall->{tsc_begin} - $is->{begin} > $soon || $stall->{tsc_end} < $is->{end} ||
		    $stall->{tsc_end} - $is->{end} > $soon) {
			push @invented, { %$stall, machine => $is };
			next;
		}
		$is->{found} = 1;
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
	my @long = grep { $_->{type} eq 'stall' } objects($run->gtrace('stalls', @from, '--min', '4ms', '-S', 'main.[lm]on*'));
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
		my ($longest, @others) = sort { $b->{duration_ns} <=> $a->{duration_ns} } @mine;
		ok $longest, "$kind: found" or next;
		is difference($t, $longest, sum(0, map { $_->{duration_ns} } @others)), '', "$kind: as the program tells" or diag explain $t, \@mine;
		next unless $t->{kind} eq 'preempted';
		my ($incident) = grep { $_->{number} == $longest->{number} } @incidents;
		is held_by_hog($t, $incident, $run->text('hog')), '', "$kind: by the hog, at the line told" or diag explain $incident;
	}

	cmp_ok $assists, '>', 0, "$what: the collector made an allocation wait ($assists)" if $s{all};

	my %ip = map { $_ => Breaks::events($script, $_)->[0] } qw(park execute);
	my @parks = machine_parks($run->truth, $ip{park}{ip}, $ip{execute}{ip}, $ip{park}{tgid});
	my %lost = map { ("$_->{tid} $_->{tsc}" => 1) } grep { $_->{ladder} eq 'lost' } @{ Breaks::events($script, 'park') };
	cmp_ok scalar(keys %lost), '<=', 1, "$what: the first park of the program at most came by way of uprobes";
	my ($invented, $left, $late) = against([ grep { $_->{kind} eq 'park' } @stalls ], \@parks, \%lost);
	cmp_ok scalar(@parks), '>', 50, "$what: parks that the machine saw: " . @parks;
	is scalar(@$invented), 0, "$what: no park is invented" or diag explain $invented->[0];
	cmp_ok scalar(@$late), '<', @parks / 10, "$what: time stamps are prompt, but for " . @$late;
	my @missing = grep { my $p = $_; grep { $_->[0] < $p->{begin} && $p->{end} + $soon < $_->[1] } @windows } @$left;
	is scalar(@missing), 0, "$what: none in a window is missing" or diag explain $missing[0];
	return $script;
}

1;
