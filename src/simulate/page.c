/* SPDX-License-Identifier: MIT */
#include "simulate/page.h"

#include <stdarg.h>
#include <stdio.h>

void page_print(struct page *page, const char *format, ...)
{
    va_list arguments;
    size_t room = page->capacity - page->size;
    va_start(arguments, format);
    int written = vsnprintf(page->out + page->size, room, format, arguments);
    va_end(arguments);
    if (written < 0 || (size_t)written >= room)
        page->full = true;
    else
        page->size += (size_t)written;
}

static void print_digits(struct page *page, int64_t thousandths, int whole, int decimals)
{
    static const int64_t powers[] = {1, 10, 100, 1000};
    int places = decimals > 0 && decimals <= 3 ? decimals : 0;
    int64_t dropped = powers[3 - places];
    int64_t value = (thousandths + dropped / 2) / dropped;
    page_print(page, "(%0*lld", whole, (long long)(value / powers[places]));
    if (places > 0)
        page_print(page, ".%0*lld", places, (long long)(value % powers[places]));
}

void page_number(struct page *page, int64_t thousandths, int whole, int decimals)
{
    print_digits(page, thousandths, whole, decimals);
    page_print(page, ")");
}

void page_quantity(struct page *page, int64_t thousandths, int whole, int decimals,
                   const char *unit)
{
    print_digits(page, thousandths, whole, decimals);
    page_print(page, "*%s)", unit);
}

void page_time(struct page *page, int64_t unix_s, bool season)
{
    struct dsmr_time time;
    dsmr_time_from_unix(unix_s, dsmr_zone_default, &time);
    page_print(page, "(%02d%02d%02d%02d%02d%02d", time.year % 100, time.month, time.day, time.hour,
               time.minute, time.second);
    if (season)
        page_print(page, "%c", time.season);
    page_print(page, ")");
}

void page_hex(struct page *page, const char *text)
{
    page_print(page, "(");
    for (; *text; text++)
        page_print(page, "%02X", (unsigned)(unsigned char)*text);
    page_print(page, ")");
}
