/* SPDX-License-Identifier: MIT */
/* dsmr doctor: why nothing comes, and what to do about it. */
#include "cmd/cmd.h"
#include "cmd/command_line.h"
#include "cmd/doctor_listen.h"
#include "cmd/doctor_report.h"
#include "cmd/doctor_words.h"
#include "cmd/service_mqtt.h"
#include "config/config.h"
#include "config/line_settings.h"
#include "config/meter_keys.h"
#include "config/port_form.h"
#include "core/memory.h"
#include "core/state_folder.h"
#include "source/found_port.h"
#include "source/serial_list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_WELL = 0, EXIT_FAULT = 1, EXIT_USAGE = 2 };
enum { WAIT_S = 45 };

static const char help[] =
    "Usage: dsmr doctor [OPTION]… [PORT]\n"
    "\n"
    "Listens to a port and says why nothing comes, or not enough, and what to do about it. Ends "
    "with "
    "a\n"
    "report for a forum, without serial numbers. PORT is a serial port, tcp://HOST:PORT,\n"
    "rfc2217://HOST:PORT, or a file with recorded bytes; without it the port of the "
    "configuration.\n"
    "\n"
    "  -c, --config FILE      the configuration; without it and without PORT the first that "
    "exists\n"
    "                         (all places: dsmr check --help)\n"
    "  --meter NAME           the meter of the configuration whose port it is (default: the "
    "first)\n"
    "  --settings SETTINGS    read the port so, as in '9600 7E1', and not otherwise; without it, "
    "or\n"
    "                         portsettings, they are found out\n"
    "  --key HEX              the key of a meter that encrypts, 32 hexadecimal digits\n"
    "  --authkey HEX          its authentication key\n"
    "  --wait SECONDS         listen so long at most, 1 to 3600 (default 45); Ctrl+C ends with "
    "what "
    "is\n"
    "                         known so far\n"
    "  --language en|nl       of the verdict (default en)\n"
    "  --with-serial-numbers  do not mask those of meters and cables\n"
    "  -h, --help             this text\n"
    "\n"
    "Exit status: 0 all is well, 1 a fault was found, 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  dsmr doctor                          the port of the configuration\n"
    "  dsmr doctor /dev/ttyUSB0             a cable\n"
    "  dsmr doctor tcp://192.168.1.5:2000   a converter\n"
    "  dsmr doctor recorded.bin             what cat, ser2net or a logger has written\n";

struct wish {
    const char *config_file;
    const char *meter;
    const char *port;
    char *found_port; /* what port stands for when it is auto; NULL otherwise */
    struct doctor_order order;
    enum language language;
    bool serial_numbers;
};

/* ------------------------------------------------------------------------------------------------
 * The command line
 */

enum { METER = 256, SETTINGS, KEY, AUTHKEY, WAIT, LANGUAGE, SERIAL_NUMBERS };

/* The key itself is not shown. */
static bool take_key(const struct command_line *line, const char *option, const char *word,
                     uint8_t key[DSMR_KEY_SIZE], bool *present)
{
    *present = decryption_key_parse(word, key);
    return *present || command_line_wrong(line, "32 hexadecimal digits are wanted behind", option);
}

static bool take_option(const struct command_line *line, void *context, int option,
                        const char *word)
{
    struct wish *wish = context;
    struct decryption_keys *keys = &wish->order.keys;
    switch (option) {
    case 'c':
        wish->config_file = word;
        return true;
    case METER:
        wish->meter = word;
        return true;
    case SETTINGS:
        return line_settings_parse(word, &wish->order.fixed) ||
               command_line_wrong(line, "settings are written as in '115200 8N1'", word);
    case KEY:
        return take_key(line, "--key", word, keys->key, &keys->present);
    case AUTHKEY:
        return take_key(line, "--authkey", word, keys->authentication_key, &keys->authenticate);
    case WAIT:
        return command_line_wait(line, word, &wish->order.wait_s);
    case LANGUAGE:
        return command_line_language(line, word, &wish->language);
    default:
        wish->serial_numbers = true;
        return true;
    }
}

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"meter", required_argument, NULL, METER},
    {"settings", required_argument, NULL, SETTINGS},
    {"key", required_argument, NULL, KEY},
    {"authkey", required_argument, NULL, AUTHKEY},
    {"wait", required_argument, NULL, WAIT},
    {"language", required_argument, NULL, LANGUAGE},
    {"with-serial-numbers", no_argument, NULL, SERIAL_NUMBERS},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct command_line command_line = {
    .name = "doctor", .help = help, .letters = ":c:h", .options = options, .take = take_option};

