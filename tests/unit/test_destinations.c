/* SPDX-License-Identifier: MIT */
/* push.<name>.url: several destinations in one configuration, and every way to get one wrong. */
#include "config/destinations.h"
#include "core/memory.h"
#include "told.h"

#include <stdio.h>
#include <string.h>

struct reading {
    struct config config;
    struct complaints complaints;
};

static struct reading read_text(const char *text)
{
    struct reading reading = {0};
    config_init(&reading.config);
    config_read_text(&reading.config, "dsmr.cfg", text, strlen(text), &reading.complaints);
    return reading;
}

/* These lines, with so many destinations in them, and this told. */
static void assert_told_of(const char *text, size_t count, const char *told)
{
    struct reading reading = read_text(text);
    assert_told(&reading.complaints, told);
    assert_int_equal(config_push_count(&reading.config), count);
    config_free(&reading.config);
}

static const char *text_of(const struct config *config, size_t push, enum config_key key)
{
    const char *text = config_push_value(config, push, key)->text;
    return text != NULL ? text : "nothing";
}

static void test_each_has_keys_of_its_own(void **state)
{
    char name[CONFIG_PUSH_NAME_SIZE];
    (void)state;
    struct reading reading = read_text("push.influx.url=http://db:8086/write?db=p1\n"
                                       "push.influx.format=influx\n"
                                       "push.url=http://hook/\n"
                                       "push.batch=3\n"
                                       "push.house-2.url=https://there/\n"
                                       "push.influx.spool.limit=7\n"
                                       "push.house-2.token.file=/etc/dsmr/token\n"
                                       "push.main.gzip=yes\n");
    const struct config *config = &reading.config;
    assert_told(&reading.complaints, "");
    assert_int_equal(config_push_count(config), 3);
    assert_string_equal(config_push_name(config, 0), "main");
    assert_string_equal(config_push_name(config, 1), "influx");
    assert_string_equal(config_push_name(config, 2), "house-2");
    assert_string_equal(text_of(config, 0, CONFIG_PUSH_URL), "http://hook/");
    assert_string_equal(text_of(config, 0, CONFIG_PUSH_FORMAT), "json");
    assert_string_equal(text_of(config, 0, CONFIG_PUSH_GZIP), "yes");
    assert_string_equal(text_of(config, 1, CONFIG_PUSH_FORMAT), "influx");
    assert_string_equal(text_of(config, 1, CONFIG_PUSH_GZIP), "no");
    assert_string_equal(text_of(config, 1, CONFIG_PUSH_TOKEN_FILE), "nothing");
    assert_string_equal(text_of(config, 2, CONFIG_PUSH_TOKEN_FILE), "/etc/dsmr/token");
    assert_int_equal(config_push_value(config, 0, CONFIG_PUSH_BATCH)->number, 3);
    assert_int_equal(config_push_value(config, 1, CONFIG_PUSH_BATCH)->number, 10);
    assert_int_equal(config_push_value(config, 1, CONFIG_PUSH_SPOOL_LIMIT)->number, 7);
    assert_int_equal(config_push_value(config, 2, CONFIG_PUSH_SPOOL_LIMIT)->number, 100);
    config_push_key(config, 0, CONFIG_PUSH_TOKEN_FILE, name);
    assert_string_equal(name, "push.token.file");
    config_push_key(config, 2, CONFIG_PUSH_TOKEN_FILE, name);
    assert_string_equal(name, "push.house-2.token.file");
    config_free(&reading.config);
}

static void test_there_need_be_no_main(void **state)
{
    (void)state;
    struct reading reading = read_text("push.b.url=http://b/\n");
    assert_told(&reading.complaints, "");
    assert_int_equal(config_push_count(&reading.config), 1);
    assert_string_equal(config_push_name(&reading.config, 0), "b");
    assert_string_equal(text_of(&reading.config, 0, CONFIG_PUSH_UPDATE), "every");
    config_free(&reading.config);
    assert_told_of("port=/dev/p1\n", 0, "");
}

