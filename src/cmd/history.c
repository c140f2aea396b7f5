/* SPDX-License-Identifier: MIT */
/* dsmr history: prints and exports what was kept, and takes in what others have kept. */
#include "cmd/cmd.h"
#include "cmd/history_import.h"
#include "cmd/history_options.h"
#include "cmd/history_print.h"
#include "history/moment.h"

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
    struct history_options options;
    const char *from, *to;
    char *items;
    struct history_step step;
    enum history_format format;
    bool list;
};

static bool take_format(struct wanted *wanted, const char *name)
{
    static const char *const names[] = {"table", "csv", "json"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            wanted->format = (enum history_format)i;
            return true;
        }
    }
    return history_usage_error(&wanted->options, "no such format (table, csv or json)", name);
}

static bool read_options(struct wanted *wanted, int argc, char **argv)
{
    enum { FROM = HISTORY_OPTION_OWN, TO, STEP, ITEMS, FORMAT, LIST };
    static const struct option options[] = {
        HISTORY_OPTIONS,
        {"from", required_argument, NULL, FROM},
        {"to", required_argument, NULL, TO},
        {"step", required_argument, NULL, STEP},
        {"items", required_argument, NULL, ITEMS},
        {"format", required_argument, NULL, FORMAT},
        {"list", no_argument, NULL, LIST},
        {0},
    };
    int option;
    opterr = 0;
    while (!wanted->options.help &&
           (option = getopt_long(argc, argv, HISTORY_LETTERS, options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case FROM:
            wanted->from = optarg;
            break;
        case TO:
            wanted->to = optarg;
            break;
        case STEP:
            good =
                step_parse(optarg, &wanted->step) ||
                history_usage_error(&wanted->options,
                                    "no step (10s, 1min, 15min, 1h, day, month or year)", optarg);
            break;
        case ITEMS:
            wanted->items = optarg;
            break;
        case FORMAT:
            good = take_format(wanted, optarg);
            break;
        case LIST:
            wanted->list = true;
            break;
        default:
            good = history_option_take(&wanted->options, option, optarg, argv[optind - 1]);
        }
        if (!good)
            return false;
    }
    return wanted->options.help || optind == argc ||
           history_usage_error(&wanted->options, "nothing is wanted behind the options",
                               argv[optind]);
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
        return history_usage_error(&wanted->options,
                                   "no moment such as 2026-11-22 or 2026-11-22 13:45", wanted->to);
    query->from = query->to - 30 * DAY_S;
    if (wanted->from && !moment_parse(wanted->from, meter->zone, &query->from))
        return history_usage_error(
            &wanted->options, "no moment such as 2026-11-22 or 2026-11-22 13:45", wanted->from);
    if (wanted->from && wanted->to && query->from >= query->to)
        return history_usage_error(&wanted->options, "it is not before the end that is asked for",
                                   wanted->from);
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
        return EXIT_USAGE + history_usage_error(&wanted->options,
                                                "no item; dsmr history --list shows them",
                                                "--items");
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
    const struct history_meter *meter = find_meter(&extent, wanted->options.meter);
    if (wanted->list) {
        history_print_extent(&extent, path);
        status = EXIT_GOOD;
    } else if (meter) {
        status = answer(reader, wanted, meter);
    } else {
        fprintf(stderr, "dsmr history: %s: there is no %s in it\n", path,
                wanted->options.meter ? wanted->options.meter : "meter");
    }
    history_extent_free(&extent);
    history_reader_close(reader);
    return status;
}

int cmd_history(int argc, char **argv)
{
    struct wanted wanted = {.options = {.command = "dsmr history"}, .step = {HISTORY_DAY, 1}};
    if (argc > 1 && strcmp(argv[1], "import") == 0)
        return history_import(argc - 1, argv + 1);
    if (!read_options(&wanted, argc, argv))
        return EXIT_USAGE;
    if (wanted.options.help) {
        fputs(help, stdout);
        return EXIT_GOOD;
    }
    char *path = history_options_path(&wanted.options);
    int status = path ? print(&wanted, path) : EXIT_FAILED;
    free(path);
    return status;
}
