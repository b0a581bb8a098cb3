/* SPDX-License-Identifier: GPL-2.0 */
/* handlers.h - instructions whose meaning the model changes, counts or mends: replaced when Bochs decodes them. */
#ifndef LAB_HANDLERS_H
#define LAB_HANDLERS_H

class bxInstruction_c;

/* handler_replace: called for every decoded instruction. */
void handler_replace(bxInstruction_c *i);

#endif