static void test_keys_that_are_unknown(void **state)
{
    (void)state;
    assert_told_of("push.b.urll=http://b/\n", 0,
                   "dsmr.cfg:1: error: key 'push.b.urll' is unknown; did you mean 'push.b.url'?\n");
    assert_told_of("push.urll=http://b/\n", 0,
                   "dsmr.cfg:1: error: key 'push.urll' is unknown; did you mean 'push.url'?\n");
    assert_told_of("push.spol.limit=5\n", 0,
                   "dsmr.cfg:1: error: key 'push.spol.limit' is unknown; did you mean "
                   "'push.spool.limit'?\n");
    assert_told_of("push.b.zzzzzzzz=5\n", 0,
                   "dsmr.cfg:1: error: key 'push.b.zzzzzzzz' is unknown; dsmr check --sample lists "
                   "all keys\n");
    /* A word of another key is no name. */
    assert_told_of("push.spool.url=http://b/\n", 0,
                   "dsmr.cfg:1: error: 'spool' can be no name of a push destination: other keys "
                   "begin with push.spool\n");
    assert_told_of("push.spool.limt=5\n", 0,
                   "dsmr.cfg:1: error: key 'push.spool.limt' is unknown; did you mean "
                   "'push.spool.limit'?\n");
    assert_told_of("push.b c.url=http://b/\n", 0,
                   "dsmr.cfg:1: error: 'b c' can be no name of a push destination; allowed: "
                   "letters, digits, _ and -, 1 to 32 of them\n");
    assert_told_of("push.b.format=xml\npush.b.url=http://b/\n", 1,
                   "dsmr.cfg:1: error: key 'push.b.format': value 'xml' is not allowed; allowed: "
                   "json influx\n");
    assert_told_of("push.b.url=http://b/\npush.b.url=http://c/\n", 1,
                   "dsmr.cfg:2: error: key 'push.b.url' stands in line 1 already; the later line "
                   "counts\n");
}

static void test_one_without_an_address(void **state)
{
    (void)state;
    assert_told_of("push.b.format=influx\n", 1,
                   "dsmr.cfg:1: error: push destination 'b' has no address; add push.b.url=; "
                   "allowed: http://host/path or https://host/path, with a query where one is "
                   "wanted\n");
    assert_told_of("push.b.url=b\n", 1,
                   "dsmr.cfg:1: error: key 'push.b.url': value '***' is not allowed; allowed: "
                   "http://host/path or https://host/path, with a query where one is wanted\n");
    assert_told_of("push.format=influx\npush.b.url=http://b/\n", 1,
                   "dsmr.cfg:1: warning: key 'push.format' has no effect without push.url=; "
                   "allowed: http://host/path or https://host/path, with a query where one is "
                   "wanted\n");
}

static void test_each_spool_is_a_folder_of_its_own(void **state)
{
    (void)state;
    assert_told_of("mqtt.url=mqtt://b\nmqtt.spool=/s/m\npush.url=http://a/\npush.spool=/s/a\n"
                   "push.b.url=http://b/\npush.b.spool=/s/b\n",
                   2, "");
    assert_told_of("push.url=http://a/\npush.spool=/s/a\npush.b.url=http://b/\npush.b.spool=/s/a\n",
                   2,
                   "dsmr.cfg:4: error: key 'push.b.spool': '/s/a' is the folder of push.spool too "
                   "(line 2); each needs one of its own\n");
    assert_told_of(
        "mqtt.url=mqtt://b\nmqtt.spool=/s/a\npush.url=http://a/\npush.spool=/s/a\n", 1,
        "dsmr.cfg:4: error: key 'push.spool': '/s/a' is the folder of mqtt.spool too (line 2); "
        "each needs one of its own\n");
}

static void test_keys_that_do_nothing(void **state)
{
    (void)state;
    assert_told_of(
        "push.url=http://a/\npush.ca=/ca\npush.measurement=m\npush.password.file=/p\n"
        "push.b.url=https://b/\npush.b.ca=/ca\npush.b.user=u\npush.b.token.file=/t\n",
        2,
        "dsmr.cfg:2: warning: key 'push.ca' has no effect: push.url does not begin with https://\n"
        "dsmr.cfg:4: warning: key 'push.password.file' has no effect without push.user\n"
        "dsmr.cfg:3: warning: key 'push.measurement' has no effect without "
        "push.format=influx\n"
        "dsmr.cfg:7: warning: key 'push.b.user' has no effect beside "
        "push.b.token.file\n");
}

static void test_no_more_than_there_is_room_for(void **state)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    (void)state;
    for (int i = 1; i <= CONFIG_PUSH_MAX + 1; i++)
        fprintf(stream, "push.d%d.url=http://d%d/\n", i, i);
    fclose(stream);
    assert_told_of(text, CONFIG_PUSH_MAX,
                   "dsmr.cfg:9: error: more than 8 push destinations: 'd9' is one more\n");
    *strstr(text, "push.d9") = '\0';
    assert_told_of(text, CONFIG_PUSH_MAX, "");
    char *with_main = memory_print("%spush.url=http://main/\n", text);
    assert_told_of(with_main, CONFIG_PUSH_MAX + 1,
                   "dsmr.cfg:8: error: more than 8 push destinations, with that of push.url\n");
    free(with_main);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_has_keys_of_its_own),
        cmocka_unit_test(test_there_need_be_no_main),
        cmocka_unit_test(test_keys_that_are_unknown),
        cmocka_unit_test(test_one_without_an_address),
        cmocka_unit_test(test_each_spool_is_a_folder_of_its_own),
        cmocka_unit_test(test_keys_that_do_nothing),
        cmocka_unit_test(test_no_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
