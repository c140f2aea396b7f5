/* SPDX-License-Identifier: MIT */
/* Any bytes as a message of openHAB's event WebSocket: no crash, no leak, and a sound verdict. */
#include "sink/openhab_event.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct event event;
    event_read((const char *)bytes, size, &event);
    bool reasoned = event.kind == EVENT_MISSING || event.kind == EVENT_REFUSED;
    if (memchr(event.why, '\0', sizeof event.why) == NULL || (!reasoned && event.why[0] != '\0'))
        abort();
    return 0;
}
