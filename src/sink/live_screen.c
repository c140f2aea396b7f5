/* SPDX-License-Identifier: MIT */
#include "sink/live_screen.h"

#include <stdio.h>
#include <string.h>

#define BOLD "\033[1m"
#define DIM "\033[2m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define CYAN "\033[36m"
#define RESET "\033[0m"
#define HOME "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_BELOW "\033[J"

enum {
    ID_WIDTH = 25,    /* of the ids of Dutch meters; eReactiveProductionTariff1 takes more */
    VALUE_WIDTH = 14, /* of a value at least: 123456.789 kWh. Two cells fit in 80 columns */
    DATE_WIDTH = 19,  /* 2016-10-26 20:40:15 */
    VALUE_MAX = 256,
    DESCRIPTION_MIN = 20,
    GAP = 2,
    HEAD_LINES = 4,
    CELLS_MAX = 512,
    OVERDUE_MS = 35000, /* three intervals of the slowest meter */
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

static void paint(struct buffer *out, const struct live_state *state, const char *colour)
{
    if (state->colour)
        buffer_add_text(out, colour);
}

/* Adds text filled to width columns, or cut, which shows. Bytes that no terminal should see become
 * '?'. */
static void add_padded(struct buffer *out, const char *text, int width)
{
    static const char ellipsis[] = "…";
    bool cut = width > 0 && strlen(text) > (size_t)width;
    int room = cut ? width - 1 : width;
    int written = 0;
    for (; *text && written < room; text++, written++)
        buffer_add(out, *text >= ' ' && *text <= '~' ? text : "?", 1);
    if (cut)
        buffer_add_text(out, ellipsis);
    else
        buffer_print(out, "%*s", width - written, "");
}

/* Clears before it writes: erasing behind the last column would take the last character along. */
static void end_line(struct buffer *out)
{
    buffer_add_text(out, "\r\n" CLEAR_LINE);
}

/* ------------------------------------------------------------------------------------------------
 * The head
 */

static void print_age(const struct live_state *state, char *out, size_t size)
{
    int64_t age = state->now_ms - state->received_ms;
    if (age < 0)
        age = 0;
    if (age < 10000)
        snprintf(out, size, "%d.%d s ago", (int)(age / 1000), (int)(age / 100 % 10));
    else if (age < 120000)
        snprintf(out, size, "%d s ago", (int)(age / 1000));
    else
        snprintf(out, size, "%lld min ago", (long long)(age / 60000));
}

bool live_state_flows(const struct live_state *state, int64_t now_ms)
{
    return state->connected && state->identification && now_ms - state->received_ms < OVERDUE_MS;
}

/* "garage, meter 2 of 3, 1 silent  "; nothing when there is only one. */
static void print_meter(const struct live_state *state, char *out, size_t size)
{
    char silent[40] = "";
    out[0] = '\0';
    if (state->meters < 2)
        return;
    if (state->silent > 0)
        snprintf(silent, sizeof silent, ", %zu silent", state->silent);
    snprintf(out, size, "%s, meter %zu of %zu%s  ", state->meter, state->number + 1, state->meters,
             silent);
}

static void draw_head(struct buffer *out, const struct live_state *state)
{
    char meter[120];
    char text[400];
    char age[32];
    char made[DSMR_TIME_SIZE] = "";
    paint(out, state, BOLD);
    print_meter(state, meter, sizeof meter);
    snprintf(text, sizeof text, "dsmr  %s%s%s", meter,
             state->identification ? "/" : "waiting for a telegram",
             state->identification ? state->identification : "");
    add_padded(out, text, state->columns);
    paint(out, state, RESET);
    end_line(out);

    paint(out, state, live_state_flows(state, state->now_ms) ? GREEN : YELLOW);
    snprintf(text, sizeof text, "%s  %s%s%s", state->port, state->settings,
             state->settings[0] ? "  " : "", state->line_state);
    add_padded(out, text, state->columns);
    paint(out, state, RESET);
    end_line(out);

    if (state->identification) {
        print_age(state, age, sizeof age);
        if (state->has_time)
            dsmr_time_print(&state->time, made);
        snprintf(text, sizeof text, "%llu good, %llu refused, last %s%s%.10s %.8s%s",
                 (unsigned long long)state->good, (unsigned long long)state->refused, age,
                 made[0] ? " (" : "", made, made[0] ? made + 11 : "", made[0] ? ")" : "");
    } else {
        snprintf(text, sizeof text, "no telegram yet, %llu refused",
                 (unsigned long long)state->refused);
    }
    add_padded(out, text, state->columns);
    end_line(out);
    end_line(out);
}

/* ------------------------------------------------------------------------------------------------
 * The table
 */

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
    paint(out, state, DIM);
    add_padded(out, "", GAP);
    add_padded(out, dsmr_item_info(item)->description, room - GAP);
    paint(out, state, RESET);
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
    paint(out, state, power ? BOLD : "");
    if (length < width)
        buffer_print(out, "%*s", width - length, "");
    add_padded(out, value, length < width ? length : width);
    paint(out, state, RESET);
    if (table->columns == 1)
        draw_description(out, state, item, table->room - width);
    else
        add_padded(out, "", table->room - width);
}

