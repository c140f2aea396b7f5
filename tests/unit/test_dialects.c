/* SPDX-License-Identifier: MIT */
/* Each dialect and each object of the catalogue is shown by a telegram of tests/golden. */
#include "golden_files.h"
#include "lib/internal.h"
#include "tap.h"

static struct golden_files golden;

enum { ROWS_MAX = 1024 };

static struct dsmr_text text_of(const char *text)
{
    return (struct dsmr_text){text, strlen(text)};
}

/* Calls take() with every good telegram of a file. */
static void each_telegram(const struct golden *file,
                          void (*take)(const struct dsmr_telegram *telegram, void *context),
                          void *context)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram telegram;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, file->bytes, file->size);
    for (int pass = 0; pass < 2; pass++) {
        while (dsmr_framer_next(&framer, &telegram) != DSMR_MORE)
            if (telegram.status == DSMR_OK)
                take(&telegram, context);
        dsmr_framer_flush(&framer, true);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Dialects
 */

static const struct golden *golden_of(const char *name)
{
    for (size_t i = 0; i < golden.count; i++)
        if (strlen(golden.files[i].name) == strlen(name) + 4 &&
            strncmp(golden.files[i].name, name, strlen(name)) == 0)
            return &golden.files[i];
    return NULL;
}

static unsigned marks_in(const struct dsmr_telegram *telegram)
{
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    enum dsmr_status status;
    unsigned marks = 0;
    dsmr_cursor_init(&cursor, telegram);
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END)
        marks |= status == DSMR_OK ? mark_of(object.obis) : MARK_ANY;
    return marks;
}

struct wanted {
    const char *letters; /* of the dialect, which no other row has at the same place */
    size_t index;
    bool found;
};

/* The dialects' place in the table: the first is found by its own letters with all marks. */
static const struct dialect *first_dialect(void)
{
    return dialect_find(text_of("ACE5ACE4K"), MARK_ANY);
}

static void look_for_dialect(const struct dsmr_telegram *telegram, void *context)
{
    struct wanted *wanted = context;
    const struct dialect *dialect = dialect_find(telegram->identification, marks_in(telegram));
    wanted->found = wanted->found || (size_t)(dialect - first_dialect()) == wanted->index;
}

static void every_dialect_has_a_telegram_that_shows_it(void)
{
    struct dsmr_dialect dialect;
    size_t count = 0;
    for (; dsmr_dialect_at(count, &dialect); count++) {
        struct wanted wanted = {.index = count};
        const struct golden *file = golden_of(dialect.sample);
        if (file)
            each_telegram(file, look_for_dialect, &wanted);
        if (!wanted.found)
            printf("# %s does not show the dialect %zu, %s\n", dialect.sample, count,
                   dialect.letters);
        CHECK(wanted.found);
    }
    CHECK(count > 40);
    CHECK(!dsmr_dialect_at(count, &dialect));
}

static void check_origin(const char *telegram, const char *country, const char *grid,
                         const char *standard, const char *version, int minutes)
{
    static char buffer[DSMR_TELEGRAM_MAX];
    struct dsmr_framer framer;
    struct dsmr_telegram read;
    struct dsmr_origin origin;
    dsmr_framer_init(&framer, buffer, sizeof buffer);
    dsmr_framer_push(&framer, telegram, strlen(telegram));
    SAME(dsmr_framer_next(&framer, &read), DSMR_OK);
    dsmr_origin_of(&read, &origin);
    SAME_TEXT(origin.country, strlen(origin.country), country);
    SAME_TEXT(origin.grid, strlen(origin.grid), grid);
    SAME_TEXT(dsmr_standard_name(origin.standard), strlen(dsmr_standard_name(origin.standard)),
              standard);
    SAME_TEXT(origin.version, strlen(origin.version), version);
    SAME(origin.zone.offset, minutes);
}

