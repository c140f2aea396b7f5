/* SPDX-License-Identifier: MIT */
/* Numbers keep every digit; what is no number is refused. */
#include "dsmr/dsmr.h"
#include "tap.h"

static struct dsmr_text text_of(const char *text)
{
    return (struct dsmr_text){text, strlen(text)};
}

/* The number as the library prints it, or the failure in words. */
static const char *read(const char *text)
{
    static char printed[DSMR_NUMBER_SIZE];
    struct dsmr_number number;
    enum dsmr_status status = dsmr_number_parse(text_of(text), &number);
    if (status != DSMR_OK)
        return dsmr_strerror(status);
    size_t size = dsmr_number_print(number, printed);
    SAME(size, strlen(printed));
    return printed;
}

#define READS(text, want) SAME_TEXT(read(text), strlen(read(text)), want)
#define NOT_A_NUMBER "not a number"
#define OUT_OF_RANGE "out of range"

static void mantissa_and_decimals_are_exact(void)
{
    struct dsmr_number number;
    SAME(dsmr_number_parse(text_of("001581.120"), &number), DSMR_OK);
    SAME(number.mantissa, 1581120);
    SAME(number.decimals, 3);
}

static void only_leading_zeros_go(void)
{
    READS("001581.120", "1581.120");
    READS("000000.000", "0.000");
    READS("00000000", "0");
    READS("0", "0");
    READS("00.5", "0.5");
    READS("100", "100");
    READS("123456.7890000", "123456.7890000");
    READS("0.000000000000000001", "0.000000000000000001");
}

static void a_point_may_stand_at_either_end(void)
{
    READS(".5", "0.5");
    READS("5.", "5");
}

static void signs_are_read(void)
{
    READS("-1.000", "-1.000");
    READS("+00.007", "0.007");
    READS("-0.5", "-0.5");
    READS("-000123", "-123");
}

static void surrounding_blanks_are_allowed(void)
{
    READS(" 12.5 ", "12.5");
    READS("12.5\r\n", "12.5");
    READS("\r\n12.5", "12.5");
}

static void what_is_no_number_is_refused(void)
{
    READS("", NOT_A_NUMBER);
    READS(" ", NOT_A_NUMBER);
    READS(".", NOT_A_NUMBER);
    READS("-", NOT_A_NUMBER);
    READS("+.", NOT_A_NUMBER);
    READS("--1", NOT_A_NUMBER);
    READS("1-", NOT_A_NUMBER);
    READS("1.2.3", NOT_A_NUMBER);
    READS("1e5", NOT_A_NUMBER);
    READS("nan", NOT_A_NUMBER);
    READS("0x10", NOT_A_NUMBER);
    READS("12 34", NOT_A_NUMBER);
    READS("1,5", NOT_A_NUMBER);
    READS("00.A23", NOT_A_NUMBER);
    READS("1\xFF", NOT_A_NUMBER);
}

static void eighteen_digits_fit_and_more_do_not(void)
{
    READS("999999999999999999", "999999999999999999");
    READS("-999999999999999999", "-999999999999999999");
    READS("000000000000000000000000000000999999999999999999", "999999999999999999");
    READS("9999999999999999990", OUT_OF_RANGE);
    READS("1000000000000000000", OUT_OF_RANGE);
    READS("0.0000000000000000001", OUT_OF_RANGE);
    READS("0.0000000000000000000", OUT_OF_RANGE);
    READS("123456789012345678901234567890", OUT_OF_RANGE);
}

static void durations_of_more_than_31_bits_are_exact(void)
{
    READS("2317482647", "2317482647");
    READS("0002147483648", "2147483648");
}

/* A failure leaves the caller's number as it was. */
static void a_failure_changes_nothing(void)
{
    struct dsmr_number number = {42, 1};
    SAME(dsmr_number_parse(text_of("x"), &number), DSMR_ERR_NUMBER);
    SAME(dsmr_number_parse(text_of("1234567890123456789"), &number), DSMR_ERR_RANGE);
    SAME(number.mantissa, 42);
    SAME(number.decimals, 1);
}

