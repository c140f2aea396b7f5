/* SPDX-License-Identifier: MIT */
/*
 * The file of the levels: lines of words.
 *
 *     port /dev/ttyUSB0
 *     series 1
 *     id electricity 4530303033…                   (its bytes in hexadecimal)
 *     level eDeliveryTariff1 1581.123 W M R C       W, M, R: seconds since 1970 by our clock, by the
 *                                                   telegram's and by the value's own; 0 for none;
 *                                                   C: M-Bus channel
 */
#include "core/fixed_point.h"
#include "core/memory.h"
#include "meter/levels.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512, LINES_MAX = 1000 };

static const int64_t latest_s = INT64_C(1) << 36; /* some two thousand years from now */

/* ------------------------------------------------------------------------------------------------
 * Reading
 */

/* The next word of a line, cut off by a NUL; NULL at the end. */
static char *next_word(char **rest)
{
    *rest += strspn(*rest, " ");
    char *word = *rest;
    size_t size = strcspn(word, " \n");
    if (size == 0)
        return NULL;
    *rest += size;
    if (**rest != '\0')
        *(*rest)++ = '\0';
    return word;
}

static bool read_integer(char **rest, int64_t most, int64_t *value)
{
    char *end;
    const char *word = next_word(rest);
    if (!word || !isdigit((unsigned char)word[0]))
        return false;
    errno = 0;
    *value = strtoll(word, &end, 10);
    return *end == '\0' && errno == 0 && *value <= most;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

static enum dsmr_kind kind_named(const char *name)
{
    int kind = 0;
    while (kind < DSMR_KIND_COUNT && strcmp(dsmr_kind_name((enum dsmr_kind)kind), name) != 0)
        kind++;
    return (enum dsmr_kind)kind;
}

static void read_id(struct levels *levels, char *rest)
{
    const char *kind_name = next_word(&rest);
    const char *id = kind_name ? next_word(&rest) : NULL;
    enum dsmr_kind kind = kind_name ? kind_named(kind_name) : DSMR_KIND_COUNT;
    size_t size = id ? strlen(id) / 2 : 0;
    struct identity identity = {.known_size = size};
    if (kind == DSMR_KIND_COUNT || size == 0 || size > IDENTITY_MAX || strlen(id) % 2 != 0)
        return;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(id[2 * i]);
        int low = hex_digit(id[2 * i + 1]);
        if (high < 0 || low < 0)
            return;
        identity.known[i] = (char)(high << 4 | low);
    }
    levels->identities[kind] = identity;
}

static void read_level(struct levels *levels, char *rest)
{
    struct stand stand = {.at.loop_ms = -1};
    struct dsmr_number number;
    const char *id = next_word(&rest);
    const char *value = id ? next_word(&rest) : NULL;
    if (!value || !read_integer(&rest, latest_s, &stand.at.wall_s) ||
        !read_integer(&rest, latest_s, &stand.at.meter_s) ||
        !read_integer(&rest, latest_s, &stand.read_s))
        return;
    if (dsmr_number_parse((struct dsmr_text){value, strlen(value)}, &number) != DSMR_OK ||
        !fixed_from_number(number, &stand.value) || stand.value < 0)
        return;
    struct level *level = levels_find(levels, dsmr_item_find((struct dsmr_text){id, strlen(id)}));
    int64_t channel = 0;
    read_integer(&rest, UINT8_MAX, &channel);
    if (level) {
        level->counter = (struct counter){.known = true, .good = stand};
        level->channel = (uint8_t)channel;
    }
}

/* Port names may hold anything but must not break the line. */
static char *port_word(const char *port)
{
    char *word = memory_text(port);
    for (char *at = word; *at != '\0'; at++)
        if (!isgraph((unsigned char)*at))
            *at = '_';
    return word;
}

/* Returns false when the rest of the file is about another port. */
static bool read_line(struct levels *levels, char *line, const char *port)
{
    int64_t series;
    char *rest = line;
    const char *what = next_word(&rest);
    if (!what)
        return true;
    if (strcmp(what, "port") == 0) {
        const char *word = next_word(&rest);
        return word && strcmp(word, port) == 0;
    }
    if (strcmp(what, "series") == 0 && read_integer(&rest, UINT32_MAX, &series))
        levels->series = (uint32_t)series;
    else if (strcmp(what, "id") == 0)
        read_id(levels, rest);
    else if (strcmp(what, "level") == 0)
        read_level(levels, rest);
    return true;
}

void levels_read(struct levels *levels, const char *path, const char *port)
{
    char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    char *word = port_word(port);
    bool ours = fgets(line, sizeof line, file) && strncmp(line, "port ", 5) == 0;
    for (int i = 0; ours && i < LINES_MAX; i++)
        ours = read_line(levels, line, word) && fgets(line, sizeof line, file);
    free(word);
    fclose(file);
}

/* ------------------------------------------------------------------------------------------------
 * Writing
 */

static void write_id(FILE *file, enum dsmr_kind kind, const struct identity *identity)
{
    if (identity->known_size == 0)
        return;
    fprintf(file, "id %s ", dsmr_kind_name(kind));
    for (size_t i = 0; i < identity->known_size; i++)
        fprintf(file, "%02x", (unsigned)(unsigned char)identity->known[i]);
    fprintf(file, "\n");
}

static void write_level(FILE *file, const struct level *level)
{
    const struct stand *good = &level->counter.good;
    char value[DSMR_NUMBER_SIZE];
    if (!level->counter.known)
        return;
    dsmr_number_print(fixed_to_number(good->value, FIXED_DECIMALS), value);
    fprintf(file, "level %s %s %lld %lld %lld %u\n", dsmr_item_id(level->item), value,
            (long long)good->at.wall_s, (long long)good->at.meter_s, (long long)good->read_s,
            level->channel);
}

static bool write_all(const struct levels *levels, FILE *file, const char *port)
{
    char *word = port_word(port);
    fprintf(file, "port %s\nseries %u\n", word, levels->series);
    free(word);
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
        write_id(file, (enum dsmr_kind)kind, &levels->identities[kind]);
    for (size_t i = 0; i < levels->count; i++)
        write_level(file, &levels->at[i]);
    return ferror(file) == 0;
}

int levels_write(const struct levels *levels, const char *path, const char *port)
{
    char *fresh = memory_print("%s.new", path);
    errno = 0;
    FILE *file = fopen(fresh, "we");
    bool written = file && write_all(levels, file, port);
    if (file)
        written = fclose(file) == 0 && written;
    written = written && rename(fresh, path) == 0;
    int error = written ? 0 : errno != 0 ? errno : EIO;
    if (!written)
        unlink(fresh);
    free(fresh);
    return error;
}

char *levels_path(const char *folder, const char *meter)
{
    char *path = memory_print("%s/levels-%s", folder, meter);
    for (char *at = path + strlen(folder) + 1; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '.' && *at != '_')
            *at = '-';
    return path;
}
