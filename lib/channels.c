/* SPDX-License-Identifier: MIT */
/*
 * Which M-Bus channel is the gas meter? What the user said, then the device type, then the unit; of two
 * devices of one kind the one with the newest time speaks. Lines come in any order, so a telegram is
 * looked through for its devices before it is decoded.
 */
#include "decode.h"

enum { DAY = 86400 };

_Static_assert(DSMR_KIND_COUNT <= DSMR_CHANNELS + 1, "a speaker for each kind");

/* What one telegram tells of the device on a channel. */
struct device {
    uint8_t kind : 4; /* by its device type, 0-n:24.1.0; DSMR_KIND_NONE where that tells none */
    uint8_t unit : 4; /* enum dsmr_unit */
    bool blank : 1;   /* the device type is 0 */
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

OUT_OF_LINE static void read_device_type(struct dsmr_text text, struct device *device)
{
    struct dsmr_number number;
    bool good = dsmr_number_parse(text, &number) == DSMR_OK && number.decimals == 0 &&
                number.mantissa >= 0 && number.mantissa <= 255;
    device->blank = good && number.mantissa == 0;
    device->kind = DSMR_KIND_NONE;
    if (good && !device->blank)
        device->kind = (unsigned)dsmr_kind_of_device_type((unsigned)number.mantissa) & 15U;
}

/* In seconds since 1970; 0 for what is no moment. All are of this century, so it fits. */
OUT_OF_LINE static uint32_t read_moment(const struct dsmr_decoder *decoder,
                                        const struct dsmr_text *group)
{
    struct dsmr_time time;
    return time_read(*group, decoder->zone, &time) == DSMR_OK ? (uint32_t)time.unix_s : 0;
}

OUT_OF_LINE static bool is_quantity(const struct dsmr_text *group, enum dsmr_unit *unit)
{
    struct dsmr_number number;
    return dsmr_quantity_parse(*group, &number, unit) == DSMR_OK;
}

OUT_OF_LINE static void read_unit(const struct dsmr_text *group, enum dsmr_unit *unit)
{
    int exponent;
    dsmr_unit_parse(*group, unit, &exponent);
}

/* A value line has time, number*unit, or the header of a profile, whose unit stands alone. A time without
 * a number is that of no value. */
OUT_OF_LINE static void read_object(const struct dsmr_decoder *decoder, struct device *device,
                                    uint32_t *newest)
{
    struct dsmr_text group;
    dsmr_length at = 0;
    uint32_t latest = 0;
    bool has_number = false;
    device->present = true;
    while (next_group(decoder, &at, &group)) {
        if (decoder->obis.c == 96) {
            device->has_id = device->has_id || group.size > 0;
        } else if (decoder->obis.d == 1) {
            read_device_type(group, device);
        } else if (decoder->obis.d == 2 || decoder->obis.d == 3) {
            uint32_t moment = read_moment(decoder, &group);
            latest = moment > latest ? moment : latest;
            if (moment > 0)
                continue;
            enum dsmr_unit unit;
            if (is_quantity(&group, &unit))
                has_number = true;
            else
                read_unit(&group, &unit);
            if (unit != DSMR_UNIT_NONE)
                device->unit = (unsigned)unit & 15U;
        }
    }
    if (!has_number || latest == 0 || (device->timed && latest <= *newest))
        return;
    *newest = latest;
    device->timed = true;
}

/* Brings the newest times up to date. Returns the marks of the telegram. */
static unsigned survey(struct dsmr_decoder *decoder, struct device devices[DSMR_CHANNELS + 1])
{
    enum dsmr_status status;
    unsigned marks = 0;
    while ((status = to_next_object(decoder)) != DSMR_END) {
        if (status != DSMR_OK)
            continue;
        uint8_t channel = obis_channel(decoder->obis);
        marks |= mark_of(decoder->obis);
        if (channel > 0)
            read_object(decoder, &devices[channel], &decoder->channels->newest[channel - 1]);
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
        if (other != channel && channels->known[other].kind == kind)
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
    enum dsmr_kind kind = (enum dsmr_kind)device->kind;
    bool odd = device->unit == DSMR_UNIT_NONE ? channels->known[channel].kind == DSMR_KIND_GENERIC
                                              : !unit_fits(kind, (enum dsmr_unit)device->unit);
    return odd ? DSMR_KIND_GENERIC : kind;
}

static enum dsmr_kind kind_of(const struct dsmr_channels *channels, unsigned channel,
                              const struct device *device, struct dsmr_text identification)
{
    enum dsmr_kind kind = configured_kind(channels, channel, (enum dsmr_unit)device->unit);
    if (kind != DSMR_KIND_NONE)
        return kind;
    if (device->kind != DSMR_KIND_NONE)
        return kind_of_type(channels, channel, device);
    kind = kind_by_make(identification, channel);
    if (kind == DSMR_KIND_NONE)
        kind = (enum dsmr_kind)channels->known[channel].kind;
    if (kind == DSMR_KIND_NONE)
        kind = kind_of_unit(channels, (enum dsmr_unit)device->unit, channel);
    if (kind == DSMR_KIND_NONE && device->blank && device->has_id)
        kind = DSMR_KIND_GENERIC;
    return kind;
}

/* A device that has no time or no number is not there, whatever was announced for it. */
static bool speaks_better(const struct dsmr_channels *channels, const struct device *devices,
                          unsigned challenger, unsigned holder)
{
    if (channels->newest[challenger - 1] != channels->newest[holder - 1])
        return channels->newest[challenger - 1] > channels->newest[holder - 1];
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
        if (channels->known[channel].kind == kind &&
            (best == 0 || speaks_better(channels, devices, channel, best)))
            best = channel;
    unsigned holder = channels->known[kind].speaker;
    bool holder_lives = holder != 0 && channels->known[holder].kind == kind &&
                        channels->newest[holder - 1] > 0 &&
                        channels->newest[best - 1] < (int64_t)channels->newest[holder - 1] + DAY;
    return holder_lives ? holder : best;
}

OUT_OF_LINE static void conclude(struct dsmr_channels *channels, const struct device *devices,
                                 const struct dsmr_text *identification)
{
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++)
        if (devices[channel].kind != DSMR_KIND_NONE &&
            channels->known[channel].kind == DSMR_KIND_NONE)
            channels->known[channel].kind = devices[channel].kind;
    for (unsigned channel = 1; channel <= DSMR_CHANNELS; channel++) {
        if (devices[channel].present)
            channels->known[channel].kind =
                (unsigned)kind_of(channels, channel, &devices[channel], *identification) & 15U;
    }
    for (int kind = DSMR_KIND_GAS; kind < DSMR_KIND_COUNT; kind++)
        channels->known[kind].speaker = choose(channels, devices, (enum dsmr_kind)kind) & 15;
}

unsigned channels_learn(struct dsmr_decoder *decoder, const struct dsmr_text *identification)
{
    struct device devices[DSMR_CHANNELS + 1] = {{0}};
    unsigned marks = survey(decoder, devices);
    conclude(decoder->channels, devices, identification);
    return marks;
}

/* A shape is learnt from readings. */
void dsmr_channels_learn(struct dsmr_channels *channels, const struct dsmr_telegram *telegram,
                         const struct dsmr_zone *zone)
{
    struct dsmr_decoder decoder;
    dsmr_decode(&decoder, telegram, channels, zone);
#ifndef DSMR_SMALL
    struct dsmr_reading reading;
    while (decoder.shape == NULL && decoder.lesson != NULL &&
           dsmr_decode_next(&decoder, &reading) != DSMR_END)
        continue;
#endif
}
