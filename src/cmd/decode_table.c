/* SPDX-License-Identifier: MIT */
/* dsmr decode --format table: for people. */
#include "cmd/decode_format.h"

#include "meter/decoded.h"
#include "meter/origin.h"

#include <stdio.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define RESET "\033[0m"

enum { TEXT_WIDTH = 48 };

static void paint(struct buffer *out, const struct decode_context *context, const char *colour)
{
    if (context->colour)
        buffer_add_text(out, colour);
}

/* Text of a meter, made safe for a terminal; a long one is cut. */
static void add_wire_text(struct buffer *out, struct dsmr_text text, size_t width)
{
    size_t written = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if (byte == '\r' || byte == '\n')
            continue;
        if (written + 3 > width && text.size - i > 3) {
            buffer_print(out, "… (%zu bytes)", text.size);
            return;
        }
        if (byte < 0x20 || byte > 0x7E)
            buffer_print(out, "\\x%02X", byte);
        else
            buffer_add(out, &text.at[i], 1);
        written++;
    }
}

static void print_value(struct buffer *out, const struct dsmr_reading *reading)
{
    char printed[DSMR_NUMBER_SIZE];
    switch (reading->type) {
    case DSMR_TYPE_NUMBER:
        dsmr_number_print(reading->number, printed);
        buffer_print(out, "%14s %-6s", printed, dsmr_unit_name(reading->unit));
        break;
    case DSMR_TYPE_TIME:
        dsmr_time_print(&reading->time, printed);
        buffer_print(out, "  %.10s %s", printed, printed + 11);
        break;
    case DSMR_TYPE_TEXT:
        buffer_add_text(out, "  ");
        add_wire_text(out, reading->text, TEXT_WIDTH);
        break;
    }
}

/* Hexadecimal text in words, where it is any. */
static void print_decoded_text(struct buffer *out, const struct dsmr_reading *reading)
{
    char words[TEXT_WIDTH];
    size_t length;
    if (reading->type == DSMR_TYPE_TEXT && reading->text.size >= 8 &&
        dsmr_hex_decode(reading->text, words, sizeof words, &length) == DSMR_OK)
        buffer_print(out, "  \"%.*s\"", (int)length, words);
}

static void print_reading(struct buffer *out, const struct decode_context *context,
                          const struct dsmr_reading *reading)
{
    char code[DSMR_OBIS_SIZE];
    char time[DSMR_TIME_SIZE];
    dsmr_obis_print(reading->object.obis, code);
    paint(out, context, reading->superseded ? DIM : "");
    buffer_print(out, "  %-26s", dsmr_item_id(reading->item));
    paint(out, context, DIM);
    buffer_print(out, " %-12s", code);
    paint(out, context, reading->superseded ? DIM : RESET);
    print_value(out, reading);
    paint(out, context, DIM);
    print_decoded_text(out, reading);
    if (reading->has_time && reading->type == DSMR_TYPE_NUMBER) {
        dsmr_time_print(&reading->time, time);
        buffer_print(out, "  at %.10s %.8s", time, time + 11);
    }
    if (reading->superseded)
        buffer_print(out, "  (not used: %s)", why_not_used(reading));
    paint(out, context, RESET);
    buffer_add(out, "\n", 1);
}

static void print_leftover(struct buffer *out, const struct decode_context *context,
                           const struct leftover *leftover)
{
    paint(out, context, DIM);
    buffer_add_text(out, "  ");
    add_wire_text(out, leftover->object.line, 72);
    buffer_print(out, "  (%s)",
                 leftover->status == DSMR_UNKNOWN ? "not in the catalogue"
                                                  : dsmr_strerror(leftover->status));
    paint(out, context, RESET);
    buffer_add(out, "\n", 1);
}

/* Where such a meter stands, and the standard that it follows. */
static void print_origin(struct buffer *out, const struct decode_context *context,
                         const struct dsmr_telegram *telegram)
{
    struct dsmr_origin origin;
    struct buffer words = {0};
    dsmr_origin_of(telegram, &origin);
    origin_words(&words, &origin);
    if (words.size > 0) {
        paint(out, context, DIM);
        buffer_print(out, "  %s\n", words.at);
        paint(out, context, RESET);
    }
    buffer_free(&words);
}

static void print_head(struct buffer *out, const struct decode_context *context,
                       const struct dsmr_telegram *telegram, const struct decoded *decoded)
{
    char time[DSMR_TIME_SIZE];
    paint(out, context, BOLD);
    buffer_print(out, "Telegram %lu  /", context->number);
    add_wire_text(out, telegram->identification, DSMR_IDENTIFICATION_MAX);
    paint(out, context, RESET);
    if (decoded && decoded->has_time) {
        dsmr_time_print(&decoded->time, time);
        buffer_print(out, "  %.10s %s", time, time + 11);
    }
    if (telegram->status != DSMR_OK) {
        paint(out, context, RED);
        buffer_add_text(out, "  ");
        decode_print_refusal(out, telegram);
    } else if (telegram->crc == DSMR_CRC_OK) {
        paint(out, context, GREEN);
        buffer_print(out, "  CRC %04X right", telegram->crc_sent);
    } else {
        buffer_add_text(out, "  no CRC");
    }
    paint(out, context, RESET);
    buffer_add(out, "\n", 1);
}

static void print_telegram(struct buffer *out, const struct decode_context *context,
                           const struct dsmr_telegram *telegram, const struct decoded *decoded)
{
    if (context->number > 1)
        buffer_add(out, "\n", 1);
    print_head(out, context, telegram, decoded);
    if (!decoded)
        return;
    print_origin(out, context, telegram);
    for (size_t i = 0; i < decoded->count; i++)
        print_reading(out, context, &decoded->readings[i]);
    for (size_t i = 0; i < decoded->leftover_count; i++)
        print_leftover(out, context, &decoded->leftovers[i]);
}

const struct decode_format decode_table = {
    .name = "table",
    .telegram = print_telegram,
};
