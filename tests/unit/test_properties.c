/* SPDX-License-Identifier: MIT */
/*
 * What holds for every telegram, tried on all of tests/golden: the pieces of a stream do not matter, a
 * changed byte is never believed under a CRC, and no digit of a number is lost.
 */
#include "dsmr/dsmr.h"
#include "golden_files.h"
#include "tap.h"

static struct golden_files golden;

/* ------------------------------------------------------------------------------------------------
 * All that the library says of a stream, in words
 */

struct words {
    char *at;
    size_t size;
    size_t capacity;
};

static void say(struct words *words, const char *format, struct dsmr_text text, long long number)
{
    if (words->capacity - words->size < text.size + 256) {
        words->capacity = (words->capacity + text.size + 256) * 2;
        words->at = realloc(words->at, words->capacity);
        if (!words->at)
            abort();
    }
    words->size += (size_t)snprintf(words->at + words->size, words->capacity - words->size, format,
                                    (int)text.size, text.size > 0 ? text.at : "", number);
}

static void say_reading(struct words *words, enum dsmr_status status,
                        const struct dsmr_reading *reading)
{
    char code[DSMR_OBIS_SIZE];
    char number[DSMR_NUMBER_SIZE];
    char time[DSMR_TIME_SIZE];
    char line[160];
    dsmr_obis_print(reading->object.obis, code);
    dsmr_number_print(reading->number, number);
    dsmr_time_print(&reading->time, time);
    int size = snprintf(line, sizeof line, "  %d %s %s %s %d %s %s %u %u %d ", status,
                        dsmr_item_id(reading->item), code, number, reading->unit,
                        dsmr_unit_name(reading->unit), time, reading->channel, reading->rank,
                        reading->superseded);
    say(words, "%.*s%lld\n", (struct dsmr_text){line, (size_t)size}, reading->has_time);
    say(words, "  '%.*s' %lld\n", reading->text, (long long)reading->text.size);
    say(words, "  '%.*s' %lld\n", reading->object.line, (long long)reading->object.groups.size);
}

static void say_readings(struct words *words, const struct dsmr_telegram *telegram,
                         struct dsmr_channels *channels)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    enum dsmr_status status;
    dsmr_decode(&decoder, telegram, channels, NULL);
    while ((status = dsmr_decode_next(&decoder, &reading)) != DSMR_END)
        say_reading(words, status, &reading);
}

static void say_telegram(struct words *words, const struct dsmr_telegram *telegram,
                         struct dsmr_channels *channels)
{
    char facts[128];
    int size =
        snprintf(facts, sizeof facts, "%d %d %04X %04X %llu ", telegram->status, telegram->crc,
                 telegram->crc_sent, telegram->crc_computed, (unsigned long long)telegram->offset);
    say(words, "%.*s%lld\n", (struct dsmr_text){facts, (size_t)size}, (long long)telegram->skipped);
    say(words, "'%.*s' %lld\n", telegram->identification, (long long)telegram->text.size);
    say(words, "'%.*s' %lld\n", telegram->text, 0);
    if (telegram->status != DSMR_ERR_GARBAGE)
        say_readings(words, telegram, channels);
}

struct reader {
    struct dsmr_framer framer;
    struct dsmr_channels channels;
    char buffer[DSMR_TELEGRAM_MAX];
    struct words words;
};

static struct reader *open_reader(void)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        abort();
    dsmr_framer_init(&reader->framer, reader->buffer, sizeof reader->buffer);
    dsmr_channels_init(&reader->channels);
    say(&reader->words, "%.*s%lld\n", (struct dsmr_text){0}, 0);
    return reader;
}

static void close_reader(struct reader *reader)
{
    free(reader->words.at);
    free(reader);
}

static void push(struct reader *reader, const char *bytes, size_t size)
{
    struct dsmr_telegram telegram;
    dsmr_framer_push(&reader->framer, bytes, size);
    while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE)
        say_telegram(&reader->words, &telegram, &reader->channels);
}

static void finish(struct reader *reader)
{
    struct dsmr_telegram telegram;
    dsmr_framer_flush(&reader->framer, true);
    while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE)
        say_telegram(&reader->words, &telegram, &reader->channels);
}

/* ------------------------------------------------------------------------------------------------
 * Pieces
 */

static void check_same(const struct reader *got, const struct reader *want, const char *name,
                       size_t cut)
{
    bool same = got->words.size == want->words.size &&
                memcmp(got->words.at, want->words.at, want->words.size) == 0;
    if (!same)
        printf("# %s is read otherwise when it is cut at %zu\n", name, cut);
    CHECK(same);
}

