/* SPDX-License-Identifier: MIT */
/* The command line of a subcommand: its options, its help, and what is told of wrong usage. */
#ifndef DSMR_CMD_COMMAND_LINE_H
#define DSMR_CMD_COMMAND_LINE_H

#include "config/config.h"
#include "sink/item_words.h"

#include <getopt.h>
#include <stdbool.h>

/* All texts are static. */
struct command_line {
    const char *name;    /* "doctor" */
    const char *help;    /* printed for -h and --help */
    const char *letters; /* the short options, as getopt(3) has them, with a ':' before them */
    const struct option *options; /* the long ones, ended by zeroes */
    /* Takes an option and what stands behind it, NULL without, which are borrowed from argv. Returns false
     * when that is wrong, which it has told by command_line_wrong(). */
    bool (*take)(const struct command_line *line, void *wish, int option, const char *word);
};

enum command_asked { ASKED_TO_RUN, ASKED_FOR_HELP, ASKED_WRONGLY };

/* Hands each option to take(). The help is printed here, and wrong usage told. *words receives what
 * stands behind the options, ended by NULL. */
enum command_asked command_line_read(const struct command_line *line, void *wish, int argc,
                                     char **argv, char ***words);

/* Tells in one line what is wrong, with the word that is, or NULL. Returns false. */
bool command_line_wrong(const struct command_line *line, const char *what, const char *word);

/* What stands behind --wait: 1 to 3600 seconds. False when it is none, which was told. */
bool command_line_wait(const struct command_line *line, const char *word, int *seconds);

/* What stands behind --language. The same. */
bool command_line_language(const struct command_line *line, const char *word,
                           enum language *language);

/* Reads the configuration that was named, and prints what is wrong with it to standard error. False when it
 * cannot be used. */
bool command_line_config(const char *file, struct config *config);

#endif
