/* SPDX-License-Identifier: MIT */
/* The log: what a line looks like, and that nothing in it can disturb the reader's screen. */
#include "core/log.h"

#include <fcntl.h>
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A log into memory. */
struct sheet {
    struct log log;
    char *text;
    size_t size;
};

static void open_sheet(struct sheet *sheet)
{
    memset(sheet, 0, sizeof *sheet);
    sheet->log.stream = open_memstream(&sheet->text, &sheet->size);
    sheet->log.level = LOG_INFO;
    assert_non_null(sheet->log.stream);
}

static void close_sheet(struct sheet *sheet)
{
    fclose(sheet->log.stream);
    free(sheet->text);
}

static void assert_matches(const char *text, const char *pattern)
{
    regex_t expression;
    assert_int_equal(regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&expression, text, 0, NULL, 0) != 0)
        fail_msg("'%s' is not '%s'", text, pattern);
    regfree(&expression);
}

static void test_line_has_local_time(void **state)
{
    (void)state;
    setenv("TZ", "XYZ-5:30", 1);
    tzset();
    struct sheet sheet;
    open_sheet(&sheet);
    time_t now = time(NULL) + 5 * 3600 + 1800;
    log_warn(&sheet.log, "port", "no such port: %s", "/dev/ttyUSB0");
    assert_matches(sheet.text, "^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} "
                               "warn  port: no such port: /dev/ttyUSB0\n$");
    struct tm written = {0};
    assert_non_null(strptime(sheet.text, "%Y-%m-%d %H:%M:%S", &written));
    assert_true(timegm(&written) - now >= 0 && timegm(&written) - now <= 2);
    close_sheet(&sheet);
    unsetenv("TZ");
    tzset();
}

static void test_levels(void **state)
{
    (void)state;
    static const char *const names[] = {"error", "warn", "info", "debug"};
    struct sheet sheet;
    open_sheet(&sheet);
    for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
        enum log_level level;
        assert_true(log_level_parse(names[i], &level));
        assert_int_equal(level, i);
        log_write(&sheet.log, level, "t", "of level %s", names[i]);
    }
    assert_matches(sheet.text, "error t: of level error\n.*warn  t: .*\n.*info  t: .*\n$");
    assert_null(strstr(sheet.text, "debug"));
    assert_true(log_wants(&sheet.log, LOG_INFO));
    assert_false(log_wants(&sheet.log, LOG_DEBUG));
    enum log_level level;
    assert_false(log_level_parse("loud", &level));
    assert_false(log_level_parse("", &level));
    close_sheet(&sheet);
}

static int asked;

static int costly(void)
{
    return ++asked;
}

static void test_debug_composes_nothing_in_vain(void **state)
{
    (void)state;
    struct sheet sheet;
    open_sheet(&sheet);
    log_debug(&sheet.log, "t", "%d", costly());
    assert_int_equal(asked, 0);
    sheet.log.level = LOG_DEBUG;
    log_debug(&sheet.log, "t", "%d", costly());
    assert_int_equal(asked, 1);
    assert_matches(sheet.text, "debug t: 1\n$");
    close_sheet(&sheet);
}

static void test_journal_gets_priorities(void **state)
{
    (void)state;
    struct sheet sheet;
    open_sheet(&sheet);
    sheet.log.journal = true;
    sheet.log.colour = true;
    sheet.log.level = LOG_DEBUG;
    log_error(&sheet.log, "t", "a");
    log_warn(&sheet.log, "t", "b");
    log_info(&sheet.log, "t", "c");
    log_debug(&sheet.log, "t", "%s", "d");
    assert_string_equal(sheet.text, "<3>t: a\n<4>t: b\n<6>t: c\n<7>t: d\n");
    close_sheet(&sheet);
}

static void test_colour_is_of_the_level(void **state)
{
    (void)state;
    struct sheet sheet;
    open_sheet(&sheet);
    sheet.log.colour = true;
    log_warn(&sheet.log, "t", "text");
    assert_matches(sheet.text, " \033\\[33mwarn \033\\[0m t: text\n$");
    close_sheet(&sheet);
}

