/* SPDX-License-Identifier: MIT */
/* The forms in which dsmr decode prints telegrams. */
#ifndef DSMR_CMD_DECODE_FORMAT_H
#define DSMR_CMD_DECODE_FORMAT_H

#include "core/buffer.h"
#include "meter/decoded.h"

#include <stdbool.h>

/* What a form is told beside the telegram. */
struct decode_context {
    unsigned long number; /* of the telegram, from 1 */
    bool colour;
};

struct decode_format {
    const char *name;
    /* Printed once, before everything; may be NULL. */
    const char *head;
    /* Adds one telegram; decoded is NULL when it was refused. */
    void (*telegram)(struct buffer *out, const struct decode_context *context,
                     const struct dsmr_telegram *telegram, const struct decoded *decoded);
};

extern const struct decode_format decode_table;
extern const struct decode_format decode_json;
extern const struct decode_format decode_csv;

/* What went wrong, with the figures: "wrong CRC: sent ABCD, computed 1234". */
void decode_print_refusal(struct buffer *out, const struct dsmr_telegram *telegram);

#endif
