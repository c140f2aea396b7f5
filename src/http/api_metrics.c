/* SPDX-License-Identifier: MIT */
/* The metrics: what the meters say (metrics.c), how their lines are doing, and the program itself. */
#include "http/api.h"
#include "http/metrics.h"
#include "http/process.h"

#include <inttypes.h>
#include <string.h>

enum { US_PER_S = 1000000 };

static void open_labels(struct buffer *out, const char *sample, const struct board_meter *meter)
{
    buffer_print(out, "%s{meter=", sample);
    metrics_label(out, meter->name, strlen(meter->name));
}

static void add_telegrams(const struct metrics_text *text, const struct board *board)
{
    struct buffer *out = text->out;
    const struct board_meter *meter;
    metrics_family(text, "dsmr_telegrams", "", "counter", "Telegrams, good and refused.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;) {
        open_labels(out, "dsmr_telegrams_total", meter);
        buffer_print(out, ",outcome=\"good\"} %" PRIu64 "\n", meter->good);
        open_labels(out, "dsmr_telegrams_total", meter);
        buffer_print(out, ",outcome=\"refused\"} %" PRIu64 "\n", meter->refused);
    }
    metrics_family(text, "dsmr_telegram_errors", "", "counter",
                   "Telegrams that were refused, by reason.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;)
        for (size_t reason = 0; reason < BOARD_REASONS; reason++) {
            if (meter->reasons[reason] == 0)
                continue;
            open_labels(out, "dsmr_telegram_errors_total", meter);
            buffer_print(out, ",reason=\"%s\"} %" PRIu64 "\n", board_reason(reason),
                         meter->reasons[reason]);
        }
}

static void add_line(const struct metrics_text *text, const struct board *board)
{
    struct buffer *out = text->out;
    const struct board_meter *meter;
    metrics_family(text, "dsmr_received_bytes", "bytes", "counter",
                   "Bytes that came from the port.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;) {
        open_labels(out, "dsmr_received_bytes_total", meter);
        buffer_print(out, "} %" PRIu64 "\n", meter->bytes);
    }
    metrics_family(text, "dsmr_connected", "", "gauge", "1 while the port is open, else 0.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;) {
        open_labels(out, "dsmr_connected", meter);
        buffer_print(out, "} %d\n", meter->connected);
    }
    metrics_family(text, "dsmr_last_telegram_timestamp_seconds", "seconds", "gauge",
                   "When the last good telegram came, since 1970.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;) {
        if (!meter->now.present)
            continue;
        open_labels(out, "dsmr_last_telegram_timestamp_seconds", meter);
        buffer_print(out, "} %" PRId64 ".%03d\n", meter->now.received_ms / 1000,
                     (int)(meter->now.received_ms % 1000));
    }
}

static void add_meters(const struct metrics_text *text, const struct board *board)
{
    struct buffer *out = text->out;
    const struct board_meter *meter;
    metrics_family(text, "dsmr_meter", "", "info", "Which meter it is.");
    for (size_t place = 0; (meter = board_next(board, &place)) != NULL;) {
        struct dsmr_text identification = meter->now.telegram.identification;
        struct dsmr_origin origin;
        if (!meter->now.present)
            continue;
        dsmr_origin_of(&meter->now.telegram, &origin);
        open_labels(out, "dsmr_meter_info", meter);
        buffer_add_text(out, ",identification=");
        metrics_label(out, identification.at, identification.size);
        buffer_print(out, ",country=\"%s\",standard=\"%s%s%s\"} 1\n", origin.country,
                     dsmr_standard_name(origin.standard), origin.version[0] != '\0' ? " " : "",
                     origin.version);
    }
}

static void add_program(const struct metrics_text *text, const struct web *web)
{
    struct buffer *out = text->out;
    int64_t time = process_time_us();
    metrics_family(text, "dsmr_build", "", "info", "The version of dsmr.");
    buffer_print(out, "dsmr_build_info{version=\"%s\"} 1\n", DSMR_VERSION);
    metrics_family(text, "dsmr_event_clients", "", "gauge", "Who listens to /api/v1/events.");
    buffer_print(out, "dsmr_event_clients %zu\n", events_clients(web->events));
    metrics_family(text, "dsmr_event_clients_dropped", "", "counter",
                   "Who was dropped for not reading events.");
    buffer_print(out, "dsmr_event_clients_dropped_total %" PRIu64 "\n",
                 events_dropped(web->events));
    metrics_family(text, "process_resident_memory_bytes", "bytes", "gauge", "Resident memory.");
    buffer_print(out, "process_resident_memory_bytes %" PRId64 "\n", process_memory());
    metrics_family(text, "process_cpu_seconds", "seconds", "counter", "Time on the processor.");
    buffer_print(out, "process_cpu_seconds_total %" PRId64 ".%06d\n", time / US_PER_S,
                 (int)(time % US_PER_S));
    metrics_family(text, "process_start_time_seconds", "seconds", "gauge",
                   "When it was started, since 1970.");
    int64_t start_ms = web->setup.start.wall_ms;
    buffer_print(out, "process_start_time_seconds %" PRId64 ".%03d\n", start_ms / 1000,
                 (int)(start_ms % 1000));
    metrics_family(text, "process_open_fds", "", "gauge", "Open files and connections.");
    buffer_print(out, "process_open_fds %" PRId64 "\n", process_files());
}

static const char openmetrics[] = "application/openmetrics-text";

void api_metrics(const struct api_call *call)
{
    const struct web *web = call->web;
    const char *accept = call->request->accept;
    struct metrics_text text = {.out = &call->answer->body};
    text.older = http_weight(accept, "text/plain") > http_weight(accept, openmetrics);
    call->answer->type = text.older ? "text/plain; version=0.0.4; charset=utf-8"
                                    : "application/openmetrics-text; version=1.0.0; charset=utf-8";
    metrics_readings(&text, &web->board, loop_wall(web->setup.loop));
    add_telegrams(&text, &web->board);
    add_line(&text, &web->board);
    add_meters(&text, &web->board);
    add_program(&text, web);
    metrics_end(&text);
}
