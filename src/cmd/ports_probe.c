/* SPDX-License-Identifier: MIT */
/* dsmr ports --probe: listens on all free ports at once. */
#include "cmd/ports.h"

#include "core/loop.h"
#include "core/memory.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { TICK_MS = 1000 };

struct ports_probe {
    struct loop *loop;
    struct port_search *search;
    struct loop_timer *tick; /* NULL where nobody looks on */
    bool on_terminal;
};

static void show_progress(void *context)
{
    const struct ports_probe *probe = context;
    size_t count = port_search_count(probe->search);
    size_t meters = 0;
    for (size_t i = 0; i < count; i++)
        meters += port_search_at(probe->search, i)->has_meter;
    fprintf(stderr, "\r\033[KListening on %zu port%s, %zu with a meter so far … %lld s left", count,
            count == 1 ? "" : "s", meters,
            (long long)(port_search_left_ms(probe->search) + 999) / 1000);
    fflush(stderr);
}

static void stop(void *context)
{
    loop_stop(((struct ports_probe *)context)->loop);
}

static void asked_to_stop(void *context, int signal_number)
{
    (void)signal_number;
    stop(context);
}

static void wait_for_results(struct ports_probe *probe)
{
    loop_on_signal(probe->loop, SIGINT, asked_to_stop, probe);
    loop_on_signal(probe->loop, SIGTERM, asked_to_stop, probe);
    if (probe->on_terminal) {
        probe->tick = loop_timer_new(probe->loop, show_progress, probe);
        loop_timer_start(probe->tick, 0, TICK_MS);
    }
    loop_run(probe->loop);
    loop_timer_free(probe->tick);
    if (probe->on_terminal)
        fputs("\r\033[K", stderr);
}

struct ports_probe *ports_probe(struct ports_row *rows, size_t count, int wait_s)
{
    struct ports_probe *probe = memory_new(1, sizeof *probe);
    probe->loop = loop_new();
    probe->on_terminal = isatty(STDERR_FILENO);
    probe->search = port_search_new(&(struct port_search_setup){
        .wait_ms = (int64_t)wait_s * 1000,
        .loop = probe->loop,
        .done = stop,
        .context = probe,
    });
    for (size_t i = 0; i < count; i++)
        if (serial_entry_is_free(rows[i].entry))
            port_search_add(probe->search, rows[i].entry->path);
    if (port_search_count(probe->search) > 0)
        wait_for_results(probe);
    size_t heard = 0;
    for (size_t i = 0; i < count; i++)
        if (serial_entry_is_free(rows[i].entry))
            rows[i].heard = port_search_at(probe->search, heard++);
    return probe;
}

void ports_probe_end(struct ports_probe *probe)
{
    if (!probe)
        return;
    port_search_free(probe->search);
    loop_free(probe->loop);
    free(probe);
}
