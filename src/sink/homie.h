/* SPDX-License-Identifier: MIT */
/*
 * The Homie convention, 4.0 and 5.0: one device, with a node for each kind of meter behind each P1
 * port and a property for each of its items. Of two meters of one kind the one that speaks for its
 * kind is shown, as in openHAB's items; so the ids hold no numbers of meters and stay when one is
 * replaced:
 *
 *     homie/dsmr/electricity/e-delivery-tariff1      of the meter main
 *     homie/dsmr/garage-gas/g-value                  of the meter garage
 *
 * The convention wants the broker to say "lost" for a device that vanishes; so the composer has a will
 * of its own, beside that of dsmr/status.
 *
 * While it is described, and after each connection, the device is in the state init for a moment: the
 * broker takes one message after another, and ready must not overtake the others.
 *
 * A value is sent when it changed: all of them are retained.
 */
#ifndef DSMR_SINK_HOMIE_H
#define DSMR_SINK_HOMIE_H

#include "core/log.h"
#include "core/loop.h"
#include "sink/mqtt_composer.h"
#include "sink/quantity.h"

struct homie_setup {
    int version;        /* 4 or 5 */
    const char *device; /* id of the device, as the convention has ids; copied */
    enum language language;
    int ready_ms; /* from a description, or a connection, to the state ready */
    struct emit emit;
    struct loop *loop;
    struct log *log;
};

/* What all topics of the device begin with: "homie/dsmr/". Freed by the caller. */
char *homie_base(int version, const char *device);

/* Never NULL. */
struct mqtt_composer *homie_new(const struct homie_setup *setup);

#endif
