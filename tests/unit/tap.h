/* SPDX-License-Identifier: MIT */
/* A test framework for the library, which has nothing but the compiler: checks that report in TAP. */
#ifndef DSMR_TESTS_TAP_H
#define DSMR_TESTS_TAP_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct tap {
    int tests;
    int failed;
    bool ok; /* the test that runs now, so far */
};

static struct tap tap;

static inline void tap_check(bool right, const char *what, const char *file, int line)
{
    if (!right) {
        printf("# %s:%d: %s\n", file, line, what);
        tap.ok = false;
    }
}

static inline void tap_same_text(const char *got, size_t size, const char *want, const char *file,
                                 int line)
{
    if (size != strlen(want) || memcmp(got, want, size) != 0) {
        printf("# %s:%d: got '%.*s', wanted '%s'\n", file, line, (int)size, got, want);
        tap.ok = false;
    }
}

static inline void tap_same_number(long long got, long long want, const char *what,
                                   const char *file, int line)
{
    if (got != want) {
        printf("# %s:%d: %s is %lld, wanted %lld\n", file, line, what, got, want);
        tap.ok = false;
    }
}

static inline void tap_run(void (*test)(void), const char *name)
{
    tap.ok = true;
    test();
    tap.failed += tap.ok ? 0 : 1;
    printf("%sok %d - %s\n", tap.ok ? "" : "not ", ++tap.tests, name);
}

static inline int tap_end(void)
{
    printf("1..%d\n", tap.tests);
    return tap.failed > 0;
}

#define CHECK(condition) tap_check((condition), #condition, __FILE__, __LINE__)
#define SAME_TEXT(got, size, want) tap_same_text((got), (size), (want), __FILE__, __LINE__)
#define SAME(got, want)                                                                            \
    tap_same_number((long long)(got), (long long)(want), #got, __FILE__, __LINE__)
#define RUN(test) tap_run((test), #test)

#endif
