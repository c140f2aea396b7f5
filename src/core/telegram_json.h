/* SPDX-License-Identifier: MIT */
/* A telegram as one JSON object: the form that dsmr decode prints and other programs read. */
#ifndef DSMR_CORE_TELEGRAM_JSON_H
#define DSMR_CORE_TELEGRAM_JSON_H

#include "core/buffer.h"
#include "core/decoded.h"

/* Adds the object, without a line end. decoded is NULL for a telegram that was refused. */
void telegram_json(struct buffer *out, const struct dsmr_telegram *telegram,
                   const struct decoded *decoded);

#endif
