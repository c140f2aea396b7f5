/* SPDX-License-Identifier: MIT */
/*
 * M-Bus values of DSMR 3.0, 0-n:24.3.0 and 24.3.1: a header with the time of the oldest value, then the
 * values, oldest first. gValue is the newest, gValue2 the one before it. A meter may send a bare value
 * with its unit instead.
 */
#include "kept.h"

#define GAS_ON(channel) "0-" channel ":24.1.0(03)\n"

static void the_value_in_the_next_line(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\n(00001.001)\n"
                          "0-1:24.4.0(1)\n");
    KEPT("gValueTS", "2009-02-12T16:00:00+01:00");
    KEPT("gProfileStatus", "00");
    KEPT("gRecordingPeriod", "60 min");
    KEPT("gNumberOfValues", "1");
    KEPT("gUnit", "m3");
    KEPT("gValue", "1.001 m3 at 2009-02-12T16:00:00+01:00");
    KEPT("gValue2", "");
    KEPT("gValvePosition", "1");
    LEFT("");
}

static void the_value_in_the_same_line(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)(00001.001)\n");
    KEPT("gValue", "1.001 m3 at 2009-02-12T16:00:00+01:00");
}

/* Kamstrup sets the status 08, and names channel 1 in a profile of another. */
static void status_and_inner_code_do_not_matter(void)
{
    kept_forget();
    kept_read(GAS_ON("2") "0-2:24.3.0(161005220000)(08)(60)(1)(0-1:24.2.1)(m3)\n(06331.668)\n");
    KEPT("gProfileStatus", "08");
    KEPT("gValue", "6331.668 m3 at 2016-10-05T22:00:00+02:00");
}

static void the_unit_decides_where_no_device_type_is_sent(void)
{
    kept_forget();
    kept_read("0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\n(00001.001)\n");
    KEPT("gValue", "1.001 m3 at 2009-02-12T16:00:00+01:00");
}

static void of_several_values_the_last_is_the_newest(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(3)(0-1:24.2.1)(m3)\n"
                          "(00001.001)(00001.002)(00001.003)\n");
    KEPT("gNumberOfValues", "3");
    KEPT("gValue", "1.003 m3 at 2009-02-12T18:00:00+01:00");
    KEPT("gValue2", "1.002 m3 at 2009-02-12T17:00:00+01:00");
    KEPT("gValue3", "1.001 m3 at 2009-02-12T16:00:00+01:00");
    KEPT("gValue4", "");
    KEPT("gValueTS", "2009-02-12T18:00:00+01:00");
}

static void several_values_over_several_lines(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(3)(0-1:24.2.1)(m3)\n"
                          "(00001.001)\n(00001.002)\n(00001.003)\n0-1:24.4.0(1)\n");
    KEPT("gValue", "1.003 m3 at 2009-02-12T18:00:00+01:00");
    KEPT("gValue3", "1.001 m3 at 2009-02-12T16:00:00+01:00");
    KEPT("gValvePosition", "1");
}

static void the_period_is_counted_in_minutes(void)
{
    kept_forget();
    kept_read(
        GAS_ON("1") "0-1:24.3.0(090212160000)(00)(05)(2)(0-1:24.2.1)(m3)(00001.001)(00001.002)\n");
    KEPT("gValue", "1.002 m3 at 2009-02-12T16:05:00+01:00");
    KEPT("gValue2", "1.001 m3 at 2009-02-12T16:00:00+01:00");
    KEPT("gRecordingPeriod", "5 min");
}

/* Three hours at the change to summer time: 01:00, then 03:00, then 04:00. */
static void times_go_on_over_a_clock_change(void)
{
    kept_forget();
    kept_read(
        GAS_ON("1") "0-1:24.3.0(090329010000)(00)(60)(3)(0-1:24.2.1)(m3)(1.001)(1.002)(1.003)\n");
    KEPT("gValue3", "1.001 m3 at 2009-03-29T01:00:00+01:00");
    KEPT("gValue2", "1.002 m3 at 2009-03-29T03:00:00+02:00");
    KEPT("gValue", "1.003 m3 at 2009-03-29T04:00:00+02:00");
}

