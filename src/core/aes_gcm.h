/* SPDX-License-Identifier: MIT */
/* AES-128-GCM of OpenSSL for encrypted telegrams, with tags of 12 bytes. Keys are wiped when freed. */
#ifndef DSMR_CORE_AES_GCM_H
#define DSMR_CORE_AES_GCM_H

#include "dsmr/dsmr.h"

struct aes_gcm;

/* The key is copied. NULL when this OpenSSL has no AES-128-GCM. */
struct aes_gcm *aes_gcm_new(const uint8_t key[DSMR_KEY_SIZE]);

/* A dsmr_gcm_decrypt; context is the struct aes_gcm. */
bool aes_gcm_decrypt(void *context, const struct dsmr_gcm *message, uint8_t *out);

/* The way back: encrypts message->in into out, and writes the tag into tag unless that is NULL.
 * message->tag is not looked at. Returns false when OpenSSL cannot. */
bool aes_gcm_encrypt(struct aes_gcm *gcm, const struct dsmr_gcm *message, uint8_t *out,
                     uint8_t tag[DSMR_TAG_SIZE]);

/* NULL is allowed. */
void aes_gcm_free(struct aes_gcm *gcm);

#endif
