/* SPDX-License-Identifier: MIT */
#include "sink/live_table.h"

#include "sink/live_text.h"

#include <stdio.h>
#include <string.h>

enum {
    ID_WIDTH = 25,    /* of the ids of Dutch meters; eReactiveProductionTariff1 takes more */
    VALUE_WIDTH = 14, /* of a value at least: 123456.789 kWh. Two cells fit in 80 columns */
    DATE_WIDTH = 19,  /* 2016-10-26 20:40:15 */
    VALUE_MAX = 256,
    DESCRIPTION_MIN = 20,
    GAP = 2,
    CELLS_MAX = 512,
};

/* One line of a column of the table. */
struct cell {
    const char *heading; /* NULL for a value */
    dsmr_item item;
};

struct table {
    struct cell cells[CELLS_MAX];
    size_t count;
    size_t columns;
    size_t height;   /* of a column, in lines */
    int id_width;    /* of the longest id that is there */
    int value_width; /* of a value that is not longer */
    int room;        /* of a longer one, and of what describes it in a single column */
};

static const char *kind_title(enum dsmr_kind kind)
{
    static const char *const titles[DSMR_KIND_COUNT] = {
        [DSMR_KIND_DEVICE] = "P1 port",
        [DSMR_KIND_ELECTRICITY] = "Electricity",
        [DSMR_KIND_GAS] = "Gas",
        [DSMR_KIND_HEATING] = "Heating",
        [DSMR_KIND_COOLING] = "Cooling",
        [DSMR_KIND_WATER] = "Water",
        [DSMR_KIND_GENERIC] = "Other",
        [DSMR_KIND_SLAVE_ELECTRICITY] = "Second electricity meter",
        [DSMR_KIND_THERMAL] = "Heat and cold",
    };
    return titles[kind] ? titles[kind] : "";
}

/* Entries of the power-failure log: up to twenty lines that nobody looks for first. */
static bool is_log_entry(dsmr_item item)
{
    static const char date[] = "eDatePowerFailure";
    static const char duration[] = "eDurationPowerFailure";
    const char *id = dsmr_item_id(item);
    return strncmp(id, date, sizeof date - 1) == 0 ||
           strncmp(id, duration, sizeof duration - 1) == 0;
}

static void add_cell(struct table *table, const char *heading, dsmr_item item)
{
    int id_width = (int)strlen(dsmr_item_id(item));
    if (!heading && id_width > table->id_width)
        table->id_width = id_width;
    if (table->count < CELLS_MAX)
        table->cells[table->count++] = (struct cell){heading, item};
}

/* The values that there are, below the headings they belong to; the log of power failures last. */
static void collect(const struct live_state *state, struct table *table)
{
    const char *heading = NULL;
    table->count = 0;
    table->id_width = ID_WIDTH;
    for (int logs = 0; logs < 2; logs++) {
        for (size_t i = 0; i < dsmr_item_count(); i++) {
            dsmr_item item = (dsmr_item)i;
            if (!store_get(state->store, item) || is_log_entry(item) != (logs == 1))
                continue;
            const char *wanted =
                logs == 1 ? "Power failures" : kind_title(dsmr_item_info(item)->kind);
            if (!heading || strcmp(heading, wanted) != 0)
                add_cell(table, wanted, DSMR_ITEM_NONE);
            heading = wanted;
            add_cell(table, NULL, item);
        }
    }
}

static void print_time(const struct dsmr_time *time, bool with_year, int width, char *out,
                       size_t size)
{
    char printed[DSMR_TIME_SIZE];
    dsmr_time_print(time, printed);
    if (width >= DATE_WIDTH)
        snprintf(out, size, "%.10s %.8s", printed, printed + 11);
    else if (with_year)
        snprintf(out, size, "%.8s %.5s", printed + 2, printed + 11);
    else
        snprintf(out, size, "%.5s %.8s", printed + 5, printed + 11);
}

/* Units are filled up so that numbers stand in line, as long as there is room for it. */
static void print_number(const struct stored_value *value, int width, char *out, size_t size)
{
    char printed[DSMR_NUMBER_SIZE];
    const char *unit = dsmr_unit_name(value->unit);
    dsmr_number_print(value->number, printed);
    int length = snprintf(out, size, "%s %-4s", printed, unit);
    while (length > width && length > 0 && out[length - 1] == ' ')
        out[--length] = '\0';
}

static void print_text(const struct stored_value *value, char *out, size_t size)
{
    size_t length = 0;
    struct dsmr_text text = {value->text, value->text_size};
    enum dsmr_status decoded = dsmr_hex_decode(text, out, size - 1, &length);
    if (text.size >= 8 && (decoded == DSMR_OK || decoded == DSMR_ERR_SPACE))
        out[length] = '\0';
    else
        snprintf(out, size, "%s", value->text);
}