static struct reader *read_whole(const struct golden *file)
{
    struct reader *reader = open_reader();
    push(reader, file->bytes, file->size);
    finish(reader);
    return reader;
}

static void cut_anywhere_a_stream_is_the_same(void)
{
    for (size_t i = 0; i < golden.count; i++) {
        const struct golden *file = &golden.files[i];
        struct reader *whole = read_whole(file);
        for (size_t cut = 0; cut <= file->size; cut++) {
            struct reader *reader = open_reader();
            push(reader, file->bytes, cut);
            push(reader, file->bytes + cut, file->size - cut);
            finish(reader);
            check_same(reader, whole, file->name, cut);
            close_reader(reader);
        }
        close_reader(whole);
    }
}

static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245U + 12345U;
    return *state >> 16;
}

/* Pieces of 0 to most bytes; each from memory of its own, which is gone when the next one comes. */
static void check_pieces(const struct golden *file, const struct reader *whole, unsigned most,
                         unsigned *state)
{
    struct reader *reader = open_reader();
    for (size_t at = 0; at < file->size;) {
        size_t size = most > 1 ? next_random(state) % (most + 1) : 1;
        size = size < file->size - at ? size : file->size - at;
        char *piece = malloc(size + 1);
        if (!piece)
            abort();
        memcpy(piece, file->bytes + at, size);
        push(reader, piece, size);
        memset(piece, 'x', size);
        free(piece);
        at += size;
    }
    finish(reader);
    check_same(reader, whole, file->name, most);
    close_reader(reader);
}

static void in_pieces_of_any_size_a_stream_is_the_same(void)
{
    static const unsigned most[] = {1, 2, 3, 5, 16, 64, 300, 1000};
    unsigned state = 20241027;
    for (size_t i = 0; i < golden.count; i++) {
        struct reader *whole = read_whole(&golden.files[i]);
        for (size_t m = 0; m < sizeof most / sizeof most[0]; m++)
            for (int again = 0; again < 8; again++)
                check_pieces(&golden.files[i], whole, most[m], &state);
        close_reader(whole);
    }
}

/* ------------------------------------------------------------------------------------------------
 * Changed bytes
 */

/* What is read from the first telegram that is good, NULL when none is. *crc receives what it had. */
static struct words read_good(const char *bytes, size_t size, enum dsmr_crc *crc)
{
    struct reader *reader = open_reader();
    struct dsmr_telegram telegram;
    struct words words = {0};
    dsmr_framer_push(&reader->framer, bytes, size);
    for (int pass = 0; pass < 2 && !words.at; pass++) {
        while (!words.at && dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE) {
            if (telegram.status != DSMR_OK)
                continue;
            *crc = telegram.crc;
            say(&words, "'%.*s' %lld\n", telegram.identification, 0);
            say_readings(&words, &telegram, &reader->channels);
        }
        if (!words.at)
            dsmr_framer_flush(&reader->framer, true);
    }
    close_reader(reader);
    return words;
}

/* A byte may only make a telegram that seems to have no CRC by making an end, or by parting the end from
 * its CRC: that is left to who knows whether the meter sends one. One wrong bit never does. */
static bool can_hide_the_crc(const char *bytes, size_t place, char changed)
{
    return changed == '!' || (place > 0 && bytes[place - 1] == '!');
}

static void check_changed(const struct golden *file, const struct words *whole, size_t place,
                          char changed, bool one_bit)
{
    char original = file->bytes[place];
    enum dsmr_crc crc = DSMR_CRC_NONE;
    file->bytes[place] = changed;
    struct words words = read_good(file->bytes, file->size, &crc);
    bool same =
        words.at && words.size == whole->size && memcmp(words.at, whole->at, whole->size) == 0;
    bool right =
        !words.at || same ||
        (!one_bit && crc == DSMR_CRC_NONE && can_hide_the_crc(file->bytes, place, changed));
    if (!right)
        printf("# %s: byte %zu as %02X is believed\n", file->name, place, (unsigned char)changed);
    CHECK(right);
    free(words.at);
    file->bytes[place] = original;
}

static size_t count_telegrams(const struct golden *file, size_t *right)
{
    struct reader *reader = open_reader();
    struct dsmr_telegram telegram;
    size_t count = 0;
    dsmr_framer_push(&reader->framer, file->bytes, file->size);
    while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE) {
        count++;
        *right += telegram.crc == DSMR_CRC_OK;
    }
    close_reader(reader);
    return count;
}

