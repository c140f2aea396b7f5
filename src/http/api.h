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

typedef void api_resource(const struct api_call *call);

api_resource api_now, api_items, api_meters, api_status, api_settings, api_telegram, api_failures,
    api_events, api_description, api_metrics;

#endif
