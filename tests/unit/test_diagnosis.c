/* SPDX-License-Identifier: MIT */
/* From counters and bytes to a verdict, and its words. */
#include "cmd/diagnosis.h"

#include "cmd/doctor_report.h"
#include "cmd/doctor_words.h"
#include "simulate/uart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct line_settings fast = {.baud = 115200, .bits = 8, .parity = 'N', .stop = 1};
static const struct line_settings slow = {.baud = 9600, .bits = 8, .parity = 'N', .stop = 1};

static const char text[] =
    "/KFM5KAIFA-METER\r\n\r\n0-0:96.1.1(4B384547303034303436333935353037)\r\n"
    "1-0:1.8.1(001581.123*kWh)\r\n1-0:1.8.2(001435.706*kWh)\r\n"
    "1-0:1.7.0(02.027*kW)\r\n1-0:2.7.0(00.000*kW)\r\n!";

enum { TEXT_SIZE = sizeof text - 1 };

static void hear(struct findings *findings, const char *bytes, size_t size)
{
    diagnosis_hear(findings, &fast, bytes, size);
}

static struct findings heard_text(void)
{
    struct findings findings = {0};
    hear(&findings, text, TEXT_SIZE);
    return findings;
}

/* ------------------------------------------------------------------------------------------------
 * Bytes
 */

/* A receiver of eight bits that starts at each fall of the line and samples from there, as a UART does. */
static size_t receive(const bool *line, size_t bits, char *out)
{
    size_t count = 0;
    for (size_t i = 1; i + 9 < bits; i++) {
        unsigned byte = 0;
        if (!line[i - 1] || line[i])
            continue;
        for (unsigned bit = 0; bit < 8; bit++)
            byte |= (unsigned)line[i + 1 + bit] << bit;
        out[count++] = (char)byte;
        i += 9; /* the stop bit */
    }
    return count;
}

static size_t send_inverted(const char *bytes, size_t size, char *out)
{
    bool line[64 + 10 * 512];
    size_t bits = 0;
    for (; bits < 32; bits++)
        line[bits] = false; /* at rest */
    for (size_t i = 0; i < size; i++) {
        line[bits++] = true;
        for (unsigned bit = 0; bit < 8; bit++)
            line[bits++] = ((unsigned char)bytes[i] >> bit & 1) == 0;
        line[bits++] = false;
    }
    for (size_t i = 0; i < 32; i++)
        line[bits++] = false;
    return receive(line, bits, out);
}

static void test_an_inverted_signal_is_named(void **state)
{
    (void)state;
    char received[1024];
    struct findings findings = {0};
    size_t size = send_inverted(text, TEXT_SIZE, received);
    assert_true(size > TEXT_SIZE / 2);
    hear(&findings, received, size);
    assert_int_equal(diagnosis_judge(&findings), VERDICT_INVERTED);
}

static void test_runs_of_one_level_at_every_speed_are_an_inverted_signal(void **state)
{
    (void)state;
    char levels[200];
    struct findings findings = {0};
    for (size_t i = 0; i < sizeof levels; i++)
        levels[i] = (char)(i % 3 == 0 ? 0xFF : i % 3 == 1 ? 0 : 0xF8);
    hear(&findings, levels, sizeof levels);
    diagnosis_hear(&findings, &slow, levels, sizeof levels);
    assert_int_equal(diagnosis_judge(&findings), VERDICT_INVERTED);
    findings.fixed = true; /* then it may as well be too slow */
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_SETTINGS);
}

static void judge_at_speed(int sent, int read)
{
    unsigned char received[TEXT_SIZE * UART_MOST_PER_BYTE + 1];
    struct findings findings = {.fixed = true};
    struct uart uart;
    uart_init(&uart, sent, read);
    for (int i = 0; i < 4; i++) {
        size_t size = uart_receive(&uart, (const unsigned char *)text, TEXT_SIZE, received);
        hear(&findings, (const char *)received, size);
    }
    assert_true(diagnosis_bytes(&findings) > 48);
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_SETTINGS);
}

