/* SPDX-License-Identifier: MIT */
/* dsmr items: writes an openHAB items file for the meter at hand. */
#include "cmd/cmd.h"
#include "cmd/command_line.h"
#include "cmd/fleet.h"
#include "cmd/items_listen.h"
#include "cmd/items_openhab.h"
#include "cmd/items_recorded.h"
#include "config/meters.h"
#include "config/port_form.h"
#include "core/nearest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_WRITTEN = 0, EXIT_NOT_WHOLE = 1, EXIT_USAGE = 2 };
enum { WAIT_S = 40, AUTO_WAIT_S = 90 };

static const char help[] =
    "Usage: dsmr items [OPTION]… [FILE]\n"
    "\n"
    "Listens to the meter and writes an openHAB items file to standard output: a group for each\n"
    "physical meter, an item for each value that the meter really sends. The port is that of the\n"
    "configuration, unless --port or FILE names where the telegrams come from. FILE is a "
    "recording,\n"
    "read to its end; - is standard input. Where the configuration has openhab.update in seconds,\n"
    "power, voltage and current have an item for their least and their greatest as well.\n"
    "\n"
    "  --openhab           an items file for openHAB 3, 4 and 5 (there is no other form yet)\n"
    "  -c, --config FILE   the configuration; without it, and without --port and FILE, the first\n"
    "                      that exists (all places: dsmr check --help)\n"
    "  --port PORT         listen to this port, as dsmr run --port does\n"
    "  --meter NAME        only this meter of the configuration; without one, what the meter is "
    "to\n"
    "                      be called: its items say dsmr=\"NAME:…\"\n"
    "  --language en|nl    of the labels (default en)\n"
    "  --prefix PREFIX     begin names with this (default P1_)\n"
    "  --group NAME        put the groups of the meters into this group of yours\n"
    "  --wait SECONDS      wait so long for a telegram, 1 to 3600 (default 40; 90 where the\n"
    "                      port is to be found)\n"
    "  -h, --help          this text\n"
    "\n"
    "Exit status: 0 written, 1 some meter or all of them sent no good telegram, or the port "
    "cannot\n"
    "be read, 2 wrong usage or a file that cannot be read.\n"
    "\n"
    "Examples:\n"
    "  dsmr items > /etc/openhab/items/p1.items         for the meter of the configuration\n"
    "  dsmr items --port /dev/ttyUSB0 --language nl     have a look first\n"
    "  dsmr items --port tcp://127.0.0.1:2000           from a dsmr that runs, by its p1.listen\n"
    "  dsmr items --port simulated:                     without a meter\n"
    "  dsmr items telegrams.txt                         from a recording\n";

struct wish {
    const char *config_file;
    const char *port;
    const char *file;
    const char *meter;
    int wait_s; /* 0: as long as it takes */
    struct items_style style;
};

/* ------------------------------------------------------------------------------------------------
 * The command line
 */

enum { OPENHAB = 256, PORT, METER, LANGUAGE, PREFIX, GROUP, WAIT };

static bool take_name(const struct command_line *line, const char **name, const char *word)
{
    *name = word;
    return items_openhab_name_is_right(word) ||
           command_line_wrong(
               line, "openHAB takes only letters, digits and _ in a name, no digit first", word);
}

static bool take_option(const struct command_line *line, void *context, int option,
                        const char *word)
{
    struct wish *wish = context;
    switch (option) {
    case 'c':
        wish->config_file = word;
        return true;
    case PORT:
        wish->port = word;
        return true;
    case METER:
        wish->meter = word;
        return meters_name_is_right(word, strlen(word)) ||
               command_line_wrong(line, "no name of a meter (1 to 32 letters, digits, _ and -)",
                                  word);
    case LANGUAGE:
        return command_line_language(line, word, &wish->style.language);
    case PREFIX:
        return take_name(line, &wish->style.prefix, word);
    case GROUP:
        return take_name(line, &wish->style.group, word) &&
               (word[0] != '\0' || command_line_wrong(line, "--group wants a name", NULL));
    case WAIT:
        return command_line_wait(line, word, &wish->wait_s);
    default:
        return true; /* --openhab */
    }
}

