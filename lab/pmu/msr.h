/* SPDX-License-Identifier: GPL-2.0 */
/* msr.h - numbers and bits of the registers that the model adds to Bochs (SDM vol. 4). */
#ifndef LAB_MSR_H
#define LAB_MSR_H

enum Msr {
	MSR_MICROCODE		= 0x08b,
	MSR_PMC0		= 0x0c1,	/* legacy window: writes sign-extend 32 bits */
	MSR_OFFCORE_RSP0	= 0x1a6,
	MSR_OFFCORE_RSP1	= 0x1a7,
	MSR_ARCH_CAPABILITIES	= 0x10a,
	MSR_EVNTSEL0		= 0x186,
	MSR_MISC_ENABLE		= 0x1a0,
	MSR_LBR_SELECT		= 0x1c8,
	MSR_LBR_TOS		= 0x1c9,
	MSR_DEBUGCTL		= 0x1d9,
	MSR_FIXED_CTR0		= 0x309,
	MSR_PERF_CAPABILITIES	= 0x345,
	MSR_FIXED_CTR_CTRL	= 0x38d,
	MSR_GLOBAL_STATUS	= 0x38e,
	MSR_GLOBAL_CTRL		= 0x38f,
	MSR_GLOBAL_STATUS_RESET	= 0x390,
	MSR_GLOBAL_STATUS_SET	= 0x391,
	MSR_GLOBAL_INUSE	= 0x392,
	MSR_PEBS_ENABLE		= 0x3f1,
	MSR_PEBS_DATA_CFG	= 0x3f2,
	MSR_PEBS_LD_LAT		= 0x3f6,
	MSR_PEBS_FRONTEND	= 0x3f7,
	MSR_FULL_PMC0		= 0x4c1,	/* full-width window */
	MSR_DS_AREA		= 0x600,
	MSR_LBR_FROM0		= 0x680,
	MSR_LBR_TO0		= 0x6c0,
	MSR_LBR_INFO0		= 0xdc0,
};

#define BIT(n) (1ULL << (n))

/* GLOBAL_STATUS */
#define STATUS_LBR_FRZ		BIT(58)
#define STATUS_CTR_FRZ		BIT(59)
#define STATUS_UNCORE		BIT(61)
#define STATUS_OVF_BUFFER	BIT(62)
#define STATUS_COND_CHGD	BIT(63)

/* DEBUGCTL */
#define DEBUGCTL_LBR		BIT(0)
#define DEBUGCTL_FREEZE_LBRS	BIT(11)
#define DEBUGCTL_FREEZE_PERFMON	BIT(12)

/* LBR_SELECT: what is not recorded, but for CALLSTACK */
#define LBR_SELECT_CPL_EQ_0	BIT(0)
#define LBR_SELECT_CPL_NEQ_0	BIT(1)
#define LBR_SELECT_JCC		BIT(2)
#define LBR_SELECT_REL_CALL	BIT(3)
#define LBR_SELECT_IND_CALL	BIT(4)
#define LBR_SELECT_RETURN	BIT(5)
#define LBR_SELECT_IND_JMP	BIT(6)
#define LBR_SELECT_REL_JMP	BIT(7)
#define LBR_SELECT_FAR		BIT(8)
#define LBR_SELECT_CALLSTACK	BIT(9)
#define LBR_SELECT_MASK		(BIT(10) - 1)

/* PEBS_DATA_CFG */
#define DATA_MEM		BIT(0)
#define DATA_GPR		BIT(1)
#define DATA_XMM		BIT(2)
#define DATA_LBR		BIT(3)
#define DATA_LBR_SHIFT		24		/* bits 31:24: entries - 1 */

#endif
