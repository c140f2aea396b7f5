/* SPDX-License-Identifier: MIT */
/* [FIPS 197; NIST SP 800-38D] */
#include "aes_gcm.h"

#include <string.h>

enum { BLOCK = 16, ROUNDS = 10 };

/* Multiplication by x of what AES calculates with: polynomials modulo x^8 + x^4 + x^3 + x + 1. */
static uint8_t times_x(uint8_t a)
{
    return (uint8_t)(a << 1 ^ (a >> 7) * 0x1B);
}

/* The S-box, by walking through all powers of a generator and of its inverse at once. */
static void make_box(uint8_t box[256])
{
    uint8_t p = 1;
    uint8_t q = 1;
    do {
        p = (uint8_t)(p ^ times_x(p));
        q = (uint8_t)(q ^ q << 1);
        q = (uint8_t)(q ^ q << 2);
        q = (uint8_t)(q ^ q << 4);
        q = (uint8_t)(q ^ (q >> 7) * 0x09);
        box[p] = (uint8_t)(q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^
                           (q << 4 | q >> 4) ^ 0x63);
    } while (p != 1);
    box[0] = 0x63;
}

/* The round key behind this one. */
static void next_key(const uint8_t box[256], uint8_t key[BLOCK], uint8_t round_constant)
{
    for (int i = 0; i < 4; i++)
        key[i] ^= box[key[12 + (i + 1) % 4]];
    key[0] ^= round_constant;
    for (int i = 4; i < BLOCK; i++)
        key[i] ^= key[i - 4];
}

static void mix_columns(uint8_t block[BLOCK])
{
    for (uint8_t *a = block; a < block + BLOCK; a += 4) {
        uint8_t first = a[0];
        uint8_t all = a[0] ^ a[1] ^ a[2] ^ a[3];
        for (int i = 0; i < 4; i++)
            a[i] ^= all ^ times_x(a[i] ^ (i < 3 ? a[i + 1] : first));
    }
}

static void encrypt(const uint8_t box[256], const uint8_t *cipher_key, uint8_t block[BLOCK])
{
    uint8_t key[BLOCK];
    uint8_t shifted[BLOCK];
    uint8_t round_constant = 1;
    memcpy(key, cipher_key, BLOCK);
    for (int round = 0;; round++) {
        for (int i = 0; i < BLOCK; i++)
            block[i] ^= key[i];
        if (round == ROUNDS)
            return;
        for (int i = 0; i < BLOCK; i++)
            shifted[i] = box[block[(i + 4 * (i % 4)) % BLOCK]];
        memcpy(block, shifted, BLOCK);
        if (round < ROUNDS - 1)
            mix_columns(block);
        next_key(box, key, round_constant);
        round_constant = times_x(round_constant);
    }
}

/* sum = (sum + block) * subkey, in the field of GCM, whose first bit is the lowest power. */
static void hash_block(uint8_t sum[BLOCK], const uint8_t subkey[BLOCK], const uint8_t *block,
                       size_t size)
{
    uint8_t power[BLOCK];
    uint8_t product[BLOCK] = {0};
    memcpy(power, subkey, BLOCK);
    for (size_t i = 0; i < size; i++)
        sum[i] ^= block[i];
    for (int bit = 0; bit < 8 * BLOCK; bit++) {
        if (sum[bit / 8] >> (7 - bit % 8) & 1)
            for (int i = 0; i < BLOCK; i++)
                product[i] ^= power[i];
        uint8_t carry = power[BLOCK - 1] & 1;
        for (int i = BLOCK - 1; i > 0; i--)
            power[i] = (uint8_t)(power[i] >> 1 | power[i - 1] << 7);
        power[0] = (uint8_t)(power[0] >> 1 ^ carry * 0xE1);
    }
    memcpy(sum, product, BLOCK);
}

static void hash(uint8_t sum[BLOCK], const uint8_t subkey[BLOCK], const uint8_t *bytes, size_t size)
{
    for (size_t at = 0; at < size; at += BLOCK)
        hash_block(sum, subkey, bytes + at, size - at < BLOCK ? size - at : BLOCK);
}

static void put_bits(uint8_t out[8], size_t bytes)
{
    uint64_t bits = (uint64_t)bytes * 8;
    for (int i = 7; i >= 0; i--, bits >>= 8)
        out[i] = (uint8_t)bits;
}

static bool tag_is_right(const uint8_t box[256], const uint8_t *key, uint8_t counter[BLOCK],
                         const struct dsmr_gcm *message)
{
    uint8_t subkey[BLOCK] = {0};
    uint8_t sum[BLOCK] = {0};
    uint8_t sizes[BLOCK];
    uint8_t different = 0;
    encrypt(box, key, subkey);
    hash(sum, subkey, message->aad, message->aad_size);
    hash(sum, subkey, message->in, message->size);
    put_bits(sizes, message->aad_size);
    put_bits(sizes + 8, message->size);
    hash(sum, subkey, sizes, BLOCK);
    counter[BLOCK - 1] = 1;
    encrypt(box, key, counter);
    for (int i = 0; i < DSMR_TAG_SIZE; i++)
        different |= sum[i] ^ counter[i] ^ message->tag[i];
    return different == 0;
}

static void set_counter(uint8_t counter[BLOCK], const uint8_t *nonce, uint32_t block)
{
    memcpy(counter, nonce, DSMR_NONCE_SIZE);
    for (int i = BLOCK - 1; i >= DSMR_NONCE_SIZE; i--, block >>= 8)
        counter[i] = (uint8_t)block;
}

bool aes_gcm_decrypt(void *context, const struct dsmr_gcm *message, uint8_t *out)
{
    uint8_t box[256];
    uint8_t counter[BLOCK];
    make_box(box);
    for (size_t at = 0; at < message->size; at++) {
        if (at % BLOCK == 0) {
            set_counter(counter, message->nonce, (uint32_t)(at / BLOCK + 2));
            encrypt(box, context, counter);
        }
        out[at] = message->in[at] ^ counter[at % BLOCK];
    }
    set_counter(counter, message->nonce, 1);
    return message->tag == NULL || tag_is_right(box, context, counter, message);
}
