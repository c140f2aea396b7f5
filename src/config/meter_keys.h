/* SPDX-License-Identifier: MIT */
/* The decryption keys of a meter: those of the configuration, or of the files that it names. */
#ifndef DSMR_CONFIG_METER_KEYS_H
#define DSMR_CONFIG_METER_KEYS_H

#include "config/config.h"
#include "core/decryption.h"

/*
 * Reads the keys of a meter. What cannot be used (a file that is missing, or holds no key) is a
 * mistake and left out; a file that others can read is a warning. Keys are never shown. The caller
 * wipes them.
 */
void meter_keys_read(const struct config *config, size_t meter, struct decryption_keys *keys,
                     struct complaints *complaints);

/* True when they are the same keys. */
bool meter_keys_same(const struct decryption_keys *a, const struct decryption_keys *b);

#endif
