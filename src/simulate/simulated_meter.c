/* SPDX-License-Identifier: MIT */
#include "simulate/simulated_meter.h"
#include "core/memory.h"
#include "simulate/telegram_writer.h"
#include "simulate/uart.h"

#include <stdlib.h>
#include <string.h>

struct simulated_meter {
    struct simulated_setup setup;
    struct household household;
    struct frame_writer *encryption; /* NULL without */
    unsigned char *telegram;         /* before it is encrypted */
    size_t telegram_capacity;
    int64_t elapsed_ms; /* simulated, since the start */
    bool started;
    bool open_line; /* the last piece of a recording had no line end */
    unsigned char *bytes;
    size_t capacity;
};

struct simulated_meter *simulated_meter_new(const struct simulated_setup *setup)
{
    struct simulated_meter *meter = memory_new(1, sizeof *meter);
    meter->setup = *setup;
    /* A stream of its own, so that the household lives the same life with and without faults. */
    meter->setup.faults.random.state = ~setup->seed;
    if (setup->encryption.keys.present)
        meter->encryption = frame_writer_new(&setup->encryption, setup->seed);
    explicit_bzero(&meter->setup.encryption, sizeof meter->setup.encryption);
    if (setup->household)
        meter->household = *setup->household;
    else if (!setup->replay)
        household_init(&meter->household, setup->seed, setup->start, setup->standard->power_step_w);
    return meter;
}

static void reserve(struct simulated_meter *meter, size_t size)
{
    if (size <= meter->capacity)
        return;
    meter->bytes = memory_grow(meter->bytes, size, 1);
    meter->capacity = size;
}

/* Simulated time is counted in milliseconds and moves in whole seconds. */
static void pass_interval(struct simulated_meter *meter)
{
    int64_t before_s = meter->elapsed_ms / 1000;
    meter->elapsed_ms += meter->setup.step_ms;
    household_advance(&meter->household, meter->elapsed_ms / 1000 - before_s);
}

static size_t write_household(struct simulated_meter *meter)
{
    reserve(meter, TELEGRAM_WRITER_MAX + FAULT_NOISE_MAX);
    return telegram_write(meter->setup.standard, &meter->household, meter->setup.devices,
                          (char *)meter->bytes, TELEGRAM_WRITER_MAX);
}

static size_t write_recording(struct simulated_meter *meter)
{
    size_t size;
    const char *piece = replay_next(meter->setup.replay, &size);
    size_t missing = meter->open_line ? 2 : 0;
    reserve(meter, missing + size + FAULT_NOISE_MAX);
    memcpy(meter->bytes, "\r\n", missing);
    memcpy(meter->bytes + missing, piece, size);
    meter->open_line = piece[size - 1] != '\n';
    return missing + size;
}

/* Passes over the telegrams that nobody hears; returns the size of the one that follows. */
static size_t write_next(struct simulated_meter *meter, int silent_telegrams)
{
    size_t size;
    if (meter->setup.replay) {
        for (int i = 0; i < silent_telegrams; i++)
            replay_next(meter->setup.replay, &size);
        return write_recording(meter);
    }
    int intervals = silent_telegrams + (meter->started ? 1 : 0);
    for (int i = 0; i < intervals; i++)
        pass_interval(meter);
    meter->started = true;
    return write_household(meter);
}

/* Puts the telegram into a frame; one that is too long for that is sent as it is. Returns its size. */
static size_t encrypt(struct simulated_meter *meter, size_t size)
{
    if (meter->telegram_capacity < size) {
        meter->telegram = memory_grow(meter->telegram, size, 1);
        meter->telegram_capacity = size;
    }
    memcpy(meter->telegram, meter->bytes, size);
    reserve(meter, size + FRAME_WRITER_OVERHEAD + FAULT_NOISE_MAX);
    size_t framed =
        frame_write(meter->encryption, (const char *)meter->telegram, size, meter->bytes);
    return framed > 0 ? framed : size;
}

void simulated_meter_next(struct simulated_meter *meter, struct transmission *transmission)
{
    struct mishap mishap = fault_draw(&meter->setup.faults);
    int64_t step_ms = meter->setup.step_ms;
    int unheard = (int)((mishap.unplugged_s * 1000 + step_ms - 1) / step_ms);
    transmission->unplugged_s = mishap.unplugged_s;
    transmission->silent_telegrams = mishap.silent_telegrams + unheard;

    size_t size = write_next(meter, transmission->silent_telegrams);
    if (meter->encryption)
        size = encrypt(meter, size);
    if (meter->setup.parity && meter->setup.standard->even_parity)
        for (size_t i = 0; i < size; i++)
            meter->bytes[i] = uart_even_parity(meter->bytes[i]);
    transmission->size = fault_apply(&meter->setup.faults, &mishap, meter->bytes, size);
    transmission->bytes = meter->bytes;
}

void simulated_meter_free(struct simulated_meter *meter)
{
    if (!meter)
        return;
    frame_writer_free(meter->encryption);
    free(meter->telegram);
    free(meter->bytes);
    free(meter);
}
