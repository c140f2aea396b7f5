/* SPDX-License-Identifier: MIT */
#include "sink/physical_meter.h"

#include "core/memory.h"
#include "sink/plain_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    SERIAL_MAX = 48,  /* characters of an equipment id; what is longer is none */
    NAMELESS_MAX = 3, /* telegrams without an equipment id, and there is none */
};

void physical_meters_init(struct physical_meters *meters, struct log *log, const char *topic)
{
    *meters = (struct physical_meters){.log = log, .topic = topic};
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
        meters->equipment[kind] = DSMR_ITEM_NONE;
    for (size_t item = 0; item < dsmr_item_count(); item++) {
        const struct dsmr_item_info *info = dsmr_item_info((dsmr_item)item);
        const char *id = strstr(info->id, "EquipmentId");
        if (id && strcmp(id, "EquipmentId") == 0)
            meters->equipment[info->kind] = (dsmr_item)item;
    }
}

/* ------------------------------------------------------------------------------------------------
 * Names
 */

/* Letters and digits stay, all else becomes _XX, so that two ids never become one. */
static void add_key(struct buffer *out, const struct buffer *serial)
{
    for (size_t i = 0; i < serial->size; i++) {
        unsigned char c = (unsigned char)serial->at[i];
        bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
        buffer_print(out, plain ? "%c" : "_%02X", c);
    }
}

/* The equipment id as it may be shown, over what out holds; empty when there is none. */
static void write_serial(struct buffer *out, const struct identity *identity)
{
    plain_text_decoded(out, (struct dsmr_text){identity->known, identity->known_size});
    if (out->size > SERIAL_MAX)
        buffer_clear(out);
}

/* What a meter of this kind and equipment id is called, everywhere and for ever. */
static char *make_slug(enum dsmr_kind kind, const char *port, const struct buffer *serial)
{
    struct buffer slug = {0};
    for (const char *c = dsmr_kind_name(kind); *c != '\0'; c++)
        buffer_add(&slug, *c == ' ' ? "-" : c, 1);
    buffer_add_text(&slug, "_");
    if (serial->size > 0)
        add_key(&slug, serial);
    else
        buffer_add_text(&slug, port);
    return slug.at;
}

/* ------------------------------------------------------------------------------------------------
 * Meters
 */

static void physical_meter_free(struct physical_meter *meter)
{
    quantities_free(&meter->quantities);
    buffer_free(&meter->serial);
    buffer_free(&meter->model);
    free(meter->slug);
    free(meter);
}

static struct physical_meter *add_meter(struct port_meters *port, enum dsmr_kind kind,
                                        const char *slug, const struct buffer *serial)
{
    struct physical_meter *meter = memory_new(1, sizeof *meter);
    meter->meter = port->name;
    meter->kind = kind;
    meter->slug = memory_text(slug);
    buffer_add(&meter->serial, serial->at, serial->size);
    for (size_t i = 0; i < port->count; i++)
        meter->second = meter->second || port->at[i]->kind == kind;
    port->at = memory_grow(port->at, port->count + 1, sizeof(struct physical_meter *));
    size_t place = kind == DSMR_KIND_ELECTRICITY ? 0 : port->count;
    memmove(port->at + place + 1, port->at + place,
            (port->count - place) * sizeof(struct physical_meter *));
    port->at[place] = meter;
    port->count++;
    /* The others tell which electricity meter they are behind. */
    for (size_t i = 0; i < port->count; i++)
        port->at[i]->changed = port->at[i]->changed || kind == DSMR_KIND_ELECTRICITY;
    return meter;
}

/* The meter of that name behind any P1 meter, and which one that is. */
static struct physical_meter *find_meter(const struct physical_meters *meters, const char *slug,
                                         const struct port_meters **owner)
{
    for (size_t i = 0; i < meters->count; i++) {
        *owner = meters->ports[i];
        for (size_t j = 0; j < (*owner)->count; j++)
            if (strcmp((*owner)->at[j]->slug, slug) == 0)
                return (*owner)->at[j];
    }
    return NULL;
}

