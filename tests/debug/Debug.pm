# SPDX-License-Identifier: GPL-2.0
# Debug: runs a shell script in the lab's kernel that checks itself. What its nets caught is {caught}: only what is amiss,
# or that lockdep has given up. All of the kernel's log is the file messages in {dir}.
package Debug;

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../module";
use Module;

my $before = <<'EOS';
cd /sys/kernel/debug
for net in failslab fail_page_alloc; do echo N >$net/ignore-gfp-wait; echo 0 >$net/verbose; done
echo 0 >fail_page_alloc/min-order
echo 0 >fail_usercopy/verbose
cd /root
dmesg -c >/dev/null
EOS

my $told = <<'EOS';
rc=$?
dmesg >messages
grep -q 'debug_locks: *1$' /proc/lockdep_stats || echo 'WARNING: lockdep has given up' >>messages
EOS

# An object is a leak when it is older than five seconds and the second look finds it unchanged. Lockdep would follow each of
# the million locks that a look takes: it has told what it knows by then, and gives up at the bug that it is shown.
my $leaks = <<'EOS';
[ ! -d /sys/module/bugs ] || rmmod bugs
insmod bugs.ko bug=lockdep
sleep 6
echo scan >/sys/kernel/debug/kmemleak
sleep 1
echo scan >/sys/kernel/debug/kmemleak
cat /sys/kernel/debug/kmemleak >>messages
EOS
my $after = <<'EOS';
grep -E 'BUG|WARNING|INFO:|Oops|general protection|UBSAN|ODEBUG|unreferenced object' messages >log
exit $rc
EOS

sub lab {
	my ($how, $script) = @_;
	Module::command('make', '-s', '-C', "$Module::top/tests/debug");
	Module::command('make', '-s', '-C', "$Module::top/tests/module");
	my $rest = $told . ($how->{leaks} ? $leaks : '') . $after;
	my $run = Module::lab({ timeout => 0, %$how, kernel => '6.1-debug', append => 'mem=384M',
		in => [ "$Module::top/build/tests/debug/faults", "$Module::top/build/tests/debug/bugs/bugs.ko",
			"$Module::top/build/tests/module-fuzz/fuzz", "$Module::top/build/programs/pmuregs",
			glob("$Module::top/build/programs/{parks,prices}"), "$Module::top/build/userspace/gtrace" ],
		out => [ 'log', 'messages' ] }, "$before(\n$script)\n$rest");
	$run->{caught} = -e "$run->{dir}/log" ? Module::slurp("$run->{dir}/log") : "the run did not come to its end\n";
	return $run;
}

1;
