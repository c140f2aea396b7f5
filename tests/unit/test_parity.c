/* SPDX-License-Identifier: MIT */
/* Seven bits and even parity in a stream of eight: recognised where it is, and left alone elsewhere. */
#include "source/parity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char telegram[] = "/ISk5\\2ME382-1003\r\n"
                               "\r\n"
                               "0-0:96.1.1(4B414C37303035303739343336333132)\r\n"
                               "1-0:1.8.1(00001.001*kWh)\r\n"
                               "1-0:1.8.2(00002.002*kWh)\r\n"
                               "1-0:2.8.1(00000.000*kWh)\r\n"
                               "1-0:1.7.0(0001.01*kW)\r\n"
                               "0-0:96.14.0(0001)\r\n"
                               "!\r\n";

enum { SIZE = sizeof telegram - 1, STREAM = 8192 };

/* A stream as a port of eight bits hands it on. */
struct line {
    char bytes[STREAM];
    size_t size;
};

static void add(struct line *line, const char *bytes, size_t size)
{
    assert_true(line->size + size <= sizeof line->bytes);
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
}

static char with_parity(char byte)
{
    return (char)(__builtin_parity((unsigned char)byte & 0x7Fu) ? byte | 0x80 : byte);
}

static void add_7e1(struct line *line, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char byte = with_parity(text[i]);
        add(line, &byte, 1);
    }
}

static void add_noise(struct line *line, unsigned seed, size_t size)
{
    srandom(seed);
    for (size_t i = 0; i < size; i++) {
        char byte = (char)random();
        add(line, &byte, 1);
    }
}

/* The line as it is after stripping, in pieces of this size. */
static struct line stripped(const struct line *line, struct parity *parity, size_t piece)
{
    struct line copy = *line;
    for (size_t at = 0; at < copy.size; at += piece)
        parity_strip(parity, copy.bytes + at, copy.size - at < piece ? copy.size - at : piece);
    return copy;
}

static void assert_holds(const struct line *line, const char *text, size_t size)
{
    if (memmem(line->bytes, line->size, text, size) == NULL)
        fail_msg("the telegram is not in what was read: %.*s", (int)line->size, line->bytes);
}

static void test_even_is_even(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++)
        assert_int_equal(parity_is_even((unsigned char)byte), __builtin_parity(byte) == 0);
}

/* Its first byte is even, and nothing is known yet. */
static void test_the_start_of_an_encrypted_frame_stays(void **state)
{
    (void)state;
    static const char header[] = {(char)0xDB, 8, 'S', 'A', 'G', (char)0x82, 1, 0x30};
    struct line line = {.size = 0};
    struct parity parity;
    parity_init(&parity);
    add(&line, header, sizeof header);
    struct line read = stripped(&line, &parity, 1);
    assert_memory_equal(read.bytes, header, sizeof header);
    assert_false(parity.stripping);
}

static void test_seven_bits_are_read_from_the_first_byte(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 7, 64, STREAM};
    struct line line = {.size = 0};
    add_7e1(&line, telegram, SIZE);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct parity parity;
        parity_init(&parity);
        struct line read = stripped(&line, &parity, pieces[i]);
        assert_memory_equal(read.bytes, telegram, SIZE);
        assert_true(parity.stripping);
    }
}

static void test_seven_bits_are_read_from_the_middle_of_a_telegram(void **state)
{
    (void)state;
    for (size_t start = 0; start < SIZE; start++) {
        struct line line = {.size = 0};
        struct parity parity;
        parity_init(&parity);
        add_7e1(&line, telegram + start, SIZE - start);
        add_7e1(&line, telegram, SIZE);
        struct line read = stripped(&line, &parity, STREAM);
        assert_memory_equal(read.bytes, telegram + start, SIZE - start);
        assert_memory_equal(read.bytes + SIZE - start, telegram, SIZE);
    }
}

static void test_eight_bits_are_left_alone(void **state)
{
    (void)state;
    struct line line = {.size = 0};
    struct parity parity;
    parity_init(&parity);
    for (int i = 0; i < 20; i++)
        add(&line, telegram, SIZE);
    struct line read = stripped(&line, &parity, 100);
    assert_memory_equal(read.bytes, line.bytes, line.size);
    assert_false(parity.stripping);
    assert_true(parity.plain);
}

/* Hungarian meters fill a message with FF [reference 2.3]. */
static void test_a_message_full_of_ff_stays(void **state)
{
    (void)state;
    static const char head[] = "/AUX59902759054\r\n\r\n0-0:96.13.0(";
    static const char tail[] = ")\r\n!\r\n";
    char fill[1024];
    memset(fill, 0xFF, sizeof fill);
    struct line line = {.size = 0};
    struct parity parity;
    parity_init(&parity);
    for (int i = 0; i < 4; i++) {
        add(&line, head, sizeof head - 1);
        add(&line, fill, sizeof fill);
        add(&line, tail, sizeof tail - 1);
    }
    struct line read = stripped(&line, &parity, 50);
    assert_memory_equal(read.bytes, line.bytes, line.size);
    assert_false(parity.stripping);
}

