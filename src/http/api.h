/* SPDX-License-Identifier: MIT */
/* The resources below /api/v1, one function each; web.c finds the one that is asked for. */
#ifndef DSMR_HTTP_API_H
#define DSMR_HTTP_API_H

#include "http/web.h"

/* What a resource has to go by. */
struct api_call {
    struct web *web;
    const struct http_request *request;
    struct board_meter *meter; /* that is asked for; NULL where the resource is of no meter */
    struct http_answer *answer;
};

/* False, and a problem, as long as the meter has said nothing. */
bool api_has_telegram(const struct api_call *call);

/* The zone of the meter's clock. */
struct dsmr_zone api_zone(const struct api_call *call);

typedef void api_resource(const struct api_call *call);

api_resource api_now, api_items, api_meters, api_status, api_settings, api_telegram, api_failures,
    api_history, api_peaks, api_events, api_description, api_metrics;

#endif
