/* SPDX-License-Identifier: MIT */
#include "history/row.h"

enum {
    DECIMALS = 0x0F,
    COUNTER = 0x10,
    FRESH = 0x20,  /* of a counter */
    STEADY = 0x20, /* of the others: least and greatest are the same */
    VARINT_MAX = 10,
};

/* ------------------------------------------------------------------------------------------------
 * Numbers of seven bits a byte, the lowest first
 */

static void put(struct buffer *row, uint64_t value)
{
    char *at = buffer_room(row, VARINT_MAX);
    while (value >= 0x80) {
        *at++ = (char)(value | 0x80);
        value >>= 7;
    }
    *at++ = (char)value;
    buffer_end(row, at);
}

/* Small for numbers near 0, below it as well. */
static void put_signed(struct buffer *row, int64_t value)
{
    uint64_t twice = (uint64_t)value << 1;
    put(row, value < 0 ? ~twice : twice);
}

static bool get(struct row_cursor *cursor, uint64_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; shift < 64 && cursor->at < cursor->end; shift += 7) {
        uint8_t byte = *cursor->at++;
        sum |= (uint64_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *value = sum;
            return true;
        }
    }
    return false;
}

static bool get_signed(struct row_cursor *cursor, int64_t *value)
{
    uint64_t raw;
    if (!get(cursor, &raw))
        return false;
    *value = (int64_t)(raw >> 1) ^ -(int64_t)(raw & 1);
    return true;
}

static bool get_natural(struct row_cursor *cursor, int64_t *value)
{
    uint64_t raw;
    if (!get(cursor, &raw) || raw > INT64_MAX)
        return false;
    *value = (int64_t)raw;
    return true;
}

/* ------------------------------------------------------------------------------------------------
 * Entries
 */

void row_put(struct buffer *row, const struct row_entry *entry)
{
    bool steady = entry->least == entry->greatest;
    put(row, entry->item);
    if (entry->counter) {
        put(row, entry->decimals | COUNTER | (entry->fresh ? FRESH : 0u));
        put_signed(row, entry->total);
        return;
    }
    put(row, entry->decimals | (steady ? STEADY : 0u));
    put(row, (uint64_t)entry->count);
    put_signed(row, entry->least);
    if (steady)
        return;
    put(row, (uint64_t)entry->greatest - (uint64_t)entry->least);
    put_signed(row, entry->sum);
}

static bool get_fluctuating(struct row_cursor *cursor, struct row_entry *entry, bool steady)
{
    uint64_t range = 0;
    if (!get_natural(cursor, &entry->count) || entry->count == 0 ||
        !get_signed(cursor, &entry->least))
        return false;
    entry->greatest = entry->least;
    if (steady)
        return !__builtin_mul_overflow(entry->least, entry->count, &entry->sum);
    if (!get(cursor, &range) || !get_signed(cursor, &entry->sum))
        return false;
    entry->greatest = (int64_t)((uint64_t)entry->least + range);
    return entry->greatest >= entry->least;
}

bool row_next(struct row_cursor *cursor, struct row_entry *entry)
{
    struct row_cursor at = *cursor;
    uint64_t item;
    uint64_t form;
    if (at.at == at.end || !get(&at, &item) || item > UINT32_MAX || !get(&at, &form) || form > 0x3F)
        return false;
    entry->item = (uint32_t)item;
    entry->decimals = form & DECIMALS;
    entry->counter = (form & COUNTER) != 0;
    entry->fresh = entry->counter && (form & FRESH) != 0;
    if (entry->counter ? !get_signed(&at, &entry->total)
                       : !get_fluctuating(&at, entry, (form & STEADY) != 0))
        return false;
    *cursor = at;
    return true;
}

bool row_scale(int64_t *mantissa, unsigned from, unsigned to)
{
    int64_t value = *mantissa;
    for (; from < to; from++)
        if (__builtin_mul_overflow(value, 10, &value))
            return false;
    *mantissa = value;
    return true;
}

static bool scale_entry(struct row_entry *entry, uint8_t decimals)
{
    struct row_entry scaled = *entry;
    scaled.decimals = decimals;
    bool fits = entry->counter ? row_scale(&scaled.total, entry->decimals, decimals)
                               : row_scale(&scaled.sum, entry->decimals, decimals) &&
                                     row_scale(&scaled.least, entry->decimals, decimals) &&
                                     row_scale(&scaled.greatest, entry->decimals, decimals);
    if (fits)
        *entry = scaled;
    return fits;
}

bool row_merge(struct row_entry *into, const struct row_entry *entry)
{
    struct row_entry a = *into;
    struct row_entry b = *entry;
    if (a.counter != b.counter)
        return false;
    if ((a.decimals < b.decimals && !scale_entry(&a, b.decimals)) ||
        (b.decimals < a.decimals && !scale_entry(&b, a.decimals)))
        return false;
    if (a.counter) {
        a.total = b.total;
        a.fresh |= b.fresh;
    } else {
        if (__builtin_add_overflow(a.sum, b.sum, &a.sum) ||
            __builtin_add_overflow(a.count, b.count, &a.count))
            return false;
        a.least = b.least < a.least ? b.least : a.least;
        a.greatest = b.greatest > a.greatest ? b.greatest : a.greatest;
    }
    *into = a;
    return true;
}
