/* SPDX-License-Identifier: MIT */
/*
 * The physical meters behind the P1 ports, each with the newest value of everything it tells.
 *
 * A meter is known by its equipment id: a gas meter that moves to another channel, or to another P1
 * port, stays the same, and one that is replaced becomes another. Where there is no id, a meter is
 * known by its kind and by the P1 meter it is behind. Of two meters of one kind behind one P1 port
 * the one that speaks for its kind is here; when another takes over, the first is no longer available.
 */
#ifndef DSMR_SINK_PHYSICAL_METER_H
#define DSMR_SINK_PHYSICAL_METER_H

#include "bus/sink.h"
#include "core/buffer.h"
#include "core/log.h"
#include "meter/identity.h"
#include "sink/quantity.h"

enum {
    PHYSICAL_METERS_MAX = 32,     /* behind one P1 port, ever */
    PHYSICAL_STALE_S = 26 * 3600, /* meters of DSMR 2 are read once a day */
};

struct physical_meter {
    const char *meter;    /* name of the P1 meter that it is behind */
    enum dsmr_kind kind;  /* DSMR_KIND_ELECTRICITY stands for the P1 port itself as well */
    char *slug;           /* "gas_G0012": fit for topics and ids, and never another */
    struct buffer serial; /* equipment id for people; empty if unknown */
    struct buffer model;  /* identification of the telegram; empty but for electricity */
    bool second;          /* another of its kind was behind the same P1 meter before */
    struct quantities quantities;
    bool told;              /* it was in the last telegram */
    bool news;              /* … with values that are to be sent */
    unsigned missed;        /* telegrams since it was in one */
    bool changed;           /* something other than a value; reset by who makes messages of it */
    bool available;         /* it is there and not stale */
    int64_t own_time;       /* of its newest value by its own clock, 0 without */
    int64_t own_time_since; /* when that time was first seen, by the caller's clock */

    /* For who makes messages of it: */
    bool announced;
    bool availability_told; /* available, as was said last */
};

/* The place of a kind of meter behind a P1 port. */
struct meter_place {
    struct physical_meter *meter; /* that is there; NULL until it is known which */
    struct identity identity;
    char *slug;                         /* that it should have; NULL until it is known */
    unsigned nameless;                  /* telegrams without any equipment id */
    bool refused_told;                  /* … that another P1 meter has the same one */
    const struct dsmr_reading *reading; /* of the equipment id, in the telegram being taken in */
    bool told;                          /* in that telegram */
    bool open;                          /* … its readings belong to the meter */
};

/* What is behind one P1 meter. */
struct port_meters {
    char *name;
    struct physical_meter **at; /* the electricity meters first */
    size_t count;
    struct meter_place places[DSMR_KIND_COUNT];
    bool full_told;
};

struct physical_meters {
    struct log *log;
    const char *topic; /* of the log */
    struct port_meters **ports;
    size_t count;
    size_t hint;
    dsmr_item equipment[DSMR_KIND_COUNT]; /* the item that holds the equipment id of a kind */
};

/* log is borrowed; topic (static) names the part of the program that speaks. */
void physical_meters_init(struct physical_meters *meters, struct log *log, const char *topic);

/* Takes the readings of a telegram in. now is in ms, of a clock that only goes forward. Returns what
 * is behind that P1 meter; it stays where it is. */
struct port_meters *physical_meters_update(struct physical_meters *meters,
                                           const struct readings *readings, int64_t now);

/* The electricity meter behind a P1 meter; NULL as long as it is not known. */
const struct physical_meter *physical_meters_main(const struct port_meters *port);

void physical_meters_free(struct physical_meters *meters);

#endif
