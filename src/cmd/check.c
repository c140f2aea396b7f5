/* SPDX-License-Identifier: MIT */
/* dsmr check: is the configuration right, are the items, and what do they come to? */
#include "cmd/check_openhab.h"
#include "cmd/check_outlets.h"
#include "cmd/cmd.h"
#include "cmd/own_ports.h"
#include "cmd/own_topics.h"
#include "config/config.h"
#include "config/http_listen.h"
#include "config/items.h"
#include "config/key.h"
#include "config/meter_keys.h"
#include "config/named_files.h"
#include "config/port_form.h"
#include "core/complaints.h"
#include "history/file_fault.h"
#include "sink/openhab_follower.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FINE = 0, WRONG = 1, USAGE = 2 };

static void print_help(void)
{
    fputs("Usage: dsmr check [OPTION]… [ITEMS]…\n"
          "\n"
          "Reads the configuration and the openHAB items that it names, tells every mistake with "
          "its\n"
          "file and line, and says what it all comes to. Changes nothing and opens no port. With\n"
          "openhab.items=rest, openHAB is asked for its items.\n"
          "\n"
          "  -c, --config FILE  this configuration; without it the first that exists of\n",
          stdout);
    const char *place;
    for (size_t i = 0; (place = config_place(i)) != NULL; i++)
        printf("                       %s\n", place);
    fputs(
        "  --sample           print a configuration with every key, what it does and what it can\n"
        "                     be, to start from\n"
        "  -h, --help         this text\n"
        "\n"
        "ITEMS are items files or folders to be checked instead of those of openhab.items.\n"
        "\n"
        "An error marks what does not work, a warning what may be meant so. Of the errors, bad\n"
        "channels, bad portsettings, keys given twice and bad items do not keep dsmr run from\n"
        "starting: it leaves them out. All others do.\n"
        "\n"
        "Exit status: 0 no errors, 1 errors, 2 wrong usage.\n"
        "\n"
        "Examples:\n"
        "  dsmr check                       the configuration that dsmr run would take\n"
        "  dsmr check -c dsmr.cfg p1.items  these files, before they are put in place\n"
        "  dsmr check --sample > dsmr.cfg   a file to start from\n",
        stdout);
}

static void print_meter_keys(void)
{
    int column = printf("#");
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++) {
        const char *name = key_facts(key)->name;
        if (column + 2 + (int)strlen(name) > 78)
            column = printf("\n#") - 1;
        column += printf(" %s%s", name, key + 1 < CONFIG_METER_KEY_COUNT ? "," : "\n");
    }
}

/* The first lines of the sample: what most houses need, ready to be taken over. */
static const char sample_start[] =
    "# Configuration of dsmr. A line is key=value, or a comment like this one. dsmr check tells\n"
    "# whether all is right. Files and folders without / in front lie beside this one.\n"
    "#\n"
    "# What most houses need. Write the lines of what you run below port=; any of them go "
    "together.\n"
    "#\n"
    "#   Home Assistant, and an MQTT broker (the last two lines where it asks for a password):\n"
    "#     mqtt.url=mqtt://localhost\n"
    "#     homeassistant.discovery=yes\n"
    "#     mqtt.user=dsmr\n"
    "#     mqtt.password.file=/etc/dsmr/mqtt.password\n"
    "#   openHAB, with its items files:\n"
    "#     openhab.url=http://localhost:8080\n"
    "#     openhab.items=/etc/openhab/items\n"
    "#   Node-RED, openHAB's Homie add-on, and whatever else has MQTT:\n"
    "#     mqtt.url=mqtt://localhost\n"
    "#   Domoticz, DSMR-reader, evcc, Home Assistant's DSMR integration: a P1 meter on the "
    "network\n"
    "#     p1.listen=tcp://127.0.0.1:2000\n"
    "#\n"
    "# Each further meter has a name and these keys of its own, as in meter.garage.port=:\n";

/* A heading where another group of keys begins: what stands before the first dot. */
static void print_heading(enum config_key key)
{
    const char *name = key_facts(key)->name;
    const char *before = key > 0 ? key_facts(key - 1)->name : "";
    int size = (int)strcspn(name, ".");
    if (key < CONFIG_METER_KEY_COUNT || strncmp(name, before, (size_t)size + 1) == 0)
        return;
    printf("\n# ---- %.*s ----\n", size, name);
    if (key == CONFIG_PUSH_URL)
        printf("\n# To more than one place, at most %d: each has a name, and these keys of its "
               "own, as in\n"
               "# push.influx.url= beside push.url=.\n",
               CONFIG_PUSH_MAX);
}

