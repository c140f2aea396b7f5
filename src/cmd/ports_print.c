/* SPDX-License-Identifier: MIT */
/* dsmr ports: the table and the JSON. What an adapter says of itself is a stranger's text. */
#include "cmd/ports.h"

#include "core/json_writer.h"
#include "core/memory.h"
#include "core/printable.h"
#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------
 * The table
 */

enum {
    COLUMN_PORT,
    COLUMN_ADAPTER,
    COLUMN_USB,
    COLUMN_SERIAL,
    COLUMN_DRIVER,
    COLUMN_STATE,
    COLUMNS
};
enum { CELL_SIZE = 300 };

struct row_cells {
    char text[COLUMNS][CELL_SIZE];
};

/* Columns that it takes on a terminal: bytes of a character that follow the first take none. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

static void set_cell(char *cell, const char *text)
{
    printable_write(cell, cell + CELL_SIZE, text ? text : "-");
}

static void name_adapter(char *cell, const struct serial_entry *entry)
{
    const char *vendor = entry->vendor;
    const char *product = entry->product;
    if (!entry->vendor_id) {
        set_cell(cell, NULL);
        return;
    }
    /* Some have their maker's name in both. */
    bool twice = vendor && product && strncmp(product, vendor, strlen(vendor)) == 0;
    bool both = vendor && product && !twice;
    char *name = memory_print("%s%s%s", vendor && !twice ? vendor : "", both ? " " : "",
                              product ? product : "");
    set_cell(cell, *name ? name : NULL);
    free(name);
}

static void describe_state(char *cell, const struct ports_row *row)
{
    const struct port_result *heard = row->heard;
    if (row->entry->holder)
        set_cell(cell, "in use");
    else if (row->entry->obstacle || (heard && heard->is_told && !heard->is_open))
        set_cell(cell, "cannot be opened");
    else if (!heard)
        set_cell(cell, "free");
    else
        set_cell(cell, heard->has_meter ? "a meter" : "no meter");
}

static void fill_cells(struct row_cells *cells, const struct ports_row *row)
{
    const struct serial_entry *entry = row->entry;
    set_cell(cells->text[COLUMN_PORT], entry->path);
    name_adapter(cells->text[COLUMN_ADAPTER], entry);
    char *usb = entry->vendor_id ? memory_print("%s:%s", entry->vendor_id,
                                                entry->product_id ? entry->product_id : "")
                                 : NULL;
    set_cell(cells->text[COLUMN_USB], usb);
    free(usb);
    set_cell(cells->text[COLUMN_SERIAL], entry->serial_number);
    set_cell(cells->text[COLUMN_DRIVER], entry->driver);
    describe_state(cells->text[COLUMN_STATE], row);
}

static void print_cells(const struct row_cells *cells, const int *widths)
{
    for (int column = 0; column < COLUMNS; column++) {
        const char *text = cells->text[column];
        int gap = column + 1 < COLUMNS ? widths[column] - width_of(text) + 2 : 0;
        printf("%s%*s", text, gap, "");
    }
    putchar('\n');
}

/* A line below the port that it is about. */
static void print_below(const char *before, const char *text)
{
    size_t size = PRINTABLE_SIZE(strlen(text));
    char *shown = memory_new(size, 1);
    printable_write(shown, shown + size, text);
    printf("    %s%s\n", before, shown);
    free(shown);
}

static void print_meter(const struct port_result *heard)
{
    char *text = memory_print("%s%s%s%s%s%s", heard->settings, heard->identification ? ": /" : "",
                              heard->identification ? heard->identification : "",
                              heard->origin ? ", " : "", heard->origin ? heard->origin : "",
                              heard->is_encrypted && !heard->identification
                                  ? ": it encrypts its telegrams: decryption.key= takes the key"
                                  : "");
    print_below("a meter at ", text);
    free(text);
}

