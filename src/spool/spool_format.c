/* SPDX-License-Identifier: MIT */
/* CRC-32 (IEEE 802.3) four bits at a time: the table is small, and telegrams are too. */
#include "spool/spool_format.h"

enum { BEHIND_CRC = 4, DONE_SIZE = 12 };

static uint32_t crc32_more(uint32_t crc, const void *bytes, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
        0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
        0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
    };
    const unsigned char *at = bytes;
    crc = ~crc;
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

static void put(unsigned char *out, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (unsigned char)(value >> (8 * i));
}

static uint64_t get(const unsigned char *in, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = bytes; i-- > 0;)
        value = value << 8 | in[i];
    return value;
}

void spool_format_header(const struct spool_record *record, unsigned char out[SPOOL_HEADER])
{
    put(out + 4, record->size, 4);
    put(out + 8, record->number, 8);
    put(out + 16, (uint64_t)record->added_ms, 8);
    uint32_t crc = crc32_more(0, out + BEHIND_CRC, SPOOL_HEADER - BEHIND_CRC);
    put(out, crc32_more(crc, record->bytes, record->size), 4);
}

enum spool_form spool_format_read(const unsigned char *buffer, size_t size,
                                  struct spool_record *record)
{
    *record = (struct spool_record){0};
    if (size < SPOOL_HEADER)
        return SPOOL_CUT;
    record->size = (size_t)get(buffer + 4, 4);
    if (record->size > SPOOL_RECORD_MAX)
        return SPOOL_BAD;
    if (size < SPOOL_HEADER + record->size)
        return SPOOL_CUT;
    record->number = get(buffer + 8, 8);
    record->added_ms = (int64_t)get(buffer + 16, 8);
    record->bytes = (const char *)buffer + SPOOL_HEADER;
    uint32_t crc = crc32_more(0, buffer + BEHIND_CRC, SPOOL_HEADER - BEHIND_CRC + record->size);
    return crc == get(buffer, 4) ? SPOOL_WHOLE : SPOOL_BAD;
}

size_t spool_format_marks(const struct spool_marks *marks, unsigned char out[SPOOL_MARKS_MAX])
{
    unsigned char *more = out + DONE_SIZE;
    size_t size = 8 + 8 * marks->count;
    put(out, marks->done, 8);
    put(out + 8, crc32_more(0, out, 8), 4);
    if (marks->beyond <= marks->done)
        return DONE_SIZE;
    put(more, marks->beyond, 8);
    for (size_t i = 0; i < marks->count; i++)
        put(more + 8 + 8 * i, marks->undone[i], 8);
    put(more + size, crc32_more(0, more, size), 4);
    return DONE_SIZE + size + 4;
}

static void read_beyond(const unsigned char *more, size_t size, struct spool_marks *marks)
{
    if (size < 8 || size % 8 != 0 || size > 8 + 8 * SPOOL_UNDONE ||
        crc32_more(0, more, size) != get(more + size, 4))
        return;
    marks->beyond = get(more, 8);
    marks->count = size / 8 - 1;
    for (size_t i = 0; i < marks->count; i++)
        marks->undone[i] = get(more + 8 + 8 * i, 8);
}

void spool_format_read_marks(const unsigned char *bytes, size_t size, struct spool_marks *marks)
{
    *marks = (struct spool_marks){0};
    if (size < DONE_SIZE || crc32_more(0, bytes, 8) != get(bytes + 8, 4))
        return;
    marks->done = get(bytes, 8);
    if (size > DONE_SIZE + 4)
        read_beyond(bytes + DONE_SIZE, size - DONE_SIZE - 4, marks);
}

bool spool_marks_have(const struct spool_marks *marks, uint64_t number)
{
    if (number <= marks->done || number > marks->beyond)
        return number <= marks->done;
    for (size_t i = 0; i < marks->count; i++)
        if (marks->undone[i] == number)
            return false;
    return true;
}