static void test_a_wrong_speed_is_named(void **state)
{
    (void)state;
    judge_at_speed(115200, 9600);
    judge_at_speed(9600, 115200);
    judge_at_speed(38400, 9600);
    judge_at_speed(115200, 57600);
}

static void test_noise_is_not_taken_for_anything_else(void **state)
{
    (void)state;
    char noise[400];
    for (unsigned seed = 1; seed < 200; seed++) {
        struct findings findings = {.cut = 1, .empty = 1};
        srandom(seed);
        for (size_t i = 0; i < sizeof noise; i++)
            noise[i] = (char)random();
        hear(&findings, noise, sizeof noise);
        assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_SETTINGS);
    }
}

static void test_odd_parity_is_named_and_even_parity_is_text(void **state)
{
    (void)state;
    char odd[TEXT_SIZE];
    char even[TEXT_SIZE];
    for (size_t i = 0; i < TEXT_SIZE; i++) {
        even[i] = (char)uart_even_parity((unsigned char)text[i]);
        odd[i] = (char)(even[i] ^ 0x80);
    }
    struct findings findings = {0};
    hear(&findings, odd, sizeof odd);
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_PARITY);
    findings = (struct findings){0};
    hear(&findings, even, sizeof even);
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NO_TELEGRAM);
}

static void test_settings_are_counted_apart(void **state)
{
    (void)state;
    struct findings findings = {0};
    hear(&findings, text, 10);
    diagnosis_wait(&findings, 100);
    diagnosis_hear(&findings, &slow, "", 0);
    diagnosis_wait(&findings, 30);
    hear(&findings, text, 5);
    for (int baud = 300; baud <= 4800; baud *= 2) {
        struct line_settings other = {.baud = baud, .bits = 8, .parity = 'N', .stop = 1};
        diagnosis_hear(&findings, &other, text, 1);
    }
    assert_int_equal(findings.tally_count, TALLIES);
    assert_int_equal(findings.tallies[0].bytes, 15);
    assert_int_equal(findings.tallies[0].listened_ms, 100);
    assert_int_equal(findings.tallies[1].listened_ms, 30);
    assert_int_equal(findings.listened_ms, 130);
    assert_int_equal(diagnosis_bytes(&findings), 20);
}

/* ------------------------------------------------------------------------------------------------
 * Damage
 */

static enum damage damage_of(const char *bytes, size_t size, size_t usual)
{
    struct findings findings = {0};
    struct dsmr_telegram telegram = {
        .text = {bytes, size},
        .crc_sent = dsmr_crc16(0, text, TEXT_SIZE),
        .crc_computed = dsmr_crc16(0, bytes, size),
    };
    diagnosis_damage(&findings, &telegram, usual);
    for (enum damage damage = 0; damage < DAMAGES; damage++)
        if (findings.damages[damage] == 1) {
            assert_int_equal(findings.bad_bytes > 0, damage != DAMAGE_LINE_ENDS);
            return damage;
        }
    return DAMAGES;
}

static void test_each_single_flipped_bit_is_known_as_one(void **state)
{
    (void)state;
    char bytes[TEXT_SIZE];
    for (size_t i = 0; i < TEXT_SIZE; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bytes, text, TEXT_SIZE);
            bytes[i] = (char)((unsigned char)bytes[i] ^ 1U << bit);
            if (bytes[i] == 0)
                continue;
            assert_int_equal(damage_of(bytes, TEXT_SIZE, 0), DAMAGE_FLIPPED);
            assert_int_equal(damage_of(bytes, TEXT_SIZE, TEXT_SIZE), DAMAGE_FLIPPED);
        }
}

