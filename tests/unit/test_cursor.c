/* SPDX-License-Identifier: MIT */
/* The lines of a telegram and the groups of a line. A bad line costs only itself. */
#include "dsmr/dsmr.h"
#include "tap.h"

#include <stdlib.h>

/* The body as the cursor sees it: "1-0:1.8.1[a][b]; bad 'line'". */
static const char *walk(const char *body, size_t size)
{
    static char words[16384];
    char code[DSMR_OBIS_SIZE];
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    enum dsmr_status status;
    size_t length = 0;
    char *text = malloc(size + 4);
    if (!text)
        abort();
    memcpy(text, "/A\n", 3);
    memcpy(text + 3, body, size);
    text[size + 3] = '!';
    struct dsmr_telegram telegram = {.text = {text, size + 4}};
    words[0] = '\0';
    dsmr_cursor_init(&cursor, &telegram);
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END && length < sizeof words - 8) {
        const char *semicolon = length > 0 ? "; " : "";
        struct dsmr_text group;
        size_t at = 0;
        if (status == DSMR_ERR_LINE) {
            SAME(dsmr_group_next(&object, &at, &group), DSMR_END);
            length += (size_t)snprintf(words + length, sizeof words - length, "%sbad '%.*s'",
                                       semicolon, (int)object.line.size, object.line.at);
            continue;
        }
        dsmr_obis_print(object.obis, code);
        if (status == DSMR_ERR_RANGE)
            snprintf(code, sizeof code, "out of range");
        length += (size_t)snprintf(words + length, sizeof words - length, "%s%s", semicolon, code);
        while (dsmr_group_next(&object, &at, &group) == DSMR_OK && length < sizeof words - 8)
            length += (size_t)snprintf(words + length, sizeof words - length, "[%.*s]",
                                       (int)group.size, group.at);
    }
    SAME(dsmr_cursor_next(&cursor, &object), DSMR_END);
    free(text);
    return words;
}

#define WALK(body, want)                                                                           \
    SAME_TEXT(walk(body, sizeof body - 1), strlen(walk(body, sizeof body - 1)), want)

static void an_object_a_line(void)
{
    WALK("\r\n1-3:0.2.8(42)\r\n1-0:1.8.1(001581.123*kWh)\r\n",
         "1-3:0.2.8[42]; 1-0:1.8.1[001581.123*kWh]");
    WALK("\n1-3:0.2.8(42)\n", "1-3:0.2.8[42]");
    WALK("1-3:0.2.8(42)", "1-3:0.2.8[42]");
    WALK("", "");
    WALK("\r\n\r\n", "");
}

static void several_groups(void)
{
    WALK("0-1:24.2.1(161129200000W)(00981.443*m3)\n", "0-1:24.2.1[161129200000W][00981.443*m3]");
    WALK("1-0:99.97.0(0)(0-0:96.7.19)\n", "1-0:99.97.0[0][0-0:96.7.19]");
    WALK("1-0:99.97.0(1) (a) (b)\n", "1-0:99.97.0[1][a][b]");
}

static void empty_groups(void)
{
    WALK("0-0:96.13.0()\n0-0:96.13.1()()\n", "0-0:96.13.0[]; 0-0:96.13.1[][]");
}

static void groups_go_on_in_the_next_line(void)
{
    WALK("0-1:24.3.0(090212160000)(00)(m3)\r\n(00001.001)\r\n0-1:24.4.0(1)\r\n",
         "0-1:24.3.0[090212160000][00][m3][00001.001]; 0-1:24.4.0[1]");
    WALK("0-1:24.3.0(a)\n(b)\n(c)\n", "0-1:24.3.0[a][b][c]");
    WALK("0-1:24.3.0(a)\r\n\r\n(b)\r\n", "0-1:24.3.0[a][b]");
}

static void a_value_may_hold_line_ends(void)
{
    WALK("0-0:96.13.0(one\r\ntwo\r\nthree)\r\n1-0:1.7.0(1)\r\n",
         "0-0:96.13.0[one\r\ntwo\r\nthree]; 1-0:1.7.0[1]");
}

