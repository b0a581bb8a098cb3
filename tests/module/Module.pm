# SPDX-License-Identifier: GPL-2.0
# Module: builds the module and the programs of this folder, runs a shell script in the lab with both at hand.
#
#	my $run = Module::lab({ cpu => 'icl', cpus => 2, kernel => '6.12', out => ['a'] }, 'insmod gtrace.ko && ./contract');
#	$run->{status}, $run->{stdout}, $run->{stderr}; the files of `out` and the truth lie in $run->{dir}
package Module;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use Test::More;

our $top = dirname(dirname(dirname(abs_path(__FILE__))));
my %built;

sub command {
	my (@command) = @_;
	system('sh', '-c', '"$@" >&2', 'sh', @command) == 0 or die "@command failed\n";
}

# The path of gtrace.ko for a kernel series.
sub build {
	my ($kernel) = @_;
	command('make', '-s', '-C', "$top/tests/module") unless $built{programs}++;
	command('make', '-s', '-C', "$top/tests/programs", map { "$top/build/programs/$_" } qw(stores known pingpong pmuregs lockstep))
		unless $built{workloads}++;
	command("$top/scripts/build-module", $kernel) unless $built{$kernel}++;
	return "$top/build/module-$kernel/gtrace.ko";
}

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or return '';
	local $/;
	my $text = <$in>;
	return defined $text ? $text : '';
}

sub lab {
	my ($how, $script) = @_;
	my $kernel = $how->{kernel} || '6.1';
	my $dir = tempdir(CLEANUP => 1);
	my $module = build($kernel);

	open my $file, '>', "$dir/script" or die "$dir/script: $!\n";
	print $file "cd /root\n$script";
	close $file;
	my @files = ($module, "$dir/script", glob("$top/build/tests/module/*"), @{ $how->{in} || [] },
		map { "$top/build/programs/$_" } qw(stores known pingpong lockstep));
	my @command = ("$top/lab/run", '--cpu', $how->{cpu} || 'skx', '--cpus', $how->{cpus} || 1, '--kernel', $kernel,
		'--timeout', $how->{timeout} // 120, '--truth', "$dir/truth",
		($how->{append} ? ('--append', $how->{append}) : ()), (map { ('--in', $_) } @files),
		(map { ('--out', "/root/$_:$dir/$_") } @{ $how->{out} || [] }), '--', 'sh', '/root/script');
	my $pid = fork;
	die "fork: $!\n" unless defined $pid;
	if (!$pid) {
		open STDOUT, '>', "$dir/stdout" or die;
		open STDERR, '>', "$dir/stderr" or die;
		exec @command or die "$command[0]: $!\n";
	}
	waitpid $pid, 0;
	return { status => $? >> 8, dir => $dir, stdout => slurp("$dir/stdout"), stderr => slurp("$dir/stderr") };
}

# Runs one of the test programs in the lab and makes its TAP ours; the module must unload and the log be free of complaints.
sub relay {
	my ($how, $program, %log) = @_;
	my $name = "$how->{cpu}, $how->{cpus} CPU" . ($how->{cpus} > 1 ? 's' : '') . ", $how->{kernel}";
	my $run = lab({ %$how, out => ['log'] }, <<"EOS");
insmod gtrace.ko || exit 99
./$program
rc=\$?
rmmod gtrace || rc=98
dmesg >log
exit \$rc
EOS
	my ($planned) = $run->{stdout} =~ /^1\.\.(\d+)$/m;
	my $ran = 0;
	for my $line (split /\n/, $run->{stdout}) {
		if ($line =~ /^(not )?ok \d+ - (.*)/) {
			$ran++;
			ok(!$1, "$name: $2");
		} elsif ($line =~ /^# /) {
			diag($line);
		}
	}
	is($ran, $planned, "$name: every check ran") or diag($run->{stdout}, $run->{stderr});
	is($run->{status}, 0, "$name: the module unloads");
	my $text = slurp("$run->{dir}/log");
	unlike($text, qr/BUG:|Oops|WARNING: CPU|Dazed/, "$name: no complaint in the kernel's log");
	like($text, $log{like}, "$name: the log names what is wrong");
}

# The lines "pebs ..." of a file, per CPU, as strings of the fields that truth and rings share.
sub records {
	my ($path) = @_;
	local $_;
	my %records;
	open my $in, '<', $path or return \%records;
	while (<$in>) {
		next unless /^pebs /;
		my %field = /(\w+)=(\S+)/g;
		push @{ $records{ $field{cpu} } }, join ' ', map { "$_=$field{$_}" } qw(tsc ip addr r14 rsp status);
	}
	return \%records;
}

