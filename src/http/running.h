/* SPDX-License-Identifier: MIT */
/* The quarter hour that runs and the day that runs, of a meter that speaks: Belgium bills the former. */
#ifndef DSMR_HTTP_RUNNING_H
#define DSMR_HTTP_RUNNING_H

#include "history/query.h"
#include "http/snapshot.h"

enum { RUNNING_QUARTER_S = 900, RUNNING_COUNTERS = 6 };

/* Where the delivery counter stood when the quarter hour began, from telegrams. Zeroed to begin with. */
struct quarter_mark {
    bool known;        /* total is that of start */
    int64_t start;     /* of the quarter hour, seconds since 1970 */
    int64_t total;     /* kWh, in billionths */
    int64_t last;      /* of the newest telegram */
    int64_t last_time; /* its time, 0 without */
};

/* With each telegram. */
void quarter_follow(struct quarter_mark *mark, const struct snapshot *now);

/* A counter of today. */
struct running_counter {
    const char *id; /* static; eDelivery is the sum over tariffs */
    bool known;
    int64_t value; /* in billionths of its unit */
};

/* What the last telegram said of it, to be taken along to another thread. Billionths of kW and kWh. */
struct running {
    int64_t now_s; /* by the meter's clock, where it has one */
    struct dsmr_zone zone;
    struct quarter_mark mark;
    bool has_power, has_demand, has_peak, has_peak_time;
    int64_t power, demand, peak;
    struct dsmr_time peak_time;
    struct running_counter counters[RUNNING_COUNTERS]; /* the first is eDelivery */
};

void running_take(struct running *running, const struct snapshot *now,
                  const struct quarter_mark *mark, struct dsmr_zone zone);

/* Adds the members "today" and "quarter"; reader NULL, or a file that cannot be read, leaves out what only the
 * history knows. "" asks for no meter. */
struct json;
void running_json(struct json *json, const struct running *running, const char *meter,
                  struct history_reader *reader);

/* Adds the object of the quarter hour, or null. */
void running_quarter_json(struct json *json, const struct running *running, const char *meter,
                          struct history_reader *reader);

#endif