static void print_sample(void)
{
    fputs(sample_start, stdout);
    print_meter_keys();
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++) {
        const struct config_key_facts *facts = key_facts(key);
        if (facts->type == CONFIG_TYPE_IGNORED)
            continue;
        print_heading(key);
        printf("\n# %s\n# allowed: %s\n", facts->description, facts->allowed);
        if (key == CONFIG_PORT)
            printf("%s=/dev/ttyUSB0\n", facts->name);
        else
            printf("#%s=%s\n", facts->name, facts->fallback != NULL ? facts->fallback : "");
    }
}

/* One that was given and refused has its complaint already. */
static bool port_was_refused(const struct config *config, const struct complaints *complaints)
{
    int line = config->values[CONFIG_PORT].first;
    for (size_t i = 0; line > 0 && i < complaints->count; i++)
        if (complaints->at[i].line == line && complaints->at[i].severity == SEVERITY_ERROR)
            return true;
    return false;
}

static void look_at_history(const struct config *config, struct complaints *complaints)
{
    const char *path = config_text(config, CONFIG_HISTORY_PATH);
    const char *fault = path != NULL ? history_file_fault(path) : NULL;
    if (fault != NULL)
        complain(complaints, SEVERITY_WARNING, config->file,
                 config->values[CONFIG_HISTORY_PATH].line,
                 "key '%s': '%s': %s: it would stay as it is, and no history would be kept",
                 key_facts(CONFIG_HISTORY_PATH)->name, path, fault);
}

/* What only the whole of the configuration shows. */
static void look_at_whole(const struct config *config, struct complaints *complaints)
{
    bool url = config_is_set(config, CONFIG_OPENHAB_URL);
    bool items = config_is_set(config, CONFIG_OPENHAB_ITEMS);
    if (config_meter_count(config) == 0 && !port_was_refused(config, complaints))
        complain(complaints, SEVERITY_ERROR, config->file, 0, "key '%s' is not set; allowed: %s",
                 key_facts(CONFIG_PORT)->name, key_facts(CONFIG_PORT)->allowed);
    own_ports_check(config, complaints);
    own_topics_check(config, complaints);
    named_files_look(config, complaints);
    look_at_history(config, complaints);
    http_keys_check(config, complaints);
    if (url != items && complaints->errors == 0)
        complain(complaints, SEVERITY_WARNING, config->file, 0,
                 "key '%s' is set and '%s' is not: openHAB gets nothing; it takes both",
                 key_facts(url ? CONFIG_OPENHAB_URL : CONFIG_OPENHAB_ITEMS)->name,
                 key_facts(url ? CONFIG_OPENHAB_ITEMS : CONFIG_OPENHAB_URL)->name);
    for (size_t i = 0; i < config_meter_count(config); i++) {
        struct decryption_keys keys;
        meter_keys_read(config, i, &keys, complaints);
        explicit_bzero(&keys, sizeof keys);
    }
}

/* What there is to say of a port that cannot be opened now, or is still to be found. */
static const char *note_on(const char *port)
{
    if (port_form_is_auto(port))
        return " (the serial port on which dsmr run finds a meter)";
    bool absent = port[0] == '/' && access(port, F_OK) != 0;
    return absent ? " (not there now; dsmr run waits for it)" : "";
}

static void print_port(const struct config *config)
{
    const char *port = config_text(config, CONFIG_PORT);
    const char *settings = config_text(config, CONFIG_PORT_SETTINGS);
    bool device = port[0] == '/' || port_form_is_auto(port);
    printf("port      %s%s\n", port, note_on(port));
    if (device)
        printf("settings  %s\n",
               settings != NULL ? settings : "found out from what the meter sends");
}

static void print_channels(const struct config *config)
{
    const char *between = "";
    fputs("channels  ", stdout);
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++) {
        if (!key_is_channel(key) || !config_is_set(config, key))
            continue;
        const char *name = key_facts(key)->name;
        printf("%s%.*s %s", between, (int)strcspn(name, "."), name, config_text(config, key));
        between = ", ";
    }
    puts(*between != '\0' ? "; others as the meter tells" : "as the meter tells");
}

static void print_the_meter(const struct config *config)
{
    const char *zone = config_text(config, CONFIG_ZONE);
    print_port(config);
    print_channels(config);
    printf("zone      %s\n", zone != NULL ? zone : "as the meter tells, else Europe/Amsterdam");
    bool key = config_is_set(config, CONFIG_DECRYPTION_KEY) ||
               config_is_set(config, CONFIG_DECRYPTION_KEY_FILE);
    bool authkey = config_is_set(config, CONFIG_DECRYPTION_AUTHKEY) ||
                   config_is_set(config, CONFIG_DECRYPTION_AUTHKEY_FILE);
    if (key)
        printf("decrypts  with a key; authentication tags are %schecked\n", authkey ? "" : "not ");
}

