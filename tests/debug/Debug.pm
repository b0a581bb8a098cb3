# SPDX-License-Identifier: GPL-2.0
# Debug: runs a shell script in the lab's kernel that checks itself. What its nets caught stands in {dir}/log: only what is
# amiss, or that lockdep has given up.
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

# An object is a leak when it is older than five seconds and the second look finds it unchanged. A look takes a minute of the
# guest's clock: `leaks` asks for it.
my $leaks = <<'EOS';
sleep 6
echo scan >/sys/kernel/debug/kmemleak
sleep 1
echo scan >/sys/kernel/debug/kmemleak
cat /sys/kernel/debug/kmemleak >>messages
EOS
my $after = <<'EOS';
grep -E 'BUG|WARNING|INFO:|Oops|general protection|UBSAN|ODEBUG|unreferenced object' messages >log
grep -q 'debug_locks: *1$' /proc/lockdep_stats || echo 'lockdep has given up' >>log
exit $rc
EOS

sub lab {
	my ($how, $script) = @_;
	Module::command('make', '-s', '-C', "$Module::top/tests/debug");
	Module::command('make', '-s', '-C', "$Module::top/tests/module");
	my $rest = "rc=\$?\ndmesg >messages\n" . ($how->{leaks} ? $leaks : '') . $after;
	return Module::lab({ timeout => 0, %$how, kernel => '6.1-debug',
		in => [ "$Module::top/build/tests/debug/faults", "$Module::top/build/tests/debug/bugs/bugs.ko",
			"$Module::top/build/tests/module-fuzz/fuzz", "$Module::top/build/programs/pmuregs",
			glob("$Module::top/build/programs/{parks,prices}"), "$Module::top/build/userspace/gtrace" ],
		out => [ 'log', 'messages' ] }, "$before$script$rest");
}

1;