static void print_details(const struct ports_row *row)
{
    const struct serial_entry *entry = row->entry;
    if (entry->stable)
        print_below("", entry->stable);
    if (entry->holder)
        print_below("in use by ", entry->holder);
    if (entry->obstacle)
        print_below("", entry->obstacle);
    if (!row->heard)
        return;
    if (row->heard->has_meter)
        print_meter(row->heard);
    else
        print_below(row->heard->is_open ? "no telegram: " : "", row->heard->state);
}

/* What to do with what was found. */
static void print_advice(const struct ports_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].heard || !rows[i].heard->has_meter)
            continue;
        printf("\nIn dsmr.cfg: port=%s\n", serial_entry_name(rows[i].entry));
        return;
    }
}

void ports_print_table(const struct ports_row *rows, size_t count)
{
    struct row_cells *cells = memory_new(count + 1, sizeof *cells);
    static const char *const heads[COLUMNS] = {"PORT",          "ADAPTER", "USB",
                                               "SERIAL NUMBER", "DRIVER",  "STATE"};
    int widths[COLUMNS] = {0};
    for (int column = 0; column < COLUMNS; column++)
        set_cell(cells[0].text[column], heads[column]);
    for (size_t i = 0; i < count; i++)
        fill_cells(&cells[i + 1], &rows[i]);
    for (size_t i = 0; i <= count; i++)
        for (int column = 0; column < COLUMNS; column++) {
            int width = width_of(cells[i].text[column]);
            widths[column] = width > widths[column] ? width : widths[column];
        }
    print_cells(&cells[0], widths);
    for (size_t i = 0; i < count; i++) {
        print_cells(&cells[i + 1], widths);
        print_details(&rows[i]);
    }
    print_advice(rows, count);
    free(cells);
}

/* ------------------------------------------------------------------------------------------------
 * JSON
 */

static bool is_utf8(const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        size_t size = utf8_character(text, left);
        if (size == 0)
            return false;
        text += size;
        left -= size;
    }
    return true;
}

static void write_text(struct json *json, const char *name, const char *text)
{
    json_name(json, name);
    if (!text)
        json_null(json);
    else if (is_utf8(text))
        json_utf8(json, text);
    else
        json_text(json, text);
}

static void write_flag(struct json *json, const char *name, bool flag)
{
    json_name(json, name);
    if (flag)
        json_true(json);
    else
        json_false(json);
}

static void write_usb(struct json *json, const struct serial_entry *entry)
{
    json_name(json, "usb");
    if (!entry->vendor_id) {
        json_null(json);
        return;
    }
    json_open(json, '{');
    write_text(json, "vendor_id", entry->vendor_id);
    write_text(json, "product_id", entry->product_id);
    write_text(json, "vendor", entry->vendor);
    write_text(json, "product", entry->product);
    write_text(json, "serial_number", entry->serial_number);
    json_close(json, '}');
}

static void write_heard(struct json *json, const struct port_result *heard)
{
    json_name(json, "probe");
    if (!heard) {
        json_null(json);
        return;
    }
    json_open(json, '{');
    write_flag(json, "open", heard->is_open);
    write_flag(json, "meter", heard->has_meter);
    write_text(json, "settings", heard->has_meter ? heard->settings : NULL);
    write_text(json, "identification", heard->identification);
    write_text(json, "origin", heard->origin);
    write_flag(json, "encrypted", heard->is_encrypted);
    write_text(json, "state", heard->state);
    json_close(json, '}');
}

void ports_print_json(const struct ports_row *rows, size_t count)
{
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, '[');
    for (size_t i = 0; i < count; i++) {
        const struct serial_entry *entry = rows[i].entry;
        json_open(&json, '{');
        write_text(&json, "port", entry->path);
        write_text(&json, "stable_name", entry->stable);
        write_text(&json, "driver", entry->driver);
        write_usb(&json, entry);
        write_text(&json, "holder", entry->holder);
        write_text(&json, "obstacle", entry->obstacle);
        write_heard(&json, rows[i].heard);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    puts(out.at);
    buffer_free(&out);
}
