/* SPDX-License-Identifier: MIT */
/* How the program is doing, and what it was told to do. */
#include "config/key.h"
#include "core/json_writer.h"
#include "core/memory.h"
#include "http/api.h"
#include "http/meter_json.h"
#include "http/process.h"
#include "http/question.h"

#include <stdlib.h>
#include <string.h>

static void write_number(struct json *json, const char *name, int64_t value)
{
    json_name(json, name);
    json_integer(json, value);
}

static void write_meters(struct json *json, const struct web *web)
{
    const struct board_meter *meter;
    json_name(json, "meters");
    json_open(json, '[');
    for (size_t place = 0; (meter = board_next(&web->board, &place)) != NULL;) {
        json_open(json, '{');
        json_name(json, "name");
        json_utf8(json, meter->name);
        json_name(json, "telegrams");
        meter_json_telegrams(json, meter);
        meter_json_errors(json, meter);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void write_sinks(struct json *json, const struct web *web)
{
    const struct bus *bus = web->setup.bus;
    json_name(json, "sinks");
    json_open(json, '[');
    for (size_t i = 0; bus && i < bus->count; i++) {
        struct buffer state = {0};
        if (bus->sinks[i] == &web->sink)
            continue;
        if (bus->sinks[i]->kind->state)
            bus->sinks[i]->kind->state(bus->sinks[i], &state);
        json_open(json, '{');
        json_name(json, "name");
        json_utf8(json, sink_name(bus->sinks[i]));
        json_name(json, "state");
        json_utf8(json, state.size > 0 ? state.at : "");
        json_close(json, '}');
        buffer_free(&state);
    }
    json_close(json, ']');
}

/* Of all meters; null for nothing. */
static void write_edges(struct json *json, const struct history_extent *extent)
{
    int64_t first = 0, last = 0;
    for (size_t i = 0; i < extent->meter_count; i++) {
        const struct history_meter *meter = &extent->meters[i];
        if (meter->first > 0 && (first == 0 || meter->first < first))
            first = meter->first;
        if (meter->last > last)
            last = meter->last;
    }
    const struct dsmr_zone zone =
        extent->meter_count > 0 ? extent->meters[0].zone : dsmr_zone_default;
    for (int edge = 0; edge < 2; edge++) {
        json_name(json, edge == 0 ? "first" : "last");
        if (last > 0)
            meter_json_moment(json, (edge == 0 ? first : last) * 1000, zone);
        else
            json_null(json);
    }
}

/* The members that the answer begins with are written already. */
static bool ask_status(struct question *question, struct history_reader *reader, char **error)
{
    struct json json = {.out = &question->answer.body, .comma = true};
    struct history_extent extent;
    if (!history_extent_read(reader, &extent, error))
        return false;
    json_name(&json, "history");
    json_open(&json, '{');
    json_name(&json, "path");
    json_utf8(&json, shelf_path(question->shelf));
    write_number(&json, "bytes", extent.bytes);
    write_edges(&json, &extent);
    json_close(&json, '}');
    json_close(&json, '}');
    history_extent_free(&extent);
    return true;
}

static void go_without(struct question *question)
{
    struct json json = {.out = &question->answer.body, .comma = true};
    json_name(&json, "history");
    json_null(&json);
    json_close(&json, '}');
}

void api_status(const struct api_call *call)
{
    const struct web *web = call->web;
    struct json json = {.out = &call->answer->body};
    json_open(&json, '{');
    json_name(&json, "version");
    json_word(&json, DSMR_VERSION);
    json_name(&json, "started");
    meter_json_moment(&json, web->setup.start.wall_ms, dsmr_zone_default);
    write_number(&json, "uptime_s", (loop_now(web->setup.loop) - web->setup.start.loop_ms) / 1000);
    write_number(&json, "memory_bytes", process_memory());
    write_meters(&json, web);
    write_sinks(&json, web);
    write_number(&json, "clients", (int64_t)events_clients(web->events));
    struct question *question = question_new(call, sizeof *question);
    question->ask = ask_status;
    question->without = go_without;
    question_start(call, question);
}

/* ------------------------------------------------------------------------------------------------
 * Settings
 */

static void write_setting(struct json *json, enum config_key key, const char *name,
                          const struct config_value *value)
{
    json_open(json, '{');
    json_name(json, "key");
    json_utf8(json, name);
    json_name(json, "value");
    if (value->text) {
        char *shown = key_show(key, value->text);
        json_utf8(json, shown);
        free(shown);
    } else {
        json_null(json);
    }
    json_name(json, "set");
    if (value->set)
        json_true(json);
    else
        json_false(json);
    json_name(json, "description");
    json_utf8(json, key_facts(key)->description);
    json_name(json, "description_nl");
    json_utf8(json, key_description_nl(key));
    json_close(json, '}');
}

/* Of further meters, what was set; their other keys are as those of main. */
static void write_meter_settings(struct json *json, const struct config *config, size_t meter)
{
    const char *name = config_meter_name(config, meter);
    if (strcmp(name, CONFIG_MAIN_METER) == 0)
        return;
    for (enum config_key key = 0; key < CONFIG_METER_KEY_COUNT; key++) {
        const struct config_value *value = config_meter_value(config, meter, key);
        if (!value->set)
            continue;
        char *whole = memory_print("meter.%s.%s", name, key_facts(key)->name);
        write_setting(json, key, whole, value);
        free(whole);
    }
}

/* Of destinations with a name, what was set; the keys of the one without stand among the others. */
static void write_push_settings(struct json *json, const struct config *config, size_t push)
{
    const enum config_key end = CONFIG_PUSH_FIRST + CONFIG_PUSH_KEY_COUNT;
    if (strcmp(config_push_name(config, push), CONFIG_MAIN_PUSH) == 0)
        return;
    for (enum config_key key = CONFIG_PUSH_FIRST; key < end; key++) {
        const struct config_value *value = config_push_value(config, push, key);
        char name[CONFIG_PUSH_NAME_SIZE];
        config_push_key(config, push, key, name);
        if (value->set)
            write_setting(json, key, name, value);
    }
}

void api_settings(const struct api_call *call)
{
    const struct config *config = call->web->setup.config;
    struct json json = {.out = &call->answer->body};
    call->answer->cache = http_cache_ask;
    json_open(&json, '{');
    json_name(&json, "file");
    if (config->file)
        json_utf8(&json, config->file);
    else
        json_null(&json);
    json_name(&json, "settings");
    json_open(&json, '[');
    for (enum config_key key = 0; key < CONFIG_KEY_COUNT; key++)
        if (key_facts(key)->type != CONFIG_TYPE_IGNORED)
            write_setting(&json, key, key_facts(key)->name, &config->values[key]);
    for (size_t i = 0; i < config_meter_count(config); i++)
        write_meter_settings(&json, config, i);
    for (size_t i = 0; i < config_push_count(config); i++)
        write_push_settings(&json, config, i);
    json_close(&json, ']');
    json_close(&json, '}');
}
