/* SPDX-License-Identifier: MIT */
/* The subcommands. Each takes its own arguments, argv[0] being its name, and returns an exit status. */
#ifndef DSMR_CMD_CMD_H
#define DSMR_CMD_CMD_H

int cmd_run(int argc, char **argv);
int cmd_decode(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_ports(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_items(int argc, char **argv);
int cmd_simulate(int argc, char **argv);

#endif
