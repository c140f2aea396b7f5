/* SPDX-License-Identifier: MIT */
/* dsmr decode --format json: one line a telegram. */
#include "cmd/decode_format.h"
#include "meter/telegram_json.h"

static void print_telegram(struct buffer *out, const struct decode_context *context,
                           const struct dsmr_telegram *telegram, const struct decoded *decoded)
{
    (void)context;
    telegram_json(out, telegram, decoded);
    buffer_add(out, "\n", 1);
}

const struct decode_format decode_json = {
    .name = "json",
    .telegram = print_telegram,
};
