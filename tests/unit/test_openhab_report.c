/* SPDX-License-Identifier: MIT */
/* The words in which the user is told about openHAB. */
#include "sink/openhab_report.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_user_and_password_are_cut_out(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"http://host:8080", "http://host:8080"},
        {"http://user:secret@host:8080/x", "http://host:8080/x"},
        {"https://user@host", "https://host"},
        {"http://u:p@ss@host/", "http://host/"},
        {"http://host/a@b", "http://host/a@b"},
        {"http://host?a@b", "http://host?a@b"},
        {"nonsense", "nonsense"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *shown = without_user(cases[i][0]);
        assert_string_equal(shown, cases[i][1]);
        free(shown);
    }
}

static void test_what_openhab_answered(void **state)
{
    (void)state;
    static char long_text[1000];
    memset(long_text, 'x', sizeof long_text - 1);
    static const char *const cases[][2] = {
        {"{\"error\":{\"message\":\"State 'x' is wrong\",\"http-code\":400}}",
         "it answers 400, State 'x' is wrong"},
        {"{\"error\": {\"message\" : \"No\"}}", "it answers 400, No"},
        {"{\"message\":\"not ended", "it answers 400, not ended"},
        {"{\"message\":17}", "it answers 400, {\"message\":17}"},
        {"plain text", "it answers 400, plain text"},
        {"", "it answers 400"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_answer answer = {.status = 400, .body = cases[i][0]};
        char *text = print_answer(&answer);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
    char *cut = print_answer(&(struct http_answer){.status = 400, .body = long_text});
    assert_int_equal(strlen(cut), strlen("it answers 400, ") + 200);
    free(cut);
    char *error = print_answer(&(struct http_answer){.error = "no answer within 10 s", .body = ""});
    assert_string_equal(error, "no answer within 10 s");
    free(error);
}

/* A report into memory. */
struct fixture {
    struct loop *loop;
    struct log log;
    char *told;
    size_t told_size;
    struct openhab_queue queue;
    struct openhab_report report;
};

static void set_up(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->loop = loop_new();
    f->log = (struct log){.level = LOG_INFO, .journal = true};
    f->log.stream = open_memstream(&f->told, &f->told_size);
    report_init(&f->report, f->loop, &f->log, &f->queue, "http://h", false);
}

static void tear_down(struct fixture *f)
{
    report_free(&f->report);
    assert_true(loop_free(f->loop));
    fclose(f->log.stream);
    free(f->told);
}

static void test_coming_and_going_is_told_once(void **state)
{
    (void)state;
    static const char once[] = "<4>openhab: no openHAB at http://h: connection refused; the newest "
                               "values are kept for it\n"
                               "<6>openhab: openHAB is back after 0 s\n";
    const struct http_answer refused = {.error = "connection refused", .body = ""};
    struct fixture f;
    set_up(&f);
    report_back(&f.report); /* was never away: nothing to tell */
    for (int i = 0; i < 100; i++) {
        report_absence(&f.report, ABSENCE_GONE, &refused);
        report_absence(&f.report, ABSENCE_GONE, &refused);
        report_back(&f.report);
    }
    assert_string_equal(f.told, once);
    tear_down(&f);
}

static void test_another_reason_is_news(void **state)
{
    (void)state;
    const struct http_answer starting = {.status = 503, .body = ""};
    const struct http_answer denied = {.status = 401, .body = ""};
    struct fixture f;
    set_up(&f);
    report_absence(&f.report, ABSENCE_GONE, &starting);
    report_absence(&f.report, ABSENCE_DENIED, &denied);
    report_absence(&f.report, ABSENCE_DENIED, &denied);
    assert_non_null(strstr(f.told, "openHAB at http://h is not ready (503)"));
    const char *second = strstr(f.told, "openHAB wants a token (401)");
    assert_non_null(second);
    assert_null(strstr(second + 1, "<4>"));
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_user_and_password_are_cut_out),
        cmocka_unit_test(test_what_openhab_answered),
        cmocka_unit_test(test_coming_and_going_is_told_once),
        cmocka_unit_test(test_another_reason_is_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
