/* SPDX-License-Identifier: MIT */
/* OBIS codes in every form that meters print, and in forms that are none. */
#include "dsmr/dsmr.h"
#include "tap.h"

static struct dsmr_text text_of(const char *text)
{
    return (struct dsmr_text){text, strlen(text)};
}

/* The code as the library writes it, "" for what is none. */
static const char *read(const char *text)
{
    static char printed[DSMR_OBIS_SIZE];
    struct dsmr_obis obis;
    enum dsmr_status status = dsmr_obis_parse(text_of(text), &obis);
    CHECK(status == DSMR_OK || status == DSMR_ERR_LINE || status == DSMR_ERR_RANGE);
    printed[0] = '\0';
    if (status == DSMR_OK) {
        size_t size = dsmr_obis_print(obis, printed);
        SAME(size, strlen(printed));
    }
    return printed;
}

#define READS(text, want) SAME_TEXT(read(text), strlen(read(text)), want)

static void a_code_is_read_and_written(void)
{
    struct dsmr_obis obis;
    SAME(dsmr_obis_parse(text_of("1-2:3.4.5"), &obis), DSMR_OK);
    CHECK(obis.a == 1 && obis.b == 2 && obis.c == 3 && obis.d == 4 && obis.e == 5);
    READS("1-0:1.8.1", "1-0:1.8.1");
    READS("0-0:96.13.0", "0-0:96.13.0");
    READS("255-255:255.255.254", "255-255:255.255.254");
    READS("0-0:0.0.0", "0-0:0.0.0");
}

static void the_longest_code_fits(void)
{
    CHECK(strlen("255-255:255.255.255*255") < DSMR_OBIS_SIZE);
}

static void a_sixth_group_is_dropped(void)
{
    READS("1-0:1.8.1*255", "1-0:1.8.1");
    READS("1-0:21.7.0.255", "1-0:21.7.0");
    READS("0-0:96.1.255*255", "0-0:96.1.255*255");
    READS("0-0:96.1.255", "0-0:96.1.255*255");
}

static void a_colon_stands_for_a_point(void)
{
    READS("1-0:99:97.0", "1-0:99.97.0");
    READS("1-0:72:32.0", "1-0:72.32.0");
    READS("1-0:99:97:0", "1-0:99.97.0");
}

static void blanks_inside_are_dropped(void)
{
    READS("1 -3:0.2.8", "1-3:0.2.8");
    READS("1-0:1.8.1 ", "1-0:1.8.1");
    READS("1-0: 1.8. 1", "1-0:1.8.1");
}

static void leading_zeros_are_dropped(void)
{
    READS("1-0:01.08.001", "1-0:1.8.1");
}

static void a_number_above_255_is_no_code(void)
{
    READS("256-0:1.7.0", "");
    READS("1-256:1.7.0", "");
    READS("1-0:1.7.256", "");
    READS("1-0:1.7.99999999999999999999", "");
    READS("1-0:1.7.0*256", "");
}

static void the_separators_behind_a_and_b_are_fixed(void)
{
    READS("1.0.1.8.1", "");
    READS("1:0-1.8.1", "");
    READS("1-0-1.8.1", "");
    READS("1*0:1.8.1", "");
    READS("1-0:1*8.1", "");
    READS("1-0:1-8.1", "");
    READS("1-0:1.8-1", "");
    READS("1-0:1.8*1", "");
}

static void what_is_cut_short_is_no_code(void)
{
    READS("", "");
    READS(" ", "");
    READS("1", "");
    READS("1-0", "");
    READS("1-0:1.8", "");
    READS("1-0:1.8.", "");
    READS("1-0:1.8.1*", "");
    READS("-0:1.8.1", "");
    READS("1-:1.8.1", "");
    READS("1-0:.8.1", "");
}

static void seven_groups_are_no_code(void)
{
    READS("1-0:1.8.1.255.1", "");
    READS("1-0:1.8.1*255*1", "");
}

static void other_characters_are_no_code(void)
{
    READS("1-Z:0.2.8", "");
    READS("1,0:2.7.0", "");
    READS("1-0:!.8.1", "");
    READS("1-0:1.8.1x", "");
    READS("0-0:96.13.\xFF", "");
    READS("1-0:1.8.1\t", "");
}

/* What is written is read as the same again, for every value of each group. */
static void every_code_survives(void)
{
    for (unsigned i = 0; i < 256; i++) {
        struct dsmr_obis obis = {(uint8_t)i, (uint8_t)(255 - i), (uint8_t)(i * 7),
                                 (uint8_t)(i ^ 85), (uint8_t)(i * 3)};
        struct dsmr_obis again;
        char printed[DSMR_OBIS_SIZE];
        size_t size = dsmr_obis_print(obis, printed);
        SAME(dsmr_obis_parse((struct dsmr_text){printed, size}, &again), DSMR_OK);
        CHECK(memcmp(&obis, &again, sizeof obis) == 0);
    }
}

int main(void)
{
    RUN(a_code_is_read_and_written);
    RUN(the_longest_code_fits);
    RUN(a_sixth_group_is_dropped);
    RUN(a_colon_stands_for_a_point);
    RUN(blanks_inside_are_dropped);
    RUN(leading_zeros_are_dropped);
    RUN(a_number_above_255_is_no_code);
    RUN(the_separators_behind_a_and_b_are_fixed);
    RUN(what_is_cut_short_is_no_code);
    RUN(seven_groups_are_no_code);
    RUN(other_characters_are_no_code);
    RUN(every_code_survives);
    return tap_end();
}
