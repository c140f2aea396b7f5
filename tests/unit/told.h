/* SPDX-License-Identifier: MIT */
/* Compares complaints with what a person should be told, line by line. */
#ifndef DSMR_TESTS_TOLD_H
#define DSMR_TESTS_TOLD_H

#include "core/complaints.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Fails when the complaints, printed, are anything but this. Frees them. */
static inline void assert_told(struct complaints *complaints, const char *wanted)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    assert_non_null(stream);
    complaints_print(complaints, stream);
    fclose(stream);
    complaints_free(complaints);
    assert_string_equal(text, wanted);
    free(text);
}

#endif
