# SPDX-License-Identifier: GPL-2.0
# Truth: what the machine did (lab/run --truth) and what gtrace says it did (gtrace script --json), side by side.
package Truth;

use strict;
use warnings;
no warnings 'portable';	# addresses have 64 bits

# The machine's PEBS records: { cpu => [ {tsc, ip, addr, ...}, ... ] }, in the order it wrote them. And how many
# events the counter that wrote records counted: { cpu => N }.
sub machine {
	my ($path) = @_;
	my (%cpus, %events, $counter);
	open my $in, '<', $path or die "$path: $!\n";
	while (defined(my $line = <$in>)) {
		my ($what) = $line =~ /^(pebs|end) / or next;
		my %fact = $line =~ /(\w+)=(\S+)/g;
		if ($what eq 'pebs') {
			push @{ $cpus{ $fact{cpu} } }, \%fact;
			$counter = $fact{counter};
		} elsif (defined $fact{events} && defined $counter && $fact{counter} == $counter) {
			$events{ $fact{cpu} } = $fact{events};
		}
	}
	return (\%cpus, \%events);
}

# gtrace's samples, in the same shape. Flat fields only; numbers and strings both come back as text.
sub told {
	my ($path) = @_;
	my %cpus;
	open my $in, '<', $path or die "$path: $!\n";
	while (defined(my $line = <$in>)) {
		next if $line =~ /^\{"type":"(?:lost|gap|damage)"/;
		my %sample;
		$sample{$1} = defined $2 ? $2 : $3 while $line =~ /"(\w+)":\s*(?:"((?:[^"\\]|\\.)*)"|(-?\d+))/g;
		die "$path:$.: not a sample: $line" unless defined $sample{cpu} && defined $sample{tsc};
		push @{ $cpus{ $sample{cpu} } }, \%sample;
	}
	return \%cpus;
}

sub count {
	my ($cpus) = @_;
	my $sum = 0;
	$sum += @$_ for values %$cpus;
	return $sum;
}

# The first difference in FIELDS, as text, or '' when every record equals its counterpart, in order, on every CPU.
sub difference {
	my ($machine, $told, @fields) = @_;
	my %cpus = map { $_ => 1 } keys %$machine, keys %$told;
	for my $cpu (sort { $a <=> $b } keys %cpus) {
		my @is = @{ $machine->{$cpu} || [] };
		my @says = @{ $told->{$cpu} || [] };
		for my $n (0 .. ($#is < $#says ? $#is : $#says)) {
			for my $field (@fields) {
				my ($is, $says) = ($is[$n]{$field}, $says[$n]{$field});
				next if defined $is && defined $says && $is eq $says;
				$_ = defined $_ ? $_ : 'absent' for $is, $says;
				return "cpu $cpu record $n: $field is $is, gtrace says $says";
			}
		}
		return "cpu $cpu: the machine wrote " . @is . " records, gtrace says " . @says if @is != @says;
	}
	return '';
}

# The first sample that stands for another number of events than the machine counted between the record before and it, or
# ''. `first`: what the first record of a CPU stands for. `lost`: there may be samples missing between, so it may be less; how
# many of them, and how many events these stand for, come back too.
sub misweighed {
	my ($machine, $told, $first, $lost) = @_;
	my ($holes, $missing) = (0, 0);
	for my $cpu (sort { $a <=> $b } keys %$told) {
		my $before;
		for my $n (0 .. $#{ $told->{$cpu} }) {
			my ($counted, $period) = ($machine->{$cpu}[$n]{events}, $told->{$cpu}[$n]{period});
			my $there = defined $before ? $counted - $before : $first;
			return "cpu $cpu record $n: stands for $period of $there"
				if $period > $there || ($period != $there && !$lost);
			$holes++ if $period < $there;
			$missing += $there - $period;
			$before = $counted;
		}
	}
	return ('', $holes, $missing);
}

# The "store key=value..." lines that the test programs print about themselves.
sub stores {
	my ($text) = @_;
	my @stores;
	while ($text =~ /^store (.*)$/gm) {
		my %store = map { split /=/, $_, 2 } split ' ', $1;
		$store{$_} = hex $store{$_} for qw(start end);
		push @stores, \%store;
	}
	return @stores;
}

1;
