/* SPDX-License-Identifier: MIT */
/*
 * The log of power failures, 1-0:99.97.0: entries keep their place on the wire, as users' items are
 * named after it; what a clock wrote that was never set is left out.
 */
#include "kept.h"

static void entries_in_the_order_of_the_wire(void)
{
    kept_forget();
    kept_read(
        "1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)\n");
    KEPT("eNumberOfLogEntries", "2");
    KEPT("eDatePowerFailure1", "2010-12-08T15:24:15+01:00");
    KEPT("eDurationPowerFailure1", "240 s at 2010-12-08T15:24:15+01:00");
    KEPT("eDatePowerFailure2", "2010-12-08T15:10:04+01:00");
    KEPT("eDurationPowerFailure2", "301 s at 2010-12-08T15:10:04+01:00");
    KEPT("eDatePowerFailure3", "");
    LEFT("");
}

static void oldest_first_is_not_reordered(void)
{
    kept_forget();
    kept_read(
        "1-0:99.97.0(2)(0-0:96.7.19)(190326095015W)(0000002014*s)(210606123456S)(0000000183*s)\n");
    KEPT("eDatePowerFailure1", "2019-03-26T09:50:15+01:00");
    KEPT("eDatePowerFailure2", "2021-06-06T12:34:56+02:00");
}

static void an_empty_log(void)
{
    static const char *const logs[] = {"()",    "(0)", "(0)(0-0:96.7.19)", "(00)(0:96.7.19)",
                                       "(0)()", "()()"};
    for (size_t i = 0; i < sizeof logs / sizeof logs[0]; i++) {
        char body[64];
        snprintf(body, sizeof body, "1-0:99.97.0%s\n", logs[i]);
        kept_forget();
        kept_read(body);
        KEPT("eNumberOfLogEntries", logs[i][1] == '0' ? "0" : "");
        KEPT("eDatePowerFailure1", "");
        KEPT("eDurationPowerFailure1", "");
        LEFT("");
    }
}

static void the_count_alone(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(5)\n");
    KEPT("eNumberOfLogEntries", "5");
    LEFT("");
}

static void the_count_is_as_sent(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(3)(0-0:96.7.19)(250221071635W)(0000000038*s)\n");
    KEPT("eNumberOfLogEntries", "3");
    SAME(kept_count("eDatePowerFailure1"), 1);
    SAME(kept_count("eDatePowerFailure2"), 0);
}

static void durations_without_unit(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(2)(0-0:96.7.19)(250221071635W)(38)(250618093733S)(10112059)\n");
    KEPT("eDurationPowerFailure1", "38 s at 2025-02-21T07:16:35+01:00");
    KEPT("eDurationPowerFailure2", "10112059 s at 2025-06-18T09:37:33+02:00");
}

static void the_code_and_the_points_may_be_odd(void)
{
    kept_forget();
    kept_read("1-0:99:97.0(1)(0:96.7.19)(101208152415W)(00000000240* s)\n");
    KEPT("eDatePowerFailure1", "2010-12-08T15:24:15+01:00");
    KEPT("eDurationPowerFailure1", "240 s at 2010-12-08T15:24:15+01:00");
}

/* Clocks that were never set, and their durations; what stands behind keeps its place. */
static void fillers_are_left_out_wherever_they_stand(void)
{
    static const char *const fillers[] = {
        "(000101000001W)(2147483647*s)",
        "(000101000006W)(2147483647*s)",
        "(000102000003W)(2317482647*s)",
        "(000104180320W)(0000237126*s)",
        "(700101010000W)(2147483647*s)",
        "(632525252525W)(0000000240*s)",
        "(101208152415W)(2147483647*s)",
        "(101208152415W)(2147583646*s)",
        "(000000000000W)(0000000000*s)",
        "(101208152415W)()",
        "()(0000000240*s)",
        "()()",
        "(101208152415W)(0000000240*A)",
        "(101208152415W)(-000000240*s)",
        "(101208152415W)(x)",
    };
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        for (int place = 0; place < 3; place++) {
            char body[256];
            const char *entries[3] = {"(210606123456S)(0000000183*s)",
                                      "(200101120000W)(0000000062*s)",
                                      "(190326095015W)(0000002014*s)"};
            entries[place] = fillers[i];
            snprintf(body, sizeof body, "1-0:99.97.0(3)(0-0:96.7.19)%s%s%s\n", entries[0],
                     entries[1], entries[2]);
            kept_forget();
            kept_read(body);
            KEPT("eNumberOfLogEntries", "3");
            KEPT("eDatePowerFailure1", place == 0 ? "" : "2021-06-06T12:34:56+02:00");
            KEPT("eDurationPowerFailure1", place == 0 ? "" : "183 s at 2021-06-06T12:34:56+02:00");
            KEPT("eDatePowerFailure2", place == 1 ? "" : "2020-01-01T12:00:00+01:00");
            KEPT("eDurationPowerFailure2", place == 1 ? "" : "62 s at 2020-01-01T12:00:00+01:00");
            KEPT("eDatePowerFailure3", place == 2 ? "" : "2019-03-26T09:50:15+01:00");
            KEPT("eDurationPowerFailure3", place == 2 ? "" : "2014 s at 2019-03-26T09:50:15+01:00");
            LEFT("");
        }
    }
}