/* Returns false on wrong usage, told to the user. */
static bool take_words(struct wish *wish, char **words)
{
    wish->port = words[0];
    if (wish->port && words[1])
        return command_line_wrong(&command_line, "one port is enough", words[1]);
    if (wish->order.keys.authenticate && !wish->order.keys.present)
        return command_line_wrong(&command_line, "--authkey needs --key", NULL);
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * The configuration
 */

/* What stands in the configuration counts where the command line says nothing. */
static bool take_meter(struct wish *wish, const struct config *config)
{
    size_t place = wish->meter ? config_meter_find(config, wish->meter, strlen(wish->meter)) : 0;
    if (place >= config_meter_count(config)) {
        fprintf(stderr, "dsmr doctor: %s %s %s\n", wish->config_file,
                wish->meter ? "has no meter" : "names no port", wish->meter ? wish->meter : "");
        return false;
    }
    const char *settings = config_meter_text(config, place, CONFIG_PORT_SETTINGS);
    if (settings && wish->order.fixed.baud == 0)
        line_settings_parse(settings, &wish->order.fixed);
    if (!wish->port)
        wish->port = config_meter_text(config, place, CONFIG_PORT);
    if (wish->order.keys.present)
        return true;
    struct complaints told = {0};
    meter_keys_read(config, place, &wish->order.keys, &told);
    complaints_print(&told, stderr);
    complaints_free(&told);
    return true;
}

/* The one serial port of the machine, NULL when there are more or none. Freed by the caller. */
static char *only_port(void)
{
    struct serial_list list = {0};
    serial_list_read(&list, &serial_system);
    char *port = list.count == 1 ? memory_text(serial_entry_name(&list.at[0])) : NULL;
    serial_list_free(&list);
    return port;
}

/* What auto stands for: where dsmr run has found the meter, or the only port. */
static bool find_port(struct wish *wish)
{
    char *folder = state_folder_find();
    wish->found_port = found_port_read(folder);
    free(folder);
    bool remembered = wish->found_port != NULL;
    if (!remembered)
        wish->found_port = only_port();
    if (!wish->found_port) {
        fputs("dsmr doctor: which port? It is auto. dsmr ports --probe looks at each; name the one "
              "that you mean\n",
              stderr);
        return false;
    }
    fprintf(stderr, "dsmr doctor: port=auto: %s, %s\n", wish->found_port,
            remembered ? "where dsmr run has found the meter" : "the only serial port");
    wish->port = wish->found_port;
    return true;
}

/* A password in the address of a broker must not get into the report. */
static bool can_be_visited(const char *port)
{
    const char *host = strstr(port, "://");
    size_t size = host != NULL ? strcspn(host + 3, "/") : 0;
    if (host == NULL || memchr(host + 3, '@', size) == NULL)
        return true;
    fputs("dsmr doctor: user and password do not belong into a port: mqtt.user and "
          "mqtt.password.file in dsmr.cfg name them\n",
          stderr);
    return false;
}

static bool complete(struct wish *wish, struct config *config)
{
    if (!wish->config_file && !wish->port)
        wish->config_file = config_find();
    if (!wish->config_file && !wish->port) {
        fputs("dsmr doctor: which port? No configuration was found. Name the port, as in\n"
              "  dsmr doctor /dev/ttyUSB0\n",
              stderr);
        return false;
    }
    if (wish->meter && !wish->config_file)
        return command_line_wrong(&command_line, "--meter wants a configuration (-c)", NULL);
    if (wish->config_file &&
        !(command_line_config(wish->config_file, config) && take_meter(wish, config)))
        return false;
    return port_form_is_auto(wish->port) ? find_port(wish) : can_be_visited(wish->port);
}

/* ------------------------------------------------------------------------------------------------
 * The visit
 */

static bool print_all(const struct wish *wish, const struct doctor_history *history,
                      enum verdict verdict)
{
    struct buffer out = {0};
    struct doctor_case at_hand = {
        .verdict = verdict,
        .findings = &history->findings,
        .port = wish->port,
        .holder = history->holder,
        .reason = history->reason,
        .language = wish->language,
    };
    struct report_wish report = {&wish->order, history, verdict, wish->serial_numbers};
    doctor_words_finding(&out, &at_hand);
    doctor_words_advice(&out, &at_hand);
    buffer_add_text(&out, wish->language == LANGUAGE_DUTCH
                              ? "\nVoor een forum, zonder serienummers tenzij gevraagd:\n\n"
                              : "\nFor a forum, without serial numbers unless asked for:\n\n");
    doctor_report_write(&out, &report);
    fwrite(out.at, 1, out.size, stdout);
    buffer_free(&out);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    fprintf(stderr, "dsmr doctor: cannot write the output: %s\n", strerror(errno));
    return false;
}

static int visit(struct wish *wish, const struct config *config, bool *stuck)
{
    struct doctor_history history = {0};
    struct log log = {.stream = stderr, .level = LOG_WARN};
    struct mqtt_broker broker;
    char *password = NULL;
    wish->order.port = wish->port;
    if (port_form_broker(wish->port) > 0) {
        broker = service_mqtt_port_broker(config, wish->port, &log, &password);
        wish->order.broker = &broker;
    }
    doctor_listen(&wish->order, &history, stuck);
    enum verdict verdict = diagnosis_judge(&history.findings);
    bool written = print_all(wish, &history, verdict);
    service_mqtt_forget(password);
    doctor_history_free(&history);
    return verdict_is_fault(verdict) || !written ? EXIT_FAULT : EXIT_WELL;
}

int cmd_doctor(int argc, char **argv)
{
    struct wish wish = {.order = {.wait_s = WAIT_S}};
    struct config config;
    char **words;
    bool stuck = false;
    enum command_asked asked = command_line_read(&command_line, &wish, argc, argv, &words);
    if (asked == ASKED_FOR_HELP)
        return EXIT_WELL;
    if (asked == ASKED_WRONGLY || !take_words(&wish, words))
        return EXIT_USAGE;
    config_init(&config);
    int status = complete(&wish, &config) ? visit(&wish, &config, &stuck) : EXIT_USAGE;
    explicit_bzero(&wish.order.keys, sizeof wish.order.keys);
    config_free(&config);
    free(wish.found_port);
    /* A name look-up that hangs in the pool would be waited for at exit(). */
    if (stuck)
        _exit(status);
    return status;
}