/* The value of an item in as many columns if it can be; it may turn out longer. */
static void print_value(const struct live_state *state, dsmr_item item, int width,
                        char out[VALUE_MAX])
{
    const struct stored_value *value = store_get(state->store, item);
    if (value->type == DSMR_TYPE_NUMBER)
        print_number(value, width, out, VALUE_MAX);
    else if (value->type == DSMR_TYPE_TIME)
        print_time(&value->time, is_log_entry(item), width, out, VALUE_MAX);
    else
        print_text(value, out, VALUE_MAX);
}

/* As few columns as possible, as many as needed. */
static void lay_out(struct table *table, const struct live_state *state, size_t height)
{
    char value[VALUE_MAX];
    size_t most = (size_t)(state->columns + GAP) / (size_t)(table->id_width + VALUE_WIDTH + GAP);
    size_t columns = height > 0 ? (table->count + height - 1) / height : 1;
    columns = columns > most ? most : columns;
    table->columns = columns < 1 ? 1 : columns;
    table->height = (table->count + table->columns - 1) / table->columns;
    int room = (state->columns + GAP) / (int)table->columns - GAP - table->id_width;
    int longest = VALUE_WIDTH;
    room = room > 0 ? room : 0;
    for (size_t i = 0; i < table->count; i++) {
        if (table->cells[i].heading)
            continue;
        print_value(state, table->cells[i].item, room, value);
        longest = (int)strlen(value) > longest ? (int)strlen(value) : longest;
    }
    table->room = table->columns > 1 && longest < room ? longest : room;
    table->value_width = longest < DATE_WIDTH ? longest : DATE_WIDTH;
    if (table->value_width > room)
        table->value_width = room;
}

/* With one column there is room to say what the item is. */
static void draw_description(struct buffer *out, const struct live_state *state, dsmr_item item,
                             int room)
{
    if (room < GAP + DESCRIPTION_MIN)
        return;
    live_paint(out, state->colour, LIVE_DIM);
    live_padded(out, "", GAP);
    live_padded(out, dsmr_item_info(item)->description, room - GAP);
    live_paint(out, state->colour, LIVE_RESET);
}

static void draw_value(struct buffer *out, const struct live_state *state,
                       const struct table *table, dsmr_item item)
{
    char value[VALUE_MAX];
    int width = table->value_width;
    print_value(state, item, width, value);
    int length = (int)strlen(value);
    bool power = strcmp(dsmr_item_info(item)->device_class, "power") == 0;
    if (length > width)
        width = length < table->room ? length : table->room;
    live_paint(out, state->colour, power ? LIVE_BOLD : "");
    if (length < width)
        buffer_print(out, "%*s", width - length, "");
    live_padded(out, value, length < width ? length : width);
    live_paint(out, state->colour, LIVE_RESET);
    if (table->columns == 1)
        draw_description(out, state, item, table->room - width);
    else
        live_padded(out, "", table->room - width);
}

static void draw_cell(struct buffer *out, const struct live_state *state, const struct table *table,
                      const struct cell *cell)
{
    int id_width = state->columns < table->id_width ? state->columns : table->id_width;
    if (!cell->heading) {
        live_padded(out, dsmr_item_id(cell->item), id_width);
        draw_value(out, state, table, cell->item);
        return;
    }
    live_paint(out, state->colour, LIVE_CYAN);
    live_padded(out, cell->heading, id_width + table->room);
    live_paint(out, state->colour, LIVE_RESET);
}

static void draw_row(struct buffer *out, const struct live_state *state, const struct table *table,
                     size_t row)
{
    for (size_t column = 0; column < table->columns; column++) {
        size_t place = column * table->height + row;
        if (place >= table->count)
            break;
        if (column > 0)
            live_padded(out, "", GAP);
        draw_cell(out, state, table, &table->cells[place]);
    }
    live_end_line(out);
}

size_t live_table_draw(struct buffer *out, const struct live_state *state, size_t height)
{
    struct table table;
    char text[80];
    collect(state, &table);
    lay_out(&table, state, height);
    bool cut = table.height > height;
    if (cut)
        table.height = height > 0 ? height - 1 : 0;
    for (size_t row = 0; row < table.height; row++)
        draw_row(out, state, &table, row);
    if (!cut || height == 0)
        return table.height;
    snprintf(text, sizeof text, "%zu more: a larger window shows them",
             table.count - table.height * table.columns);
    live_paint(out, state->colour, LIVE_DIM);
    live_padded(out, text, state->columns);
    live_paint(out, state->colour, LIVE_RESET);
    live_end_line(out);
    return height;
}
