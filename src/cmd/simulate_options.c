/* SPDX-License-Identifier: MIT */
#include "cmd/simulate_options.h"
#include "config/address.h"
#include "dsmr/dsmr.h"
#include "simulate/decimal.h"
#include "simulate/telegram_writer.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

static const char help_head[] =
    "Usage: dsmr simulate --standard STANDARD (--pty LINK | --tcp ADDRESS:PORT | --count N)\n"
    "                     [OPTION]…\n"
    "\n"
    "Is a smart meter: a household with solar panels and gas heating sends its telegrams.\n"
    "\n"
    "  --standard STANDARD  ";
static const char help_body[] =
    "  --pty LINK           on a pseudo-terminal that the symbolic link LINK points to; a reader\n"
    "                       gets noise until it has set the right speed\n"
    "  --tcp ADDRESS:PORT   to every client that connects; port 0 takes a free one and tells it\n"
    "  --count N            N telegrams to standard output\n"
    "  --meters N           so many meters, each at a port of its own from PORT on and with the "
    "next\n"
    "                       seed\n"
    "  --spread yes|no      spread their telegrams over the interval (when not given), or send "
    "all\n"
    "                       of them at the same moment\n"
    "  --interval SECONDS   from one telegram to the next, 0 for as fast as it goes; the\n"
    "                       standard's own when not given, 0 with --count; the meter's clock\n"
    "                       goes on as much, or a second where it is less\n"
    "  --seed N             the same seed gives the same telegrams\n"
    "  --start TIME         of the first telegram, as 2025-03-30T01:59:50+01:00; without it the\n"
    "                       present, or with --seed 2025-03-17T12:00:00+01:00\n"
    "  --devices LIST       meters on the M-Bus, from ";
static const char help_tail[] =
    "                       (gas when not given)\n"
    "  --fault KIND=RATE    what goes wrong, at a rate from 0 to 1 a telegram; may be repeated:\n"
    "                       crc      one byte is changed\n"
    "                       cut      the telegram breaks off\n"
    "                       noise    random bytes before or inside it\n"
    "                       silence  telegrams are left out for a while\n"
    "                       unplug   the port goes away for some seconds; clients are dropped\n"
    "  --key HEX            encrypt the telegrams, as meters in Luxembourg do, with this key of "
    "32\n"
    "                       hexadecimal digits\n"
    "  --authkey HEX        add authentication tags made with this key\n"
    "  --length-form FORM   how lengths are told: shortest (when not given), short, 81, 82, 83 or "
    "84\n"
    "  --replay FILE        send the telegrams of a recording instead, in turn\n"
    "  --trace FILE         write a line for each telegram that a client gets over TCP: seconds "
    "of\n"
    "                       the monotonic clock, number of the meter from 0, CRC, 'sent'\n"
    "  --help               this\n"
    "\n"
    "A first look, with the speed of DSMR 4 and 5:\n"
    "  dsmr simulate --standard 5.0 --pty /tmp/p1 &\n"
    "  stty -F /tmp/p1 115200 raw -echo && cat /tmp/p1\n";

static const int64_t seeded_start = 1742209200; /* a Monday in spring: sun, and heating too */

static void print_standards(FILE *stream)
{
    for (size_t i = 0; standard_at(i); i++)
        fprintf(stream, "%s%s", i > 0 ? ", " : "", standard_at(i)->name);
}

static void print_devices(FILE *stream)
{
    for (enum device_kind kind = 0; kind < DEVICE_KINDS; kind++)
        fprintf(stream, "%s%s", kind > 0 ? "," : "", telegram_device_name(kind));
}

static bool take_standard(struct simulate_options *options, const char *text)
{
    options->standard = standard_find(text);
    return options->standard != NULL;
}

static bool take_link(struct simulate_options *options, const char *text)
{
    options->link = text;
    return *text != '\0';
}

static bool take_tcp(struct simulate_options *options, const char *text)
{
    struct address address;
    int64_t port;
    const char *colon = strrchr(text, ':');
    if (!colon || !address_parse(text, (size_t)(colon - text), &address) || address.port != 0 ||
        !decimal_parse(colon + 1, 0, 65535, &port))
        return false;
    options->tcp = text;
    options->tcp_port = (int)port;
    memcpy(options->tcp_host, address.host, sizeof options->tcp_host);
    return true;
}

static bool take_count(struct simulate_options *options, const char *text)
{
    return decimal_parse(text, 0, 1000000000, &options->count) && options->count > 0;
}

static bool take_interval(struct simulate_options *options, const char *text)
{
    options->interval_given = true;
    return decimal_parse(text, 3, 86400000, &options->interval_ms);
}

