/* SPDX-License-Identifier: MIT */
#include "core/aes_gcm.h"

#include "core/memory.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

struct aes_gcm {
    EVP_CIPHER_CTX *context;
    uint8_t key[DSMR_KEY_SIZE];
};

struct aes_gcm *aes_gcm_new(const uint8_t key[DSMR_KEY_SIZE])
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (!context)
        return NULL;
    if (EVP_CipherInit_ex(context, EVP_aes_128_gcm(), NULL, key, NULL, 0) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    struct aes_gcm *gcm = memory_new(1, sizeof *gcm);
    gcm->context = context;
    memcpy(gcm->key, key, sizeof gcm->key);
    return gcm;
}

/* The nonce (GCM takes 12 bytes unless told), what is only authenticated, and the message itself. */
static bool feed(struct aes_gcm *gcm, const struct dsmr_gcm *message, uint8_t *out, int encrypt)
{
    int size = 0;
    if (message->size > DSMR_FRAME_MAX || message->aad_size > DSMR_FRAME_MAX)
        return false;
    if (EVP_CipherInit_ex(gcm->context, NULL, NULL, gcm->key, message->nonce, encrypt) != 1)
        return false;
    if (message->aad_size > 0 &&
        EVP_CipherUpdate(gcm->context, NULL, &size, message->aad, (int)message->aad_size) != 1)
        return false;
    return EVP_CipherUpdate(gcm->context, out, &size, message->in, (int)message->size) == 1;
}

bool aes_gcm_decrypt(void *context, const struct dsmr_gcm *message, uint8_t *out)
{
    struct aes_gcm *gcm = context;
    uint8_t tag[DSMR_TAG_SIZE];
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int size = 0;
    if (!feed(gcm, message, out, 0))
        return false;
    if (!message->tag)
        return true;
    memcpy(tag, message->tag, sizeof tag); /* OpenSSL asks for memory that it could change */
    return EVP_CIPHER_CTX_ctrl(gcm->context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
           EVP_CipherFinal_ex(gcm->context, rest, &size) == 1;
}

bool aes_gcm_encrypt(struct aes_gcm *gcm, const struct dsmr_gcm *message, uint8_t *out,
                     uint8_t tag[DSMR_TAG_SIZE])
{
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int size = 0;
    if (!feed(gcm, message, out, 1) || EVP_CipherFinal_ex(gcm->context, rest, &size) != 1)
        return false;
    return !tag ||
           EVP_CIPHER_CTX_ctrl(gcm->context, EVP_CTRL_AEAD_GET_TAG, DSMR_TAG_SIZE, tag) == 1;
}

void aes_gcm_free(struct aes_gcm *gcm)
{
    if (!gcm)
        return;
    EVP_CIPHER_CTX_free(gcm->context);
    explicit_bzero(gcm->key, sizeof gcm->key);
    free(gcm);
}
