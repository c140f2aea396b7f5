/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a meter that encrypts: its keys, its frame counter, and what the user is told of
 * it, once each.
 */
#ifndef DSMR_METER_SECRECY_H
#define DSMR_METER_SECRECY_H

#include "core/decryption.h"
#include "core/log.h"

struct secrecy_setup {
    const char *meter; /* its name, borrowed */
    struct decryption_keys keys;
    bool refuse_replays; /* frame counters have to rise */
    struct log *log;
};

struct secrecy;

/* The keys are copied. */
struct secrecy *secrecy_new(const struct secrecy_setup *setup);

/* For dsmr_framer_decrypt(); NULL without a key. */
const struct dsmr_cipher *secrecy_cipher(const struct secrecy *secrecy);

/* NULL when a telegram that was read may be used, else why not; remembers its counter, and tells how
 * it was read when that is news. */
const char *secrecy_check(struct secrecy *secrecy, const struct dsmr_telegram *telegram);

/* Tells once of telegrams that cannot be read for want of the right key. Returns true when this is
 * one, so that nothing else needs to be said of it. */
bool secrecy_refused(struct secrecy *secrecy, const struct dsmr_telegram *telegram);

/* True when a telegram that could not be read is one more of the meter that sent the one before: then
 * it is no noise, and the line is all right. */
bool secrecy_is_meter(struct secrecy *secrecy, const struct dsmr_telegram *telegram);

/* NULL is allowed. */
void secrecy_free(struct secrecy *secrecy);

#endif
