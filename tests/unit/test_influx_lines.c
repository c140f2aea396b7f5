/* SPDX-License-Identifier: MIT */
/* InfluxDB's line protocol: times, types, and names that try to break it. */
#include "sink/influx_lines.h"

#include "taken.h"

static void assert_lines(const char *measurement, const struct readings *readings,
                         const char *wanted)
{
    struct buffer out = {0};
    influx_lines(&out, measurement, readings);
    assert_string_equal(out.size > 0 ? out.at : "", wanted);
    buffer_free(&out);
}

static void test_each_value_at_its_own_time(void **state)
{
    (void)state;
    struct taken *taken = calloc(1, sizeof *taken);
    take_lines(taken, "KFM5",
               "0-0:1.0.0(161113205757W)\r\n"
               "1-0:1.8.1(001581.123*kWh)\r\n"
               "0-0:96.14.0(0002)\r\n"
               "0-0:96.7.21(00004)\r\n"
               "1-0:1.7.0(-00.500*kW)\r\n"
               "0-1:24.1.0(003)\r\n"
               "0-1:24.2.1(161113200000W)(00981.443*m3)\r\n"
               "0-2:24.1.0(007)\r\n"
               "0-2:24.2.1(161113200000W)(00012.345*m3)\r\n");
    assert_lines("dsmr", &taken->readings,
                 "dsmr,meter=main eDeliveryTariff1=1581.123,eTariffIndicator=\"0002\","
                 "ePowerFailures=4,eActualDelivery=-0.500,gDeviceType=\"003\","
                 "gValueTS=\"2016-11-13T20:00:00+01:00\",wDeviceType=\"007\","
                 "wValueTS=\"2016-11-13T20:00:00+01:00\" 1479067077\n"
                 "dsmr,meter=main gValue=981.443,wValue=12.345 1479063600\n");
    taken_free(taken);
}

static void test_without_a_time_it_is_that_of_arrival(void **state)
{
    (void)state;
    struct taken *taken = calloc(1, sizeof *taken);
    take_lines(taken, "KFM5", "1-0:1.8.1(001581.123*kWh)\r\n");
    assert_lines("dsmr", &taken->readings,
                 "dsmr,meter=main eDeliveryTariff1=1581.123 1742209200\n");
    taken_free(taken);
}

static void test_what_need_not_be_sent_is_not(void **state)
{
    (void)state;
    struct taken *taken = calloc(1, sizeof *taken);
    const bool first[] = {true, false};
    const bool all[] = {true, true};
    take_lines(taken, "KFM5", "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.8.2(000001.000*kWh)\r\n");
    taken->readings.same = first;
    assert_lines("dsmr", &taken->readings, "dsmr,meter=main eDeliveryTariff2=1.000 1742209200\n");
    taken->readings.same = all;
    assert_lines("dsmr", &taken->readings, "");
    taken_free(taken);
}

static void test_spreads(void **state)
{
    (void)state;
    struct taken *taken = calloc(1, sizeof *taken);
    const struct spread spread = {
        .reading = 1, .least = {100, 3}, .mean = {1500, 3}, .greatest = {9000, 3}};
    take_lines(taken, "KFM5", "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.7.0(01.500*kW)\r\n");
    taken->readings.spreads = &spread;
    taken->readings.spread_count = 1;
    assert_lines("dsmr", &taken->readings,
                 "dsmr,meter=main eDeliveryTariff1=1581.123,eActualDelivery=1.500,"
                 "eActualDelivery_least=0.100,eActualDelivery_greatest=9.000 1742209200\n");
    taken_free(taken);
}

static void test_names_that_try_to_break_out(void **state)
{
    static const char *const cases[][2] = {
        {"dsmr", "dsmr"},
        {"a b,c=d", "a\\ b\\,c\\=d"},
        {"\"quoted\"", "\"quoted\""},
        {"ends with \\", "ends\\ with\\ /"},
        {"\\,x", "/\\,x"},
        {"two\nlines\r\t", "two?lines??"},
        {"#comment", "?comment"},
        {"a#b", "a#b"},
        {"", "?"},
        {"m\xC3\xA9ter", "m\xC3\xA9ter"},
        {"latin\xE9 1", "latin?\\ 1"},
        {"\xF0\x9F", "??"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        influx_name(&out, cases[i][0]);
        assert_string_equal(out.at, cases[i][1]);
        buffer_free(&out);
    }
}

static void test_texts_that_try_to_break_out(void **state)
{
    static const char *const cases[][2] = {
        {"", "\"\""},
        {"0002", "\"0002\""},
        {"a b,c=d", "\"a b,c=d\""},
        {"say \"x\" 1", "\"say \\\"x\\\" 1\""},
        {"\\", "\"\\\\\""},
        {"\\\"", "\"\\\\\\\"\""},
        {"two\nlines,x=1 5\r\n", "\"twolines,x=1 5\""},
        {"\xE9\x85\xFF", "\"\xC3\xA9\xC3\xBF\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out = {0};
        influx_string(&out, (struct dsmr_text){cases[i][0], strlen(cases[i][0])});
        assert_string_equal(out.at, cases[i][1]);
        buffer_free(&out);
    }
}

static void test_url_says_that_times_are_seconds(void **state)
{
    static const char *const cases[][2] = {
        {"http://h:8086/write?db=a", "http://h:8086/write?db=a&precision=s"},
        {"http://h:8086/write", "http://h:8086/write?precision=s"},
        {"http://h:8086/write?", "http://h:8086/write?precision=s"},
        {"http://h/write?precision=ns&db=a&", "http://h/write?db=a&precision=s"},
        {"http://h/api/v2/write?org=o&precision=ms&bucket=b",
         "http://h/api/v2/write?org=o&bucket=b&precision=s"},
        {"http://h/api/v3/write_lp?db=a&precision=auto",
         "http://h/api/v3/write_lp?db=a&precision=second"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *url = influx_url(cases[i][0]);
        assert_string_equal(url, cases[i][1]);
        free(url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_value_at_its_own_time),
        cmocka_unit_test(test_without_a_time_it_is_that_of_arrival),
        cmocka_unit_test(test_what_need_not_be_sent_is_not),
        cmocka_unit_test(test_spreads),
        cmocka_unit_test(test_names_that_try_to_break_out),
        cmocka_unit_test(test_texts_that_try_to_break_out),
        cmocka_unit_test(test_url_says_that_times_are_seconds),
    };
    return cmocka_run_group_tests_name("influx_lines", tests, NULL, NULL);
}