static void ten_values_fill_every_id(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212000000)(00)(60)(10)(0-1:24.2.1)(m3)"
                          "(1)(2)(3)(4)(5)(6)(7)(8)(9)(10)\n");
    KEPT("gValue", "10 m3 at 2009-02-12T09:00:00+01:00");
    KEPT("gValue10", "1 m3 at 2009-02-12T00:00:00+01:00");
}

static void of_more_than_ten_values_the_oldest_go(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212000000)(00)(60)(12)(0-1:24.2.1)(m3)"
                          "(1)(2)(3)(4)(5)(6)(7)(8)(9)(10)(11)(12)\n");
    KEPT("gValue", "12 m3 at 2009-02-12T11:00:00+01:00");
    KEPT("gValue10", "3 m3 at 2009-02-12T02:00:00+01:00");
    SAME(kept_count("gValue"), 1);
    LEFT("");
}

/* More groups than any meter sends: whatever comes of the values, the header stays what it is. */
static void hundreds_of_values_do_not_become_the_header(void)
{
    static const char *const units[] = {"m3", ""};
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        char body[4000];
        size_t length = (size_t)snprintf(body, sizeof body,
                                         "%s0-1:24.3.0(090212000000)(08)(60)(300)(0-1:24.2.1)(%s)",
                                         GAS_ON("1"), units[u]);
        for (int i = 0; i < 300; i++)
            length += (size_t)snprintf(body + length, sizeof body - length, "(7%03d)", i);
        snprintf(body + length, sizeof body - length, "\n");
        kept_forget();
        kept_read(body);
        KEPT("gProfileStatus", "08");
        KEPT("gNumberOfValues", "300");
        SAME(kept_count("gNumberOfValues"), 1);
        SAME(kept_count("gProfileStatus"), 1);
        SAME(kept_count("gUnit"), u == 0 ? 1 : 0);
        SAME(kept_count("gRecordingPeriod"), 1);
    }
}

static void an_empty_place_is_no_value_and_keeps_the_times(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(3)(0-1:24.2.1)(m3)(1.001)()(1.003)\n");
    KEPT("gValue", "1.003 m3 at 2009-02-12T18:00:00+01:00");
    KEPT("gValue2", "");
    KEPT("gValue3", "1.001 m3 at 2009-02-12T16:00:00+01:00");
}

static void a_header_without_values(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(m3)\n()\n");
    KEPT("gValue", "");
    KEPT("gUnit", "m3");
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(0)(0-1:24.2.1)(m3)\n");
    KEPT("gValue", "");
    KEPT("gNumberOfValues", "0");
}

/* Out of reach: the time is a filler, and then nothing of it is true. */
static void a_profile_whose_time_is_a_filler_gives_nothing(void)
{
    static const char *const fillers[] = {"000101000000", "632525252525", "700101000000",
                                          "000000000000"};
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        char body[256];
        snprintf(body, sizeof body, "%s0-1:24.3.0(%s)(00)(60)(1)(0-1:24.2.1)(m3)\n(00001.001)\n",
                 GAS_ON("1"), fillers[i]);
        kept_forget();
        kept_read(body);
        KEPT("gValue", "");
        KEPT("gValueTS", "");
        KEPT("gUnit", "");
        KEPT("gDeviceType", "03");
        LEFT("0-1:24.3.0 not a date");
    }
}

static void a_unit_that_does_not_fit_is_no_value(void)
{
    kept_forget();
    CHECK(dsmr_channels_set(&kept.channels, DSMR_KIND_GAS, 1));
    kept_read("0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(GJ)\n(00001.001)\n");
    KEPT("gValue", "");
}

