/* SPDX-License-Identifier: MIT */
/* Resources that show what the board has as it is. */
#include "http/api.h"

#include "core/json_writer.h"
#include "http/meter_json.h"
#include "http/page.h"

#include <string.h>

static const char no_telegram[] = "%s has not sent a telegram yet: %s";

/* False, and a problem, as long as the meter has said nothing. */
static bool has_telegram(const struct api_call *call)
{
    const struct board_meter *meter = call->meter;
    if (meter->now.present)
        return true;
    call->answer->later = true;
    http_problem(call->answer, 503, no_telegram, meter->name, meter->state ? meter->state : "");
    return false;
}

void api_now(const struct api_call *call)
{
    struct json json = {.out = &call->answer->body};
    if (!has_telegram(call))
        return;
    json_open(&json, '{');
    meter_json_now_members(&json, call->meter);
    json_name(&json, "today");
    json_null(&json);
    json_name(&json, "quarter");
    json_null(&json);
    json_close(&json, '}');
}

void api_telegram(const struct api_call *call)
{
    if (!has_telegram(call))
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

static void write_item(struct json *json, const struct dsmr_item_info *info)
{
    static const char *const types[] = {
        [DSMR_TYPE_NUMBER] = "number", [DSMR_TYPE_TIME] = "time", [DSMR_TYPE_TEXT] = "text"};
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
            write_item(&json, dsmr_item_info((dsmr_item)item));
    json_close(&json, ']');
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * Power failures
 */

static const struct dsmr_reading *find(const struct snapshot *now, const char *id)
{
    return snapshot_find(now, dsmr_item_find((struct dsmr_text){id, strlen(id)}));
}

static void write_count(struct json *json, const struct snapshot *now, const char *name,
                        const char *id)
{
    const struct dsmr_reading *reading = find(now, id);
    json_name(json, name);
    if (reading)
        json_number(json, reading->number);
    else
        json_null(json);
}

/* An entry of the meter's log is an end, and how long it had lasted. */
static void write_log(struct json *json, const struct snapshot *now)
{
    enum { ENTRIES = 10 };
    json_name(json, "log");
    json_open(json, '[');
    for (int i = 1; i <= ENTRIES; i++) {
        char id[40];
        snprintf(id, sizeof id, "eDatePowerFailure%d", i);
        const struct dsmr_reading *end = find(now, id);
        snprintf(id, sizeof id, "eDurationPowerFailure%d", i);
        const struct dsmr_reading *seconds = find(now, id);
        if (!end || !seconds)
            continue;
        json_open(json, '{');
        json_name(json, "end");
        json_time(json, &end->time);
        json_name(json, "seconds");
        json_number(json, seconds->number);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_phases(struct json *json, const struct snapshot *now, const char *name,
                         const char *start)
{
    static const char *const phases[] = {"L1", "L2", "L3"};
    json_name(json, name);
    json_open(json, '{');
    for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
        char id[40];
        snprintf(id, sizeof id, "%s%s", start, phases[i]);
        const struct dsmr_reading *reading = find(now, id);
        if (!reading)
            continue;
        json_name(json, phases[i]);
        json_number(json, reading->number);
    }
    json_close(json, '}');
}

void api_failures(const struct api_call *call)
{
    struct json json = {.out = &call->answer->body};
    const struct snapshot *now = &call->meter->now;
    if (!has_telegram(call))
        return;
    json_open(&json, '{');
    write_count(&json, now, "short", "ePowerFailures");
    write_count(&json, now, "long", "eLongPowerFailures");
    write_log(&json, now);
    write_phases(&json, now, "sags", "eVoltageSags");
    write_phases(&json, now, "swells", "eVoltageSwells");
    json_close(&json, '}');
}

/* ------------------------------------------------------------------------------------------------
 * Others
 */

void api_events(const struct api_call *call)
{
    const char *last = http_parameter(call->request, "last");
    call->answer->type = "text/event-stream";
    if (call->request->method == HTTP_HEAD)
        return;
    call->answer->stream =
        events_stream(call->web->events, call->meter, last ? last : call->request->last_event_id);
    if (call->answer->stream)
        return;
    call->answer->later = true;
    http_problem(call->answer, 503, "%d listen to events already, and more are not served",
                 EVENTS_CLIENTS);
}

void api_description(const struct api_call *call)
{
    page_answer("/openapi.json", call->answer);
}