/* In one line: there may be a thousand of them. */
static void print_meter(const struct config *config, size_t meter)
{
    printf("meter     %s:", config_meter_name(config, meter));
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++) {
        const struct config_value *value = config_meter_value(config, meter, key);
        if (!value->set)
            continue;
        char *shown = key_show(key, value->text);
        printf("%s %s=%s%s", key == CONFIG_PORT ? "" : ",", key_facts(key)->name, shown,
               key == CONFIG_PORT ? note_on(value->text) : "");
        free(shown);
    }
    putchar('\n');
}

static void print_config(const struct config *config)
{
    size_t meters = config_meter_count(config);
    printf("%s: no errors\n", config->file);
    if (meters == 1 && config->meter_count == 0)
        print_the_meter(config);
    else
        for (size_t i = 0; i < meters; i++)
            print_meter(config, i);
    printf("log       %s\n", config_text(config, CONFIG_LOG_LEVEL));
    check_outlets_print(config);
}

/* What the command line asks for. */
struct wish {
    const char *file; /* the configuration, NULL for none */
    char **items;     /* ended by NULL */
};

enum items_origin { ITEMS_NOWHERE, ITEMS_FROM_FILES, ITEMS_FROM_OPENHAB, ITEMS_TO_COME };

static enum items_origin read_items(struct bound_items *items, const struct wish *wish,
                                    const struct config *config, struct complaints *complaints)
{
    const char *named = config_text(config, CONFIG_OPENHAB_ITEMS);
    for (char **path = wish->items; *path != NULL; path++)
        items_read(items, *path, complaints);
    if (*wish->items != NULL)
        return ITEMS_FROM_FILES;
    if (named == NULL)
        return ITEMS_NOWHERE;
    if (!openhab_tells_items(config)) {
        items_read(items, named, complaints);
        return ITEMS_FROM_FILES;
    }
    bool can_ask = complaints->errors == 0 && config_is_set(config, CONFIG_OPENHAB_URL);
    return can_ask && check_openhab_items(items, config, complaints) ? ITEMS_FROM_OPENHAB
                                                                     : ITEMS_TO_COME;
}

static void print_items(const struct bound_items *items, enum items_origin origin)
{
    if (origin == ITEMS_TO_COME)
        puts("items     as openHAB will tell");
    else if (origin != ITEMS_NOWHERE)
        printf("items     %zu bound%s\n", items->count,
               origin == ITEMS_FROM_OPENHAB ? ", as openHAB tells" : "");
}

static int check(const struct wish *wish)
{
    struct config config;
    struct bound_items items = {0};
    struct complaints complaints = {0};
    config_init(&config);
    if (wish->file != NULL && config_read(&config, wish->file, &complaints))
        look_at_whole(&config, &complaints);
    enum items_origin origin = read_items(&items, wish, &config, &complaints);
    if (complaints.errors == 0)
        items_keep_known(&items, &config, &complaints);

    complaints_print(&complaints, stdout);
    bool wrong = complaints.errors + complaints.mistakes > 0;
    if (!wrong && wish->file != NULL)
        print_config(&config);
    if (!wrong)
        print_items(&items, origin);
    items_free(&items);
    config_free(&config);
    complaints_free(&complaints);
    return wrong ? WRONG : FINE;
}

static int check_found(struct wish *wish)
{
    if (wish->file == NULL)
        wish->file = config_find();
    if (wish->file != NULL || *wish->items != NULL)
        return check(wish);
    puts("no configuration found; name one with -c, or write one: dsmr check --sample. Looked at:");
    const char *place;
    for (size_t i = 0; (place = config_place(i)) != NULL; i++)
        printf("  %s\n", place);
    return WRONG;
}

int cmd_check(int argc, char **argv)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"sample", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    char name[] = "dsmr check"; /* getopt begins its complaints with it */
    struct wish wish = {0};
    int option;
    argv[0] = name;
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            wish.file = optarg;
            break;
        case 's':
            print_sample();
            return FINE;
        case 'h':
            print_help();
            return FINE;
        default:
            fputs("See dsmr check --help\n", stderr);
            return USAGE;
        }
    }
    wish.items = argv + optind;
    return check_found(&wish);
}