static void test_other_damage_has_its_name(void **state)
{
    (void)state;
    char bytes[2 * TEXT_SIZE];
    size_t size = 0;
    for (size_t i = 0; i < TEXT_SIZE; i++)
        if (text[i] != '\r')
            bytes[size++] = text[i];
    assert_int_equal(damage_of(bytes, size, 0), DAMAGE_LINE_ENDS);
    memcpy(bytes, text, 50);
    memcpy(bytes + 50, text + 53, TEXT_SIZE - 53);
    assert_int_equal(damage_of(bytes, TEXT_SIZE - 3, TEXT_SIZE), DAMAGE_LOST);
    memcpy(bytes, text, 50);
    memcpy(bytes + 50, "xyz", 3);
    memcpy(bytes + 53, text + 50, TEXT_SIZE - 50);
    assert_int_equal(damage_of(bytes, TEXT_SIZE + 3, TEXT_SIZE), DAMAGE_ADDED);
    memcpy(bytes, text, TEXT_SIZE);
    bytes[60] = 0;
    assert_int_equal(damage_of(bytes, TEXT_SIZE, TEXT_SIZE), DAMAGE_NULS);
    memcpy(bytes, text, TEXT_SIZE);
    memcpy(bytes + 95, "999999999", 9);
    assert_int_equal(damage_of(bytes, TEXT_SIZE, TEXT_SIZE), DAMAGE_CHANGED);
}

/* ------------------------------------------------------------------------------------------------
 * Verdicts
 */

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    static const struct {
        enum port_trouble trouble;
        enum verdict verdict;
    } rows[] = {
        {PORT_MISSING, VERDICT_MISSING},
        {PORT_FORBIDDEN, VERDICT_FORBIDDEN},
        {PORT_TAKEN, VERDICT_TAKEN},
        {PORT_NO_SERIAL, VERDICT_NO_SERIAL},
        {PORT_UNREACHABLE, VERDICT_UNREACHABLE},
        {PORT_UNREADABLE, VERDICT_UNREADABLE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct findings findings = {.trouble = rows[i].trouble};
        assert_int_equal(diagnosis_judge(&findings), rows[i].verdict);
    }
    struct findings pipe = {.kind = PORT_PIPE, .trouble = PORT_MISSING};
    assert_int_equal(diagnosis_judge(&pipe), VERDICT_NO_PIPE);
}

static void test_silence_depends_on_what_is_listened_to(void **state)
{
    (void)state;
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_SERIAL}), VERDICT_SILENCE);
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_NETWORK_SERIAL}),
                     VERDICT_SILENCE);
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_STREAM}),
                     VERDICT_SILENT_STREAM);
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_PIPE}), VERDICT_SILENT_PIPE);
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_INPUT}), VERDICT_NO_INPUT);
    assert_int_equal(diagnosis_judge(&(struct findings){.kind = PORT_RECORDING}), VERDICT_EMPTY);
    assert_int_equal(diagnosis_judge(&(struct findings){.lost = true}), VERDICT_LOST);
    assert_int_equal(diagnosis_judge(&(struct findings){.shared = true}), VERDICT_TAKEN);
}

static void test_telegrams_that_are_good(void **state)
{
    (void)state;
    struct findings findings = heard_text();
    findings.good = 5;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NO_CRC);
    findings.good_crc = 5;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WELL);
    findings.shared = true; /* as long as it takes nothing away */
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WELL);
    findings.lost = true;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_LOST);
}

static void test_damage_among_good_ones(void **state)
{
    (void)state;
    struct findings findings = heard_text();
    findings.good = findings.good_crc = 99;
    findings.wrong_crc = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WELL);
    findings.wrong_crc = 2;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NOISE);
    findings.cut = 3;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_HALF);
    findings.shared = true;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_TAKEN);
    findings = heard_text();
    findings.good = findings.good_crc = 10;
    findings.wrong_crc = findings.damages[DAMAGE_LINE_ENDS] = 2;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_LINE_ENDS);
}

static void test_damage_and_nothing_else(void **state)
{
    (void)state;
    struct findings findings = heard_text();
    findings.unfinished = true;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_HALF);
    findings.too_long = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_TOO_LONG);
    findings.wrong_crc = 2;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NOISE);
    findings.damages[DAMAGE_LINE_ENDS] = 2;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_LINE_ENDS);
    findings = heard_text();
    findings.empty = 4;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NO_TELEGRAM);
}

