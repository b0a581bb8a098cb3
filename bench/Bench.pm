# SPDX-License-Identifier: GPL-2.0
# Bench: measures commands in the lab by exact instruction counts. bench/README.md states the method.
#
#	my $runs = Bench::measure({ cpu => 'skx', in => [...] }, 'none.small' => './stores 10000', ...);
#	$runs->{'none.small'} = { kernel => N, nmi => N, irq => N, timer => N, workload => N, reader => N, rest => N, idle => N,
#	                          reader_user => N, workload_user => N, records => N, pmis => N, wrmsr => N, rdmsr => N,
#	                          breakpoint => N, breakpoints => N, user => N }
#
# In a command, READER and WORKLOAD before a program say who it is: `READER gtrace record -- WORKLOAD ./stores 10000`.
package Bench;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use JSON::PP;
use lib dirname(dirname(abs_path(__FILE__))) . '/tests/e2e';
use Lab;

my $json = JSON::PP->new->canonical->utf8;

# Everything the machine did in ring 0 is in kernel; nmi, irq, timer, workload, reader, idle and rest add up to it.
sub digest {
	my ($text) = @_;
	my $counts = decode_json($text);
	my %sum = map { $_ => 0 } qw(kernel nmi irq timer workload reader rest idle reader_user workload_user
		user records dropped pmis rdmsr wrmsr interrupts breakpoint breakpoints);
	for my $cpu (@{ $counts->{cpus} }) {
		$sum{kernel} += $cpu->{kernel} + $cpu->{breakpoint} + $cpu->{irq} + $cpu->{timer} + $cpu->{nmi};
		$sum{$_} += $cpu->{$_} for qw(nmi irq timer user records dropped pmis rdmsr wrmsr interrupts breakpoint breakpoints);
	}
	my $known = 0;
	for my $task (@{ $counts->{tasks} }) {
		my $who = $task->{task} == 0 ? 'idle' : defined $task->{name} && exists $sum{"$task->{name}_user"} ? $task->{name} : 'rest';
		$sum{$who} += $task->{kernel} + $task->{breakpoint};
		$sum{"${who}_user"} += $task->{user} if exists $sum{"${who}_user"};
		$known += $task->{kernel} + $task->{breakpoint};
	}
	# What ran before the machine could tell tasks apart.
	$sum{rest} += $sum{kernel} - $sum{nmi} - $sum{irq} - $sum{timer} - $known;
	return \%sum;
}

sub measure {
	my ($lab, @commands) = @_;
	my $script = "mkdir -p work && mount -t tmpfs none work && cd work || exit 1\n" .
		"for f in /root/*; do [ -f \$f ] && ln -s \$f .; done\ninsmod gtrace.ko || exit 1\n" .
		# A sampling interrupt must never be throttled: the emulated NMI is slow by the clock on the wall.
		"echo 0 >/proc/sys/kernel/perf_cpu_time_max_percent\n";
	my @names;
	while (my ($name, $command) = splice @commands, 0, 2) {
		push @names, $name;
		$name =~ s/[^\w.]+/_/g;
		$command =~ s/\bREADER\b/labctl run reader --/;
		$command =~ s/\bWORKLOAD\b/labctl run workload --/;
		# What a run leaves behind is freed later (RCU, kernel threads): it belongs to that run, not to the next.
		$script .= "rm -f *.data *.old; usleep 200000; labctl count >before\n" .
			"$command >log 2>&1\nstatus=\$?\nusleep 200000; labctl count >after\n" .
			"t $name.before cat before\nt $name.after cat after\nt $name sh -c 'cat log; exit '\$status\n";
	}
	my $run = Lab->run(cpus => 1, %$lab, script => $script);
	my %result;
	for my $name (@names) {
		my $section = $name =~ s/[^\w.]+/_/gr;
		die "$name failed: " . $run->text($section) if $run->rc($section);
		my ($before, $after) = map { digest($run->text("$section.$_")) } qw(before after);
		$result{$name} = { map { $_ => $after->{$_} - $before->{$_} } keys %$after };
		$result{$name}{text} = $run->text($section);
	}
	return \%result;
}

# What several runs of the same command took, each figure averaged.
sub mean {
	my (@runs) = @_;
	my %mean;
	for my $run (@runs) {
		$mean{$_} += $run->{$_} / @runs for grep { $_ ne 'text' } keys %$run;
	}
	return { %mean, text => $runs[0]{text} };
}

# The same, of three or more without the run that took most and the one that took least.
sub middle {
	my @runs = sort { $a->{kernel} <=> $b->{kernel} } @_;
	return mean(@runs > 2 ? @runs[1 .. $#runs - 1] : @runs);
}

# What each further UNIT (records, switches) costs: [small, its reference], [large, its reference] as measure() gives them.
sub slope {
	my ($unit, $small, $large) = @_;
	my $units = $large->[0]{$unit} - $small->[0]{$unit};
	die "no $unit between the two sizes\n" if $units <= 0;
	my %cost = map { $_ => (($large->[0]{$_} - $small->[0]{$_}) - ($large->[1]{$_} - $small->[1]{$_})) / $units }
		grep { $_ ne 'text' } keys %{ $small->[0] };
	$cost{units} = $units;
	return \%cost;
}

sub breakdown {
	my ($cost) = @_;
	return join ', ', (map { sprintf "%s %.4g", $_, $cost->{$_} } qw(kernel nmi irq timer workload reader idle rest wrmsr rdmsr)),
		sprintf('and in user mode reader %.4g; %d samples or switches', $cost->{reader_user}, $cost->{units});
}

# Builds bench/NAME.c with the reader's library and gives its path. The libraries it needs are gtrace's own.
sub build {
	my ($name) = @_;
	my $out = "$Lab::top/build/bench/$name";
	make_path("$Lab::top/build/bench");
	my @libraries = split ' ', `pkg-config --libs libelf libdw zlib libnl-3.0 libnl-genl-3.0`;
	system($ENV{CC} || 'gcc', qw(-O2 -std=gnu11 -Wall -Wextra -Werror -D_GNU_SOURCE), "-I$Lab::top/include",
		"-I$Lab::top/userspace", '-o', $out, "$Lab::top/bench/$name.c", "$Lab::top/build/userspace/libgtrace.a", @libraries) == 0
		or die "bench/$name.c does not build\n";
	return $out;
}

# Prints a metric: bench, metric, unit, gtrace, how; optional peer, peer_value, limit.
sub metric {
	my (%row) = @_;
	$row{$_} = defined $row{$_} ? $row{$_} : undef for qw(peer peer_value);
	$row{ratio} = defined $row{peer_value} && $row{gtrace} ? $row{peer_value} / $row{gtrace} : undef;
	for my $key (qw(gtrace peer_value ratio limit)) {
		$row{$key} = 0 + sprintf '%.4g', $row{$key} if defined $row{$key};
	}
	delete $row{limit} unless defined $row{limit};
	print $json->encode(\%row), "\n";
}

1;
