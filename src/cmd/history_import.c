/* SPDX-License-Identifier: MIT */
#include "cmd/history_import.h"

#include "cmd/history_options.h"
#include "core/memory.h"
#include "history/importer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, NAMES_MAX = 64, HEAD = 4096 };

static const char help[] =
    "Usage: dsmr history import [OPTION]… FILE…\n"
    "\n"
    "Takes in what others have kept. Only what the history does not have is added, so the same\n"
    "file once more changes nothing. The kind of each file is found out:\n"
    "\n"
    "  recorded telegrams        quarter hours are made of them\n"
    "  DSMR-reader               CSV of its export page, days or hours\n"
    "  Home Assistant            home-assistant_v2.db, or CSV of the history page\n"
    "\n"
    "No dsmr run may keep this history meanwhile.\n"
    "\n"
    "  -c, --config FILE     the configuration, whose history.path is written\n"
    "  --history FILE        the history itself\n"
    "  --meter NAME          as which meter (default: main)\n"
    "  --zone ZONE           zone of the meter's clock (default: Europe/Amsterdam)\n"
    "  --map SENSOR=ITEM     of Home Assistant: what a sensor is, as in\n"
    "                        sensor.gas=gValue; may be given several times. Without it those of\n"
    "                        Home Assistant's own DSMR integration are known\n"
    "  -q, --quiet           no progress\n"
    "  -h, --help            this text\n"
    "\n"
    "Exit status: 0 done, 1 something could not be taken in, 2 wrong usage.\n";

struct wanted {
    struct history_options options;
    struct import_name names[NAMES_MAX];
    struct import_setup setup;
    bool quiet;
};

static bool take_name(struct wanted *wanted, char *text)
{
    char *equals = strrchr(text, '=');
    if (!equals || wanted->setup.name_count == NAMES_MAX)
        return history_usage_error(&wanted->options, "must be SENSOR=ITEM, at most 64 of them",
                                   text);
    dsmr_item item = dsmr_item_find((struct dsmr_text){equals + 1, strlen(equals + 1)});
    if (item == DSMR_ITEM_NONE)
        return history_usage_error(&wanted->options, "there is no such item", equals + 1);
    *equals = '\0';
    wanted->names[wanted->setup.name_count++] = (struct import_name){text, item};
    return true;
}

static bool take_zone(struct wanted *wanted, const char *name)
{
    wanted->setup.has_zone = true;
    return dsmr_zone_parse((struct dsmr_text){name, strlen(name)}, &wanted->setup.zone) ||
           history_usage_error(&wanted->options, "no zone of a country with P1 meters", name);
}

static bool read_options(struct wanted *wanted, int argc, char **argv)
{
    enum { ZONE = HISTORY_OPTION_OWN, MAP };
    static const struct option options[] = {
        HISTORY_OPTIONS,
        {"zone", required_argument, NULL, ZONE},
        {"map", required_argument, NULL, MAP},
        {"quiet", no_argument, NULL, 'q'},
        {0},
    };
    int option;
    opterr = 0;
    while (!wanted->options.help &&
           (option = getopt_long(argc, argv, HISTORY_LETTERS "q", options, NULL)) != -1) {
        bool good = true;
        switch (option) {
        case ZONE:
            good = take_zone(wanted, optarg);
            break;
        case MAP:
            good = take_name(wanted, optarg);
            break;
        case 'q':
            wanted->quiet = true;
            break;
        default:
            good = history_option_take(&wanted->options, option, optarg, argv[optind - 1]);
        }
        if (!good)
            return false;
    }
    return wanted->options.help || optind < argc ||
           history_usage_error(&wanted->options, "which file?", "import");
}

/* ------------------------------------------------------------------------------------------------
 * Files
 */

static void show_progress(void *context, int thousandths)
{
    const char *path = context;
    fprintf(stderr, "\r%s: %d %%", path, thousandths / 10);
    if (thousandths >= 1000)
        fputs("\r", stderr);
}

/* NULL with *error, or with errno alone. */
static FILE *open_file(const char *path, char **error)
{
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        *error = memory_text("it is a folder");
        return NULL;
    }
    return fopen(path, "rb");
}