static void test_what_is_encrypted_or_another_protocol(void **state)
{
    (void)state;
    struct findings findings = {.tallies = {{.bytes = 500, .text = 100}}, .tally_count = 1};
    findings.hdlc = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_DLMS);
    findings.not_decrypted = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_KEY);
    findings.wrong_tag = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_WRONG_AUTHKEY);
    findings.without_key = 1;
    assert_int_equal(diagnosis_judge(&findings), VERDICT_NO_KEY);
}

static void test_when_enough_is_known(void **state)
{
    (void)state;
    struct findings findings = heard_text();
    findings.good = 9;
    assert_false(diagnosis_is_certain(&findings));
    findings.good = 10;
    assert_true(diagnosis_is_certain(&findings));
    findings.wrong_crc = 1;
    assert_false(diagnosis_is_certain(&findings));
    findings.wrong_crc = 10;
    assert_true(diagnosis_is_certain(&findings));
    findings.good = 9;
    assert_false(diagnosis_is_certain(&findings));
    findings.good = 0;
    assert_true(diagnosis_is_certain(&findings));
    assert_false(diagnosis_is_certain(&(struct findings){.cut = 10})); /* may be noise */
    assert_true(diagnosis_is_certain(&(struct findings){.without_key = 3}));
    assert_true(diagnosis_is_certain(&(struct findings){.hdlc = 3}));
    assert_false(diagnosis_is_certain(&(struct findings){.hdlc = 2}));
}

/* ------------------------------------------------------------------------------------------------
 * Words
 */

static void test_every_verdict_has_words_of_its_own_in_both_languages(void **state)
{
    (void)state;
    struct findings findings = heard_text();
    struct buffer seen = {0};
    for (enum verdict verdict = 0; verdict < VERDICTS; verdict++) {
        assert_non_null(verdict_name(verdict));
        for (enum language language = LANGUAGE_ENGLISH; language <= LANGUAGE_DUTCH; language++) {
            struct doctor_case at_hand = {verdict, &findings, "p1", NULL, NULL, language};
            struct buffer finding = {0};
            struct buffer advice = {0};
            doctor_words_finding(&finding, &at_hand);
            doctor_words_advice(&advice, &at_hand);
            assert_true(finding.size > 10);
            assert_true(!seen.at || !strstr(seen.at, finding.at));
            bool open = verdict == VERDICT_WELL || verdict == VERDICT_UNREADABLE;
            assert_int_equal(advice.size > 10, !open);
            buffer_add_text(&seen, finding.at);
            buffer_free(&finding);
            buffer_free(&advice);
        }
    }
    buffer_free(&seen);
}

static void assert_advice(const char *holder, const char *reason, const char *expected)
{
    struct findings findings = {0};
    struct doctor_case at_hand = {VERDICT_TAKEN, &findings, "p1", holder, reason, LANGUAGE_ENGLISH};
    struct buffer advice = {0};
    doctor_words_advice(&advice, &at_hand);
    assert_non_null(strstr(advice.at, expected));
    buffer_free(&advice);
}

static void test_the_advice_knows_who_has_the_port(void **state)
{
    (void)state;
    assert_advice("openHAB (process 7)", NULL, "thing of its own DSMR binding");
    assert_advice("ser2net (process 7)", NULL, "/etc/ser2net.yaml");
    assert_advice("ModemManager (process 7)", NULL, "ID_MM_DEVICE_IGNORE");
    assert_advice("agetty (process 7)", NULL, "serial-getty@");
    assert_advice("dsmr (process 7)", NULL, "p1.listen=tcp://127.0.0.1:2000");
    assert_advice("brltty (process 7)", NULL, "Braille");
    assert_advice("python3 (process 7)", NULL, "Stop the other one");
    assert_advice(NULL, "p1 is in use … openHAB runs here (process 7)", "own DSMR binding");
    assert_advice(NULL, NULL, "Stop the other one");
}