static void a_changed_byte_is_never_believed_under_a_crc(void)
{
    static const char others[] = "/!\r\n ()09A*-:.";
    size_t tried = 0;
    for (size_t i = 0; i < golden.count; i++) {
        const struct golden *file = &golden.files[i];
        size_t right = 0;
        if (count_telegrams(file, &right) != 1 || right != 1)
            continue;
        enum dsmr_crc crc = DSMR_CRC_NONE;
        struct words whole = read_good(file->bytes, file->size, &crc);
        SAME(crc, DSMR_CRC_OK);
        for (size_t place = 0; place < file->size; place++) {
            for (int bit = 0; bit < 8; bit++)
                check_changed(file, &whole, place, (char)(file->bytes[place] ^ (1 << bit)), true);
            for (size_t other = 0; other < sizeof others; other++)
                check_changed(file, &whole, place, others[other], false);
        }
        free(whole.at);
        tried++;
    }
    CHECK(tried >= 20);
}

/* ------------------------------------------------------------------------------------------------
 * Digits
 */

/* The digits of a number without leading zeros; *decimals of them stand behind the point. */
static size_t digits_of(struct dsmr_text text, char *out, size_t *decimals)
{
    size_t length = 0;
    bool behind_point = false;
    *decimals = 0;
    for (size_t i = 0; i < text.size; i++) {
        behind_point = behind_point || text.at[i] == '.';
        if (text.at[i] < '0' || text.at[i] > '9')
            continue;
        *decimals += behind_point;
        if (length > 0 || text.at[i] != '0')
            out[length++] = text.at[i];
    }
    return length;
}

static bool check_digits(struct dsmr_text group)
{
    struct dsmr_number number;
    enum dsmr_unit unit;
    int exponent;
    char printed[DSMR_NUMBER_SIZE];
    char wire[64];
    char again[64];
    size_t wire_decimals;
    size_t decimals;
    struct dsmr_text digits = group;
    if (group.size > 40 || dsmr_quantity_parse(group, &number, &unit) != DSMR_OK)
        return false;
    for (digits.size = 0;
         digits.size < group.size && strchr("0123456789.-+ ", group.at[digits.size]);)
        digits.size++;
    struct dsmr_text name = {group.at + digits.size, group.size - digits.size};
    if (name.size > 0 && name.at[0] == '*')
        name = (struct dsmr_text){name.at + 1, name.size - 1};
    SAME(dsmr_unit_parse(name, &unit, &exponent), DSMR_OK);
    size_t size = dsmr_number_print(number, printed);
    size_t wire_length = digits_of(digits, wire, &wire_decimals);
    size_t length = digits_of((struct dsmr_text){printed, size}, again, &decimals);
    /* Scaled up, as MWh to kWh, a number may need zeros behind its digits. */
    CHECK(length >= wire_length && (length == wire_length || exponent > 0));
    CHECK(memcmp(again, wire, wire_length) == 0);
    SAME((long long)wire_decimals - (long long)decimals,
         exponent > (int)wire_decimals ? (int)wire_decimals : exponent);
    return true;
}

static void no_digit_of_any_number_is_lost(void)
{
    size_t numbers = 0;
    for (size_t i = 0; i < golden.count; i++) {
        struct reader *reader = open_reader();
        struct dsmr_telegram telegram;
        dsmr_framer_push(&reader->framer, golden.files[i].bytes, golden.files[i].size);
        while (dsmr_framer_next(&reader->framer, &telegram) != DSMR_MORE) {
            struct dsmr_cursor cursor;
            struct dsmr_object object;
            enum dsmr_status status;
            dsmr_cursor_init(&cursor, &telegram);
            while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END) {
                struct dsmr_text group;
                size_t at = 0;
                while (status == DSMR_OK && dsmr_group_next(&object, &at, &group) == DSMR_OK)
                    numbers += check_digits(group);
            }
        }
        close_reader(reader);
    }
    CHECK(numbers > 500);
}

int main(void)
{
    bool opened = golden_open(&golden, GOLDEN_FOLDER);
    if (!opened) {
        printf("Bail out! no telegrams in " GOLDEN_FOLDER "\n");
        return 1;
    }
    RUN(cut_anywhere_a_stream_is_the_same);
    RUN(in_pieces_of_any_size_a_stream_is_the_same);
    RUN(a_changed_byte_is_never_believed_under_a_crc);
    RUN(no_digit_of_any_number_is_lost);
    golden_close(&golden);
    return tap_end();
}
