/* SPDX-License-Identifier: MIT */
/* dsmr history: prints and exports what was kept, and takes in what others have kept. */
#include "cmd/cmd.h"
#include "cmd/history_import.h"
#include "cmd/history_print.h"
#include "config/config.h"
#include "core/memory.h"
#include "history/moment.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, ITEMS_MAX = 64, DAY_S = 86400 };

static const char help[] =
    "Usage: dsmr history [OPTION]…\n"
    "       dsmr history import [OPTION]… FILE…\n"
    "\n"
    "Prints what the history has: used energy, gas and water, readings, and the mean, least and\n"
    "greatest power, voltage and current of each step of time. dsmr run may write meanwhile.\n"
    "\n"
    "  -c, --config FILE   the configuration, whose history.path is read; without it as dsmr run\n"
    "  --history FILE      the history itself\n"
    "  --meter NAME        of which meter (default: the first)\n"
    "  --from TIME         2026-11-22, 2026-11-22 13:45, or seconds since 1970 (default: 30 days\n"
    "                      before the end)\n"
    "  --to TIME           up to then (default: the end of what is kept)\n"
    "  --step STEP         10s, 1min, 15min, 1h, day (default), month, year, or another number of\n"
    "                      s, min and h of which a whole number makes a day\n"
    "  --items ID,…        eDelivery and eProduction are the sums over tariffs (default: these "
    "two,\n"
    "                      gValue and wValue)\n"
    "  --format table      for people (default): counters as used, others as their mean\n"
    "  --format csv        start, end, and three columns an item: used, first and last reading, "
    "or\n"
    "                      mean, least and greatest\n"
    "  --format json       one line of JSON a step\n"
    "  --list              only what the file has: meters, items, from when to when\n"
    "  -h, --help          this text; dsmr history import --help tells of the other\n"
    "\n"
    "Exit status: 0 printed, 1 there is nothing to print, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  dsmr history --step month --from 2025-01-01\n"
    "  dsmr history --step 15min --from 2026-11-22 --items eActualDelivery --format csv > "
    "day.csv\n";

struct wanted {
    const char *config_file, *path, *meter, *from, *to;
    char *items;
    struct history_step step;
    enum history_format format;
    bool list, help;
};

static bool usage_error(const char *what, const char *value)
{
    fprintf(stderr, "dsmr history: %s: %s; see dsmr history --help\n", value, what);
    return false;
}

static bool take_path(struct wanted *wanted, const char *path)
{
    wanted->path = path;
    return path[0] != '\0' || usage_error("a file must be named", "--history");
}

static bool take_format(struct wanted *wanted, const char *name)
{
    static const char *const names[] = {"table", "csv", "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            wanted->format = (enum history_format)i;
            return true;
        }
    }
    return usage_error("no such format (table, csv or json)", name);
}

static bool read_options(struct wanted *wanted, int argc, char **argv)
{
    enum { HISTORY = 256, METER, FROM, TO, STEP, ITEMS, FORMAT, LIST };
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"history", required_argument, NULL, HISTORY},
        {"meter", required_argument, NULL, METER},
        {"from", required_argument, NULL, FROM},
        {"to", required_argument, NULL, TO},
        {"step", required_argument, NULL, STEP},
        {"items", required_argument, NULL, ITEMS},
        {"format", required_argument, NULL, FORMAT},
        {"list", no_argument, NULL, LIST},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            wanted->config_file = optarg;
            break;
        case HISTORY:
            if (!take_path(wanted, optarg))
                return false;
            break;
        case METER:
            wanted->meter = optarg;
            break;
        case FROM:
            wanted->from = optarg;
            break;
        case TO:
            wanted->to = optarg;
            break;
        case STEP:
            if (!step_parse(optarg, &wanted->step))
                return usage_error("no step (10s, 1min, 15min, 1h, day, month or year)", optarg);
            break;
        case ITEMS:
            wanted->items = optarg;
            break;
        case FORMAT:
            if (!take_format(wanted, optarg))
                return false;
            break;
        case LIST:
            wanted->list = true;
            break;
        case 'h':
            wanted->help = true;
            return true;
        default:
            return usage_error(option == ':' ? "something must follow" : "there is no such option",
                               argv[optind - 1]);
        }
    }
    return optind == argc || usage_error("nothing is wanted behind the options", argv[optind]);
}

/* ------------------------------------------------------------------------------------------------
 * What is asked
 */

static const struct history_meter *find_meter(const struct history_extent *extent, const char *name)
{
    for (size_t i = 0; i < extent->meter_count; i++)
        if (!name || strcmp(extent->meters[i].name, name) == 0)
            return &extent->meters[i];
    return NULL;
}