static void test_dangerous_bytes_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *text, *line;
    } cases[] = {
        {"a\nb\r\n", "a\\x0Ab\\x0D\\x0A"},
        {"\033[2J\007\177", "\\x1B[2J\\x07\\x7F"},
        {"\xFF\xFE", "\\xFF\\xFE"},
        {"m\xC2\xB3 \xE2\x82\xAC \xF0\x9F\x94\x8C", "m\xC2\xB3 \xE2\x82\xAC \xF0\x9F\x94\x8C"},
        {"\xC2\x9B 31m", "\\xC2\\x9B 31m"}, /* a control character of ISO 6429 */
        {"\xC0\xAF \xE0\x80\xAF", "\\xC0\\xAF \\xE0\\x80\\xAF"}, /* too long a form */
        {"\xED\xA0\x80", "\\xED\\xA0\\x80"},                     /* half of a pair */
        {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},            /* past the last character */
        {"\xE2\x82", "\\xE2\\x82"},                              /* cut short */
        {"\xE2\x80\xA8", "\\xE2\\x80\\xA8"},                     /* a line separator */
    };
    struct sheet sheet;
    open_sheet(&sheet);
    sheet.log.journal = true;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wanted[100];
        snprintf(wanted, sizeof wanted, "<6>t: %s\n", cases[i].line);
        rewind(sheet.log.stream);
        log_info(&sheet.log, "t", "%s", cases[i].text);
        fflush(sheet.log.stream);
        assert_memory_equal(sheet.text, wanted, strlen(wanted));
    }
    close_sheet(&sheet);
}

static void test_long_lines_are_cut(void **state)
{
    (void)state;
    static char text[20000];
    static const char bytes[] = {'x', 1, (char)0xFF};
    for (size_t i = 0; i < sizeof bytes; i++) {
        memset(text, bytes[i], sizeof text - 1);
        struct sheet sheet;
        open_sheet(&sheet);
        log_info(&sheet.log, text, "%s", text);
        assert_true(sheet.size > 4000 && sheet.size <= 6000);
        assert_string_equal(sheet.text + sheet.size - 4, "…\n");
        close_sheet(&sheet);
    }
}

/* A socket that keeps messages apart shows how many writes a line took. */
static void test_a_line_is_one_write(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
    struct log log = {.stream = fdopen(ends[1], "w"), .level = LOG_INFO, .journal = true};
    assert_non_null(log.stream);
    for (int unbuffered = 0; unbuffered < 2; unbuffered++) {
        if (unbuffered)
            setvbuf(log.stream, NULL, _IONBF, 0);
        log_info(&log, "topic", "the first %d", 1);
        log_info(&log, "topic", "the second");
        char got[100];
        ssize_t size = read(ends[0], got, sizeof got);
        assert_int_equal(size, strlen("<6>topic: the first 1\n"));
        assert_memory_equal(got, "<6>topic: the first 1\n", (size_t)size);
        size = read(ends[0], got, sizeof got);
        assert_int_equal(size, strlen("<6>topic: the second\n"));
    }
    fclose(log.stream);
    close(ends[0]);
}

static void keep_line(void *context, enum log_level level, const char *line)
{
    snprintf(context, 100, "%d %s", (int)level, line);
}

static void test_mirror_gets_what_is_written(void **state)
{
    (void)state;
    char kept[100] = "";
    struct sheet sheet;
    open_sheet(&sheet);
    sheet.log.mirror = keep_line;
    sheet.log.mirror_context = kept;
    log_debug(&sheet.log, "port", "%s", "not wanted");
    assert_string_equal(kept, "");
    log_warn(&sheet.log, "port", "gone\n");
    assert_string_equal(kept, "1 port: gone\\x0A");
    assert_true(sheet.size > 0);
    close_sheet(&sheet);

    struct log only_mirrored = {.level = LOG_INFO, .mirror = keep_line, .mirror_context = kept};
    log_error(&only_mirrored, "port", "here");
    assert_string_equal(kept, "0 port: here");
}