/* What a file holds, by how it begins. */
static bool read_file(const struct import_setup *setup, const char *path, FILE *file,
                      struct import_counts *counts, char **error)
{
    char head[HEAD];
    size_t size = fread(head, 1, sizeof head - 1, file);
    head[size] = '\0';
    rewind(file);
    if (size >= 15 && memcmp(head, "SQLite format 3", 15) == 0)
        return import_homeassistant(setup, path, counts, error);
    size_t line = strcspn(head, "\r\n");
    bool commas = memchr(head, ',', line) || memchr(head, ';', line);
    if (commas && head[0] != '/' && strlen(head) == size)
        return import_csv(setup, file, counts, error);
    return import_telegrams(setup, file, counts, error);
}

static void tell(const char *path, const struct import_counts *counts)
{
    printf("%s: %llu steps and %llu readings added, %llu were there already", path,
           (unsigned long long)counts->filled.steps, (unsigned long long)counts->filled.readings,
           (unsigned long long)counts->filled.there);
    if (counts->unusable > 0)
        printf("; %llu rows or telegrams make no sense", (unsigned long long)counts->unusable);
    if (counts->cells > 0)
        printf("; %llu cells are no numbers and count as nothing",
               (unsigned long long)counts->cells);
    if (counts->future > 0)
        printf("; %llu of a time that is still to come are left out",
               (unsigned long long)counts->future);
    if (counts->timeless > 0)
        printf("; %llu telegrams do not tell their time", (unsigned long long)counts->timeless);
    if (counts->unknown > 0)
        printf("; %llu rows of unknown sensors", (unsigned long long)counts->unknown);
    if (counts->filled.refused > 0)
        printf("; %llu counters do not fit between what is there",
               (unsigned long long)counts->filled.refused);
    putchar('\n');
}

/* Nothing in it is anything that is known. */
static bool is_strange(const struct import_counts *counts)
{
    return counts->taken == 0 && counts->unusable == 0 && counts->future == 0 &&
           counts->timeless == 0 && counts->unknown == 0;
}

/* *added: whether something has come into the history. */
static bool import_file(const struct wanted *wanted, const char *path, bool *added)
{
    struct import_setup setup = wanted->setup;
    struct import_counts counts = {0};
    char *error = NULL;
    setup.context = (void *)path;
    FILE *file = open_file(path, &error);
    bool good = file && read_file(&setup, path, file, &counts, &error);
    *added |= counts.filled.steps + counts.filled.readings + counts.filled.failures > 0;
    if (!good)
        fprintf(stderr, "dsmr history import: %s: %s\n", path, error ? error : strerror(errno));
    else if (is_strange(&counts))
        fprintf(stderr,
                "dsmr history import: %s: its kind is not known; see dsmr history import "
                "--help\n",
                path);
    else
        tell(path, &counts);
    free(error);
    if (file)
        fclose(file);
    return good && counts.taken > 0;
}

static int import_files(struct wanted *wanted, const char *path, char **files)
{
    char *notice = NULL;
    char *error = NULL;
    bool good = true;
    bool added = false;
    struct store *store = store_open(path, STORE_FAST, &notice, &error);
    if (notice)
        fprintf(stderr, "dsmr history import: %s\n", notice);
    if (!store) {
        fprintf(stderr, "dsmr history import: %s\n", error);
        free(error);
        free(notice);
        return EXIT_FAILED;
    }
    wanted->setup.store = store;
    wanted->setup.meter = wanted->options.meter ? wanted->options.meter : "main";
    wanted->setup.names = wanted->names;
    if (!wanted->quiet && isatty(STDERR_FILENO))
        wanted->setup.progress = show_progress;
    for (; *files; files++)
        good &= import_file(wanted, *files, &added);
    if (added)
        store_close(store);
    else
        store_withdraw(store);
    free(notice);
    return good ? EXIT_GOOD : EXIT_FAILED;
}

int history_import(int argc, char **argv)
{
    struct wanted wanted = {.options = {.command = "dsmr history import"}};
    if (!read_options(&wanted, argc, argv))
        return EXIT_USAGE;
    if (wanted.options.help) {
        fputs(help, stdout);
        return EXIT_GOOD;
    }
    char *path = history_options_path(&wanted.options);
    int status = path ? import_files(&wanted, path, argv + optind) : EXIT_FAILED;
    free(path);
    return status;
}
