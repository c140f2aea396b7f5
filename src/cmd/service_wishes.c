/* SPDX-License-Identifier: MIT */
#include "cmd/service_wishes.h"

#include "cmd/own_ports.h"
#include "cmd/own_topics.h"
#include "config/http_listen.h"
#include "core/memory.h"
#include "sink/openhab_follower.h"

#include <stdlib.h>

void wishes_free(struct wishes *wishes)
{
    if (!wishes)
        return;
    items_free(&wishes->items);
    config_free(&wishes->config);
    free(wishes);
}

static void log_complaints(struct log *log, const struct complaints *complaints)
{
    for (size_t i = 0; i < complaints->count; i++) {
        const struct complaint *complaint = &complaints->at[i];
        enum log_level level = complaint->severity == SEVERITY_ERROR ? LOG_ERROR : LOG_WARN;
        if (complaint->line > 0)
            log_write(log, level, "config", "%s:%d: %s", complaint->file, complaint->line,
                      complaint->text);
        else
            log_write(log, level, "config", "%s: %s", complaint->file, complaint->text);
    }
}

struct wishes *wishes_read(const struct service_options *options, struct log *log)
{
    struct wishes *wishes = memory_new(1, sizeof *wishes);
    struct complaints complaints = {0};
    const char *file = options->config_file;
    bool good = true;
    config_init(&wishes->config);
    if (file)
        good = config_read(&wishes->config, file, &complaints);
    if (options->port)
        config_set_port(&wishes->config, options->port);
    if (options->http)
        config_set(&wishes->config, CONFIG_HTTP_LISTEN, options->http);
    if (options->history)
        config_set(&wishes->config, CONFIG_HISTORY_PATH, options->history);
    http_keys_check(&wishes->config, &complaints);
    const char *items = config_text(&wishes->config, CONFIG_OPENHAB_ITEMS);
    if (good && items && !openhab_tells_items(&wishes->config))
        good = items_read(&wishes->items, items, &complaints);
    items_keep_known(&wishes->items, &wishes->config, &complaints);
    own_ports_check(&wishes->config, &complaints);
    own_topics_check(&wishes->config, &complaints);
    log_complaints(log, &complaints);
    good = good && complaints.errors == 0;
    if (!good && file) {
        log_error(log, "config", "%s cannot be used; dsmr check -c %s tells all of it", file, file);
    } else if (good && config_meter_count(&wishes->config) == 0) {
        log_error(log, "config",
                  "%s names no port: add port=/dev/ttyUSB0, or run "
                  "dsmr run --port …",
                  file);
        good = false;
    }
    complaints_free(&complaints);
    if (good)
        return wishes;
    wishes_free(wishes);
    return NULL;
}