static void test_high_bytes_of_an_identification_stay(void **state)
{
    (void)state;
    static const char text[] =
        "/KFM5\xAB\xABKAIFA\xFF-METER\xB2\r\n\r\n1-0:1.7.0(00.1*kW)\r\n!\r\n";
    struct line line = {.size = 0};
    struct parity parity;
    parity_init(&parity);
    for (int i = 0; i < 20; i++)
        add(&line, text, sizeof text - 1);
    struct line read = stripped(&line, &parity, STREAM);
    assert_memory_equal(read.bytes, line.bytes, line.size);
}

/* The parity is right in every byte, but bit 7 never comes: there is nothing to drop. */
static void test_one_byte_again_and_again_proves_nothing(void **state)
{
    (void)state;
    static const unsigned char bytes[] = {0x00, 0xFF, 0x30};
    for (size_t i = 0; i < sizeof bytes; i++) {
        struct line line = {.size = 2000};
        struct parity parity;
        parity_init(&parity);
        memset(line.bytes, bytes[i], line.size);
        stripped(&line, &parity, STREAM);
        assert_false(parity.stripping);
    }
}

static void test_a_bit_error_now_and_then_costs_only_itself(void **state)
{
    (void)state;
    for (size_t wrong = 0; wrong < SIZE; wrong++) {
        struct line line = {.size = 0};
        struct parity parity;
        parity_init(&parity);
        for (int i = 0; i < 3; i++)
            add_7e1(&line, telegram, SIZE);
        line.bytes[SIZE + wrong] ^= 0x04;
        struct line read = stripped(&line, &parity, STREAM);
        read.bytes[SIZE + wrong] ^= 0x04;
        assert_memory_equal(read.bytes + SIZE, telegram, SIZE);
        assert_memory_equal(read.bytes + 2 * SIZE, telegram, SIZE);
    }
}

static void test_noise_at_the_start_costs_one_telegram_at_most(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct line line = {.size = 0};
        struct parity parity;
        parity_init(&parity);
        add_noise(&line, seed, 300);
        add_7e1(&line, telegram, SIZE);
        add_7e1(&line, telegram, SIZE);
        struct line read = stripped(&line, &parity, STREAM);
        assert_memory_equal(read.bytes + 300 + SIZE, telegram, SIZE);
    }
}

static void test_noise_between_telegrams_costs_none(void **state)
{
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct line line = {.size = 0};
        struct parity parity;
        parity_init(&parity);
        for (int i = 0; i < 4; i++)
            add_7e1(&line, telegram, SIZE);
        add_noise(&line, seed, 200);
        size_t start = line.size;
        add_7e1(&line, telegram, SIZE);
        struct line read = stripped(&line, &parity, STREAM);
        assert_memory_equal(read.bytes + start, telegram, SIZE);
    }
}

static void test_fill_between_telegrams_costs_none(void **state)
{
    (void)state;
    static const char fills[] = {0x00, (char)0xFF};
    for (size_t i = 0; i < sizeof fills; i++) {
        struct line line = {.size = 0};
        struct parity parity;
        parity_init(&parity);
        for (int j = 0; j < 400; j++)
            add(&line, &fills[i], 1);
        add_7e1(&line, telegram, SIZE);
        struct line read = stripped(&line, &parity, 10);
        assert_memory_equal(read.bytes + 400, telegram, SIZE);
    }
}

/* The meter was replaced: what comes now has eight bits, and bit 7 has a meaning again. */
static void test_eight_bits_after_seven_are_recognised(void **state)
{
    (void)state;
    static const char text[] = "/KFM5KAIFA-METER\r\n\r\n0-0:96.13.0(\xFF\xFE)\r\n!\r\n";
    struct line line = {.size = 0};
    struct parity parity;
    parity_init(&parity);
    add_7e1(&line, telegram, SIZE);
    for (int i = 0; i < 4; i++)
        add(&line, telegram, SIZE);
    size_t start = line.size;
    add(&line, text, sizeof text - 1);
    struct line read = stripped(&line, &parity, 30);
    assert_memory_equal(read.bytes + start, text, sizeof text - 1);
    assert_false(parity.stripping);
    assert_holds(&read, text, sizeof text - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_even_is_even),
        cmocka_unit_test(test_the_start_of_an_encrypted_frame_stays),
        cmocka_unit_test(test_seven_bits_are_read_from_the_first_byte),
        cmocka_unit_test(test_seven_bits_are_read_from_the_middle_of_a_telegram),
        cmocka_unit_test(test_eight_bits_are_left_alone),
        cmocka_unit_test(test_a_message_full_of_ff_stays),
        cmocka_unit_test(test_high_bytes_of_an_identification_stay),
        cmocka_unit_test(test_one_byte_again_and_again_proves_nothing),
        cmocka_unit_test(test_a_bit_error_now_and_then_costs_only_itself),
        cmocka_unit_test(test_noise_at_the_start_costs_one_telegram_at_most),
        cmocka_unit_test(test_noise_between_telegrams_costs_none),
        cmocka_unit_test(test_fill_between_telegrams_costs_none),
        cmocka_unit_test(test_eight_bits_after_seven_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