static void an_inner_bracket_belongs_to_the_value(void)
{
    WALK("0-0:97.97.0((ER11))\n", "0-0:97.97.0[(ER11)]");
    WALK("0-0:96.13.0(a (b) c)\n", "0-0:96.13.0[a (b) c]");
    WALK("0-0:96.13.0(a :) b)\n", "0-0:96.13.0[a :) b]");
}

static void slashes_and_marks_are_data(void)
{
    WALK("0-0:96.13.0(test-/-test! !)\n", "0-0:96.13.0[test-/-test! !]");
}

static void any_byte_may_stand_in_a_value(void)
{
    WALK("0-0:96.13.0(\xFF\xFE\x02\x80)\n", "0-0:96.13.0[\xFF\xFE\x02\x80]");
}

static void codes_in_their_odd_forms(void)
{
    WALK("1-0:99:97.0(0)\n1 -3:0.2.8(40)\n1-0:21.7.0.255(1)\n1-0:1.8.1*255(2)\n",
         "1-0:99.97.0[0]; 1-3:0.2.8[40]; 1-0:21.7.0[1]; 1-0:1.8.1[2]");
}

static void a_lost_line_end_between_two_objects(void)
{
    WALK("1-0:1.8.1(1)1-0:1.8.2(2)\n", "1-0:1.8.1[1]; 1-0:1.8.2[2]");
    WALK("1-0:1.8.1(1) 1-0:1.8.2(2)\n", "1-0:1.8.1[1]; 1-0:1.8.2[2]");
}

static void a_bad_line_costs_only_itself(void)
{
    WALK("1-0:1.8.1(1)\n1,0:2.7.0(2)\n1-0:1.8.2(3)\n",
         "1-0:1.8.1[1]; bad '1,0:2.7.0(2)'; 1-0:1.8.2[3]");
    WALK("256-0:1.7.0(1)\n1-0:1.8.2(3)\n", "out of range[1]; 1-0:1.8.2[3]");
    WALK("noise\n1-0:1.8.2(3)\n", "bad 'noise'; 1-0:1.8.2[3]");
    WALK("1-0:1.7.0 00.1*kW)\n1-0:1.8.2(3)\n", "bad '1-0:1.7.0 00.1*kW)'; 1-0:1.8.2[3]");
    WALK("1-0:1.7.0)00.1*kW(\n1-0:1.8.2(3)\n", "bad '1-0:1.7.0)00.1*kW('; 1-0:1.8.2[3]");
    WALK("1-0:1.7.0(1)x\n1-0:1.8.2(3)\n", "bad '1-0:1.7.0(1)x'; 1-0:1.8.2[3]");
    WALK("1-0:1.7.0(1)x(2)\n1-0:1.8.2(3)\n", "bad '1-0:1.7.0(1)x(2)'; 1-0:1.8.2[3]");
    WALK("0-0:96.13.\xFF()\n1-0:1.8.2(3)\n", "bad '0-0:96.13.\xFF()'; 1-0:1.8.2[3]");
}

static void a_value_that_is_never_closed_costs_only_its_line(void)
{
    WALK("1-0:1.7.0(00.1*kW\r\n1-0:1.8.2(3)\r\n", "bad '1-0:1.7.0(00.1*kW'; 1-0:1.8.2[3]");
    WALK("0-0:98.1.0\r\n(\r\n1-0:1.8.2(3)\r\n", "bad '0-0:98.1.0'; bad '('; 1-0:1.8.2[3]");
    WALK("1-0:1.7.0(00.1*kW", "bad '1-0:1.7.0(00.1*kW'");
    WALK("1-0:1.7.0(", "bad '1-0:1.7.0('");
    WALK("1-0:1.7.0(1)(2\r\n1-0:1.8.2(3)\r\n", "bad '1-0:1.7.0(1)(2'; 1-0:1.8.2[3]");
}

