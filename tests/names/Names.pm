# SPDX-License-Identifier: GPL-2.0
# Names: the test program of this folder, built by every Go toolchain in every way that moves the runtime's tables.
#
#	for my $version (Names::versions()) {
#		my $binary = Names::program($version, 'pie');	# path, built at most once a machine
#	}
#	Names::program($version, 'pie', 'wakes');		# the same of the program in the folder wakes
#	my $driver = Names::driver('frames');			# path of frames.c, built against the reader's sources
#
# The programs depend on nothing but their sources and the toolchain, so they are kept in the cache.
package Names;

use strict;
use warnings;
use Cwd qw(abs_path);
use Digest::SHA;
use Fcntl qw(:flock);
use File::Basename qw(dirname);
use File::Path qw(make_path);

our $here = dirname(abs_path(__FILE__));
our $top = dirname(dirname($here));
our $cache = $ENV{GTRACE_CACHE} || ($ENV{XDG_CACHE_HOME} || "$ENV{HOME}/.cache") . '/gtrace';

# cgo: with C code in it, linked by gcc; flags: of go build; twin: the same code with symbols and DWARF. The recipes
# named "-bare" are another one's file with its section headers taken away.
#
# Files are named as with -trimpath, or by their paths (PIE): both are in use. A standard library for each of the four
# combinations would be compiled for each release, so what `go build` alone makes is there for the oldest and the newest.
our %variants = (
	'default'          => { cgo => 0, flags => [], ends => 1 },
	'plain'            => { cgo => 0, flags => ['-trimpath'] },
	'stripped'         => { cgo => 0, flags => ['-trimpath', '-ldflags=-s -w'], twin => 'plain' },
	'stripped-bare'    => { bare => 'stripped', cgo => 0, twin => 'plain' },
	'pie'              => { cgo => 0, flags => ['-buildmode=pie'] },
	'pie-stripped'     => { cgo => 0, flags => ['-buildmode=pie', '-ldflags=-s -w'], twin => 'pie' },
	'cgo'              => { cgo => 1, flags => ['-trimpath'] },
	'cgo-internal'     => { cgo => 1, flags => ['-trimpath', '-ldflags=-linkmode=internal'] },
	'cgo-pie'          => { cgo => 1, flags => ['-buildmode=pie'] },
	'cgo-pie-stripped' => { cgo => 1, flags => ['-buildmode=pie', '-ldflags=-s -w'], twin => 'cgo-pie' },
	'cgo-pie-bare'     => { bare => 'cgo-pie-stripped', cgo => 1, twin => 'cgo-pie' },
	'cgo-pie-lld'      => { cgo => 1, flags => ['-buildmode=pie', '-ldflags=-extldflags=-fuse-ld=lld'] },
);

sub carried {
	chomp(my @versions = `$top/scripts/go-toolchains --list`);
	return @versions;
}

# GO_RELEASES="1.19 1.27" looks at these alone: `make releases` does at those that Debian does not carry.
sub versions { return $ENV{GO_RELEASES} ? split ' ', $ENV{GO_RELEASES} : carried() }

# The names of what is built of one release.
sub variants {
	my ($version) = @_;
	my ($oldest, $newest) = (versions())[0, -1];
	my $end = $version eq $oldest || $version eq $newest;
	return grep { $end || !$variants{$_}{ends} } sort keys %variants;
}

# What one release is enough for.
sub newest { return (carried())[-1] }

sub slurp {
	my ($path) = @_;
	open my $in, '<:raw', $path or die "$path: $!\n";
	local $/;
	return scalar <$in>;
}

sub spill {
	my ($path, $bytes) = @_;
	open my $out, '>:raw', $path or die "$path: $!\n";
	print $out $bytes;
	close $out or die "$path: $!\n";
}

# Changes whenever a source or a recipe does.
sub fingerprint {
	my ($source) = @_;
	my $sum = Digest::SHA->new(256);
	$sum->add($_, slurp($_)) for sort glob "$here/$source/*";
	$sum->add($_, $variants{$_}{cgo}, @{ $variants{$_}{flags} || [] }) for sort keys %variants;
	return substr $sum->hexdigest, 0, 16;
}

# Section headers are for linkers and debuggers; e_shoff, e_shnum and e_shstrndx 0 say that there are none.
sub bare {
	my ($from, $to) = @_;
	my $image = slurp($from);
	substr($image, 0x28, 8) = pack 'Q<', 0;
	substr($image, 0x3c, 4) = pack 'S<S<', 0, 0;
	spill($to, $image);
	chmod 0755, $to;
}

sub program {
	my ($version, $name, $source) = (@_, 'program');
	my $recipe = $variants{$name} or die "no variant '$name'\n";
	my $dir = "$cache/names/" . fingerprint($source) . "/$version";
	my $path = "$dir/$name";
	return $path if -x $path;
	make_path($dir);
	open my $lock, '>', "$dir/.lock" or die "$dir/.lock: $!\n";
	flock $lock, LOCK_EX;
	return $path if -x $path;
	if ($recipe->{bare}) {
		# Not under the lock, which the other one takes: two tests may make the same file, each under a name of its own.
		close $lock;
		bare(program($version, $recipe->{bare}, $source), "$path.new.$$");
		rename "$path.new.$$", $path or die "$path: $!\n";
		return $path;
	} else {
		local $ENV{CGO_ENABLED} = $recipe->{cgo};
		my $pid = fork // die "fork: $!\n";
		if (!$pid) {
			chdir "$here/$source" or die "$here/$source: $!\n";
			exec "$top/scripts/go-with", $version, 'build', '-buildvcs=false', @{ $recipe->{flags} },
				'-o', "$path.new", '.';
		}
		waitpid $pid, 0;
		die "building $name with Go $version failed\n" if $?;
	}
	rename "$path.new", $path or die "$path: $!\n";
	return $path;
}

sub driver {
	my ($name) = @_;
	my $dir = "$top/build/tests/names";
	my @sources = ("$here/$name.c", glob "$top/userspace/go/*.c");
	my @headers = glob "$top/userspace/go/*.{h,def}";
	make_path($dir);
	my ($newest) = sort { $b <=> $a } map { (stat)[9] } @sources, @headers;
	my $path = "$dir/$name";
	return $path if -x $path && (stat $path)[9] > $newest;
	system(qw(gcc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -O2 -g), "-I$top/userspace", "-I$top/include",
		'-o', "$path.$$",
		@sources, qw(-lelf -ldw)) == 0 or die "building $name.c failed\n";
	rename "$path.$$", $path or die "$path: $!\n";
	return $path;
}

1;
