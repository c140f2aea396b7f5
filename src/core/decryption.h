/* SPDX-License-Identifier: MIT */
/* The keys of an encrypted meter, and what the decoder needs to use them. */
#ifndef DSMR_CORE_DECRYPTION_H
#define DSMR_CORE_DECRYPTION_H

#include "dsmr/dsmr.h"

#include <stdbool.h>

struct decryption_keys {
    bool present; /* otherwise nothing can be decrypted */
    bool authenticate;
    uint8_t key[DSMR_KEY_SIZE];
    uint8_t authentication_key[DSMR_KEY_SIZE];
};

/* Reads 32 hexadecimal digits; blanks, ':' and '-' between pairs of them are passed over. Returns
 * false for anything else. */
bool decryption_key_parse(const char *text, uint8_t key[DSMR_KEY_SIZE]);

struct decryption;

/* Copies the keys; NULL when there are none. Aborts nothing and logs nothing. */
struct decryption *decryption_new(const struct decryption_keys *keys);

/* What dsmr_framer_decrypt() takes; NULL when decryption is. Valid until decryption_free(). */
const struct dsmr_cipher *decryption_cipher(const struct decryption *decryption);

/* NULL is allowed. The keys are wiped. */
void decryption_free(struct decryption *decryption);

#endif
