/* SPDX-License-Identifier: MIT */
/* What `dsmr simulate` was asked to do. */
#ifndef DSMR_CMD_SIMULATE_OPTIONS_H
#define DSMR_CMD_SIMULATE_OPTIONS_H

#include "simulate/fault.h"
#include "simulate/frame_writer.h"
#include "simulate/standard.h"

#include <stdbool.h>
#include <stdint.h>

/* All texts point into argv. */
struct simulate_options {
    const struct standard *standard;
    const char *link; /* --pty */
    const char *tcp;  /* --tcp, the whole of it */
    char tcp_host[254];
    int tcp_port;        /* 0: any that is free */
    int64_t count;       /* --count; 0 when not given */
    int64_t interval_ms; /* between telegrams; 0: as fast as it goes */
    bool interval_given;
    int64_t meters; /* at ports one after the other; 1 when not given */
    bool together;  /* they send at the same moment */
    uint64_t seed;
    bool seed_given;
    int64_t start; /* unix time of the first telegram */
    bool start_given;
    unsigned devices; /* bits 1 << enum device_kind */
    struct faults faults;
    struct frame_form encryption; /* without a key: none */
    const char *replay;           /* NULL when the household is to be sent */
    const char *trace;            /* NULL when not given */
};

/*
 * Reads the arguments; argv[0] is not looked at. Returns -1 to go on, or the exit status: 0 after
 * --help, 2 after a mistake, which was told in one line.
 */
int simulate_options_parse(struct simulate_options *options, int argc, char **argv);

#endif