static bool take_meters(struct simulate_options *options, const char *text)
{
    return decimal_parse(text, 0, 10000, &options->meters) && options->meters > 0;
}

static bool take_spread(struct simulate_options *options, const char *text)
{
    options->together = strcmp(text, "no") == 0;
    return options->together || strcmp(text, "yes") == 0;
}

static bool take_seed(struct simulate_options *options, const char *text)
{
    int64_t seed = 0;
    options->seed_given = decimal_parse(text, 0, 999999999999999999, &seed);
    options->seed = (uint64_t)seed;
    return options->seed_given;
}

/* An offset of ISO 8601 as the season letter that a telegram has instead, or another zone. */
static bool read_offset(const char *text, char *season, struct dsmr_zone *zone)
{
    *season = strcmp(text, "+02:00") == 0 ? 'S' : strcmp(text, "+01:00") == 0 ? 'W' : '\0';
    if (strcmp(text, "Z") == 0)
        *zone = (struct dsmr_zone){0};
    return *season != '\0' || *text == '\0' || strcmp(text, "Z") == 0;
}

static bool take_start(struct simulate_options *options, const char *text)
{
    static const char form[] = "20DD-DD-DDTDD:DD:DD";
    const size_t length = sizeof form - 1;
    struct dsmr_zone zone = dsmr_zone_default;
    struct dsmr_time time;
    char digits[16];
    size_t count = 0;
    if (strnlen(text, length) < length)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == 'D' ? !is_digit : text[i] != form[i])
            return false;
        if (i >= 2 && is_digit)
            digits[count++] = text[i];
    }
    if (!read_offset(text + length, &digits[count], &zone))
        return false;
    count += digits[count] != '\0' ? 1 : 0;
    if (dsmr_time_parse((struct dsmr_text){digits, count}, zone, &time) != DSMR_OK)
        return false;
    options->start = time.unix_s;
    options->start_given = true;
    return time.year >= 2010 && time.year < 2099; /* the log reaches back for years */
}

static bool take_device(struct simulate_options *options, const char *name, size_t size)
{
    for (enum device_kind kind = 0; kind < DEVICE_KINDS; kind++) {
        const char *known = telegram_device_name(kind);
        if (strlen(known) == size && memcmp(known, name, size) == 0) {
            options->devices |= 1u << kind;
            return true;
        }
    }
    return false;
}

static bool take_devices(struct simulate_options *options, const char *text)
{
    options->devices = 0;
    for (;;) {
        size_t size = strcspn(text, ",");
        if (!take_device(options, text, size))
            return false;
        if (text[size] == '\0')
            return true;
        text += size + 1;
    }
}

static bool take_fault(struct simulate_options *options, const char *text)
{
    return fault_parse(&options->faults, text);
}

static bool take_key(struct simulate_options *options, const char *text)
{
    options->encryption.keys.present = decryption_key_parse(text, options->encryption.keys.key);
    return options->encryption.keys.present;
}

static bool take_authkey(struct simulate_options *options, const char *text)
{
    options->encryption.keys.authenticate =
        decryption_key_parse(text, options->encryption.keys.authentication_key);
    return options->encryption.keys.authenticate;
}

static bool take_length_form(struct simulate_options *options, const char *text)
{
    return length_form_parse(text, &options->encryption.length);
}

static bool take_trace(struct simulate_options *options, const char *text)
{
    options->trace = text;
    return *text != '\0';
}

static bool take_replay(struct simulate_options *options, const char *text)
{
    options->replay = text;
    return *text != '\0';
}

static const struct row {
    const char *name;
    bool (*take)(struct simulate_options *options, const char *text);
    const char *allowed; /* NULL: see print_allowed() */
} rows[] = {
    {"standard", take_standard, NULL},
    {"pty", take_link, "the path of a symbolic link to make"},
    {"tcp", take_tcp, "an address and a port, as 127.0.0.1:2000 or [::1]:0"},
    {"count", take_count, "a number of telegrams, 1 to 1000000000"},
    {"meters", take_meters, "a number of meters, 1 to 10000"},
    {"spread", take_spread, "yes or no"},
    {"interval", take_interval, "seconds, 0 to 86400, with at most three decimals"},
    {"seed", take_seed, "a whole number of at most 18 digits"},
    {"start", take_start, "a time from 2010 to 2098, as 2025-03-30T01:59:50+01:00"},
    {"devices", take_devices, NULL},
    {"fault", take_fault,
     "crc, cut, noise, silence or unplug, = and a rate from 0 to 1, as crc=0.1"},
    {"key", take_key, "32 hexadecimal digits"},
    {"authkey", take_authkey, "32 hexadecimal digits"},
    {"length-form", take_length_form, "shortest, short, 81, 82, 83 or 84"},
    {"replay", take_replay, "a file with recorded telegrams"},
    {"trace", take_trace, "a file to write"},
};