static void groups_without_a_code_are_a_bad_line(void)
{
    WALK("(1)\n1-0:1.8.2(3)\n", "bad '(1)'; 1-0:1.8.2[3]");
    WALK("x\n(1)\n1-0:1.8.2(3)\n", "bad 'x'; bad '(1)'; 1-0:1.8.2[3]");
}

static void the_first_line_is_the_identification(void)
{
    struct dsmr_telegram telegram = {.text = {"/1-0:1.8.1(1)\r\n!", 16}};
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    dsmr_cursor_init(&cursor, &telegram);
    SAME(dsmr_cursor_next(&cursor, &object), DSMR_END);
    telegram.text = (struct dsmr_text){"", 0};
    dsmr_cursor_init(&cursor, &telegram);
    SAME(dsmr_cursor_next(&cursor, &object), DSMR_END);
}

static void line_and_groups_are_told(void)
{
    static const char text[] = "/A\r\n0-1:24.3.0(a)(b)\r\n(c)\r\n!";
    struct dsmr_telegram telegram = {.text = {text, sizeof text - 1}};
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    dsmr_cursor_init(&cursor, &telegram);
    SAME(dsmr_cursor_next(&cursor, &object), DSMR_OK);
    SAME_TEXT(object.line.at, object.line.size, "0-1:24.3.0(a)(b)\r\n(c)");
    SAME_TEXT(object.groups.at, object.groups.size, "(a)(b)\r\n(c)");
    CHECK(object.line.at == text + 4);
}

static void a_message_of_1024_characters_is_a_value(void)
{
    char body[2200] = "0-0:96.13.0(";
    size_t length = strlen(body);
    memset(body + length, '4', 2048);
    strcpy(body + length + 2048, ")\r\n1-0:1.7.0(1)\r\n");
    const char *words = walk(body, strlen(body));
    SAME(strlen(words), strlen("0-0:96.13.0[]; 1-0:1.7.0[1]") + 2048);
    SAME_TEXT(words + strlen(words) - 16, 16, "4]; 1-0:1.7.0[1]");
}

static void a_value_longer_than_a_line_may_be_is_bad(void)
{
    char body[6000] = "0-0:96.13.0(";
    size_t length = strlen(body);
    memset(body + length, '4', 5000);
    strcpy(body + length + 5000, ")\r\n1-0:1.7.0(1)\r\n");
    const char *words = walk(body, strlen(body));
    CHECK(strncmp(words, "bad '0-0:96.13.0(444", 20) == 0);
    CHECK(strstr(words, "; 1-0:1.7.0[1]") != NULL);
}

static void hundreds_of_groups_are_walked(void)
{
    char body[4000] = "1-0:99.97.0";
    size_t length = strlen(body);
    for (int i = 0; i < 300; i++)
        length += (size_t)snprintf(body + length, sizeof body - length, "(%d)", i);
    const char *words = walk(body, length);
    CHECK(strstr(words, "[0][1][2]") != NULL);
    CHECK(strstr(words, "[298][299]") != NULL);
}

int main(void)
{
    RUN(an_object_a_line);
    RUN(several_groups);
    RUN(empty_groups);
    RUN(groups_go_on_in_the_next_line);
    RUN(a_value_may_hold_line_ends);
    RUN(an_inner_bracket_belongs_to_the_value);
    RUN(slashes_and_marks_are_data);
    RUN(any_byte_may_stand_in_a_value);
    RUN(codes_in_their_odd_forms);
    RUN(a_lost_line_end_between_two_objects);
    RUN(a_bad_line_costs_only_itself);
    RUN(a_value_that_is_never_closed_costs_only_its_line);
    RUN(groups_without_a_code_are_a_bad_line);
    RUN(the_first_line_is_the_identification);
    RUN(line_and_groups_are_told);
    RUN(a_message_of_1024_characters_is_a_value);
    RUN(a_value_longer_than_a_line_may_be_is_bad);
    RUN(hundreds_of_groups_are_walked);
    return tap_end();
}
