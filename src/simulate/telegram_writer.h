/* SPDX-License-Identifier: MIT */
/* Writes down a household as a meter of a given standard sends it. */
#ifndef DSMR_SIMULATE_TELEGRAM_WRITER_H
#define DSMR_SIMULATE_TELEGRAM_WRITER_H

#include "simulate/household.h"
#include "simulate/standard.h"

#include <stdbool.h>
#include <stddef.h>

/* Bytes that every telegram fits in. */
enum { TELEGRAM_WRITER_MAX = 4096 };

/*
 * The telegram of this moment, from '/' to the last line end. devices is a set of bits 1 << enum
 * device_kind; kinds that the standard does not know are left out. Returns the bytes written, 0
 * when they do not fit; no NUL is added.
 */
size_t telegram_write(const struct standard *standard, const struct household *household,
                      unsigned devices, char *out, size_t capacity);

/* The word for a kind of device on the command line: "gas", "water", … */
const char *telegram_device_name(enum device_kind kind);

/* True when meters of that standard can have such a device. */
bool telegram_has_device(const struct standard *standard, enum device_kind kind);

#endif