static void draw_cell(struct buffer *out, const struct live_state *state, const struct table *table,
                      const struct cell *cell)
{
    int id_width = state->columns < table->id_width ? state->columns : table->id_width;
    if (!cell->heading) {
        add_padded(out, dsmr_item_id(cell->item), id_width);
        draw_value(out, state, table, cell->item);
        return;
    }
    paint(out, state, CYAN);
    add_padded(out, cell->heading, id_width + table->room);
    paint(out, state, RESET);
}

static void draw_row(struct buffer *out, const struct live_state *state, const struct table *table,
                     size_t row)
{
    for (size_t column = 0; column < table->columns; column++) {
        size_t place = column * table->height + row;
        if (place >= table->count)
            break;
        if (column > 0)
            add_padded(out, "", GAP);
        draw_cell(out, state, table, &table->cells[place]);
    }
    end_line(out);
}

/* Returns how many lines it took. What does not fit is counted, in the last of them. */
static size_t draw_table(struct buffer *out, const struct live_state *state, size_t height)
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
    paint(out, state, DIM);
    add_padded(out, text, state->columns);
    paint(out, state, RESET);
    end_line(out);
    return height;
}

/* ------------------------------------------------------------------------------------------------
 * The foot
 */

static void draw_log(struct buffer *out, const struct live_state *state)
{
    paint(out, state, DIM);
    for (size_t i = 0; i < LIVE_LOG_LINES; i++) {
        if (!state->log[i])
            continue;
        add_padded(out, state->log[i], state->columns);
        end_line(out);
    }
    buffer_add_text(out, CLEAR_BELOW);
    add_padded(out, state->meters > 1 ? "Tab shows the next meter, Ctrl+C ends" : "Ctrl+C ends",
               state->columns);
}

/* A window that is too low shows the first lines. */
static void cut_to_rows(struct buffer *out, size_t start, int rows)
{
    size_t at = start;
    for (int row = 0; row < rows; row++) {
        const char *end = strstr(out->at + at, "\r\n");
        if (!end)
            return;
        at = (size_t)(end - out->at) + 2;
    }
    out->size = at - 2;
}

void live_screen_draw(struct buffer *out, const struct live_state *state)
{
    size_t start = out->size;
    int foot = LIVE_LOG_LINES + 2;
    int height = state->rows - HEAD_LINES - foot;
    buffer_add_text(out, HOME CLEAR_LINE);
    draw_head(out, state);
    size_t drawn = draw_table(out, state, height > 0 ? (size_t)height : 0);
    for (; (int)drawn < height + 1; drawn++)
        end_line(out);
    draw_log(out, state);
    cut_to_rows(out, start, state->rows);
    paint(out, state, RESET);
}
