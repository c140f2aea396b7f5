/* SPDX-License-Identifier: MIT */
/*
 * A terminal for tests: it knows the few sequences that the table may use, and fails on any other. As
 * xterm and the console of Linux do, it stays on the last column when that was written, and erasing
 * from there erases it.
 */
#ifndef DSMR_TESTS_TERMINAL_H
#define DSMR_TESTS_TERMINAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TERMINAL_ROWS = 80, TERMINAL_COLUMNS = 256 };

struct terminal {
    int rows, columns;
    int row, column;
    bool wraps;    /* the last column was written: the next character would go to the next line */
    bool coloured; /* a colour was set in all of this */
    /* One byte a column; a character of more bytes shows as its first one. */
    char cells[TERMINAL_ROWS][TERMINAL_COLUMNS + 1];
};

static inline void terminal_clear_row(struct terminal *terminal, int row, int from)
{
    memset(terminal->cells[row] + from, ' ', (size_t)(terminal->columns - from));
    terminal->cells[row][terminal->columns] = '\0';
}

static inline void terminal_open(struct terminal *terminal, int rows, int columns)
{
    assert_true(rows <= TERMINAL_ROWS && columns <= TERMINAL_COLUMNS);
    *terminal = (struct terminal){.rows = rows, .columns = columns};
    for (int row = 0; row < rows; row++)
        terminal_clear_row(terminal, row, 0);
}

static inline void terminal_put(struct terminal *terminal, char c)
{
    if (terminal->wraps)
        fail_msg("a line is wider than the %d columns of the terminal: '%s'", terminal->columns,
                 terminal->cells[terminal->row]);
    terminal->cells[terminal->row][terminal->column] = c;
    if (terminal->column == terminal->columns - 1)
        terminal->wraps = true;
    else
        terminal->column++;
}

static inline void terminal_new_line(struct terminal *terminal)
{
    if (++terminal->row >= terminal->rows)
        fail_msg("more lines than the %d of the terminal", terminal->rows);
}

/* A sequence behind ESC; returns what follows it. */
static inline const char *terminal_obey(struct terminal *terminal, const char *at)
{
    if (*at++ != '[')
        fail_msg("unexpected sequence: ESC %02X", (unsigned char)at[-1]);
    size_t digits = strspn(at, "0123456789;");
    char final = at[digits];
    terminal->wraps = false;
    if (final == 'm') {
        terminal->coloured = true;
    } else if (final == 'H' && digits == 0) {
        terminal->row = terminal->column = 0;
    } else if (final == 'K' && digits == 0) {
        terminal_clear_row(terminal, terminal->row, terminal->column);
    } else if (final == 'J' && digits == 0) {
        terminal_clear_row(terminal, terminal->row, terminal->column);
        for (int row = terminal->row + 1; row < terminal->rows; row++)
            terminal_clear_row(terminal, row, 0);
    } else {
        fail_msg("unexpected sequence: ESC [%.*s%c", (int)digits, at, final);
    }
    return at + digits + 1;
}

static inline void terminal_show(struct terminal *terminal, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    while (bytes < end) {
        unsigned char byte = (unsigned char)*bytes++;
        if (byte == '\033')
            bytes = terminal_obey(terminal, bytes);
        else if (byte == '\r')
            terminal->column = 0, terminal->wraps = false;
        else if (byte == '\n')
            terminal_new_line(terminal);
        else if (byte >= 0x20 && byte < 0x7F)
            terminal_put(terminal, (char)byte);
        else if (byte == 0xE2 && end - bytes >= 2 && memcmp(bytes, "\x80\xA6", 2) == 0)
            terminal_put(terminal, (char)byte), bytes += 2; /* an ellipsis */
        else
            fail_msg("a terminal may not get byte %02X", byte);
    }
    assert_ptr_equal(bytes, end);
}

/* The row that holds the text, or -1. */
static inline int terminal_find(const struct terminal *terminal, const char *text)
{
    for (int row = 0; row < terminal->rows; row++)
        if (strstr(terminal->cells[row], text) != NULL)
            return row;
    return -1;
}

static inline void terminal_print(const struct terminal *terminal)
{
    for (int row = 0; row < terminal->rows; row++)
        print_message("# |%s|\n", terminal->cells[row]);
}

static inline void terminal_assert(const struct terminal *terminal, const char *text)
{
    if (terminal_find(terminal, text) >= 0)
        return;
    terminal_print(terminal);
    fail_msg("'%s' is not on the screen", text);
}

#endif
