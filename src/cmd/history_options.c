/* SPDX-License-Identifier: MIT */
#include "cmd/history_options.h"

#include "config/config.h"
#include "core/memory.h"

#include <stdio.h>

bool history_usage_error(const struct history_options *options, const char *what, const char *value)
{
    fprintf(stderr, "%s: %s: %s; see %s --help\n", options->command, value, what, options->command);
    return false;
}

bool history_option_take(struct history_options *options, int option, const char *argument,
                         const char *given)
{
    switch (option) {
    case 'c':
        options->config_file = argument;
        return true;
    case HISTORY_OPTION_PATH:
        options->path = argument;
        return argument[0] != '\0' ||
               history_usage_error(options, "a file must be named", "--history");
    case HISTORY_OPTION_METER:
        options->meter = argument;
        return true;
    case 'h':
        options->help = true;
        return true;
    default:
        return history_usage_error(
            options, option == ':' ? "something must follow" : "there is no such option", given);
    }
}

char *history_options_path(const struct history_options *options)
{
    struct config config;
    struct complaints complaints = {0};
    char *found = NULL;
    if (options->path)
        return memory_text(options->path);
    const char *file = options->config_file ? options->config_file : config_find();
    if (!file) {
        fputs("dsmr history: which history? Name it, as in dsmr history --history FILE, or give a "
              "configuration with -c\n",
              stderr);
        return NULL;
    }
    config_init(&config);
    if (!config_read(&config, file, &complaints))
        complaints_print(&complaints, stderr);
    else if (!config_is_set(&config, CONFIG_HISTORY_PATH))
        fprintf(stderr, "dsmr history: %s has no history.path=\n", file);
    else
        found = memory_text(config_text(&config, CONFIG_HISTORY_PATH));
    complaints_free(&complaints);
    config_free(&config);
    return found;
}