enum { ROWS = sizeof rows / sizeof rows[0], HELP = ROWS };

static void print_allowed(const struct row *row)
{
    if (row->allowed)
        fprintf(stderr, "%s", row->allowed);
    else if (row->take == take_standard)
        print_standards(stderr);
    else
        print_devices(stderr);
}

static int refuse(const char *text)
{
    fprintf(stderr, "dsmr simulate: %s; see dsmr simulate --help\n", text);
    return 2;
}

static int print_help(void)
{
    fputs(help_head, stdout);
    print_standards(stdout);
    fputs("\n", stdout);
    fputs(help_body, stdout);
    print_devices(stdout);
    fputs("\n", stdout);
    fputs(help_tail, stdout);
    return 0;
}

/* Returns NULL, or why there cannot be so many meters. */
static const char *refuse_meters(const struct simulate_options *options)
{
    if (options->trace && !options->tcp)
        return "--trace needs --tcp";
    if (options->meters == 1)
        return NULL;
    if (!options->tcp || options->tcp_port == 0)
        return "--meters needs --tcp with the first of their ports";
    if (options->replay)
        return "--meters and --replay cannot be served at once";
    if (options->tcp_port + options->meters - 1 > 65535)
        return "there are not so many ports for --meters: the last one is 65535";
    return NULL;
}

/* Returns NULL, or why nothing can be encrypted so. */
static const char *refuse_encryption(const struct simulate_options *options)
{
    const struct frame_form *form = &options->encryption;
    if (!form->keys.present)
        return form->keys.authenticate || form->length != LENGTH_SHORTEST
                   ? "--authkey and --length-form need --key"
                   : NULL;
    if (options->trace)
        return "--key and --trace cannot be served at once: a trace tells the CRC";
    if (options->standard->even_parity)
        return "--key needs a meter of eight bits: --standard 4.0 and up";
    return NULL;
}

/* What the options say together. */
static int check(struct simulate_options *options)
{
    int places = (options->link ? 1 : 0) + (options->tcp ? 1 : 0) + (options->count > 0 ? 1 : 0);
    if (!options->standard && options->replay)
        options->standard = standard_find("5.0");
    if (!options->standard)
        return refuse("--standard is missing");
    if (places != 1)
        return refuse(places == 0 ? "one of --pty, --tcp and --count is missing"
                                  : "only one of --pty, --tcp and --count can be served");
    const char *reason = refuse_meters(options);
    if (!reason)
        reason = refuse_encryption(options);
    if (reason)
        return refuse(reason);
    for (enum device_kind kind = 0; kind < DEVICE_KINDS; kind++)
        if (options->devices & 1u << kind && !telegram_has_device(options->standard, kind)) {
            fprintf(stderr, "dsmr simulate: --devices: %s meters know no %s\n",
                    options->standard->title, telegram_device_name(kind));
            return 2;
        }
    if (!options->interval_given && options->count == 0)
        options->interval_ms = options->standard->interval_s * 1000;
    if (options->seed_given && !options->start_given) {
        options->start = seeded_start;
        options->start_given = true;
    }
    return -1;
}

static int take_row(struct simulate_options *options, const struct row *row, const char *text)
{
    if (row->take(options, text))
        return -1;
    bool secret = row->take == take_key || row->take == take_authkey;
    fprintf(stderr, "dsmr simulate: --%s: '%s' is not allowed; what is: ", row->name,
            secret ? "***" : text);
    print_allowed(row);
    fputs("\n", stderr);
    return 2;
}

int simulate_options_parse(struct simulate_options *options, int argc, char **argv)
{
    struct option known[ROWS + 2] = {0};
    for (int i = 0; i < ROWS; i++)
        known[i] = (struct option){rows[i].name, required_argument, NULL, i};
    known[HELP] = (struct option){"help", no_argument, NULL, HELP};

    *options = (struct simulate_options){.devices = 1u << DEVICE_GAS, .meters = 1};
    optind = 1;
    opterr = 0;
    for (int choice; (choice = getopt_long(argc, argv, ":", known, NULL)) != -1;) {
        if (choice == HELP)
            return print_help();
        if (choice == '?' || choice == ':') {
            fprintf(stderr, "dsmr simulate: %s: %s; see dsmr simulate --help\n", argv[optind - 1],
                    choice == '?' ? "there is no such option" : "something must follow");
            return 2;
        }
        int status = take_row(options, &rows[choice], optarg);
        if (status >= 0)
            return status;
    }
    if (optind < argc)
        return refuse("there is a word that belongs to no option");
    return check(options);
}
