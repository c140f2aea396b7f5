/* SPDX-License-Identifier: MIT */
/* AES-128-GCM in plain C for chips without a cipher of their own: small and slow, and not made to keep its
 * timing from a neighbour on the same processor. */
#ifndef AES_GCM_H
#define AES_GCM_H

#include "dsmr/dsmr.h"

/* A struct dsmr_cipher's decrypt; context is the key, DSMR_KEY_SIZE bytes. */
bool aes_gcm_decrypt(void *context, const struct dsmr_gcm *message, uint8_t *out);

#endif
