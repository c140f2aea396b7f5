/* SPDX-License-Identifier: MIT */
/* The catalogue agrees with itself: every object is found, every item has what the rest relies on. */
#include "lib/internal.h"
#include "tap.h"

static struct dsmr_text text_of(const char *text)
{
    return (struct dsmr_text){text, strlen(text)};
}

static void every_object_is_found_by_its_code(void)
{
    struct dsmr_entry entry;
    size_t index = 0;
    for (; dsmr_entry_at(index, &entry); index++) {
        uint16_t row = catalogue_find(entry.obis);
        while (row != ROW_NONE && row != index)
            row = catalogue_next(row);
        CHECK(row == index);
    }
    CHECK(index > 100);
    CHECK(!dsmr_entry_at(index + 1, &entry));
}

/* Every code but those of the catalogue: nothing may be found, and nothing may go wrong. */
static void no_other_code_is_found(void)
{
    unsigned found = 0;
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned d = 0; d < 256; d++) {
            for (unsigned rest = 0; rest < 8; rest++) {
                struct dsmr_obis obis = {(uint8_t)(rest & 1), 0, (uint8_t)c, (uint8_t)d,
                                         (uint8_t)(rest >> 1)};
                uint16_t row = catalogue_find(obis);
                if (row == ROW_NONE)
                    continue;
                const struct row *at = catalogue_row(row);
                CHECK(at->obis.a == obis.a && at->obis.b == 0 && at->obis.c == c &&
                      at->obis.d == d && at->obis.e == obis.e);
                found++;
            }
        }
    }
    CHECK(found > 30);
}

static void an_item_is_found_by_its_id(void)
{
    for (dsmr_item item = 0; item < dsmr_item_count(); item++)
        SAME(dsmr_item_find(text_of(dsmr_item_id(item))), item);
}

static void other_texts_are_no_ids(void)
{
    static const char *const texts[] = {
        "",           "e",       "eactualdelivery", "eActualDelivery ",
        "eThreshold", "gValue1", "gValue11",        "eActualDeliver"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        SAME(dsmr_item_find(text_of(texts[i])), DSMR_ITEM_NONE);
}

static void a_number_that_is_no_item_is_harmless(void)
{
    CHECK(dsmr_item_info((dsmr_item)dsmr_item_count()) == NULL);
    CHECK(dsmr_item_info(DSMR_ITEM_NONE) == NULL);
    SAME_TEXT(dsmr_item_id(DSMR_ITEM_NONE), strlen(dsmr_item_id(DSMR_ITEM_NONE)), "");
}

static void every_item_says_all_that_is_asked_of_it(void)
{
    for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
        const struct dsmr_item_info *info = dsmr_item_info(item);
        CHECK(info->id[0] != '\0' && info->description[0] != '\0' && info->beschrijving[0] != '\0');
        CHECK(info->kind > DSMR_KIND_NONE && info->kind < DSMR_KIND_COUNT);
        CHECK(info->type <= DSMR_TYPE_TEXT && (unsigned)info->unit < DSMR_UNIT_COUNT);
        CHECK(info->decimals <= 3);
        CHECK(info->type != DSMR_TYPE_TIME || strcmp(info->device_class, "timestamp") == 0);
        CHECK(catalogue_kind(item) == info->kind && catalogue_type(item) == info->type);
    }
}

/* Objects of a channel are those of an M-Bus device, and only those. */
static void kinds_with_a_channel_have_objects_with_one(void)
{
    struct dsmr_entry entry;
    for (size_t index = 0; dsmr_entry_at(index, &entry); index++) {
        if (entry.obis.b == DSMR_CHANNEL_ANY)
            CHECK(dsmr_item_info(entry.item)->kind >= DSMR_KIND_GAS);
        else
            CHECK(obis_channel(entry.obis) == 0);
        CHECK(entry.position >= 1 && entry.position < 64);
        CHECK(entry.standards[0] != '\0');
    }
}

static void every_item_is_carried_by_an_object(void)
{
    for (dsmr_item item = 0; item < dsmr_item_count(); item++) {
        struct dsmr_entry entry;
        bool carried = false;
        for (size_t index = 0; dsmr_entry_at(index, &entry); index++)
            carried = carried || entry.item == item;
        CHECK(carried);
    }
}

static void channels_are_read_off_the_code(void)
{
    SAME(obis_channel((struct dsmr_obis){0, 3, 24, 2, 1}), 3);
    SAME(obis_channel((struct dsmr_obis){0, 9, 96, 1, 0}), 9);
    SAME(obis_channel((struct dsmr_obis){0, 10, 24, 2, 1}), 0);
    SAME(obis_channel((struct dsmr_obis){0, 0, 24, 4, 0}), 0);
    SAME(obis_channel((struct dsmr_obis){0, 1, 96, 3, 10}), 0);
    SAME(obis_channel((struct dsmr_obis){7, 1, 24, 2, 1}), 0);
    SAME(obis_channel((struct dsmr_obis){0, DSMR_CHANNEL_ANY, 24, 2, 1}), 0);
}

static void every_status_and_kind_has_words(void)
{
    for (int status = DSMR_ERR_SPACE; status <= DSMR_UNKNOWN; status++)
        CHECK(strcmp(dsmr_strerror((enum dsmr_status)status), "unknown status") != 0);
    CHECK(dsmr_strerror((enum dsmr_status)1000) != NULL);
    for (int kind = DSMR_KIND_NONE; kind < DSMR_KIND_COUNT; kind++)
        CHECK(dsmr_kind_name((enum dsmr_kind)kind)[0] != '\0');
    SAME_TEXT(dsmr_kind_name(DSMR_KIND_COUNT), strlen(dsmr_kind_name(DSMR_KIND_COUNT)), "");
}

int main(void)
{
    RUN(every_object_is_found_by_its_code);
    RUN(no_other_code_is_found);
    RUN(an_item_is_found_by_its_id);
    RUN(other_texts_are_no_ids);
    RUN(a_number_that_is_no_item_is_harmless);
    RUN(every_item_says_all_that_is_asked_of_it);
    RUN(kinds_with_a_channel_have_objects_with_one);
    RUN(every_item_is_carried_by_an_object);
    RUN(channels_are_read_off_the_code);
    RUN(every_status_and_kind_has_words);
    return tap_end();
}
