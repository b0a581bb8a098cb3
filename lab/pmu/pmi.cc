// SPDX-License-Identifier: GPL-2.0
// The performance monitoring interrupt: freezing and the way through the local APIC.
#include "truth.h"
#include "unit.h"
#include "cpu/apic.h"	// needs what the others include

enum { LVT_MASKED = 1 << 16, LVT_MODE = 7 << 8, LVT_VECTOR = 0xff };

/*
 * Streamlined freeze (version 4 and later): the request sets the freeze bits of GLOBAL_STATUS, and software unfreezes by
 * clearing them; DEBUGCTL and GLOBAL_CTRL stay as they are.
 */
void Pmu::interrupt()
{
	bx_local_apic_c *apic = cpu->lapic;
	Bit32u lvt = apic->read_aligned(BX_LAPIC_LVT_PERFMON);
	bool delivered = !(lvt & LVT_MASKED);

	if (delivered && debugctl & DEBUGCTL_LBR)
		truth_lbr(id, lbr, "pmi");
	if (debugctl & DEBUGCTL_FREEZE_LBRS)
		global_status |= STATUS_LBR_FRZ;
	if (debugctl & DEBUGCTL_FREEZE_PERFMON)
		global_status |= STATUS_CTR_FRZ;
	if (debugctl & (DEBUGCTL_FREEZE_LBRS | DEBUGCTL_FREEZE_PERFMON))
		arrange();
	if (!delivered)
		return;		// nothing remembers it: the status bit is all that stays

	// SDM 11.5.1: the APIC masks the entry when it delivers a performance monitoring interrupt.
	apic->set_lvt_entry(BX_LAPIC_LVT_PERFMON, lvt | LVT_MASKED);
	interrupts++;
	switch ((lvt & LVT_MODE) >> 8) {
	case APIC_DM_NMI:
		cpu->deliver_NMI();
		break;
	case APIC_DM_SMI:
		cpu->deliver_SMI();
		break;
	case APIC_DM_FIXED:
		apic->trigger_irq(lvt & LVT_VECTOR, 0);
		break;
	}
}
