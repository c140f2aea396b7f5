/* SPDX-License-Identifier: MIT */
/*
 * A meter may say anything: whatever stands in its identification, equipment ids, messages and other
 * texts, topics stay topics, JSON stays JSON, and no message gets another meaning.
 */
#include "sink/homeassistant.h"
#include "sink/homie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ha_reader.h"
#include "homie_reader.h"

enum { ROUNDS = 1500, TEXT_MAX = 80 };

static const struct mqtt_topics topics = {
    .values = "dsmr/{meter}/{item}", .status = "dsmr/status", .line = "dsmr/{meter}/status"};

/* Texts that would break something if they were taken as they are. */
static const char *const nasty[] = {
    "+",
    "#",
    "/",
    "//",
    "homeassistant/status",
    "$SYS",
    "$state",
    "..",
    "\"",
    "\\",
    "\"}",
    "{{ 1 }}",
    "{% for %}",
    "\\u0000",
    "\xC0\x80",
    "\xED\xA0\x80",
    "\xFF\xFE",
    "\xE2\x82",
    "%2F",
    "null",
    "None",
    "unavailable",
    "','",
    "<b>",
    "\x1B[2J",
    "\x7F",
    "\x01",
    " ",
    "_",
    "_2F",
    "-",
    "K\xC3\xA9",
};

struct random {
    uint64_t state;
};

static unsigned draw(struct random *random, unsigned below)
{
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    random->state ^= random->state << 17;
    return (unsigned)(random->state >> 33) % below;
}

/* Text that stays within its brackets or its line. */
static void add_text(struct random *random, struct buffer *out)
{
    unsigned length = draw(random, 8) == 0 ? draw(random, TEXT_MAX) : draw(random, 12);
    unsigned style = draw(random, 3);
    for (unsigned i = 0; i < length; i++) {
        char c = (char)(style == 0 ? draw(random, 255) + 1 : 33 + draw(random, 94));
        if (style == 2 && draw(random, 2) == 0)
            buffer_add_text(out, nasty[draw(random, sizeof nasty / sizeof nasty[0])]);
        else if (!strchr("()!\r\n", c))
            buffer_add(out, &c, 1);
    }
}

static void add_line(struct random *random, struct buffer *out, const char *code)
{
    buffer_print(out, "%s(", code);
    struct buffer text = {0};
    add_text(random, &text);
    if (draw(random, 3) == 0)
        for (size_t i = 0; i < text.size; i++)
            buffer_print(out, "%02X", (unsigned char)text.at[i]);
    else if (text.size > 0)
        buffer_add(out, text.at, text.size);
    buffer_free(&text);
    buffer_add_text(out, ")\r\n");
}

static void make_telegram(struct random *random, struct buffer *out)
{
    static const char *const codes[] = {"1-3:0.2.8",   "0-0:96.1.1", "0-0:96.14.0", "0-0:96.13.1",
                                        "0-0:96.13.0", "0-1:96.1.0", "0-1:24.1.0",  "0-2:96.1.0",
                                        "0-0:96.3.10", "0-0:17.0.0", "1-0:1.8.1"};
    buffer_clear(out);
    buffer_add_text(out, "/KFM5");
    add_text(random, out);
    buffer_add_text(out, "\r\n\r\n");
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (draw(random, 4) > 0)
            add_line(random, out, codes[i]);
    buffer_add_text(out, "1-0:1.7.0(02.010*kW)\r\n1-0:2.7.0(00.450*kW)\r\n"
                         "0-1:24.1.0(003)\r\n0-1:24.2.1(250115170000W)(00900.000*m3)\r\n"
                         "0-2:24.1.0(007)\r\n0-2:24.2.1(250115170000W)(00900.000*m3)\r\n!\r\n");
}

/* What MQTT wants of a topic that is published to. */
static void check_topic(const char *topic)
{
    struct buffer text = {.at = (char *)topic, .size = strlen(topic)};
    assert_in_range(text.size, 1, 512);
    assert_true(homie_is_utf8(&text));
    for (const char *c = topic; *c != '\0'; c++)
        if (*c == '+' || *c == '#' || (unsigned char)*c < 0x20 || *c == 0x7F)
            fail_msg("a topic '%s'", topic);
    assert_null(strstr(topic, "//"));
}

