/* SPDX-License-Identifier: MIT */
/* The tables of the file, and how files of older versions become those of this one. */
#ifndef DSMR_HISTORY_SCHEMA_H
#define DSMR_HISTORY_SCHEMA_H

#include <sqlite3.h>
#include <stdbool.h>

enum { SCHEMA_VERSION = 2, SCHEMA_APPLICATION = 0x64736D72 }; /* "dsmr" */

/* Makes the tables of an empty file, or brings an older file up to date, in one transaction. False with
 * *error, freed by the caller: of another program, of a newer dsmr, damaged, or it cannot be written. */
bool schema_prepare(sqlite3 *database, char **error);

/* For those who only read: false with *error unless it is a history of this version. */
bool schema_check(sqlite3 *database, char **error);

/* The database's own word for what went wrong. Freed by the caller. */
char *schema_error(sqlite3 *database, const char *doing);

#endif
