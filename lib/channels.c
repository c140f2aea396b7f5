/* SPDX-License-Identifier: MIT */
/*
 * Which M-Bus channel is the gas meter? What the user said, then the device type, then the unit; of two
 * devices of one kind the one with the newest time speaks. Lines come in any order, so a telegram is
 * looked through for its devices before it is decoded.
 */
#include "internal.h"

enum { NO_DEVICE_TYPE = -1, DAY = 86400 };

/* What one telegram tells of the device on a channel. */
struct device {
    int16_t type; /* of 0-n:24.1.0, or NO_DEVICE_TYPE */
    uint8_t unit; /* enum dsmr_unit */
    bool present : 1;
    bool has_id : 1;
    bool timed : 1; /* its channel's newest time is of this telegram */
};

/* The old binding's order, where two kinds were given one channel. */
static const uint8_t kinds[] = {
    DSMR_KIND_GAS,     DSMR_KIND_HEATING,           DSMR_KIND_COOLING, DSMR_KIND_WATER,
    DSMR_KIND_GENERIC, DSMR_KIND_SLAVE_ELECTRICITY, DSMR_KIND_THERMAL,
};

void dsmr_channels_init(struct dsmr_channels *channels)
{
    *channels = (struct dsmr_channels){0};
}

bool dsmr_channels_set(struct dsmr_channels *channels, enum dsmr_kind kind, unsigned channel)
{
    if (kind < DSMR_KIND_GAS || kind >= DSMR_KIND_COUNT || channel > DSMR_CHANNELS)
        return false;
    channels->configured[kind] = (uint8_t)channel;
    return true;
}

enum dsmr_kind dsmr_kind_of_device_type(unsigned device_type)
{
    switch (device_type) {
    case 2:
        return DSMR_KIND_SLAVE_ELECTRICITY;
    case 3:
        return DSMR_KIND_GAS;
    case 4:
    case 12:
        return DSMR_KIND_HEATING;
    case 6:
    case 7:
    case 21:
    case 22:
    case 23:
    case 40:
        return DSMR_KIND_WATER;
    case 10:
    case 11:
        return DSMR_KIND_COOLING;
    case 13:
        return DSMR_KIND_THERMAL;
    default:
        return DSMR_KIND_GENERIC;
    }
}

/* ------------------------------------------------------------------------------------------------
 * What the telegram tells
 */

OUT_OF_LINE static int16_t read_device_type(struct dsmr_text text)
{
    struct dsmr_number number;
    if (dsmr_number_parse(text, &number) != DSMR_OK || number.decimals > 0 || number.mantissa < 0 ||
        number.mantissa > 255)
        return NO_DEVICE_TYPE;
    return (int16_t)number.mantissa;
}

/* In seconds since 1970; 0 for what is no moment. All are of this century, so it fits. */
OUT_OF_LINE static uint32_t read_moment(struct dsmr_text group, struct dsmr_zone zone)
{
    struct dsmr_time time;
    return dsmr_time_parse(group, zone, &time) == DSMR_OK ? (uint32_t)time.unix_s : 0;
}

/* Number and unit, or a unit alone. True for a number. */
OUT_OF_LINE static bool read_quantity(struct dsmr_text group, enum dsmr_unit *unit)
{
    struct dsmr_number number;
    int exponent;
    if (dsmr_quantity_parse(group, &number, unit) == DSMR_OK)
        return true;
    dsmr_unit_parse(group, unit, &exponent);
    return false;
}

/* A value line: time, number*unit, or the header of a profile, whose unit stands alone. A time without
 * a number is that of no value. */
static void read_value(const struct dsmr_object *object, struct dsmr_zone zone,
                       struct device *device, uint32_t *newest)
{
    struct dsmr_text group;
    size_t at = 0;
    uint32_t latest = 0;
    bool has_number = false;
    while (dsmr_group_next(object, &at, &group) == DSMR_OK) {
        enum dsmr_unit unit = DSMR_UNIT_NONE;
        uint32_t moment = read_moment(group, zone);
        if (moment > 0)
            latest = moment > latest ? moment : latest;
        else
            has_number = read_quantity(group, &unit) || has_number;
        device->unit = unit != DSMR_UNIT_NONE ? (uint8_t)unit : device->unit;
    }
    if (!has_number || latest == 0 || (device->timed && latest <= *newest))
        return;
    *newest = latest;
    device->timed = true;
}

