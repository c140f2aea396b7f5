/* SPDX-License-Identifier: MIT */
/* The telegram that is being written, and the small pieces that all its lines are made of. */
#ifndef DSMR_SIMULATE_PAGE_H
#define DSMR_SIMULATE_PAGE_H

#include "simulate/household.h"
#include "simulate/standard.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page {
    const struct standard *standard;
    const struct household *household;
    char *out;
    size_t size;
    size_t capacity;
    bool full; /* something did not fit: the page is void */
};

/* Appends as printf does. */
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Thousandths as (000123.456): so many digits before the point and behind it, rounded. */
void page_number(struct page *page, int64_t thousandths, int whole, int decimals);

/* The same with a unit: (000123.456*kWh). */
void page_quantity(struct page *page, int64_t thousandths, int whole, int decimals,
                   const char *unit);

/* (250330015950W), the letter only with season. */
void page_time(struct page *page, int64_t unix_s, bool season);

/* (4530…): each character as two hexadecimal digits. */
void page_hex(struct page *page, const char *text);

#endif