static void check_json(const struct heard *heard)
{
    json_error_t error;
    json_t *json =
        json_loadb(heard->payload.at, heard->payload.size, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        fail_msg("%s: %s: %s", heard->topic, error.text, heard->payload.at);
    json_decref(json);
}

static void look_at_nothing(void *context, json_t *root, json_t *sensor)
{
    (void)context;
    (void)root;
    (void)sensor;
}

/* Not everything gets as far as here: some of it is no telegram. */
static bool play(struct world *world, struct mqtt_composer *composer, const struct buffer *telegram)
{
    bool read = false;
    for (int i = 0; i < 4; i++)
        read = world_read(world, composer, "main", telegram->at, telegram->size, DSMR_CRC_OK);
    for (size_t i = 0; i < world->count; i++)
        check_topic(world->at[i].topic);
    return read;
}

static bool home_assistant_round(struct random *random, struct loop *loop, struct log *log,
                                 int round)
{
    struct buffer telegram = {0};
    struct world world;
    world_init(&world);
    struct mqtt_composer *composer = homeassistant_new(&(struct homeassistant_setup){
        .style = {&topics, "homeassistant", round % 2 ? LANGUAGE_DUTCH : LANGUAGE_ENGLISH, 300},
        .components = round % 4 > 1,
        .restart_spread_ms = 1,
        .settle_ms = 1,
        .emit = world_emit(&world),
        .loop = loop,
        .log = log,
    });
    make_telegram(random, &telegram);
    bool read = play(&world, composer, &telegram);
    for (size_t i = 0; i < world.count; i++)
        check_json(&world.at[i]);
    assert_true(ha_read(&world, look_at_nothing, NULL) >= (read ? 3 : 0));
    composer->free(composer);
    world_free(&world);
    buffer_free(&telegram);
    return read;
}

static bool homie_round(struct random *random, struct loop *loop, struct log *log, int round)
{
    struct buffer telegram = {0};
    struct world world;
    world_init(&world);
    struct mqtt_composer *composer = homie_new(&(struct homie_setup){
        .version = 4 + round % 2,
        .device = "dsmr",
        .emit = world_emit(&world),
        .loop = loop,
        .log = log,
    });
    make_telegram(random, &telegram);
    bool read = play(&world, composer, &telegram);
    if (read) {
        struct homie_count count =
            round % 2 ? homie_read_5(&world, "homie/5/dsmr/") : homie_read_4(&world, "homie/dsmr/");
        assert_true(count.nodes >= 3 && count.values == count.properties);
    }
    composer->free(composer);
    world_free(&world);
    buffer_free(&telegram);
    return read;
}

static void play_rounds(bool (*play_round)(struct random *, struct loop *, struct log *, int))
{
    struct random random = {20250115};
    struct log log = {.level = LOG_ERROR};
    struct loop *loop = loop_new();
    int read = 0;
    for (int round = 0; round < ROUNDS; round++)
        read += play_round(&random, loop, &log, round);
    assert_true(read > ROUNDS * 3 / 4);
    loop_free(loop);
}

static void test_home_assistant(void **state)
{
    (void)state;
    play_rounds(home_assistant_round);
}

static void test_homie(void **state)
{
    (void)state;
    play_rounds(homie_round);
}

/* Two texts that differ never become one id. */
static void test_different_equipment_ids_stay_different(void **state)
{
    static const char *const ids[] = {"a/b", "a_2Fb", "a_5F2Fb", "a b",
                                      "a#b", "a+b",   "A/b",     "\xE9"};
    struct log log = {.level = LOG_ERROR};
    struct loop *loop = loop_new();
    struct world world;
    size_t configs = 0;
    (void)state;
    world_init(&world);
    struct mqtt_composer *composer = homeassistant_new(&(struct homeassistant_setup){
        .style = {&topics, "homeassistant", LANGUAGE_ENGLISH, 300},
        .emit = world_emit(&world),
        .loop = loop,
        .log = &log,
    });
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char lines[96];
        snprintf(lines, sizeof lines, "0-0:96.1.1(%s)\r\n1-0:1.7.0(02.010*kW)\r\n", ids[i]);
        assert_true(world_lines(&world, composer, lines, DSMR_CRC_OK));
    }
    for (size_t i = 0; i < world.count; i++)
        configs += strncmp(world.at[i].topic, "homeassistant/", 14) == 0;
    assert_int_equal(configs, sizeof ids / sizeof ids[0]);
    composer->free(composer);
    world_free(&world);
    loop_free(loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_home_assistant),
        cmocka_unit_test(test_homie),
        cmocka_unit_test(test_different_equipment_ids_stay_different),
    };
    return cmocka_run_group_tests_name("hostile names", tests, NULL, NULL);
}
