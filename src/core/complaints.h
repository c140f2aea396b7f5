/* SPDX-License-Identifier: MIT */
/* What is wrong with the files that the user wrote: all of it, not only the first mistake. */
#ifndef DSMR_CORE_COMPLAINTS_H
#define DSMR_CORE_COMPLAINTS_H

#include <stddef.h>
#include <stdio.h>

enum severity {
    SEVERITY_WARNING, /* may be meant so: told, nothing else */
    SEVERITY_MISTAKE, /* wrong: what it stands in is left out and the rest works. dsmr check prints
                         "error" and fails, dsmr run warns and goes on */
    SEVERITY_ERROR,   /* wrong, and going on without it could do harm: dsmr run does not start */
};

struct complaint {
    enum severity severity;
    char *file;
    int line;   /* counted from 1; 0 when it is about the file as a whole */
    char *text; /* what is wrong and what is allowed; one line */
};

/* Zeroed to begin with. */
struct complaints {
    struct complaint *at;
    size_t count;
    size_t mistakes; /* of severity mistake */
    size_t errors;   /* of severity error */
};

/* Adds one. What cannot be printed is written as \xNN, and a very long text is cut. */
void complain(struct complaints *complaints, enum severity severity, const char *file, int line,
              const char *format, ...) __attribute__((format(printf, 5, 6)));

/* One line each: "dsmr.cfg:3: error: …". A mistake is printed as an error. */
void complaints_print(const struct complaints *complaints, FILE *stream);

void complaints_free(struct complaints *complaints);

#endif