static const char *scaled(const char *text, int exponent)
{
    static char printed[DSMR_NUMBER_SIZE];
    struct dsmr_number number;
    SAME(dsmr_number_parse(text_of(text), &number), DSMR_OK);
    enum dsmr_status status = dsmr_number_scale(&number, exponent);
    if (status != DSMR_OK)
        return dsmr_strerror(status);
    dsmr_number_print(number, printed);
    return printed;
}

#define SCALES(text, exponent, want)                                                               \
    SAME_TEXT(scaled(text, exponent), strlen(scaled(text, exponent)), want)

static void scaling_moves_the_point(void)
{
    SCALES("000123", -3, "0.123");
    SCALES("123456789", -3, "123456.789");
    SCALES("0.5", -3, "0.0005");
    SCALES("1.5", 0, "1.5");
    SCALES("41.160", 3, "41160");
    SCALES("1.2345", 3, "1234.5");
    SCALES("1.5", 3, "1500");
    SCALES("-2", 3, "-2000");
    SCALES("0", 3, "0");
}

static void scaling_out_of_range_is_refused(void)
{
    SCALES("999999999999999999", 2, OUT_OF_RANGE);
    SCALES("-999999999999999999", 2, OUT_OF_RANGE);
    SCALES("0.000000000000000001", -1, OUT_OF_RANGE);
    SCALES("1", 1000000, OUT_OF_RANGE);
    SCALES("1", -1000000, OUT_OF_RANGE);
    SCALES("1", -256, OUT_OF_RANGE);
    SCALES("0", 1000000, "0");
}

static void a_refused_scaling_changes_nothing(void)
{
    struct dsmr_number number = {999999999999999999, 1};
    SAME(dsmr_number_scale(&number, 5), DSMR_ERR_RANGE);
    SAME(number.mantissa, 999999999999999999);
    SAME(number.decimals, 1);
}

static void the_extremes_print(void)
{
    char printed[DSMR_NUMBER_SIZE];
    size_t size = dsmr_number_print((struct dsmr_number){INT64_MIN, 0}, printed);
    SAME_TEXT(printed, size, "-9223372036854775808");
    size = dsmr_number_print((struct dsmr_number){INT64_MAX, 18}, printed);
    SAME_TEXT(printed, size, "9.223372036854775807");
    size = dsmr_number_print((struct dsmr_number){INT64_MIN, 18}, printed);
    SAME_TEXT(printed, size, "-9.223372036854775808");
    size = dsmr_number_print((struct dsmr_number){-1, 18}, printed);
    SAME_TEXT(printed, size, "-0.000000000000000001");
}

/* print(parse(x)) is x, for every length and every place of the point. */
static void every_digit_survives(void)
{
    static const char digits[] = "987654321098765432";
    for (size_t length = 1; length <= 18; length++) {
        for (size_t point = 1; point <= length; point++) {
            char text[DSMR_NUMBER_SIZE];
            int size = point == length ? snprintf(text, sizeof text, "%.*s", (int)length, digits)
                                       : snprintf(text, sizeof text, "%.*s.%.*s", (int)point,
                                                  digits, (int)(length - point), digits + point);
            SAME_TEXT(read(text), (size_t)size, text);
        }
    }
}

int main(void)
{
    RUN(mantissa_and_decimals_are_exact);
    RUN(only_leading_zeros_go);
    RUN(a_point_may_stand_at_either_end);
    RUN(signs_are_read);
    RUN(surrounding_blanks_are_allowed);
    RUN(what_is_no_number_is_refused);
    RUN(eighteen_digits_fit_and_more_do_not);
    RUN(durations_of_more_than_31_bits_are_exact);
    RUN(a_failure_changes_nothing);
    RUN(scaling_moves_the_point);
    RUN(scaling_out_of_range_is_refused);
    RUN(a_refused_scaling_changes_nothing);
    RUN(the_extremes_print);
    RUN(every_digit_survives);
    return tap_end();
}
