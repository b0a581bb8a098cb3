# SPDX-License-Identifier: GPL-2.0
# Machine: one lab/run as a test sees it.
#
#	my $run = Machine::run([qw(--cpus 2)], 'nproc');	# options, then the command
#	is $run->{status}, 0; is $run->{out}, "2\n"; is $run->{err}, '';
package Machine;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);

our $top = dirname(dirname(dirname(abs_path(__FILE__))));
our $dir = tempdir(CLEANUP => 1);
my $runs = 0;

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or return undef;
	local $/;
	my $text = <$in>;
	return defined $text ? $text : '';
}

sub spill {
	my ($path, $text, $mode) = @_;
	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $text;
	close $out or die "$path: $!\n";
	chmod $mode, $path if defined $mode;
	return $path;
}

# start: the same without waiting; finish($run) waits.
sub start {
	my ($options, @command) = @_;
	my $run = { base => "$dir/run" . $runs++ };

	$run->{pid} = fork;
	die "fork: $!\n" unless defined $run->{pid};
	if (!$run->{pid}) {
		$SIG{INT} = 'DEFAULT';	# a shell's background job inherits it ignored, and lab/run would too
		open STDOUT, '>', "$run->{base}.out" or die;
		open STDERR, '>', "$run->{base}.err" or die;
		exec "$top/lab/run", @$options, @command ? ('--', @command) : () or die "$top/lab/run: $!\n";
	}
	return $run;
}

sub finish {
	my ($run) = @_;

	waitpid $run->{pid}, 0;
	$run->{status} = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	$run->{out} = slurp("$run->{base}.out");
	$run->{err} = slurp("$run->{base}.err");
	return $run;
}

sub run { return finish(start(@_)) }

# own_cache: a cache that shares all that was built but not the booted machines; they end with the test.
sub own_cache {
	my $cache = $ENV{GTRACE_CACHE} || ($ENV{XDG_CACHE_HOME} || "$ENV{HOME}/.cache") . '/gtrace';

	run([], 'true');	# everything is built
	mkdir "$dir/cache" or die "$dir/cache: $!\n";
	mkdir "$dir/cache/lab" or die "$dir/cache/lab: $!\n";
	symlink $_, "$dir/cache/lab/" . (split m{/})[-1] for grep { !m{/servers$} } glob "$cache/lab/*";
	symlink "$cache/$_", "$dir/cache/$_" for qw(apt dl);
	$ENV{GTRACE_CACHE} = "$dir/cache";
	return "$dir/cache";
}

END {
	my $status = $?;
	system "$top/lab/run", '--stop' if $ENV{GTRACE_CACHE} && $ENV{GTRACE_CACHE} eq "$dir/cache";
	$? = $status;
}

1;
