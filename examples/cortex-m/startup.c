/* SPDX-License-Identifier: MIT */
/* What runs before main(), and the four functions of the C library that libdsmr asks for. */
#include <stddef.h>
#include <stdint.h>

extern uint32_t data_start[], data_end[], data_stored[], bss_start[], bss_end[], stack_end[];

int main(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);

_Noreturn void reset(void);
_Noreturn void stop(void);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    char *out = to;
    const char *in = from;
    if ((uintptr_t)to < (uintptr_t)from)
        for (size_t i = 0; i < size; i++)
            out[i] = in[i];
    else
        while (size-- > 0)
            out[size] = in[size];
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    char *out = to;
    for (size_t i = 0; i < size; i++)
        out[i] = (char)byte;
    return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
    const unsigned char *a = left;
    const unsigned char *b = right;
    for (; size > 0; size--, a++, b++)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

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