static void test_lost_bytes_of_the_driver_outweigh_what_telegrams_look_like(void **state)
{
    (void)state;
    struct findings findings = {.good = 8, .wrong_crc = 2, .damages = {[DAMAGE_FLIPPED] = 2}};
    struct doctor_case at_hand = {VERDICT_NOISE, &findings, "p1", NULL, NULL, LANGUAGE_ENGLISH};
    struct buffer advice = {0};
    doctor_words_advice(&advice, &at_hand);
    assert_non_null(strstr(advice.at, "Flipped bits"));
    buffer_clear(&advice);
    findings.errors = (struct line_errors){.known = true, .overruns = 3};
    doctor_words_advice(&advice, &at_hand);
    assert_non_null(strstr(advice.at, "low_latency"));
    buffer_free(&advice);
}

static void test_counters_of_the_driver_are_in_the_report(void **state)
{
    (void)state;
    struct doctor_order order = {.port = "/dev/serial/by-id/usb-FTDI_FT232R_AH06C0WV-if00-port0"};
    struct doctor_history history = {.request = 1};
    struct report_wish wish = {&order, &history, VERDICT_SILENCE, false};
    struct buffer out = {0};
    history.findings.errors = (struct line_errors){true, 1, 22, 3, 44};
    memcpy(history.title, "SAG\x70\x71\x72\x73\x74", DSMR_TITLE_SIZE);
    doctor_report_write(&out, &wish);
    assert_non_null(strstr(out.at, "overruns 1, framing errors 22, parity errors 3, breaks 44\n"));
    assert_non_null(strstr(out.at, "FT232R_********-if00-port0, serial port, RTS on\n"));
    assert_non_null(strstr(out.at, "title   SAG ** ** ** ** **\n"));
    buffer_clear(&out);
    wish.serial_numbers = true;
    doctor_report_write(&out, &wish);
    assert_non_null(strstr(out.at, "title   SAG 70 71 72 73 74\n"));
    assert_non_null(strstr(out.at, "AH06C0WV"));
    buffer_free(&out);
}

static void assert_masked(const char *from, const char *to)
{
    struct buffer out = {0};
    doctor_report_mask(&out, from, strlen(from));
    assert_string_equal(out.at, to);
    buffer_free(&out);
}

static void test_serial_numbers_are_masked(void **state)
{
    (void)state;
    assert_masked("KFM5KAIFA-METER", "KFM5KAIFA-METER");
    assert_masked("ISk5\\2MT382-1000", "ISk5\\2MT382-1000");
    assert_masked("XMX5LGBBFFB231314239", "XMX5LG**************");
    assert_masked("Lux5\\253663629_D", "Lux5\\*********_D");
    assert_masked("tcp://192.168.1.5:2000", "tcp://192.168.1.5:2000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_inverted_signal_is_named),
        cmocka_unit_test(test_runs_of_one_level_at_every_speed_are_an_inverted_signal),
        cmocka_unit_test(test_a_wrong_speed_is_named),
        cmocka_unit_test(test_noise_is_not_taken_for_anything_else),
        cmocka_unit_test(test_odd_parity_is_named_and_even_parity_is_text),
        cmocka_unit_test(test_settings_are_counted_apart),
        cmocka_unit_test(test_each_single_flipped_bit_is_known_as_one),
        cmocka_unit_test(test_other_damage_has_its_name),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_silence_depends_on_what_is_listened_to),
        cmocka_unit_test(test_telegrams_that_are_good),
        cmocka_unit_test(test_damage_among_good_ones),
        cmocka_unit_test(test_damage_and_nothing_else),
        cmocka_unit_test(test_what_is_encrypted_or_another_protocol),
        cmocka_unit_test(test_when_enough_is_known),
        cmocka_unit_test(test_every_verdict_has_words_of_its_own_in_both_languages),
        cmocka_unit_test(test_the_advice_knows_who_has_the_port),
        cmocka_unit_test(test_lost_bytes_of_the_driver_outweigh_what_telegrams_look_like),
        cmocka_unit_test(test_counters_of_the_driver_are_in_the_report),
        cmocka_unit_test(test_serial_numbers_are_masked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
