/* SPDX-License-Identifier: MIT */
/* Where an emulated chip begins; the rest of the memory is as newlib lays it out. */
#include <stdint.h>

void _start(void);
void fault(void);

/* Through semihosting: SYS_EXIT with a reason that is no success. */
void fault(void)
{
    register uint32_t call __asm__("r0") = 0x18;
    register uint32_t reason __asm__("r1") = 0x20023;
    __asm__ volatile("bkpt 0xAB" : : "r"(call), "r"(reason));
}

extern const uintptr_t vectors[16]; /* named to the linker, which would drop it */

__attribute__((section(".vectors")))
const uintptr_t vectors[16] = {0x00400000, (uintptr_t)_start, (uintptr_t)fault, (uintptr_t)fault};
