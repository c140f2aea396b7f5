/* SPDX-License-Identifier: MIT */
/* Complaints and the nearest known word: what a person is told of a slip of the pen. */
#include "core/nearest.h"
#include "told.h"

#include <string.h>

static void test_each_severity_is_printed_and_counted(void **state)
{
    (void)state;
    struct complaints complaints = {0};
    complain(&complaints, SEVERITY_WARNING, "a.cfg", 3, "odd %d", 1);
    complain(&complaints, SEVERITY_MISTAKE, "a.cfg", 4, "wrong %s", "x");
    complain(&complaints, SEVERITY_ERROR, "b.cfg", 0, "missing");
    assert_int_equal(complaints.count, 3);
    assert_int_equal(complaints.mistakes, 1);
    assert_int_equal(complaints.errors, 1);
    assert_told(&complaints, "a.cfg:3: warning: odd 1\n"
                             "a.cfg:4: error: wrong x\n"
                             "b.cfg: error: missing\n");
    assert_int_equal(complaints.count, 0);
}

static void test_control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    struct complaints complaints = {0};
    complain(&complaints, SEVERITY_ERROR, "a\n.cfg", 1, "value '\x1B[2J\x7F' m\xC2\xB3 \x9B\xE9");
    assert_told(&complaints, "a\\x0A.cfg:1: error: value '\\x1B[2J\\x7F' m\xC2\xB3 \\x9B\\xE9\n");
}

static void test_long_complaint_is_cut(void **state)
{
    (void)state;
    struct complaints complaints = {0};
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    complain(&complaints, SEVERITY_ERROR, "a.cfg", 1, "%s", text);
    const char *told = complaints.at[0].text;
    assert_true(strlen(told) < 700);
    assert_string_equal(told + strlen(told) - 4, "x...");
    complaints_free(&complaints);
}

static const char *nearest_of(const char *wanted, const char *const *words)
{
    struct nearest nearest;
    nearest_init(&nearest, wanted, strlen(wanted));
    for (; *words != NULL; words++)
        nearest_offer(&nearest, *words);
    return nearest_word(&nearest);
}

static const char *const words[] = {"port",      "portsettings",    "gas.channel",
                                    "log.level", "eActualDelivery", "eActualProduction",
                                    NULL};

static void test_slips_are_understood(void **state)
{
    (void)state;
    static const struct {
        const char *wrote;
        const char *meant;
    } slips[] = {
        {"prot", "port"},  /* two letters swapped */
        {"porst", "port"}, /* one too many */
        {"prt", "port"},   /* one left out */
        {"pord", "port"},  /* another one */
        {"PORT", "port"},  /* capitals */
        {"port_settings", "portsettings"},
        {"gaschannel", "gas.channel"},
        {"loglevel", "log.level"},
        {"eactualdelivery", "eActualDelivery"},
        {"eActualDelivry", "eActualDelivery"},
        {"eActualProductoin", "eActualProduction"},
    };
    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        const char *meant = nearest_of(slips[i].wrote, words);
        assert_non_null(meant);
        assert_string_equal(meant, slips[i].meant);
    }
}

static void test_what_is_far_off_is_not_guessed(void **state)
{
    (void)state;
    static const char *const far[] = {"", "x", "pxyz", "mqtt.url", "eVoltage", "channel"};
    for (size_t i = 0; i < sizeof far / sizeof *far; i++)
        assert_null(nearest_of(far[i], words));
}

static void test_first_of_equals_is_taken(void **state)
{
    (void)state;
    static const char *const values[] = {"gValue2", "gValue3", NULL};
    assert_string_equal(nearest_of("gValueX", values), "gValue2");
}

static void test_very_long_words_are_not_compared(void **state)
{
    (void)state;
    char wanted[100000];
    memset(wanted, 'p', sizeof wanted);
    struct nearest nearest;
    nearest_init(&nearest, wanted, sizeof wanted);
    nearest_offer(&nearest, "port");
    assert_null(nearest_word(&nearest));
    nearest_init(&nearest, "port", 4);
    wanted[sizeof wanted - 1] = '\0';
    nearest_offer(&nearest, wanted);
    assert_null(nearest_word(&nearest));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_severity_is_printed_and_counted),
        cmocka_unit_test(test_control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(test_long_complaint_is_cut),
        cmocka_unit_test(test_slips_are_understood),
        cmocka_unit_test(test_what_is_far_off_is_not_guessed),
        cmocka_unit_test(test_first_of_equals_is_taken),
        cmocka_unit_test(test_very_long_words_are_not_compared),
    };
    return cmocka_run_group_tests_name("complaints", tests, NULL, NULL);
}
