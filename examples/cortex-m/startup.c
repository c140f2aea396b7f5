/* SPDX-License-Identifier: MIT */
/* What runs before main(). */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

extern uint32_t data_start[], data_end[], data_stored[], bss_start[], bss_end[], stack_end[];

int main(void);

_Noreturn void reset(void);
_Noreturn void stop(void);

/* A fault ends here, for the debugger to find. */
_Noreturn void stop(void)
{
    for (;;)
        __asm__ volatile("wfi");
}

_Noreturn void reset(void)
{
    memcpy(data_start, data_stored, (size_t)((char *)data_end - (char *)data_start));
    memset(bss_start, 0, (size_t)((char *)bss_end - (char *)bss_start));
    main();
    stop();
}

/* The first sixteen words of flash; interrupts of the chip's own would follow. */
__attribute__((section(".vectors"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)stack_end, (uintptr_t)reset, (uintptr_t)stop, /* NMI */
    (uintptr_t)stop,                                         /* HardFault */
};
