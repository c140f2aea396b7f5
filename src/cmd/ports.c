/* SPDX-License-Identifier: MIT */
/* dsmr ports: lists the serial ports, and finds the one with a meter. */
#include "cmd/ports.h"

#include "cmd/cmd.h"
#include "cmd/command_line.h"
#include "core/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_GOOD = 0, EXIT_NO_METER = 1, EXIT_USAGE = 2 };
enum { WAIT_S = PORT_SEARCH_MS / 1000 };

static const char help[] =
    "Usage: dsmr ports [OPTION]… [PORT]…\n"
    "\n"
    "Lists the serial ports of this machine: the adapter that each is, its stable name, who has "
    "it\n"
    "open, and what stands in the way of opening it. Only root sees what programs of other users\n"
    "have open. With PORTs only these are looked at, whether the system knows them as serial "
    "ports\n"
    "or not.\n"
    "\n"
    "  --probe             listen on all ports at once, those in use apart, and tell which has a\n"
    "                      meter, at which settings, and what is heard on the others;\n"
    "                      nothing is sent, but what is no meter, a Zigbee stick or a modem, may\n"
    "                      notice that its port is opened: name PORTs then\n"
    "  --wait SECONDS      listen so long at most, 1 to 3600 (default 35)\n"
    "  --format FORMAT     table or json (default table)\n"
    "  -h, --help          this text\n"
    "\n"
    "JSON is an array with an object each port: port, stable_name, driver, usb (vendor_id,\n"
    "product_id, vendor, product, serial_number), holder, obstacle and probe (open, meter,\n"
    "settings, identification, origin, encrypted, state); null is what is not known or not so.\n"
    "\n"
    "Exit status: 0 listed, with --probe a meter was found; 1 none was found; 2 wrong usage.\n"
    "\n"
    "Examples:\n"
    "  dsmr ports                       what is there, and who has it\n"
    "  dsmr ports --probe               where is the meter?\n"
    "  dsmr ports --probe /dev/ttyUSB0  is there one on this port?\n"
    "  dsmr run --port auto             read it, wherever it is\n";

struct wish {
    char **ports; /* ended by NULL */
    int wait_s;
    bool probe;
    bool json;
};

static bool take_format(const struct command_line *line, struct wish *wish, const char *word)
{
    wish->json = strcmp(word, "json") == 0;
    return wish->json || strcmp(word, "table") == 0 ||
           command_line_wrong(line, "no such format (table or json)", word);
}

enum { PROBE = 256, WAIT, FORMAT };

static bool take_option(const struct command_line *line, void *context, int option,
                        const char *word)
{
    struct wish *wish = context;
    if (option == WAIT)
        return command_line_wait(line, word, &wish->wait_s);
    if (option == FORMAT)
        return take_format(line, wish, word);
    wish->probe = true;
    return true;
}

static const struct option options[] = {
    {"probe", no_argument, NULL, PROBE},
    {"wait", required_argument, NULL, WAIT},
    {"format", required_argument, NULL, FORMAT},
    {"help", no_argument, NULL, 'h'},
    {0},
};

static const struct command_line command_line = {
    .name = "ports", .help = help, .letters = ":h", .options = options, .take = take_option};

static bool take_ports(struct wish *wish, char **ports)
{
    wish->ports = ports;
    for (; *ports; ports++)
        if (**ports != '/')
            return command_line_wrong(&command_line, "a port is a device, such as /dev/ttyUSB0",
                                      *ports);
    return true;
}

static void complain_of_nothing(void)
{
    fputs("dsmr ports: this machine has no serial port; is the cable plugged in? In a container or "
          "a\n"
          "virtual machine the port has to be handed on to it.\n",
          stderr);
}

static bool any_meter(const struct ports_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].heard && rows[i].heard->has_meter)
            return true;
    return false;
}

static bool has_row(const struct ports_row *rows, size_t count, const struct serial_entry *entry)
{
    for (size_t i = 0; i < count; i++)
        if (rows[i].entry == entry)
            return true;
    return false;
}

/* A row for each port that the user named, or for all of them. Returns how many. */
static size_t choose_rows(const struct wish *wish, struct serial_list *list, struct ports_row *rows)
{
    size_t count = 0;
    for (size_t i = 0; wish->ports[i]; i++) {
        size_t place = serial_list_add(list, wish->ports[i], &serial_system);
        if (!has_row(rows, count, &list->at[place]))
            rows[count++].entry = &list->at[place];
    }
    for (size_t i = 0; !*wish->ports && i < list->count; i++)
        rows[count++].entry = &list->at[i];
    return count;
}

static int tell_ports(const struct wish *wish, struct ports_row *rows, size_t count)
{
    struct ports_probe *probe = wish->probe ? ports_probe(rows, count, wish->wait_s) : NULL;
    if (wish->json)
        ports_print_json(rows, count);
    else if (count > 0)
        ports_print_table(rows, count);
    if (count == 0)
        complain_of_nothing();
    bool good = !wish->probe || any_meter(rows, count);
    ports_probe_end(probe);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "dsmr ports: cannot write the output: %s\n", strerror(errno));
        return EXIT_NO_METER;
    }
    return good ? EXIT_GOOD : EXIT_NO_METER;
}

int cmd_ports(int argc, char **argv)
{
    struct wish wish = {.wait_s = WAIT_S};
    struct serial_list list = {0};
    char **words;
    enum command_asked asked = command_line_read(&command_line, &wish, argc, argv, &words);
    if (asked == ASKED_FOR_HELP)
        return EXIT_GOOD;
    if (asked == ASKED_WRONGLY || !take_ports(&wish, words))
        return EXIT_USAGE;
    serial_list_read(&list, &serial_system);
    for (size_t i = 0; wish.ports[i]; i++)
        serial_list_add(&list, wish.ports[i], &serial_system);
    struct ports_row *rows = memory_new(list.count, sizeof *rows);
    int status = tell_ports(&wish, rows, choose_rows(&wish, &list, rows));
    free(rows);
    serial_list_free(&list);
    return status;
}