static size_t usual_items(const struct history_meter *meter, const char **items)
{
    static const char *const usual[] = {"eDelivery", "eProduction", "gValue", "wValue", "hValue"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        for (size_t k = 0; k < meter->item_count; k++)
            if (strcmp(meter->items[k].id, usual[i]) == 0)
                items[count++] = usual[i];
    return count;
}

/* Takes the list apart, in place. */
static size_t split(char *list, const char **items)
{
    size_t count = 0;
    while (*list != '\0' && count < ITEMS_MAX) {
        size_t size = strcspn(list, ", ");
        bool more = list[size] != '\0';
        list[size] = '\0';
        if (size > 0)
            items[count++] = list;
        list += size + (more ? 1 : 0);
    }
    return count;
}

static bool period_of(const struct wanted *wanted, const struct history_meter *meter,
                      struct history_query *query)
{
    query->to = meter->last;
    if (wanted->to && !moment_parse(wanted->to, meter->zone, &query->to))
        return usage_error("no moment such as 2026-11-22 or 2026-11-22 13:45", wanted->to);
    query->from = query->to - 30 * DAY_S;
    if (wanted->from && !moment_parse(wanted->from, meter->zone, &query->from))
        return usage_error("no moment such as 2026-11-22 or 2026-11-22 13:45", wanted->from);
    if (wanted->from && wanted->to && query->from >= query->to)
        return usage_error("it is not before the end that is asked for", wanted->from);
    if (query->from < meter->first)
        query->from = meter->first;
    if (query->to > meter->last)
        query->to = meter->last;
    return true;
}

/* Tells what has nothing in it; false when that is all of it. */
static bool tell_missing(const struct history_answer *answered)
{
    size_t known = 0;
    size_t present = 0;
    for (size_t i = 0; i < answered->count; i++) {
        const struct history_series *series = &answered->series[i];
        known += series->known ? 1 : 0;
        if (!series->known)
            fprintf(stderr, "dsmr history: there is nothing of %s\n", series->item);
        for (size_t k = 0; k < series->count; k++)
            present += series->at[k].present ? 1 : 0;
    }
    if (known > 0 && present == 0)
        fputs(
            "dsmr history: there is nothing in steps that short of that time: a longer --step may "
            "have it\n",
            stderr);
    return present > 0;
}

static int answer(struct history_reader *reader, const struct wanted *wanted,
                  const struct history_meter *meter)
{
    const char *items[ITEMS_MAX];
    struct history_query query = {.meter = meter->name, .items = items, .step = wanted->step};
    struct history_answer answered;
    char *error = NULL;
    query.item_count = wanted->items ? split(wanted->items, items) : usual_items(meter, items);
    if (query.item_count == 0)
        return EXIT_USAGE + usage_error("no item; dsmr history --list shows them", "--items");
    if (!period_of(wanted, meter, &query))
        return EXIT_USAGE;
    if (query.from >= query.to) {
        fputs("dsmr history: nothing was kept in that time\n", stderr);
        return EXIT_FAILED;
    }
    if (!history_read(reader, &query, &answered, &error)) {
        fprintf(stderr, "dsmr history: %s\n", error);
        free(error);
        return EXIT_FAILED;
    }
    bool any = tell_missing(&answered);
    if (any)
        history_print(&answered, wanted->format);
    history_answer_free(&answered);
    return any ? EXIT_GOOD : EXIT_FAILED;
}

static int print(const struct wanted *wanted, const char *path)
{
    struct history_extent extent;
    char *error = NULL;
    int status = EXIT_FAILED;
    struct history_reader *reader = history_reader_open(path, &error);
    if (!reader || !history_extent_read(reader, &extent, &error)) {
        fprintf(stderr, "dsmr history: %s\n", error);
        free(error);
        history_reader_close(reader);
        return EXIT_FAILED;
    }
    const struct history_meter *meter = find_meter(&extent, wanted->meter);
    if (wanted->list) {
        history_print_extent(&extent, path);
        status = EXIT_GOOD;
    } else if (meter) {
        status = answer(reader, wanted, meter);
    } else {
        fprintf(stderr, "dsmr history: %s: there is no %s in it\n", path,
                wanted->meter ? wanted->meter : "meter");
    }
    history_extent_free(&extent);
    history_reader_close(reader);
    return status;
}

char *history_path_of(const char *config_file, const char *path)
{
    struct config config;
    struct complaints complaints = {0};
    char *found = NULL;
    if (path)
        return memory_text(path);
    const char *file = config_file ? config_file : config_find();
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

int cmd_history(int argc, char **argv)
{
    struct wanted wanted = {.step = {HISTORY_DAY, 1}};
    if (argc > 1 && strcmp(argv[1], "import") == 0)
        return history_import(argc - 1, argv + 1);
    if (!read_options(&wanted, argc, argv))
        return EXIT_USAGE;
    if (wanted.help) {
        fputs(help, stdout);
        return EXIT_GOOD;
    }
    char *path = history_path_of(wanted.config_file, wanted.path);
    int status = path ? print(&wanted, path) : EXIT_FAILED;
    free(path);
    return status;
}
