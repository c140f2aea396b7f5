/* SPDX-License-Identifier: MIT */
/*
 * Decodes telegrams as a program would, and keeps one value of each item, in words that a test can
 * compare: "981.443 m3 at 2016-11-13T20:00:00+01:00". A body is what stands between identification
 * line and '!', with plain line feeds.
 */
#ifndef DSMR_TESTS_KEPT_H
#define DSMR_TESTS_KEPT_H

#include "dsmr/dsmr.h"
#include "tap.h"

enum { KEPT_ITEMS = 1024, KEPT_TELEGRAM = 16384 };

struct kept {
    char telegram[KEPT_TELEGRAM];
    struct dsmr_channels channels; /* lives from telegram to telegram until kept_forget() */
    struct dsmr_zone zone;
    bool has_zone;
    struct dsmr_reading readings[KEPT_ITEMS]; /* the one that counts, by item */
    unsigned counts[KEPT_ITEMS];              /* readings of the item, superseded ones too */
    char left[4096]; /* what was no reading: "0-1:24.2.1 not a date; …" */
};

static struct kept kept;

static inline void kept_forget(void)
{
    dsmr_channels_init(&kept.channels);
    kept.has_zone = false;
}

static inline void kept_note_left(enum dsmr_status status, const struct dsmr_reading *reading)
{
    char code[DSMR_OBIS_SIZE] = "";
    size_t length = strlen(kept.left);
    if (status != DSMR_ERR_LINE)
        dsmr_obis_print(reading->object.obis, code);
    snprintf(kept.left + length, sizeof kept.left - length, "%s%s%s%s", length > 0 ? "; " : "",
             code, status == DSMR_ERR_LINE ? "" : " ", dsmr_strerror(status));
}

static inline bool kept_inside(struct dsmr_text part, struct dsmr_text whole)
{
    return part.size == 0 || (part.at >= whole.at && part.at + part.size <= whole.at + whole.size);
}

static inline void kept_decode(const struct dsmr_telegram *telegram)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    memset(kept.counts, 0, sizeof kept.counts);
    kept.left[0] = '\0';
    dsmr_decode(&decoder, telegram, &kept.channels, kept.has_zone ? &kept.zone : NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END) {
        CHECK(kept_inside(reading.text, telegram->text));
        CHECK(kept_inside(reading.object.line, telegram->text));
        CHECK(kept_inside(reading.text, reading.object.line));
        if (status != DSMR_OK) {
            CHECK(reading.item == DSMR_ITEM_NONE || reading.item < dsmr_item_count());
            kept_note_left(status, &reading);
            continue;
        }
        CHECK(reading.item < dsmr_item_count() && reading.item < KEPT_ITEMS);
        if (kept.counts[reading.item]++ == 0 ||
            dsmr_reading_supersedes(&reading, &kept.readings[reading.item]))
            kept.readings[reading.item] = reading;
    }
}

/* Decodes a telegram of this identification and body. */
static inline void kept_read_as(const char *identification, const char *body)
{
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    static char buffer[KEPT_TELEGRAM];
    int size = snprintf(kept.telegram, sizeof kept.telegram, "/%s\n\n%s!\n", identification, body);
    CHECK(size > 0 && (size_t)size < sizeof kept.telegram);
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, kept.telegram, (size_t)size);
    SAME(dsmr_framer_next(&framer, &telegram), DSMR_OK);
    kept_decode(&telegram);
}

static inline void kept_read(const char *body)
{
    kept_read_as("TST5MADE-UP", body);
}

static inline dsmr_item kept_item(const char *id)
{
    dsmr_item item = dsmr_item_find((struct dsmr_text){id, strlen(id)});
    if (item == DSMR_ITEM_NONE)
        printf("# no item '%s'\n", id);
    CHECK(item != DSMR_ITEM_NONE);
    return item == DSMR_ITEM_NONE ? 0 : item;
}

/* How often an item came in the last telegram. */
static inline unsigned kept_count(const char *id)
{
    return kept.counts[kept_item(id)];
}

/* The value of an item in the last telegram, "" where it had none. */
static inline const char *kept_value(const char *id)
{
    static char words[512];
    dsmr_item item = kept_item(id);
    const struct dsmr_reading *reading = &kept.readings[item];
    char printed[DSMR_NUMBER_SIZE];
    char time[DSMR_TIME_SIZE];
    words[0] = '\0';
    if (kept.counts[item] == 0)
        return words;
    dsmr_time_print(&reading->time, time);
    const char *unit = dsmr_unit_name(reading->unit);
    if (reading->type == DSMR_TYPE_TIME)
        return strcpy(words, time);
    if (reading->type == DSMR_TYPE_TEXT)
        snprintf(words, sizeof words, "%.*s", (int)reading->text.size, reading->text.at);
    if (reading->type == DSMR_TYPE_NUMBER)
        dsmr_number_print(reading->number, printed);
    if (reading->type == DSMR_TYPE_NUMBER)
        snprintf(words, sizeof words, "%s%s%s", printed, unit[0] != '\0' ? " " : "", unit);
    size_t length = strlen(words);
    if (reading->has_time)
        snprintf(words + length, sizeof words - length, " at %s", time);
    return words;
}

static inline void kept_check(const char *id, const char *want, const char *file, int line)
{
    const char *got = kept_value(id);
    if (strcmp(got, want) != 0)
        printf("# %s:\n", id);
    tap_same_text(got, strlen(got), want, file, line);
}

#define KEPT(id, want) kept_check(id, want, __FILE__, __LINE__)
/* It was read, and is not to be used. */
#define KEPT_VOID(id) CHECK(kept_count(id) > 0 && kept.readings[kept_item(id)].superseded)

#define LEFT(want) SAME_TEXT(kept.left, strlen(kept.left), want)

#endif
