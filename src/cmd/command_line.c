/* SPDX-License-Identifier: MIT */
#include "cmd/command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAIT_MAX_S = 3600 };

bool command_line_wrong(const struct command_line *line, const char *what, const char *word)
{
    fprintf(stderr, "dsmr %s: %s%s%s; see dsmr %s --help\n", line->name, what, word ? ": " : "",
            word ? word : "", line->name);
    return false;
}

enum command_asked command_line_read(const struct command_line *line, void *wish, int argc,
                                     char **argv, char ***words)
{
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, line->letters, line->options, NULL)) != -1) {
        if (option == 'h') {
            fputs(line->help, stdout);
            return ASKED_FOR_HELP;
        }
        if (option == ':' || option == '?') {
            command_line_wrong(line,
                               option == ':' ? "something must follow" : "there is no such option",
                               argv[optind - 1]);
            return ASKED_WRONGLY;
        }
        if (!line->take(line, wish, option, optarg))
            return ASKED_WRONGLY;
    }
    *words = argv + optind;
    return ASKED_TO_RUN;
}

bool command_line_wait(const struct command_line *line, const char *word, int *seconds)
{
    char *end;
    long number = strtol(word, &end, 10);
    if (end == word || *end != '\0' || number < 1 || number > WAIT_MAX_S)
        return command_line_wrong(line, "--wait takes 1 to 3600 seconds", word);
    *seconds = (int)number;
    return true;
}

bool command_line_language(const struct command_line *line, const char *word,
                           enum language *language)
{
    bool dutch = strcmp(word, "nl") == 0;
    *language = dutch ? LANGUAGE_DUTCH : LANGUAGE_ENGLISH;
    return dutch || strcmp(word, "en") == 0 ||
           command_line_wrong(line, "no such language (en or nl)", word);
}

bool command_line_config(const char *file, struct config *config)
{
    struct complaints complaints = {0};
    config_read(config, file, &complaints);
    complaints_print(&complaints, stderr);
    bool good = complaints.errors == 0;
    complaints_free(&complaints);
    return good;
}
