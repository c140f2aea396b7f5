/* SPDX-License-Identifier: MIT */
/* Resources that show what the board has as it is. */
#include "http/api.h"

#include "core/json_writer.h"
#include "history/kept.h"
#include "http/meter_json.h"
#include "http/page.h"

#include <string.h>

bool api_has_telegram(const struct api_call *call)
{
    const struct board_meter *meter = call->meter;
    if (meter->now.present)
        return true;
    call->answer->later_s = HTTP_RETRY_AFTER_S;
    http_problem(call->answer, 503, "%s has not sent a telegram yet: %s", meter->name,
                 meter->state ? meter->state : "");
    return false;
}

struct dsmr_zone api_zone(const struct api_call *call)
{
    const char *name = meter_zone_name(call->meter, call->web->setup.config);
    struct dsmr_zone zone = dsmr_zone_default;
    dsmr_zone_parse((struct dsmr_text){name, strlen(name)}, &zone);
    return zone;
}

void api_telegram(const struct api_call *call)
{
    if (!api_has_telegram(call))
        return;
    struct dsmr_text whole = call->meter->now.telegram.whole;
    buffer_add(&call->answer->body, whole.at, whole.size);
    buffer_add_text(&call->answer->body, "\r\n");
    call->answer->type = "text/plain; charset=iso-8859-1";
}

void api_meters(const struct api_call *call)
{
    const struct web *web = call->web;
    struct json json = {.out = &call->answer->body};
    const struct board_meter *meter;
    json_open(&json, '{');
    json_name(&json, "meters");
    json_open(&json, '[');
    for (size_t place = 0; (meter = board_next(&web->board, &place)) != NULL;)
        meter_json_whole(&json, meter, meter_zone_name(meter, web->setup.config));
    json_close(&json, ']');
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * Items
 */

static void write_item(struct json *json, const struct dsmr_item_info *info, bool history)
{
    static const char *const types[] = {
        [DSMR_TYPE_NUMBER] = "number", [DSMR_TYPE_TIME] = "time", [DSMR_TYPE_TEXT] = "text"};
    bool counter;
    json_open(json, '{');
    json_name(json, "id");
    json_word(json, info->id);
    json_name(json, "unit");
    json_word(json, dsmr_unit_name(info->unit));
    json_name(json, "decimals");
    json_integer(json, info->decimals);
    json_name(json, "type");
    json_word(json, types[info->type]);
    json_name(json, "kind");
    json_word(json, meter_item_kind(info));
    json_name(json, "history");
    if (history && history_keeps(info, &counter))
        json_true(json);
    else
        json_false(json);
    json_name(json, "description");
    json_utf8(json, info->description);
    json_name(json, "description_nl");
    json_utf8(json, info->beschrijving);
    json_close(json, '}');
}

void api_items(const struct api_call *call)
{
    struct json json = {.out = &call->answer->body};
    call->answer->cache = http_cache_ask;
    json_open(&json, '{');
    json_name(&json, "items");
    json_open(&json, '[');
    for (size_t item = 0; item < dsmr_item_count(); item++)
        if (call->meter->seen[item])
            write_item(&json, dsmr_item_info((dsmr_item)item), call->web->shelf != NULL);
    json_close(&json, ']');
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * Others
 */

void api_events(const struct api_call *call)
{
    const char *last = call->request->last_event_id; /* newer than what stands in the address */
    call->answer->type = "text/event-stream";
    call->answer->endless = call->request->method == HTTP_HEAD;
    if (call->answer->endless)
        return;
    if (!last)
        last = http_parameter(call->request, "last");
    call->answer->stream = events_stream(call->web->events, call->meter, last);
    if (call->answer->stream)
        return;
    call->answer->later_s = HTTP_RETRY_AFTER_S;
    http_problem(call->answer, 503, "%d listen to events already, and more are not served",
                 EVENTS_CLIENTS);
}

void api_description(const struct api_call *call)
{
    page_answer("/openapi.json", call->answer);
}
