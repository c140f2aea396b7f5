/* SPDX-License-Identifier: MIT */
/* dsmr decode: prints what stands in recorded telegrams. */
#include "cmd/cmd.h"
#include "cmd/decode_stream.h"
#include "core/decryption.h"
#include "core/workers.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DECODED = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2 };
enum { JOBS_MAX = 256 };

static const char help[] =
    "Usage: dsmr decode [OPTION]… [FILE]…\n"
    "\n"
    "Prints the values of recorded telegrams: any number in a file, garbage between them is\n"
    "skipped and reported. Without FILE, or with -, standard input is read.\n"
    "\n"
    "  --format table   for people (default)\n"
    "  --format json    one line of JSON a telegram\n"
    "  --format csv     one row an item: telegram, its time, id, channel, value, unit\n"
    "  --ignore-crc     use telegrams whose CRC is wrong, too\n"
    "  --zone ZONE      zone of the meter's clock, such as Europe/Brussels; without it the\n"
    "                   meter tells, else Europe/Amsterdam\n"
    "  --key HEX        key of encrypted telegrams, 32 hexadecimal digits\n"
    "  --authkey HEX    authentication key: the tags of encrypted telegrams are checked with it;\n"
    "                   without it they are trusted when the CRC inside is right\n"
    "  --jobs N         how many threads decode (default: one a core); what is printed is the\n"
    "                   same whatever N is\n"
    "  -h, --help       this text\n"
    "\n"
    "Exit status: 0 all telegrams decoded, 1 some refused or none found, 2 wrong usage or a\n"
    "file that cannot be read.\n"
    "\n"
    "Example: dsmr decode --format csv telegrams.txt > telegrams.csv\n";

struct decode {
    struct decode_manner manner;
    struct dsmr_zone zone; /* manner.zone points here, if at all */
    struct decryption_keys keys;
    unsigned jobs;
};

static const struct decode_format *find_format(const char *name)
{
    static const struct decode_format *const formats[] = {&decode_table, &decode_json, &decode_csv};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

static bool usage_error(const char *what, const char *value)
{
    fprintf(stderr, "dsmr decode: %s%s%s; see dsmr decode --help\n", what, value ? ": " : "",
            value ? value : "");
    return false;
}

/* Keys are secret: what was given is not shown. */
static bool take_key(const char *option, uint8_t key[DSMR_KEY_SIZE], bool *present)
{
    *present = decryption_key_parse(optarg, key);
    return *present || usage_error("32 hexadecimal digits must follow", option);
}

static bool take_jobs(unsigned *jobs)
{
    char *end;
    unsigned long number = strtoul(optarg, &end, 10);
    if (optarg[0] < '0' || optarg[0] > '9' || *end != '\0' || number < 1 || number > JOBS_MAX)
        return usage_error("--jobs takes a number from 1 to 256", optarg);
    *jobs = (unsigned)number;
    return true;
}

static bool take_zone(struct decode *decode)
{
    decode->manner.zone = &decode->zone;
    return dsmr_zone_parse((struct dsmr_text){optarg, strlen(optarg)}, &decode->zone) ||
           usage_error("no zone of a country with P1 meters", optarg);
}

/* Returns false on wrong usage, told to the user; *done is set when the help was asked for. */
static bool read_options(struct decode *decode, int argc, char **argv, bool *done)
{
    enum { FORMAT = 256, IGNORE_CRC, ZONE, KEY, AUTHKEY, JOBS };
    static const struct option options[] = {
        {"format", required_argument, NULL, FORMAT},
        {"ignore-crc", no_argument, NULL, IGNORE_CRC},
        {"zone", required_argument, NULL, ZONE},
        {"key", required_argument, NULL, KEY},
        {"authkey", required_argument, NULL, AUTHKEY},
        {"jobs", required_argument, NULL, JOBS},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int option;
    while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
        switch (option) {
        case FORMAT:
            decode->manner.format = find_format(optarg);
            if (!decode->manner.format)
                return usage_error("no such format (table, json or csv)", optarg);
            break;
        case IGNORE_CRC:
            decode->manner.ignore_crc = true;
            break;
        case ZONE:
            if (!take_zone(decode))
                return false;
            break;
        case KEY:
            if (!take_key("--key", decode->keys.key, &decode->keys.present))
                return false;
            break;
        case AUTHKEY:
            if (!take_key("--authkey", decode->keys.authentication_key, &decode->keys.authenticate))
                return false;
            break;
        case JOBS:
            if (!take_jobs(&decode->jobs))
                return false;
            break;
        case 'h':
            fputs(help, stdout);
            *done = true;
            return true;
        default:
            return usage_error("wrong usage", NULL);
        }
    }
    if (decode->keys.authenticate && !decode->keys.present)
        return usage_error("--authkey needs --key", NULL);
    return true;
}

/* Returns the exit status. */
static int decode_files(struct decode *decode, const struct dsmr_cipher *cipher, char **paths)
{
    char *standard_input[] = {"-", NULL};
    if (decode->manner.format->head)
        fputs(decode->manner.format->head, stdout);
    struct decode_streams *streams = decode_streams_new(&decode->manner, cipher, decode->jobs);
    if (!*paths)
        paths = standard_input;
    while (*paths && decode_streams_read(streams, *paths))
        paths++;
    struct decode_outcome outcome = decode_streams_end(streams);
    if (outcome.write_error == 0 && (fflush(stdout) != 0 || ferror(stdout)))
        outcome.write_error = errno;
    if (outcome.write_error != 0)
        fprintf(stderr, "dsmr decode: cannot write the output: %s\n",
                strerror(outcome.write_error));
    if (outcome.unreadable || outcome.write_error != 0)
        return EXIT_USAGE;
    return outcome.refused ? EXIT_REFUSED : EXIT_DECODED;
}

int cmd_decode(int argc, char **argv)
{
    struct decode decode = {.manner.format = &decode_table, .jobs = workers_cores()};
    bool done = false;
    const char *no_color = getenv("NO_COLOR");
    decode.manner.colour = isatty(STDOUT_FILENO) && (!no_color || no_color[0] == '\0');
    if (!read_options(&decode, argc, argv, &done))
        return EXIT_USAGE;
    if (done)
        return EXIT_DECODED;
    struct decryption *decryption = decryption_new(&decode.keys);
    if (decode.keys.present && !decryption) {
        fputs("dsmr decode: OpenSSL has no AES-128-GCM here\n", stderr);
        return EXIT_USAGE;
    }
    int status = decode_files(&decode, decryption_cipher(decryption), argv + optind);
    decryption_free(decryption);
    explicit_bzero(&decode.keys, sizeof decode.keys);
    return status;
}
