/* SPDX-License-Identifier: MIT */
/* Finds the subcommand. */
#include "cmd/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
    "dsmr reads the P1 port of a smart meter.\n"
    "\n"
    "Usage: dsmr COMMAND [OPTION]…\n"
    "\n"
    "  run        read the port and hand the values on: to openHAB, Home Assistant,\n"
    "             MQTT, programs that read a P1 port, or the screen\n"
    "  check      look for mistakes in dsmr.cfg and in openHAB's items files\n"
    "  ports      list the serial ports, and find the one with a meter\n"
    "  doctor     find out why nothing comes from a port, and what to do about it\n"
    "  items      write an openHAB items file for the meter at hand\n"
    "  decode     print the values of recorded telegrams\n"
    "  history    print and export what was kept, and take in what others kept\n"
    "  simulate   be a meter, to try things out without one\n"
    "\n"
    "  dsmr COMMAND --help tells more of each; dsmr --version tells the version.\n"
    "\n"
    "First steps:\n"
    "  dsmr run --port /dev/ttyUSB0     watch the meter on a cable\n"
    "  dsmr run --port simulated:       the same without a meter\n"
    "  dsmr check --sample > dsmr.cfg   a configuration to start from\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"run", cmd_run},         {"check", cmd_check},       {"ports", cmd_ports},
    {"doctor", cmd_doctor},   {"items", cmd_items},       {"decode", cmd_decode},
    {"history", cmd_history}, {"simulate", cmd_simulate},
};

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "--version") == 0) {
        printf("dsmr %s\n", DSMR_VERSION);
        return 0;
    }
    bool asked =
        strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0;
    if (!asked && argc > 1)
        fprintf(stderr, "dsmr: no such command: %s\n\n", name);
    fputs(help, asked ? stdout : stderr);
    return asked ? 0 : 2;
}
