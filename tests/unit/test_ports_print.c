/* SPDX-License-Identifier: MIT */
/* What dsmr ports prints, for adapters that say of themselves whatever they like. */
#include "cmd/ports.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char port[] = "/dev/ttyUSB0";
static char stable[] = "/dev/serial/by-id/usb-M\xC3\xBCller-if00";
static char vendor_id[] = "0403";
static char product_id[] = "6001";
static char vendor[] = "M\xC3\xBCller";
static char hostile[] = "\033[2J\xFF\"\\\n";
static char identification[] = "ISk5\\2MT382";
static char obstacle[] = "no permission";

static const struct serial_entry adapter = {
    .path = port,
    .stable = stable,
    .vendor_id = vendor_id,
    .product_id = product_id,
    .vendor = vendor,
    .product = hostile,
};
static const struct serial_entry denied = {.path = port, .obstacle = obstacle};
static const struct port_result meter = {
    .port = port,
    .has_meter = true,
    .is_open = true,
    .is_told = true,
    .settings = "9600 7E1",
    .state = "reading",
    .identification = identification,
};

/* What goes to standard output meanwhile; freed by the caller. */
static char *printed(const struct ports_row *rows, size_t count, bool as_json)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    fflush(stdout);
    int before = dup(STDOUT_FILENO);
    assert_true(before >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    if (as_json)
        ports_print_json(rows, count);
    else
        ports_print_table(rows, count);
    fflush(stdout);
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    close(before);
    rewind(file);
    char *text = calloc(1, 8192);
    assert_non_null(text);
    assert_true(fread(text, 1, 8191, file) > 0);
    fclose(file);
    return text;
}

static void test_a_terminal_gets_nothing_that_it_would_obey(void **state)
{
    (void)state;
    const struct ports_row rows[] = {{&adapter, &meter}, {&denied, NULL}};
    char *text = printed(rows, 2, false);
    for (const char *at = text; *at; at++)
        assert_true(*at == '\n' || (unsigned char)*at >= 0x20);
    assert_non_null(strstr(text, "M\xC3\xBCller \\x1B[2J\\xFF\"\\\\x0A  0403:6001"));
    assert_non_null(strstr(text, "    a meter at 9600 7E1: /ISk5\\2MT382\n"));
    assert_non_null(strstr(text, "cannot be opened\n    no permission\n"));
    assert_non_null(strstr(text, "\nIn dsmr.cfg: port=/dev/serial/by-id/usb-M\xC3\xBCller-if00\n"));
    free(text);
}

static void test_json_is_json(void **state)
{
    (void)state;
    const struct ports_row rows[] = {{&adapter, &meter}, {&denied, NULL}};
    char *text = printed(rows, 2, true);
    json_t *ports = json_loads(text, 0, NULL);
    assert_non_null(ports);
    assert_int_equal(json_array_size(ports), 2);
    const json_t *usb = json_object_get(json_array_get(ports, 0), "usb");
    assert_string_equal(json_string_value(json_object_get(usb, "vendor")), vendor);
    assert_string_equal(json_string_value(json_object_get(usb, "product")),
                        "\033[2J\xC3\xBF\"\\\n");
    assert_true(json_is_null(json_object_get(usb, "serial_number")));
    const json_t *heard = json_object_get(json_array_get(ports, 0), "probe");
    assert_true(json_is_true(json_object_get(heard, "meter")));
    assert_string_equal(json_string_value(json_object_get(heard, "settings")), "9600 7E1");
    const json_t *second = json_array_get(ports, 1);
    assert_true(json_is_null(json_object_get(second, "usb")));
    assert_true(json_is_null(json_object_get(second, "probe")));
    assert_string_equal(json_string_value(json_object_get(second, "obstacle")), "no permission");
    json_decref(ports);
    free(text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_terminal_gets_nothing_that_it_would_obey),
        cmocka_unit_test(test_json_is_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
