# SPDX-License-Identifier: GPL-2.0
# Lab: runs a shell script in the lab and hands back what it printed, section by section.
#
#	my $run = Lab->run(cpu => 'skx', cpus => 2, in => ['build/programs/known'], out => ['c.json'], script => <<'EOS');
#	t insmod insmod gtrace.ko
#	t record gtrace record -o c.data -- ./known
#	gtrace script --json c.data >c.json
#	EOS
#	is $run->rc('record'), 0;
#	like $run->text('record'), qr/samples/;
#	open my $file, '<', $run->file('c.json');
#	like $run->gtrace('report', '-i', 'c.data'), qr/main/;	# c.data in out: reads it here
#
# In the script `t NAME COMMAND...` runs a command as section NAME: output (both streams) and exit status. gtrace and
# gtrace.ko of the kernel at hand are always brought along, and gtrace is on the PATH. A script that dies, or a
# machine that does, fails the test that asks for a section that never ran.
package Lab;

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use File::Temp qw(tempdir);

our $top = dirname(dirname(dirname(abs_path(__FILE__))));

my $prelude = <<'EOS';
cd /root; PATH=/root:$PATH; export PATH
t() {
	_name=$1; shift
	echo "=== $_name"
	"$@" 2>&1
	echo "=== exit $?"
}
# What the kernel says when it is unwell.
complaints() { dmesg | grep -E 'BUG:|WARNING: CPU|Oops|general protection|INFO: (rcu|task)|leaked|unreferenced'; true; }
sysfs=/sys/class/misc/gtrace
# Waits until somebody owns the PMU, or nobody does any more.
started() { while [ "$(cat $sysfs/owner)" = 0 ]; do usleep 10000; done; }
stopped() { while [ "$(cat $sysfs/owner)" != 0 ]; do usleep 10000; done; }
EOS

sub slurp {
	my ($path) = @_;
	open my $in, '<', $path or return undef;
	local $/;
	my $text = <$in>;
	return defined $text ? $text : '';
}

sub spill {
	my ($path, $text) = @_;
	open my $out, '>', $path or die "$path: $!\n";
	print $out $text;
	close $out or die "$path: $!\n";
}

# kernel (6.1), cpu (skx), cpus (1), args (more lab/run options), truth (true: keep the truth file),
# plain (true: without gtrace and gtrace.ko), in, out, script.
sub run {
	my ($class, %want) = @_;
	my $kernel = $want{kernel} || '6.1';
	my $dir = tempdir(CLEANUP => 1);
	my $self = bless { dir => $dir, sections => {} }, $class;

	spill("$dir/script", $prelude . $want{script});
	my @command = ("$top/lab/run", '--kernel', $kernel, '--cpu', $want{cpu} || 'skx', '--cpus', $want{cpus} || 1);
	push @command, '--timeout', $want{timeout} || 120, @{ $want{args} || [] };
	push @command, '--truth', "$dir/truth" if $want{truth};
	my @gtrace = $want{plain} ? () : ('build/userspace/gtrace', "build/module-$kernel/gtrace.ko");
	make_path("$dir/guest/root");
	for my $file ("$dir/script", @gtrace, @{ $want{in} || [] }) {
		my $path = $file =~ m{^/} ? $file : "$top/$file";
		push @command, '--in', $path;
		symlink $path, "$dir/guest/root/" . basename($path) or die "$path: $!\n";
	}
	push @command, '--out', "/root/$_:$dir/$_" for @{ $want{out} || [] };
	push @command, '--', 'sh', '/root/script';

	my $pid = fork;
	die "fork: $!\n" unless defined $pid;
	if (!$pid) {
		open STDOUT, '>', "$dir/stdout" or die;
		open STDERR, '>', "$dir/stderr" or die;
		exec @command or die "$command[0]: $!\n";
	}
	waitpid $pid, 0;
	$self->{status} = $? & 127 ? 128 + ($? & 127) : $? >> 8;
	$self->{stdout} = slurp("$dir/stdout");
	$self->{stderr} = slurp("$dir/stderr");
	while ($self->{stdout} =~ /^=== (?!exit )(\S+)\n(.*?)^=== exit (\d+)$/gms) {
		$self->{sections}{$1} = { text => $2, rc => $3 };
	}
	return $self;
}

# The lab run's own exit status: that of the script's last command.
sub status { return $_[0]{status} }

sub section {
	my ($self, $name) = @_;
	my $section = $self->{sections}{$name};
	return $section if $section;
	my $tail = join "\n", grep { defined } (split /\n/, $self->{stdout})[-8 .. -1], (split /\n/, $self->{stderr})[-8 .. -1];
	return { rc => "section '$name' never ended", text => "section '$name' never ended; the lab's last words:\n$tail\n" };
}

sub rc { my ($self, $name) = @_; return $self->section($name)->{rc} }
sub text { my ($self, $name) = @_; return $self->section($name)->{text} }
sub stdout { return $_[0]{stdout} }
sub stderr { return $_[0]{stderr} }
sub file { my ($self, $name) = @_; return "$self->{dir}/$name" }
sub read { my ($self, $name) = @_; my $text = slurp("$self->{dir}/$name"); return defined $text ? $text : '' }
# Runs gtrace here, where it is quick, on a recording that the guest handed out (in its folder): what it prints. The programs
# that went in are found by their names in the guest. $? is its exit status.
sub gtrace {
	my ($self, @arguments) = @_;
	my $pid = open my $out, '-|';
	die "fork: $!\n" unless defined $pid;
	if (!$pid) {
		chdir $self->{dir} or die "$self->{dir}: $!\n";
		exec "$top/build/userspace/gtrace", @arguments, '--symfs', "$self->{dir}/guest" or die "gtrace: $!\n";
	}
	local $/;
	my $text = <$out>;
	close $out;
	return defined $text ? $text : '';
}

sub truth { return "$_[0]{dir}/truth" }

1;
