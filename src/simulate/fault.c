/* SPDX-License-Identifier: MIT */
#include "simulate/fault.h"
#include "simulate/decimal.h"

#include <string.h>

enum { LONGEST_SILENCE = 10, LONGEST_UNPLUGGED_S = 5 };

static const char *const names[FAULT_KINDS] = {
    [FAULT_CRC] = "crc",         [FAULT_CUT] = "cut",       [FAULT_NOISE] = "noise",
    [FAULT_SILENCE] = "silence", [FAULT_UNPLUG] = "unplug",
};

bool fault_parse(struct faults *faults, const char *text)
{
    for (size_t i = 0; i < FAULT_KINDS; i++) {
        size_t length = strlen(names[i]);
        if (strncmp(text, names[i], length) == 0 && text[length] == '=')
            return decimal_parse(text + length + 1, 6, 1000000, &faults->per_million[i]);
    }
    return false;
}

struct mishap fault_draw(struct faults *faults)
{
    struct random *random = &faults->random;
    const int64_t *per_million = faults->per_million;
    struct mishap mishap = {
        .crc = random_chance(random, per_million[FAULT_CRC]),
        .cut = random_chance(random, per_million[FAULT_CUT]),
        .noise = random_chance(random, per_million[FAULT_NOISE]),
    };
    if (random_chance(random, per_million[FAULT_SILENCE]))
        mishap.silent_telegrams = (int)random_between(random, 1, LONGEST_SILENCE);
    if (random_chance(random, per_million[FAULT_UNPLUG]))
        mishap.unplugged_s = (int)random_between(random, 2, LONGEST_UNPLUGGED_S);
    return mishap;
}

/* Changes a digit into another, so that all but its value is still in order. */
static void change_digit(struct random *random, unsigned char *bytes, size_t size)
{
    size_t start = (size_t)random_between(random, 0, (int64_t)size - 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char *byte = &bytes[(start + i) % size];
        if ((*byte & 0x7F) >= '0' && (*byte & 0x7F) <= '9') {
            *byte ^= 1;
            return;
        }
    }
    bytes[start] ^= 1;
}

/* Half of the noise comes before the telegram, half somewhere in it. */
static size_t add_noise(struct random *random, unsigned char *bytes, size_t size)
{
    size_t count = (size_t)random_between(random, 1, FAULT_NOISE_MAX);
    bool before = random_chance(random, 500000);
    size_t place = before ? 0 : (size_t)random_between(random, 0, (int64_t)size);
    memmove(bytes + place + count, bytes + place, size - place);
    for (size_t i = 0; i < count; i++)
        bytes[place + i] = (unsigned char)random_between(random, 0, 255);
    return size + count;
}

size_t fault_apply(struct faults *faults, const struct mishap *mishap, unsigned char *bytes,
                   size_t size)
{
    struct random *random = &faults->random;
    if (size == 0)
        return 0;
    if (mishap->crc)
        change_digit(random, bytes, size);
    if (mishap->cut)
        size = (size_t)random_between(random, 1, size > 8 ? (int64_t)size - 8 : 1);
    if (mishap->noise)
        size = add_noise(random, bytes, size);
    return size;
}
