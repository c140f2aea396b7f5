/* SPDX-License-Identifier: MIT */
#include "core/decryption.h"

#include "core/aes_gcm.h"
#include "core/memory.h"

#include <stdlib.h>
#include <string.h>

struct decryption {
    struct dsmr_cipher cipher;
    struct aes_gcm *gcm;
    char plain[DSMR_FRAME_MAX];
};

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef";
    char lower = c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c;
    const char *found = c != '\0' ? strchr(digits, lower) : NULL;
    return found ? (int)(found - digits) : -1;
}

bool decryption_key_parse(const char *text, uint8_t key[DSMR_KEY_SIZE])
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (*text == ' ' || *text == ':' || *text == '-')
            continue;
        int high = hex_value(text[0]);
        int low = high >= 0 ? hex_value(text[1]) : -1;
        if (low < 0 || count == DSMR_KEY_SIZE)
            return false;
        key[count++] = (uint8_t)(high << 4 | low);
        text++;
    }
    return count == DSMR_KEY_SIZE;
}

struct decryption *decryption_new(const struct decryption_keys *keys)
{
    if (!keys->present)
        return NULL;
    struct decryption *decryption = memory_new(1, sizeof *decryption);
    decryption->gcm = aes_gcm_new(keys->key);
    if (!decryption->gcm) {
        free(decryption);
        return NULL;
    }
    decryption->cipher = (struct dsmr_cipher){
        .decrypt = aes_gcm_decrypt,
        .context = decryption->gcm,
        .plain = decryption->plain,
        .size = sizeof decryption->plain,
        .authenticate = keys->authenticate,
    };
    memcpy(decryption->cipher.authentication_key, keys->authentication_key, DSMR_KEY_SIZE);
    return decryption;
}

const struct dsmr_cipher *decryption_cipher(const struct decryption *decryption)
{
    return decryption ? &decryption->cipher : NULL;
}

void decryption_free(struct decryption *decryption)
{
    if (!decryption)
        return;
    aes_gcm_free(decryption->gcm);
    explicit_bzero(decryption, sizeof *decryption);
    free(decryption);
}
