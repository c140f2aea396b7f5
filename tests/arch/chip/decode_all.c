/* SPDX-License-Identifier: MIT */
/*
 * decode_all LIST: for every line of the list, "FILE OUT [KEY [AUTHKEY]]", writes what dsmr decode --format
 * json would print of FILE into OUT. Runs on an emulated chip, whose semihosting lends it the files. On
 * standard output it says how much memory the library took at most.
 */
#include "aes_gcm.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 17, PIECE = 64 };

/* UNPAINTED bytes next to the painter are its own. */
enum { PAINTED = 8192, UNPAINTED = 64, PAINT = 0xA5 };

static char bytes[FILE_MAX];
static char plain[DSMR_FRAME_MAX];
static char framed[DSMR_TELEGRAM_MAX];

/* Bytes of stack that any stream has taken so far. */
static struct {
    size_t objects, readings;
} most;

static bool read_key(const char *hex, uint8_t key[DSMR_KEY_SIZE])
{
    for (int i = 0; i < DSMR_KEY_SIZE; i++) {
        unsigned byte;
        if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
            return false;
        key[i] = (uint8_t)byte;
    }
    return true;
}

static const uint8_t *top; /* of the stack, where the library is called */

static inline uint8_t *stack_pointer(void)
{
    uint8_t *pointer;
    __asm__ volatile("mov %0, sp" : "=r"(pointer));
    return pointer;
}

/* What a chip would do, nothing kept. The structs are not on the stack, so that they are counted once. */
static void read_objects(const char *at, size_t size)
{
    static struct dsmr_framer framer;
    static struct dsmr_telegram telegram;
    static struct dsmr_cursor cursor;
    static struct dsmr_object object;
    struct dsmr_text group;
    struct dsmr_number number;
    enum dsmr_unit unit;
    top = stack_pointer();
    dsmr_framer_init(&framer, framed, sizeof framed);
    for (size_t i = 0; i < size; i += PIECE) {
        dsmr_framer_push(&framer, at + i, size - i < PIECE ? size - i : PIECE);
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE) {
            dsmr_cursor_init(&cursor, &telegram);
            while (telegram.status == DSMR_OK && dsmr_cursor_next(&cursor, &object) != DSMR_END)
                for (size_t group_at = 0; dsmr_group_next(&object, &group_at, &group) == DSMR_OK;)
                    dsmr_quantity_parse(group, &number, &unit);
        }
    }
}

/* A decoder does not need the telegram's struct any more. */
union either {
    struct dsmr_telegram telegram;
    struct dsmr_reading reading;
};

static void read_readings(const char *at, size_t size)
{
    static struct dsmr_framer framer;
    static struct dsmr_channels channels;
    static struct dsmr_decoder decoder;
    static union either either;
    top = stack_pointer();
    dsmr_framer_init(&framer, framed, sizeof framed);
    dsmr_channels_init(&channels);
    for (size_t i = 0; i < size; i += PIECE) {
        dsmr_framer_push(&framer, at + i, size - i < PIECE ? size - i : PIECE);
        while (dsmr_framer_next(&framer, &either.telegram) != DSMR_MORE) {
            if (either.telegram.status != DSMR_OK)
                continue;
            dsmr_decode(&decoder, &either.telegram, &channels, NULL);
            while (dsmr_decode_next(&decoder, &either.reading) != DSMR_END)
                ;
        }
    }
}

/* Paints the stack below, decodes, and looks how far the paint is gone. */
static __attribute__((noinline)) size_t stack_of(void (*decode)(const char *at, size_t size),
                                                 const char *at, size_t size)
{
    uint8_t *here = stack_pointer();
    volatile uint8_t *low = here - PAINTED;
    for (size_t i = 0; i < PAINTED - UNPAINTED; i++)
        low[i] = PAINT;
    decode(at, size);
    while (*low == PAINT)
        low++;
    return (size_t)(top - (const uint8_t *)low);
}

static void measure(const char *at, size_t size)
{
    size_t objects = stack_of(read_objects, at, size);
    size_t readings = stack_of(read_readings, at, size);
    most.objects = objects > most.objects ? objects : most.objects;
    most.readings = readings > most.readings ? readings : most.readings;
}

static bool decode(const char *in, const char *out, const struct dsmr_cipher *cipher)
{
    struct buffer json = {0};
    FILE *file = fopen(in, "rb");
    if (file == NULL)
        return false;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    measure(bytes, size);
    json_of_stream(&json, bytes, size, PIECE, cipher);
    file = fopen(out, "wb");
    bool good = file != NULL && size < sizeof bytes &&
                fwrite(json.size > 0 ? json.at : "", 1, json.size, file) == json.size;
    if (file != NULL && fclose(file) != 0)
        good = false;
    buffer_free(&json);
    return good;
}

static bool decode_line(const char *line)
{
    char in[256];
    char out[256];
    char key[64];
    char authkey[64];
    uint8_t bare_key[DSMR_KEY_SIZE];
    struct dsmr_cipher cipher = {
        .decrypt = aes_gcm_decrypt, .context = bare_key, .plain = plain, .size = sizeof plain};
    int words = sscanf(line, "%255s %255s %63s %63s", in, out, key, authkey);
    if (words < 2 || (words > 2 && !read_key(key, bare_key)))
        return false;
    cipher.authenticate = words > 3;
    if (cipher.authenticate && !read_key(authkey, cipher.authentication_key))
        return false;
    return decode(in, out, words > 2 ? &cipher : NULL);
}

int main(int argc, char **argv)
{
    char line[1024];
    FILE *list = argc > 1 ? fopen(argv[1], "r") : NULL;
    if (list == NULL)
        return 2;
    printf("framer %u channels %u telegram %u decoder %u either %u object %u cursor %u\n",
           (unsigned)sizeof(struct dsmr_framer), (unsigned)sizeof(struct dsmr_channels),
           (unsigned)sizeof(struct dsmr_telegram), (unsigned)sizeof(struct dsmr_decoder),
           (unsigned)sizeof(union either), (unsigned)sizeof(struct dsmr_object),
           (unsigned)sizeof(struct dsmr_cursor));
    while (fgets(line, sizeof line, list) != NULL)
        if (!decode_line(line)) {
            printf("failed: %s", line);
            return 1;
        }
    fclose(list);
    printf("stack objects %u readings %u\n", (unsigned)most.objects, (unsigned)most.readings);
    return 0;
}
