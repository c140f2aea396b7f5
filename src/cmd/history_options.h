/* SPDX-License-Identifier: MIT */
/* What dsmr history and dsmr history import are both told: which history, of which meter. */
#ifndef DSMR_CMD_HISTORY_OPTIONS_H
#define DSMR_CMD_HISTORY_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

struct history_options {
    const char *command; /* "dsmr history", for messages */
    const char *config_file, *path, *meter;
    bool help;
};

/* Numbers of options without a letter: own ones begin at HISTORY_OPTION_OWN. */
enum { HISTORY_OPTION_PATH = 256, HISTORY_OPTION_METER, HISTORY_OPTION_OWN };

/* The shared lines of a table for getopt_long(), and their letters. */
#define HISTORY_OPTIONS                                                                            \
    {"config", required_argument, NULL, 'c'},                                                      \
        {"history", required_argument, NULL, HISTORY_OPTION_PATH},                                 \
        {"meter", required_argument, NULL, HISTORY_OPTION_METER},                                  \
    {                                                                                              \
        "help", no_argument, NULL, 'h'                                                             \
    }
#define HISTORY_LETTERS ":c:h"

/* Tells what is wrong with a value; returns false. */
bool history_usage_error(const struct history_options *options, const char *what,
                         const char *value);

/* Takes a shared option, or tells that there is no such one; given is the word of the command line. False
 * when it was told. */
bool history_option_take(struct history_options *options, int option, const char *argument,
                         const char *given);

/* The path of the history, from the options or the configuration; NULL when there is none, which was told.
 * Freed by the caller. */
char *history_options_path(const struct history_options *options);

#endif