/* Puts the meter into its place that is called so; leaves the place empty when that cannot be. */
static void fill(struct physical_meters *meters, struct port_meters *port, enum dsmr_kind kind,
                 const struct buffer *serial)
{
    struct meter_place *place = &port->places[kind];
    const struct port_meters *owner;
    if (place->meter)
        place->meter->missed = QUANTITY_GONE;
    place->meter = find_meter(meters, place->slug, &owner);
    if (place->meter && owner != port) {
        place->meter = NULL;
        if (!place->refused_told)
            log_warn(meters->log, meters->topic,
                     "%s: %s is behind meter %s already; what comes of it here is left out",
                     port->name, place->slug, owner->name);
        place->refused_told = true;
    } else if (!place->meter && port->count < PHYSICAL_METERS_MAX) {
        place->meter = add_meter(port, kind, place->slug, serial);
    } else if (!place->meter && !port->full_told) {
        log_warn(meters->log, meters->topic,
                 "%s: more than %d meters were behind it, which cannot be; no more are looked at",
                 port->name, PHYSICAL_METERS_MAX);
        port->full_told = true;
    }
}

/* Which meter is in the place, now that a telegram tells of it. */
static void settle(struct physical_meters *meters, struct port_meters *port, enum dsmr_kind kind,
                   enum dsmr_crc crc)
{
    struct meter_place *place = &port->places[kind];
    struct dsmr_text id = place->reading ? place->reading->text : (struct dsmr_text){0};
    enum identity_verdict verdict = identity_judge(&place->identity, id, crc == DSMR_CRC_OK);
    struct buffer serial = {0};
    write_serial(&serial, &place->identity);
    place->nameless += place->nameless < NAMELESS_MAX && serial.size == 0;
    if (serial.size > 0 || place->nameless == NAMELESS_MAX) {
        char *slug = make_slug(kind, port->name, &serial);
        if (!place->slug || strcmp(place->slug, slug) != 0) {
            free(place->slug);
            place->slug = slug;
            fill(meters, port, kind, &serial);
        } else {
            free(slug);
        }
    }
    place->open = place->meter && verdict != IDENTITY_DOUBTED;
    buffer_free(&serial);
}

/* ------------------------------------------------------------------------------------------------
 * Telegrams
 */

static struct port_meters *port_of(struct physical_meters *meters, const char *name)
{
    for (size_t i = 0; i < meters->count; i++) {
        size_t at = (meters->hint + i) % meters->count;
        if (strcmp(meters->ports[at]->name, name) == 0) {
            meters->hint = at + 1;
            return meters->ports[at];
        }
    }
    struct port_meters *port = memory_new(1, sizeof *port);
    port->name = memory_text(name);
    meters->ports = memory_grow(meters->ports, meters->count + 1, sizeof(struct port_meters *));
    meters->ports[meters->count++] = port;
    return port;
}

static enum dsmr_kind kind_of(const struct dsmr_reading *reading)
{
    enum dsmr_kind kind = dsmr_item_info(reading->item)->kind;
    return kind == DSMR_KIND_DEVICE ? DSMR_KIND_ELECTRICITY : kind;
}

/* What the telegram tells of, and by which equipment ids. */
static void survey(struct physical_meters *meters, struct port_meters *port,
                   const struct readings *readings)
{
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++) {
        port->places[kind].reading = NULL;
        port->places[kind].told = false;
        port->places[kind].open = false;
    }
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        struct meter_place *place = &port->places[kind_of(reading)];
        if (reading->superseded)
            continue;
        place->told = true;
        if (reading->item == meters->equipment[kind_of(reading)])
            place->reading = reading;
    }
}