static void the_kaifa_log(void)
{
    kept_forget();
    kept_read(
        "1-0:99.97.0(3)(0-0:96.7.19)(000104180320W)(0000237126*s)(000101000001W)(2147583646*s)"
        "(000102000003W)(2317482647*s)\n");
    KEPT("eNumberOfLogEntries", "3");
    KEPT("eDatePowerFailure1", "");
    KEPT("eDatePowerFailure2", "");
    KEPT("eDatePowerFailure3", "");
    LEFT("");
}

static void a_long_duration_is_exact(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(1)(0-0:96.7.19)(250101000000W)(2147483646*s)\n");
    KEPT("eDurationPowerFailure1", "2147483646 s at 2025-01-01T00:00:00+01:00");
}

/* The text of 4.0 has the halves of an entry the other way round. */
static void duration_before_time(void)
{
    kept_forget();
    kept_read(
        "1-0:99.97.0(2)(0-0:96.7.19)(0000000240*s)(101208152415W)(0000000301*s)(101208151004W)\n");
    KEPT("eDatePowerFailure1", "2010-12-08T15:24:15+01:00");
    KEPT("eDurationPowerFailure1", "240 s at 2010-12-08T15:24:15+01:00");
    KEPT("eDatePowerFailure2", "2010-12-08T15:10:04+01:00");
    KEPT("eDurationPowerFailure2", "301 s at 2010-12-08T15:10:04+01:00");
}

static void a_last_entry_cut_in_two(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(2)(0-0:96.7.19)(210606123456S)(0000000183*s)(200101120000W)\n");
    KEPT("eDatePowerFailure1", "2021-06-06T12:34:56+02:00");
    KEPT("eDatePowerFailure2", "");
}

/* A log of count entries, a minute apart from the newest back. */
static void read_log_of(unsigned count, const char *unit)
{
    static char body[12000];
    size_t length = (size_t)snprintf(body, sizeof body, "1-0:99.97.0(%u)(0-0:96.7.19)", count);
    for (unsigned i = 0; i < count; i++)
        length += (size_t)snprintf(body + length, sizeof body - length, "(2401%02u12%02u00W)(%u%s)",
                                   28 - i / 60 % 28, 59 - i % 60, i + 1, unit);
    snprintf(body + length, sizeof body - length, "\n");
    kept_forget();
    kept_read(body);
}

static void ten_entries_are_all_read(void)
{
    read_log_of(10, "*s");
    KEPT("eNumberOfLogEntries", "10");
    KEPT("eDatePowerFailure10", "2024-01-28T12:50:00+01:00");
    KEPT("eDurationPowerFailure10", "10 s at 2024-01-28T12:50:00+01:00");
}

static void the_eleventh_entry_is_ignored(void)
{
    read_log_of(11, "*s");
    KEPT("eNumberOfLogEntries", "11");
    KEPT("eDatePowerFailure1", "2024-01-28T12:59:00+01:00");
    KEPT("eDurationPowerFailure10", "10 s at 2024-01-28T12:50:00+01:00");
    SAME(kept_count("eDatePowerFailure10"), 1);
    LEFT("");
}

static void hundreds_of_entries_do_not_start_over(void)
{
    read_log_of(300, "");
    KEPT("eNumberOfLogEntries", "300");
    SAME(kept_count("eNumberOfLogEntries"), 1);
    for (unsigned i = 1; i <= 10; i++) {
        char id[32];
        snprintf(id, sizeof id, "eDatePowerFailure%u", i);
        SAME(kept_count(id), 1);
        snprintf(id, sizeof id, "eDurationPowerFailure%u", i);
        SAME(kept_count(id), 1);
    }
    KEPT("eDurationPowerFailure1", "1 s at 2024-01-28T12:59:00+01:00");
    LEFT("");
}

static void a_log_over_several_lines(void)
{
    kept_forget();
    kept_read(
        "1-0:99.97.0(1)(0-0:96.7.19)\n(210606123456S)\n(0000000183*s)\n1-0:1.7.0(00.100*kW)\n");
    KEPT("eDatePowerFailure1", "2021-06-06T12:34:56+02:00");
    KEPT("eActualDelivery", "0.100 kW");
}

static void a_bad_count_does_not_cost_the_entries(void)
{
    kept_forget();
    kept_read("1-0:99.97.0(x)(0-0:96.7.19)(210606123456S)(0000000183*s)\n");
    KEPT("eNumberOfLogEntries", "");
    KEPT("eDatePowerFailure1", "2021-06-06T12:34:56+02:00");
}

int main(void)
{
    RUN(entries_in_the_order_of_the_wire);
    RUN(oldest_first_is_not_reordered);
    RUN(an_empty_log);
    RUN(the_count_alone);
    RUN(the_count_is_as_sent);
    RUN(durations_without_unit);
    RUN(the_code_and_the_points_may_be_odd);
    RUN(fillers_are_left_out_wherever_they_stand);
    RUN(the_kaifa_log);
    RUN(a_long_duration_is_exact);
    RUN(duration_before_time);
    RUN(a_last_entry_cut_in_two);
    RUN(ten_entries_are_all_read);
    RUN(the_eleventh_entry_is_ignored);
    RUN(hundreds_of_entries_do_not_start_over);
    RUN(a_log_over_several_lines);
    RUN(a_bad_count_does_not_cost_the_entries);
    return tap_end();
}
