/* SPDX-License-Identifier: MIT */
/* dsmr run: reads the port and hands the values on. */
#include "cmd/cmd.h"
#include "cmd/service.h"
#include "config/config.h"
#include "config/http_listen.h"
#include "core/memory.h"
#include "simulate/decimal.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_GOOD = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, DAYS_MAX = 3660 };

static const char help[] =
    "Usage: dsmr run [OPTION]…\n"
    "\n"
    "Reads the meter's P1 port and hands its values on to whom the configuration names: openHAB,\n"
    "MQTT with Home Assistant and Homie, programs that read a P1 port. Where it names none, it\n"
    "shows them: as a living table on a terminal, in the log elsewhere.\n"
    "\n"
    "  -c, --config FILE   the configuration; without it the first of /etc/dsmr/dsmr.cfg and\n"
    "                      /etc/openhab/services/dsmr.cfg that exists (all places: dsmr check\n"
    "                      --help)\n"
    "  --port PORT         look at this port, without a configuration; with -c, this one takes\n"
    "                      the place of the file's. PORT is one of\n"
    "                        /dev/ttyUSB0              a cable, whose speed is found out\n"
    "                        auto                      the cable on which a meter is found\n"
    "                        tcp://HOST:PORT           an adapter on the network\n"
    "                        rfc2217://HOST:PORT       one whose speed can be set\n"
    "                        mqtt://HOST/TOPIC         telegrams that a broker has\n"
    "                        pipe:/PATH, file:/PATH    a named pipe, a recording\n"
    "                        -                         standard input\n"
    "                        simulated:                a meter of our own, to try things out\n"
    "  --http ADDRESS      the page and the API are there, such as 127.0.0.1:8095; takes the place "
    "of\n"
    "                      http.listen; no for none\n"
    "  --history FILE      keep the history in this file, whatever the configuration says\n"
    "  --past DAYS         of a simulated meter: write so many days of its past into the history\n"
    "                      first, or what is missing of them\n"
    "  -v, --verbose       log every line of every telegram and what became of it\n"
    "  --trace FILE        write a line for each telegram: seconds of the monotonic clock when\n"
    "                      it had been handed on, meter, CRC, good or refused\n"
    "  --forget            remove what dsmr has left at the MQTT broker (Home Assistant's\n"
    "                      announcements, the Homie device, states), and end; no other dsmr with\n"
    "                      this configuration should run meanwhile\n"
    "  -h, --help          this text\n"
    "\n"
    "Ends on Ctrl+C and on SIGTERM; SIGHUP reads the configuration again.\n"
    "\n"
    "Exit status: 0 ended when asked to, 1 could not start or not forget, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  dsmr run --port /dev/ttyUSB0            watch the meter on a cable\n"
    "  dsmr run --port simulated:              the same without a meter\n"
    "  dsmr run -c dsmr.cfg                    hand on, as the file says\n"
    "  dsmr run -c dsmr.cfg --port simulated:  the same, with a simulated meter\n"
    "\n"
    "dsmr check --sample prints a configuration with every key; dsmr check reads one and tells\n"
    "what it comes to.\n";

static bool read_days(const char *text, int *days)
{
    int64_t number;
    if (!decimal_parse(text, 0, DAYS_MAX, &number) || number < 1) {
        fprintf(stderr, "dsmr run: --past %s: days, 1 to %d\n", text, DAYS_MAX);
        return false;
    }
    *days = (int)number;
    return true;
}

/* Whether the options fit together; false is told to the user. */
static bool is_sound(const struct service_options *wanted, int argc, char **argv)
{
    if (wanted->http && !http_listen_is_good(wanted->http)) {
        fprintf(stderr,
                "dsmr run: --http %s: no address such as 127.0.0.1:8095; see dsmr run --help\n",
                wanted->http);
        return false;
    }
    if (wanted->history && wanted->history[0] == '\0') {
        fputs("dsmr run: --history: a file must be named; see dsmr run --help\n", stderr);
        return false;
    }
    if (optind < argc) {
        fprintf(stderr, "dsmr run: %s: nothing is wanted behind the options; see dsmr run --help\n",
                argv[optind]);
        return false;
    }
    return true;
}

/* Returns false on wrong usage, told to the user; *done is set when the help was asked for. */
static bool read_options(struct service_options *wanted, int argc, char **argv, bool *done)
{
    enum { PORT = 256, TRACE, FORGET, HISTORY, PAST, HTTP };
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},  {"port", required_argument, NULL, PORT},
        {"trace", required_argument, NULL, TRACE}, {"forget", no_argument, NULL, FORGET},
        {"http", required_argument, NULL, HTTP},   {"history", required_argument, NULL, HISTORY},
        {"past", required_argument, NULL, PAST},   {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},          {0},
    };
    int option;
    opterr = 0;
    while ((option = getopt_long(argc, argv, ":c:vh", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            wanted->config_file = optarg;
            break;
        case PORT:
            wanted->port = optarg;
            break;
        case HTTP:
            wanted->http = optarg;
            break;
        case TRACE:
            wanted->trace = optarg;
            break;
        case FORGET:
            wanted->forget = true;
            break;
        case HISTORY:
            wanted->history = optarg;
            break;
        case PAST:
            if (!read_days(optarg, &wanted->past_days))
                return false;
            break;
        case 'v':
            wanted->verbose = true;
            break;
        case 'h':
            fputs(help, stdout);
            *done = true;
            return true;
        default:
            fprintf(stderr, "dsmr run: %s: %s; see dsmr run --help\n", argv[optind - 1],
                    option == ':' ? "something must follow" : "there is no such option");
            return false;
        }
    }
    return is_sound(wanted, argc, argv);
}

static void tell_what_is_missing(void)
{
    if (access("dsmr.cfg", F_OK) == 0) {
        fputs("dsmr run: the dsmr.cfg of this folder is taken where you say so:\n"
              "  dsmr run -c dsmr.cfg\n",
              stderr);
        return;
    }
    fputs("dsmr run: which port? No configuration was found. Name the port, as in\n"
          "  dsmr run --port /dev/ttyUSB0\n"
          "or let it be found, dsmr run --port auto\n"
          "or, without a meter, dsmr run --port simulated:\n"
          "To hand the values on to openHAB, MQTT or others, write /etc/dsmr/dsmr.cfg; begin with "
          "what\n"
          "dsmr check --sample prints.\n",
          stderr);
}

int cmd_run(int argc, char **argv)
{
    struct service_options options = {0};
    bool done = false;
    if (!read_options(&options, argc, argv, &done))
        return EXIT_USAGE;
    if (done)
        return EXIT_GOOD;
    /* --port alone is for having a look: nobody wants simulated values in his own openHAB. */
    if (!options.config_file && !options.port)
        options.config_file = config_find();
    if (!options.config_file && !options.port) {
        tell_what_is_missing();
        return EXIT_FAILED;
    }
    return service_run(&options) ? EXIT_GOOD : EXIT_FAILED;
}