static void a_unit_is_brought_to_that_of_the_catalogue(void)
{
    kept_forget();
    kept_read(GAS_ON("1") "0-1:24.3.0(090212160000)(00)(60)(1)(0-1:24.2.1)(dm3)\n(00001001)\n");
    KEPT("gValue", "1.001 m3 at 2009-02-12T16:00:00+01:00");
}

struct device {
    const char *type;
    const char *code;
    const char *unit;
    const char *id;
    const char *time_id;
};

static const struct device devices[] = {
    {"04", "24.3.0", "GJ", "hValue", "hValueTS"},
    {"12", "24.3.0", "GJ", "hValue", "hValueTS"},
    {"10", "24.3.0", "GJ", "cValue", "cValueTS"},
    {"10", "24.3.1", "GJ", "cValue", "cValueTS"},
    {"11", "24.3.1", "GJ", "cValue", "cValueTS"},
    {"07", "24.3.0", "m3", "wValue", "wValueTS"},
    {"06", "24.3.0", "m3", "wValue", "wValueTS"},
    {"01", "24.3.0", "m3", "genericValue", "genericValueTS"},
    {"09", "24.3.0", "kWh", "genericValue", "genericValueTS"},
};

static void every_kind_sends_profiles(void)
{
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        const struct device *device = &devices[i];
        char body[256];
        char want[64];
        snprintf(body, sizeof body,
                 "0-3:24.1.0(%s)\n0-3:%s(090212160000)(00)(60)(1)(0-3:24.2.1)(%s)\n(0012.34)\n",
                 device->type, device->code, device->unit);
        snprintf(want, sizeof want, "12.34 %s at 2009-02-12T16:00:00+01:00", device->unit);
        kept_forget();
        kept_read(body);
        KEPT(device->id, want);
        KEPT(device->time_id, "2009-02-12T16:00:00+01:00");
        LEFT("");
    }
}

/* A value with its unit and nothing else: it has no time of its own. */
static void every_kind_sends_bare_values(void)
{
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++) {
        const struct device *device = &devices[i];
        char body[256];
        char want[64];
        snprintf(body, sizeof body,
                 "0-0:1.0.0(240115093000W)\n0-3:24.1.0(%s)\n0-3:%s(0012.34*%s)\n", device->type,
                 device->code, device->unit);
        snprintf(want, sizeof want, "12.34 %s", device->unit);
        kept_forget();
        kept_read(body);
        KEPT(device->id, want);
        KEPT(device->time_id, "");
        LEFT("");
    }
}

static void a_bare_gas_value(void)
{
    kept_forget();
    kept_read(GAS_ON("2") "0-2:24.3.0(00012.340*m3)\n");
    KEPT("gValue", "12.340 m3");
    LEFT("");
}

int main(void)
{
    RUN(the_value_in_the_next_line);
    RUN(the_value_in_the_same_line);
    RUN(status_and_inner_code_do_not_matter);
    RUN(the_unit_decides_where_no_device_type_is_sent);
    RUN(of_several_values_the_last_is_the_newest);
    RUN(several_values_over_several_lines);
    RUN(the_period_is_counted_in_minutes);
    RUN(times_go_on_over_a_clock_change);
    RUN(ten_values_fill_every_id);
    RUN(of_more_than_ten_values_the_oldest_go);
    RUN(hundreds_of_values_do_not_become_the_header);
    RUN(an_empty_place_is_no_value_and_keeps_the_times);
    RUN(a_header_without_values);
    RUN(a_profile_whose_time_is_a_filler_gives_nothing);
    RUN(a_unit_that_does_not_fit_is_no_value);
    RUN(a_unit_is_brought_to_that_of_the_catalogue);
    RUN(every_kind_sends_profiles);
    RUN(every_kind_sends_bare_values);
    RUN(a_bare_gas_value);
    return tap_end();
}
