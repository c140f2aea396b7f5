/* SPDX-License-Identifier: MIT */
/* The module that decode_all.mjs calls: a stream in, the lines of dsmr decode --format json out. */
#include "aes_gcm.h"
#include "json.h"

enum { FILE_MAX = 1 << 17 };

#define EXPORT(name) __attribute__((export_name(name)))

EXPORT("room") char *room(void);
EXPORT("key") uint8_t *key_room(void);
EXPORT("authkey") uint8_t *authkey_room(void);
EXPORT("decode") size_t decode(size_t size, size_t piece, unsigned keys);
EXPORT("json") char *json_at(void);

static char bytes[FILE_MAX];
static uint8_t key[DSMR_KEY_SIZE];
static char plain[DSMR_FRAME_MAX];
static struct dsmr_cipher cipher = {
    .decrypt = aes_gcm_decrypt, .context = key, .plain = plain, .size = sizeof plain};
static struct buffer json;

char *room(void)
{
    return bytes;
}

uint8_t *key_room(void)
{
    return key;
}

uint8_t *authkey_room(void)
{
    return cipher.authentication_key;
}

/* Returns how long the JSON is. keys: 0 none, 1 the key, 2 the authentication key as well. */
size_t decode(size_t size, size_t piece, unsigned keys)
{
    cipher.authenticate = keys > 1;
    json_of_stream(&json, bytes, size, piece, keys > 0 ? &cipher : NULL);
    return json.size;
}

char *json_at(void)
{
    return json.at;
}