# '' or where two such records first differ.
sub difference {
	my ($is, $told) = @_;
	my %cpus = (%$is, %$told);
	for my $cpu (sort keys %cpus) {
		my @is = @{ $is->{$cpu} || [] };
		my @told = @{ $told->{$cpu} || [] };
		for my $n (0 .. ($#is > $#told ? $#is : $#told)) {
			my ($a, $b) = map { defined $_ ? $_ : 'nothing' } ($is[$n], $told[$n]);
			return "cpu $cpu, record $n: the machine wrote $a, the ring held $b" if $a ne $b;
		}
	}
	return '';
}

sub count {
	my ($records) = @_;
	my $sum = 0;
	$sum += @$_ for values %$records;
	return $sum;
}

# Records that were due: each CPU's events of counter 0 by the period, from the truth file's end lines.
sub due {
	my ($path, $period) = @_;
	local $_;
	my $due = 0;
	open my $in, '<', $path or return 0;
	while (<$in>) {
		$due += int($1 / ($period + 1)) if /^end cpu=\d+ counter=0 events=(\d+)/;
	}
	return $due;
}

# '' or where the events that a reader makes of records, PERIOD and LOST events differ from what the counter had counted when
# the machine wrote that record. Losses at the end may have found no room for their event; what is left then is less than two
# periods.
sub misweighed {
	my ($truth, $rings, $period) = @_;
	my (%counted, %total, %told, %lost, %losses, %periods);
	for (split /\n/, slurp($truth)) {
		push @{ $counted{$1} }, $2 if /^pebs cpu=(\d+) .* events=(\d+)/;
		$total{$1} = $2 if /^end cpu=(\d+) counter=0 events=(\d+)/;
	}
	for (split /\n/, slurp($rings)) {
		push @{ $told{$1} }, $2 if /^pebs cpu=(\d+) tsc=(\d+)/;
		push @{ $periods{$1} }, [ $2, $3 ] if /^event cpu=(\d+) .* period index=(\d+) period=(\d+)/;
		$lost{$1} = $2 + $3 + $4 + $5 if /^cpu (\d+) .* full=(\d+) event=(\d+) overrun=(\d+) offline=(\d+)/;
		next unless /^event cpu=(\d+) tsc=(\d+) .* lost cause=\d+ count=(\d+)/;
		push @{ $losses{$1} }, { tsc => $2, count => $3, period => $periods{$1} ? $periods{$1}[-1][1] : $period };
	}
	for my $cpu (sort keys %told) {
		my @changes = @{ $periods{$cpu} || [] };
		my @lost = @{ $losses{$cpu} || [] };
		my ($sum, $now) = (0, $period);
		for my $n (0 .. $#{ $told{$cpu} }) {
			$now = shift(@changes)->[1] while @changes && $changes[0][0] < $n;
			for (; @lost && $lost[0]{tsc} < $told{$cpu}[$n]; shift @lost) {
				$sum += $lost[0]{count} * ($lost[0]{period} + 1);
				$lost{$cpu} -= $lost[0]{count};
			}
			$sum += $now + 1;
			return "cpu $cpu, record $n: $sum events by the rings, $counted{$cpu}[$n] counted" if $sum != $counted{$cpu}[$n];
		}
		$sum += $lost{$cpu} * (($periods{$cpu} ? $periods{$cpu}[-1][1] : $period) + 1);
		my $rest = $total{$cpu} - $sum;
		return "cpu $cpu: $sum events by the rings, $total{$cpu} counted" if $rest < -$period || $rest > 2 * $period;
	}
	return '';
}

# Events that the records at each ip stand for.
sub weigh {
	my ($rings, $period) = @_;
	my (%records, %periods, %weight);
	for (split /\n/, slurp($rings)) {
		push @{ $records{$1} }, $2 if /^pebs cpu=(\d+) .* ip=(\S+)/;
		push @{ $periods{$1} }, [ $2, $3 ] if /^event cpu=(\d+) .* period index=(\d+) period=(\d+)/;
	}
	for my $cpu (keys %records) {
		my @changes = @{ $periods{$cpu} || [] };
		my $now = $period;
		for my $n (0 .. $#{ $records{$cpu} }) {
			$now = shift(@changes)->[1] while @changes && $changes[0][0] < $n;
			$weight{ $records{$cpu}[$n] } += $now + 1;
		}
	}
	return \%weight;
}

# Records that the hardware had no room for.
sub dropped {
	my ($path) = @_;
	local $_;
	my $dropped = 0;
	open my $in, '<', $path or return 0;
	while (<$in>) {
		$dropped += $1 if /^end cpu=\d+ records=\d+ dropped=(\d+)/;
	}
	return $dropped;
}

# Sum of a counter over the "cpu ..." lines that `sample` ends with.
sub sum {
	my ($text, $name) = @_;
	my $sum = 0;
	$sum += $1 while $text =~ /^cpu \d+ .*\b\Q$name\E=(\d+)/gm;
	return $sum;
}

1;