static void read_object(const struct dsmr_object *object, struct dsmr_zone zone,
                        struct device *device, uint32_t *newest)
{
    struct dsmr_text group;
    size_t at = 0;
    device->present = true;
    if (object->obis.c == 24 && (object->obis.d == 2 || object->obis.d == 3))
        read_value(object, zone, device, newest);
    while (dsmr_group_next(object, &at, &group) == DSMR_OK) {
        if (object->obis.c == 96)
            device->has_id = device->has_id || group.size > 0;
        else if (object->obis.d == 1)
            device->type = read_device_type(group);
    }
}

/* Brings the newest times up to date. Returns the marks of the telegram. */
static unsigned survey(const struct dsmr_telegram *telegram, struct dsmr_zone zone,
                       struct device devices[DSMR_CHANNELS + 1], uint32_t newest[DSMR_CHANNELS + 1])
{
    struct dsmr_cursor cursor;
    struct dsmr_object object;
    enum dsmr_status status;
    unsigned marks = 0;
    for (int channel = 0; channel <= DSMR_CHANNELS; channel++)
        devices[channel] = (struct device){.type = NO_DEVICE_TYPE};
    dsmr_cursor_init(&cursor, telegram);
    while ((status = dsmr_cursor_next(&cursor, &object)) != DSMR_END) {
        if (status != DSMR_OK)
            continue;
        uint8_t channel = obis_channel(object.obis);
        marks |= mark_of(object.obis);
        if (channel > 0)
            read_object(&object, zone, &devices[channel], &newest[channel]);
    }
    return marks;
}

/* ------------------------------------------------------------------------------------------------
 * What follows from it
 */

static bool unit_fits(enum dsmr_kind kind, enum dsmr_unit unit)
{
    switch (kind) {
    case DSMR_KIND_GAS:
    case DSMR_KIND_WATER:
        return unit == DSMR_UNIT_M3;
    case DSMR_KIND_HEATING:
    case DSMR_KIND_COOLING:
    case DSMR_KIND_THERMAL:
        return unit == DSMR_UNIT_GJ;
    case DSMR_KIND_SLAVE_ELECTRICITY:
        return unit == DSMR_UNIT_KWH;
    default:
        return true;
    }
}

/* The user's word. Of two kinds on one channel the first whose unit fits. */
static enum dsmr_kind configured_kind(const struct dsmr_channels *channels, unsigned channel,
                                      enum dsmr_unit unit)
{
    enum dsmr_kind first = DSMR_KIND_NONE;
    for (size_t i = 0; i < sizeof kinds; i++) {
        enum dsmr_kind kind = (enum dsmr_kind)kinds[i];
        if (channels->configured[kind] != channel)
            continue;
        if (unit == DSMR_UNIT_NONE || unit_fits(kind, unit))
            return kind;
        first = first == DSMR_KIND_NONE ? kind : first;
    }
    return first;
}

static bool kind_taken(const struct dsmr_channels *channels, enum dsmr_kind kind, unsigned channel)
{
    if (channels->configured[kind] != 0)
        return true;
    for (unsigned other = 1; other <= DSMR_CHANNELS; other++)
        if (other != channel && channels->kind[other] == kind)
            return true;
    return false;
}

/* The unit tells a kind only as long as no other device is of that kind: m3 beside a gas meter may
 * well be water, and a guess is worse than no value. */
static enum dsmr_kind kind_of_unit(const struct dsmr_channels *channels, enum dsmr_unit unit,
                                   unsigned channel)
{
    enum dsmr_kind kind = DSMR_KIND_NONE;
    if (unit == DSMR_UNIT_M3)
        kind = DSMR_KIND_GAS;
    else if (unit == DSMR_UNIT_GJ)
        kind = DSMR_KIND_HEATING;
    else if (unit == DSMR_UNIT_KWH)
        kind = DSMR_KIND_SLAVE_ELECTRICITY;
    return kind != DSMR_KIND_NONE && kind_taken(channels, kind, channel) ? DSMR_KIND_NONE : kind;
}

/* The channels of the ACE4000 are fixed, and it sends no device types. */
static enum dsmr_kind kind_by_make(struct dsmr_text identification, unsigned channel)
{
    static const uint8_t ace4000[] = {
        DSMR_KIND_NONE,    DSMR_KIND_SLAVE_ELECTRICITY, DSMR_KIND_SLAVE_ELECTRICITY,
        DSMR_KIND_GAS,     DSMR_KIND_HEATING,           DSMR_KIND_WATER,
        DSMR_KIND_COOLING,
    };
    bool fixed = channel < sizeof ace4000 && dialect_has_fixed_channels(identification);
    return fixed ? (enum dsmr_kind)ace4000[channel] : DSMR_KIND_NONE;
}

