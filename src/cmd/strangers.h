/* SPDX-License-Identifier: MIT */
/*
 * For dsmr run --forget: messages of dsmr's form, of meters that are not configured. They were left by an
 * earlier configuration, unless another dsmr is alive that has these meters: it is when it publishes
 * anything of them meanwhile, or when the state of dsmr at the broker says that one is online. Others
 * have the form of a line's state too; it counts where a value, a telegram or an announcement is beside it.
 */
#ifndef DSMR_CMD_STRANGERS_H
#define DSMR_CMD_STRANGERS_H

#include "cmd/published.h"
#include "core/log.h"

/* Zeroed to begin with. */
struct strangers {
    struct stranger *meters;
    size_t meter_count;
    struct strange_message *at;
    size_t count;
    bool online; /* a dsmr with our topics is */
};

/* A message that the broker had kept. The topic is copied. */
void strangers_note(struct strangers *strangers, enum published_kind kind, const char *topic,
                    struct dsmr_text meter);

/* Somebody has published this just now. */
void strangers_heard(struct strangers *strangers, struct dsmr_text meter);

/* Calls use() for each message that nobody has any more. */
void strangers_each_left(const struct strangers *strangers,
                         void (*use)(void *context, const char *topic), void *context);

/* Tells what is left alone, and why. */
void strangers_tell(const struct strangers *strangers, struct log *log);

void strangers_free(struct strangers *strangers);

#endif
