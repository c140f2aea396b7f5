/* SPDX-License-Identifier: MIT */
// Encrypted telegrams with mbedTLS as the cipher: prints the text of those on standard input.
//
//     cc -Iinclude examples/mbedtls.c lib/*.c -lmbedcrypto -o decrypt && ./decrypt KEY < recording
#include "dsmr/dsmr.h"

#include <mbedtls/gcm.h>
#include <stdio.h>
#include <string.h>

static bool decrypt(void *context, const struct dsmr_gcm *message, uint8_t *out)
{
    mbedtls_gcm_context gcm;
    mbedtls_gcm_init(&gcm);
    int failed = mbedtls_gcm_setkey(&gcm, MBEDTLS_CIPHER_ID_AES, context, 8 * DSMR_KEY_SIZE);
    if (failed == 0 && message->tag != NULL) {
        failed = mbedtls_gcm_auth_decrypt(&gcm, message->size, message->nonce, DSMR_NONCE_SIZE,
                                          message->aad, message->aad_size, message->tag,
                                          DSMR_TAG_SIZE, message->in, out);
    } else if (failed == 0) { /* in counter mode to encrypt is to decrypt; the tag is thrown away */
        uint8_t tag[DSMR_TAG_SIZE];
        failed =
            mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, message->size, message->nonce,
                                      DSMR_NONCE_SIZE, NULL, 0, message->in, out, sizeof tag, tag);
    }
    mbedtls_gcm_free(&gcm);
    return failed == 0;
}

static bool read_key(const char *hex, uint8_t key[DSMR_KEY_SIZE])
{
    size_t length = strlen(hex);
    for (size_t i = 0; i < DSMR_KEY_SIZE && length == 2 * (size_t)DSMR_KEY_SIZE; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        key[i] = (uint8_t)byte;
    }
    return length == 2 * (size_t)DSMR_KEY_SIZE;
}

int main(int argc, char **argv)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    static char plain[DSMR_FRAME_MAX];
    static char bytes[4096];
    uint8_t key[DSMR_KEY_SIZE];
    struct dsmr_cipher cipher = {
        .decrypt = decrypt, .context = key, .plain = plain, .size = sizeof plain};
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    if (argc != 2 || !read_key(argv[1], key)) {
        fputs("usage: decrypt KEY, 32 hexadecimal digits\n", stderr);
        return 2;
    }
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_decrypt(&framer, &cipher);
    for (size_t size; (size = fread(bytes, 1, sizeof bytes, stdin)) > 0;) {
        dsmr_framer_push(&framer, bytes, size);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                printf("%.*s\n", (int)telegram.whole.size, telegram.whole.at);
            else
                fprintf(stderr, "%s\n", dsmr_strerror(telegram.status));
    }
    return 0;
}
