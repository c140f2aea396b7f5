/* SPDX-License-Identifier: MIT */
/* Telnet commands from anywhere: no byte of them may do harm, and nothing may grow. */
#include "source/telnet.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void on_send(void *context, const void *bytes, size_t size)
{
    (void)context;
    (void)bytes;
    if (size > TELNET_SUB_SENT)
        abort();
}

static void on_ours(void *context, enum telnet_option option, bool on)
{
    (void)context;
    (void)option;
    (void)on;
}

static void on_sub(void *context, enum telnet_option option, const unsigned char *bytes,
                   size_t size)
{
    telnet_send_sub(context, option, bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct telnet telnet = {.send = on_send, .ours = on_ours, .sub = on_sub};
    char *copy = malloc(size + 1);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    telnet.context = &telnet;
    telnet_start(&telnet);
    if (telnet_receive(&telnet, copy, size) > size)
        abort();
    free(copy);
    return 0;
}