static void set_model(struct physical_meter *meter, const struct readings *readings)
{
    struct buffer model = {0};
    plain_text(&model, readings->identification);
    bool same = model.size == meter->model.size &&
                (model.size == 0 || memcmp(model.at, meter->model.at, model.size) == 0);
    if (same || (meter->model.size > 0 && readings->crc != DSMR_CRC_OK)) {
        buffer_free(&model);
        return;
    }
    buffer_free(&meter->model);
    meter->model = model;
    meter->changed = true;
}

/* By its own clock. The electricity meter makes the telegram, so it is never late. */
static void note_time(struct physical_meter *meter, const struct readings *readings, int64_t now)
{
    int64_t newest = 0;
    for (size_t i = 0; i < readings->count && meter->kind != DSMR_KIND_ELECTRICITY; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        if (!reading->superseded && kind_of(reading) == meter->kind && reading->has_time &&
            reading->type != DSMR_TYPE_TIME && reading->time.unix_s > newest)
            newest = reading->time.unix_s;
    }
    if (newest != 0 && newest != meter->own_time) {
        meter->own_time = newest;
        meter->own_time_since = now;
    }
}

/* A device that is out of reach: its last value comes again and again, with its time. */
static bool is_stale(const struct physical_meter *meter, const struct readings *readings,
                     int64_t now)
{
    if (meter->own_time == 0)
        return false;
    if (readings->has_time && readings->time.unix_s - meter->own_time > PHYSICAL_STALE_S)
        return true;
    return now - meter->own_time_since > (int64_t)PHYSICAL_STALE_S * 1000;
}

static void take_in(struct port_meters *port, const struct readings *readings, int64_t now)
{
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
        if (port->places[kind].open)
            quantities_begin(&port->places[kind].meter->quantities);
    for (size_t i = 0; i < readings->count; i++) {
        const struct dsmr_reading *reading = &readings->at[i];
        const struct meter_place *place = &port->places[kind_of(reading)];
        bool send = readings_send(readings, i);
        if (!place->open || reading->superseded)
            continue;
        quantities_take(&place->meter->quantities, readings, i);
        /* Times go on for ever: alone they are no news. */
        place->meter->news = place->meter->news || (send && reading->type != DSMR_TYPE_TIME);
    }
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++) {
        struct physical_meter *meter = port->places[kind].meter;
        if (!port->places[kind].open)
            continue;
        quantities_end(&meter->quantities);
        note_time(meter, readings, now);
        if (meter->kind == DSMR_KIND_ELECTRICITY)
            set_model(meter, readings);
        meter->changed = meter->changed || meter->quantities.changed;
        meter->quantities.changed = false;
        meter->told = true;
    }
}

struct port_meters *physical_meters_update(struct physical_meters *meters,
                                           const struct readings *readings, int64_t now)
{
    struct port_meters *port = port_of(meters, readings->meter);
    survey(meters, port, readings);
    for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
        if (port->places[kind].told)
            settle(meters, port, (enum dsmr_kind)kind, readings->crc);
    for (size_t i = 0; i < port->count; i++) {
        port->at[i]->told = false;
        port->at[i]->news = false;
    }
    take_in(port, readings, now);
    for (size_t i = 0; i < port->count; i++) {
        struct physical_meter *meter = port->at[i];
        meter->missed = meter->told ? 0 : meter->missed + (meter->missed < QUANTITY_GONE);
        meter->available = meter->missed < QUANTITY_GONE && !is_stale(meter, readings, now);
    }
    return port;
}

const struct physical_meter *physical_meters_main(const struct port_meters *port)
{
    return port->places[DSMR_KIND_ELECTRICITY].meter;
}

void physical_meters_free(struct physical_meters *meters)
{
    for (size_t i = 0; i < meters->count; i++) {
        struct port_meters *port = meters->ports[i];
        for (size_t j = 0; j < port->count; j++)
            physical_meter_free(port->at[j]);
        for (int kind = 0; kind < DSMR_KIND_COUNT; kind++)
            free(port->places[kind].slug);
        free(port->at);
        free(port->name);
        free(port);
    }
    free(meters->ports);
    *meters = (struct physical_meters){0};
}