/* Runs log_init() with that file as standard error. */
static void init_with_stderr(struct log *log, int fd)
{
    int kept = dup(STDERR_FILENO);
    assert_true(kept >= 0 && dup2(fd, STDERR_FILENO) >= 0);
    log_init(log);
    dup2(kept, STDERR_FILENO);
    close(kept);
}

static void test_environment_is_asked(void **state)
{
    (void)state;
    struct log log;
    FILE *file = tmpfile();
    assert_non_null(file);
    struct stat status;
    assert_int_equal(fstat(fileno(file), &status), 0);
    char stream[64];
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);

    unsetenv("JOURNAL_STREAM");
    init_with_stderr(&log, fileno(file));
    assert_false(log.journal);
    assert_false(log.colour);
    assert_int_equal(log.level, LOG_INFO);
    setenv("JOURNAL_STREAM", stream, 1);
    init_with_stderr(&log, fileno(file));
    assert_true(log.journal);
    setenv("JOURNAL_STREAM", "1:1", 1); /* of the service that started our terminal */
    init_with_stderr(&log, fileno(file));
    assert_false(log.journal);
    setenv("JOURNAL_STREAM", "nonsense", 1);
    init_with_stderr(&log, fileno(file));
    assert_false(log.journal);
    unsetenv("JOURNAL_STREAM");
    fclose(file);
}

static void test_colour_only_on_a_terminal(void **state)
{
    (void)state;
    struct log log;
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
    assert_true(terminal >= 0);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    init_with_stderr(&log, terminal);
    assert_true(log.colour);
    setenv("NO_COLOR", "1", 1);
    init_with_stderr(&log, terminal);
    assert_false(log.colour);
    unsetenv("NO_COLOR");
    setenv("TERM", "dumb", 1);
    init_with_stderr(&log, terminal);
    assert_false(log.colour);
    close(terminal);
    close(master);
}

static void test_repeats_are_counted(void **state)
{
    (void)state;
    enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };
    struct log_repeat repeat = {0};
    uint64_t missed = 99;
    int told = 0;
    int64_t told_at[8];
    /* Once a second for three hours. */
    for (int64_t now = 5 * MINUTE; now < 5 * MINUTE + 3 * HOUR; now += SECOND) {
        if (!log_repeat_due(&repeat, now, &missed)) {
            assert_int_equal(missed, 0);
            continue;
        }
        told_at[told] = now - 5 * MINUTE;
        if (told > 0)
            assert_int_equal(missed, (told_at[told] - told_at[told - 1]) / SECOND - 1);
        else
            assert_int_equal(missed, 0);
        told++;
    }
    assert_int_equal(told, 5);
    assert_int_equal(told_at[1], MINUTE);
    assert_int_equal(told_at[2], 11 * MINUTE);
    assert_int_equal(told_at[3], 71 * MINUTE);
    assert_int_equal(told_at[4], 131 * MINUTE);
    log_repeat_reset(&repeat);
    assert_true(log_repeat_due(&repeat, 10 * HOUR, &missed));
    assert_int_equal(missed, 0);
    assert_false(log_repeat_due(&repeat, 10 * HOUR + 1, &missed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_has_local_time),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_debug_composes_nothing_in_vain),
        cmocka_unit_test(test_journal_gets_priorities),
        cmocka_unit_test(test_colour_is_of_the_level),
        cmocka_unit_test(test_dangerous_bytes_are_escaped),
        cmocka_unit_test(test_long_lines_are_cut),
        cmocka_unit_test(test_a_line_is_one_write),
        cmocka_unit_test(test_mirror_gets_what_is_written),
        cmocka_unit_test(test_environment_is_asked),
        cmocka_unit_test(test_colour_only_on_a_terminal),
        cmocka_unit_test(test_repeats_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