static const struct option options[] = {
    {"openhab", no_argument, NULL, OPENHAB},
    {"config", required_argument, NULL, 'c'},
    {"port", required_argument, NULL, PORT},
    {"meter", required_argument, NULL, METER},
    {"language", required_argument, NULL, LANGUAGE},
    {"prefix", required_argument, NULL, PREFIX},
    {"group", required_argument, NULL, GROUP},
    {"wait", required_argument, NULL, WAIT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct command_line command_line = {
    .name = "items", .help = help, .letters = ":c:h", .options = options, .take = take_option};

/* Returns false on wrong usage, told to the user. */
static bool take_words(struct wish *wish, char **words)
{
    wish->file = words[0];
    if (wish->file && words[1])
        return command_line_wrong(&command_line, "one file is enough", words[1]);
    if (wish->file && wish->port)
        return command_line_wrong(&command_line, "--port and a file are two places for telegrams",
                                  wish->file);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The configuration
 */

static bool is_known(const char *meter, const struct config *config)
{
    return meter && config_meter_find(config, meter, strlen(meter)) < config_meter_count(config);
}

static bool complain_of_meter(const struct config *config, const char *name)
{
    struct nearest nearest;
    nearest_init(&nearest, name, strlen(name));
    for (size_t i = 0; i < config_meter_count(config); i++)
        nearest_offer(&nearest, config_meter_name(config, i));
    const char *meant = nearest_word(&nearest);
    fprintf(stderr, "dsmr items: %s has no meter '%s'%s%s%s\n", config->file, name,
            meant ? "; did you mean '" : "", meant ? meant : "", meant ? "'?" : "");
    return false;
}

/* --port alone makes a configuration; together with -c it is the port of main, as in dsmr run. */
static bool make_config(struct wish *wish, struct config *config)
{
    if (!wish->config_file && !wish->port && !wish->file)
        wish->config_file = config_find();
    if (!wish->config_file && !wish->port && !wish->file) {
        fputs("dsmr items: which port? No configuration was found. Name the port, as in\n"
              "  dsmr items --port /dev/ttyUSB0\n"
              "or, without a meter, dsmr items --port simulated:\n",
              stderr);
        return false;
    }
    if (wish->config_file && !command_line_config(wish->config_file, config))
        return false;
    if (wish->port && wish->config_file && wish->meter &&
        strcmp(wish->meter, CONFIG_MAIN_METER) != 0)
        return command_line_wrong(
            &command_line, "--port together with -c is the port of main, not of", wish->meter);
    if (wish->port)
        config_set_port(config, wish->port);
    if (!wish->file && config_meter_count(config) == 0) {
        fprintf(stderr, "dsmr items: %s names no port\n", wish->config_file);
        return false;
    }
    bool known = !wish->meter || is_known(wish->meter, config);
    return known || !wish->config_file || complain_of_meter(config, wish->meter);
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams
 */

static bool read_file(const struct wish *wish, const struct config *config,
                      struct seen_meters *seen)
{
    bool input = strcmp(wish->file, "-") == 0;
    const char *meter = wish->meter ? wish->meter : CONFIG_MAIN_METER;
    size_t place = config_meter_find(config, meter, strlen(meter));
    bool known = place < config_meter_count(config);
    const char *zone_name = known ? config_meter_text(config, place, CONFIG_ZONE) : NULL;
    struct dsmr_zone zone;
    bool has_zone =
        zone_name && dsmr_zone_parse((struct dsmr_text){zone_name, strlen(zone_name)}, &zone);
    struct dsmr_channels channels;
    dsmr_channels_init(&channels);
    if (known)
        fleet_channels(config, place, &channels);
    struct recorded_setup setup = {
        .fd = input ? STDIN_FILENO : open(wish->file, O_RDONLY | O_CLOEXEC),
        .file = input ? "standard input" : wish->file,
        .meter = meter,
        .channels = &channels,
        .zone = has_zone ? &zone : NULL,
    };
    bool good = setup.fd >= 0 && items_read_recorded(&setup, seen);
    if (!good)
        fprintf(stderr, "dsmr items: cannot read %s: %s\n", setup.file, strerror(errno));
    if (setup.fd >= 0 && !input)
        close(setup.fd);
    return good;
}

/* The one meter that is listened to; NULL for all of them. One that the configuration does not have is
 * heard as main, and called what the user wants. */
static const char *listened_to(const struct wish *wish, const struct config *config)
{
    if (is_known(wish->meter, config))
        return wish->meter;
    return wish->meter || wish->port ? CONFIG_MAIN_METER : NULL;
}

/* A port that is to be found takes its own time. */
static int seconds_to_wait(const struct wish *wish, const struct config *config)
{
    int wait_s = wish->wait_s > 0 ? wish->wait_s : WAIT_S;
    for (size_t i = 0; wish->wait_s == 0 && i < config_meter_count(config); i++)
        if (port_form_is_auto(config_meter_text(config, i, CONFIG_PORT)))
            wait_s = AUTO_WAIT_S;
    return wait_s;
}

static enum items_outcome listen(const struct wish *wish, const struct config *config,
                                 struct seen_meters *seen, bool *stuck)
{
    struct listen_wish listening = {
        .config = config,
        .only = listened_to(wish, config),
        .wait_s = seconds_to_wait(wish, config),
    };
    enum items_outcome outcome = items_listen(&listening, seen, stuck);
    if (wish->meter && !is_known(wish->meter, config) && seen->count == 1)
        seen_rename(&seen->at[0], wish->meter);
    return outcome;
}

/* ------------------------------------------------------------------------------------------------
 * What came of it
 */

static void sum_up(const struct seen_meter *meter, const struct items_style *style)
{
    fprintf(stderr, "dsmr items: %s, %s: %zu items", meter->name,
            meter->model.size > 0 ? meter->model.at : "without identification",
            items_openhab_count(meter, DSMR_KIND_COUNT, style));
    const char *between = " (";
    for (enum dsmr_kind kind = 0; kind < DSMR_KIND_COUNT; kind++) {
        size_t count = items_openhab_count(meter, kind, style);
        if (count == 0)
            continue;
        fprintf(stderr, "%s%s %zu", between, kind_title(kind, style->language), count);
        between = ", ";
    }
    fputs(")\n", stderr);
}

static bool write_items(const struct wish *wish, const struct seen_meters *seen)
{
    struct buffer out = {0};
    if (seen->count == 0)
        return true;
    items_openhab_write(&out, seen, &wish->style);
    fwrite(out.at, 1, out.size, stdout);
    buffer_free(&out);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "dsmr items: cannot write the output: %s\n", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < seen->count; i++)
        sum_up(&seen->at[i], &wish->style);
    return true;
}

static void complain_of_silence(const struct wish *wish, const char *meter, const char *port)
{
    const char *config = wish->config_file;
    fprintf(stderr,
            "dsmr items: no good telegram of meter %s (%s)%s; dsmr run%s%s --port %s says what it "
            "hears\n",
            meter, port, strcmp(port, "-") == 0 ? "" : " in time", config ? " -c " : "",
            config ? config : "", port);
}

/* Tells which meters have sent nothing; false when there are some. */
static bool is_whole(const struct wish *wish, const struct config *config,
                     const struct seen_meters *seen)
{
    if (wish->file) {
        if (seen->count == 0)
            fprintf(stderr, "dsmr items: %s: no good telegram found\n", wish->file);
        return seen->count > 0;
    }
    const char *only = listened_to(wish, config);
    bool whole = true;
    for (size_t i = 0; i < config_meter_count(config); i++) {
        const char *name = config_meter_name(config, i);
        bool is_only = only && strcmp(only, name) == 0;
        if ((only && !is_only) || seen_find(seen, name) || (is_only && seen->count > 0))
            continue;
        complain_of_silence(wish, name, config_meter_text(config, i, CONFIG_PORT));
        whole = false;
    }
    return whole;
}

static int make_items(struct wish *wish, struct config *config, struct seen_meters *seen,
                      bool *stuck)
{
    if (!make_config(wish, config))
        return EXIT_NOT_WHOLE;
    wish->style.bounds = config_number(config, CONFIG_OPENHAB_UPDATE) == (int64_t)PACE_SECONDS;
    if (wish->file && !read_file(wish, config, seen))
        return EXIT_USAGE;
    enum items_outcome outcome = wish->file ? ITEMS_HEARD : listen(wish, config, seen, stuck);
    if (outcome != ITEMS_HEARD)
        return EXIT_NOT_WHOLE;
    bool written = write_items(wish, seen);
    return is_whole(wish, config, seen) && written ? EXIT_WRITTEN : EXIT_NOT_WHOLE;
}

int cmd_items(int argc, char **argv)
{
    struct wish wish = {.style = {.prefix = "P1_"}};
    struct config config;
    struct seen_meters seen = {0};
    char **words;
    bool stuck = false;
    enum command_asked asked = command_line_read(&command_line, &wish, argc, argv, &words);
    if (asked == ASKED_FOR_HELP)
        return EXIT_WRITTEN;
    if (asked == ASKED_WRONGLY || !take_words(&wish, words))
        return EXIT_USAGE;
    config_init(&config);
    int status = make_items(&wish, &config, &seen, &stuck);
    seen_free(&seen);
    config_free(&config);
    /* A name look-up that hangs in the pool would be waited for at exit(). */
    if (stuck)
        _exit(status);
    return status;
}