/* A device of type heat that counts m3 is there too: nobody knows what it is, so it is generic. */
static enum dsmr_kind kind_of_type(const struct dsmr_channels *channels, unsigned channel,
                                   const struct device *device)
{
    enum dsmr_kind kind = dsmr_kind_of_device_type((unsigned)device->type);
    bool odd = device->unit == DSMR_UNIT_NONE ? channels->kind[channel] == DSMR_KIND_GENERIC
                                              : !unit_fits(kind, (enum dsmr_unit)device->unit);
    return odd ? DSMR_KIND_GENERIC : kind;
}

static enum dsmr_kind kind_of(const struct dsmr_channels *channels, unsigned channel,
                              const struct device *device, struct dsmr_text identification)
{
    enum dsmr_kind kind = configured_kind(channels, channel, (enum dsmr_unit)device->unit);
    if (kind != DSMR_KIND_NONE)
        return kind;
    if (device->type > 0)
        return kind_of_type(channels, channel, device);
    kind = kind_by_make(identification, channel);
    if (kind == DSMR_KIND_NONE)
        kind = (enum dsmr_kind)channels->kind[channel];
    if (kind == DSMR_KIND_NONE)
        kind = kind_of_unit(channels, (enum dsmr_unit)device->unit, channel);
    if (kind == DSMR_KIND_NONE && device->type == 0 && device->has_id)
        kind = DSMR_KIND_GENERIC;
    return kind;
}

/* A device that has no time or no number is not there, whatever was announced for it. */
static bool speaks_better(const struct dsmr_channels *channels, const struct device *devices,
                          unsigned challenger, unsigned holder)
{
    if (channels->newest[challenger] != channels->newest[holder])
        return channels->newest[challenger] > channels->newest[holder];
    if (devices[challenger].has_id != devices[holder].has_id)
        return devices[challenger].has_id;
    return challenger < holder;
}

/*
 * The channel that speaks for a kind. It keeps doing so until its time is a day behind another's: two
 * meters that both live must not take turns in one counter.
 */
static unsigned choose(const struct dsmr_channels *channels, const struct device *devices,
                       enum dsmr_kind kind)
{
    if (channels->configured[kind] != 0)
        return channels->configured[kind];
    unsigned best = 0;
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++)
        if (channels->kind[channel] == kind &&
            (best == 0 || speaks_better(channels, devices, channel, best)))
            best = channel;
    unsigned holder = channels->chosen[kind];
    bool holder_lives = holder != 0 && channels->kind[holder] == kind &&
                        channels->newest[holder] > 0 &&
                        channels->newest[best] < (int64_t)channels->newest[holder] + DAY;
    return holder_lives ? holder : best;
}

unsigned channels_learn(struct dsmr_channels *channels, const struct dsmr_telegram *telegram,
                        struct dsmr_zone zone)
{
    struct device devices[DSMR_CHANNELS + 1];
    unsigned marks = survey(telegram, zone, devices, channels->newest);
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++)
        if (devices[channel].type > 0 && channels->kind[channel] == DSMR_KIND_NONE)
            channels->kind[channel] =
                (uint8_t)dsmr_kind_of_device_type((unsigned)devices[channel].type);
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++) {
        if (devices[channel].present)
            channels->kind[channel] =
                (uint8_t)kind_of(channels, channel, &devices[channel], telegram->identification);
    }
    for (int kind = DSMR_KIND_GAS; kind < DSMR_KIND_COUNT; kind++)
        channels->chosen[kind] = (uint8_t)choose(channels, devices, (enum dsmr_kind)kind);
    return marks;
}

/* A shape is learnt from readings. */
void dsmr_channels_learn(struct dsmr_channels *channels, const struct dsmr_telegram *telegram,
                         const struct dsmr_zone *zone)
{
    struct dsmr_decoder decoder;
    struct dsmr_reading reading;
    dsmr_decode(&decoder, telegram, channels, zone);
    while (decoder.shape == NULL && decoder.lesson != NULL &&
           dsmr_decode_next(&decoder, &reading) != DSMR_END)
        continue;
}
