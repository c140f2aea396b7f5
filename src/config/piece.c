/* SPDX-License-Identifier: MIT */
#include "config/piece.h"

#include <string.h>

bool piece_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f';
}

struct piece piece_trim(struct piece piece)
{
    while (piece.size > 0 && piece_blank(piece.at[0])) {
        piece.at++;
        piece.size--;
    }
    while (piece.size > 0 && piece_blank(piece.at[piece.size - 1]))
        piece.size--;
    return piece;
}

bool piece_is(struct piece piece, const char *text)
{
    return piece.size == strlen(text) && memcmp(piece.at, text, piece.size) == 0;
}

bool piece_cut(struct piece *piece, char at, struct piece *before)
{
    const char *found = piece->size > 0 ? memchr(piece->at, at, piece->size) : NULL;
    if (found == NULL)
        return false;
    size_t size = (size_t)(found - piece->at);
    *before = piece_trim((struct piece){piece->at, size});
    *piece = piece_trim((struct piece){found + 1, piece->size - size - 1});
    return true;
}

int piece_shown(struct piece piece)
{
    return piece.size < 80 ? (int)piece.size : 80;
}
