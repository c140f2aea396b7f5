/* SPDX-License-Identifier: MIT */
/* Where a meter is from, in words. */
#ifndef DSMR_METER_ORIGIN_H
#define DSMR_METER_ORIGIN_H

#include "core/buffer.h"
#include "dsmr/dsmr.h"

/* Adds "BE (Fluvius), eMUCS P1 1.7" to out, as far as it is known; nothing when nothing is. */
void origin_words(struct buffer *out, const struct dsmr_origin *origin);

#endif