static void country_and_standard_are_told(void)
{
    check_origin("/FLU5\\253769484_A\n\n0-0:96.1.4(50217)\n!\n", "BE", "Fluvius", "eMUCS P1", "1.7",
                 60);
    check_origin("/flu5\\253769484_A\n\n0-0:96.1.4(50221)\n!\n", "BE", "Fluvius", "eMUCS P1", "2.1",
                 60);
    check_origin("/KFM5KAIFA-METER\n\n1-3:0.2.8(42)\n!\n", "NL", "", "DSMR", "4.2", 60);
    check_origin("/KFM5KAIFA-METER\n\n1-3:0.2.8(50)\n1-0:1.8.11(1*kWh)\n!\n", "IL", "", "DSMR",
                 "5.0", 60);
    check_origin("/KFM5KAIFA-METER\n\n1-0:1.8.0(1*kWh)\n!\n", "SE", "", "H1", "", 60);
    check_origin("/MCS5\n\n1-3:0.2.8(P)\n!\n", "NL", "business", "DSMR", "P", 60);
    check_origin("/ESO5\\2\n\n!\n", "LT", "ESO", "P1", "", 120);
    check_origin("/ISk5\\2MIE5T-200\n\n0-0:96.1.0(1)\n!\n", "IE", "", "DSMR", "", 0);
    check_origin("/ISk5\\2MIE5T-200\n\n0-0:96.1.4(3231313536)\n!\n", "BE", "Wallonia", "eMUCS P1",
                 "", 60);
    check_origin("/XYZ5NEW\n\n1-3:0.2.8(50)\n!\n", "", "", "DSMR", "5.0", 60);
    check_origin("/XYZ5NEW\n\n1-3:0.2.8(((((\n!\n", "", "", "", "", 60);
    check_origin("/XYZ5NEW\n\n1-3:0.2.8(123456789)\n!\n", "", "", "DSMR", "", 60);
    SAME_TEXT(dsmr_standard_name((enum dsmr_standard)100), 0UL, "");
}

/* ------------------------------------------------------------------------------------------------
 * Objects
 */

static bool shown[ROWS_MAX];

static bool gives(const struct dsmr_entry *entry, const struct dsmr_reading *reading)
{
    struct dsmr_obis obis = reading->object.obis;
    bool same_b = entry->obis.b == obis.b || (entry->obis.b == DSMR_CHANNEL_ANY && obis.b > 0);
    return entry->item == reading->item && entry->obis.a == obis.a && same_b &&
           entry->obis.c == obis.c && entry->obis.d == obis.d && entry->obis.e == obis.e;
}

/* A value of an object of captures stands under the code of the list, not its own. */
static bool is_captured(size_t index)
{
    return (catalogue_row((uint16_t)index)->flags & CAPTURED) != 0;
}

static void note_rows(const struct dsmr_telegram *telegram, void *context)
{
    struct dsmr_channels *channels = context;
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    struct dsmr_entry entry;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        for (size_t i = 0; status == DSMR_OK && dsmr_entry_at(i, &entry); i++)
            shown[i] = shown[i] || gives(&entry, &reading) ||
                       (is_captured(i) && entry.item == reading.item);
}

static void every_object_stands_in_a_golden_telegram(void)
{
    struct dsmr_entry entry;
    char code[DSMR_OBIS_SIZE];
    size_t count = 0;
    for (size_t i = 0; i < golden.count; i++) {
        struct dsmr_channels channels;
        dsmr_channels_init(&channels);
        each_telegram(&golden.files[i], note_rows, &channels);
    }
    for (; dsmr_entry_at(count, &entry) && count < ROWS_MAX; count++) {
        dsmr_obis_print(entry.obis, code);
        if (!shown[count])
            printf("# no golden telegram has %s of %s\n", dsmr_item_id(entry.item), code);
        CHECK(shown[count]);
    }
    CHECK(count > 400 && count < ROWS_MAX);
}

/* Two traits are asked for without the table. */
static void traits_agree_with_the_table(void)
{
    struct dsmr_dialect dialect;
    size_t index = 0;
    for (; dsmr_dialect_at(index, &dialect); index++) {
        struct dsmr_text letters = text_of(dialect.letters);
        unsigned traits = dialect_find(letters, MARK_ANY)->traits;
        SAME(dialect_may_sum_x25(letters), (traits & CRC_X25) != 0);
        SAME(dialect_has_fixed_channels(letters), (traits & ACE_CHANNELS) != 0);
    }
    CHECK(index > 40);
    CHECK(dialect_may_sum_x25(text_of("HLY5A")) && !dialect_may_sum_x25(text_of("HLY")));
    CHECK(dialect_has_fixed_channels(text_of("ACE5ACE4K1")));
}

int main(void)
{
    if (!golden_open(&golden, GOLDEN_FOLDER))
        return 99;
    RUN(traits_agree_with_the_table);
    RUN(every_dialect_has_a_telegram_that_shows_it);
    RUN(country_and_standard_are_told);
    RUN(every_object_stands_in_a_golden_telegram);
    golden_close(&golden);
    return tap_end();
}
