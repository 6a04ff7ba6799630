// The part of SQLite that the catalog of runs and the import of MLflow's store use, found when it
// is first needed.
//
// Nothing links SQLite: a program that never asks for either loads none of it, and where the
// library is not installed there simply is no catalog.
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct joule_sqlite joule_sqlite;
typedef struct joule_statement joule_statement;

enum {
    JOULE_SQLITE_OK = 0,
    JOULE_SQLITE_BUSY = 5,
    JOULE_SQLITE_CORRUPT = 11,
    JOULE_SQLITE_NOT_A_DATABASE = 26,
    JOULE_SQLITE_ROW = 100,
    JOULE_SQLITE_DONE = 101,
};

/// Finds the library; whether it is there. Any thread may ask, any number of times.
bool joule_sqlite_load(void);

// All of the following need a `joule_sqlite_load` that was true, and are what SQLite's functions of
// these names are.

/// Opens a file for reading and writing, creating it where `creates`; links are not followed.
int joule_sqlite_open(const char *path, bool creates, joule_sqlite **database);
/// Opens a file that is there, named by a `file:` URI, for reading only; links are not followed.
int joule_sqlite_open_to_read(const char *uri, joule_sqlite **database);
void joule_sqlite_close(joule_sqlite *database);
void joule_sqlite_busy_timeout(joule_sqlite *database, int milliseconds);
/// From now on no value is longer, and a query is interrupted when that many thousand steps of
/// SQLite's machine have been made; the count must live as long as the database is open.
void joule_sqlite_bound(joule_sqlite *database, int value_size_max, int64_t *thousands_left);
int joule_sqlite_exec(joule_sqlite *database, const char *text);
int64_t joule_sqlite_last_insert_rowid(joule_sqlite *database);

int joule_statement_prepare(joule_sqlite *database, const char *text, joule_statement **statement);
int joule_statement_step(joule_statement *statement);
void joule_statement_reset(joule_statement *statement);
void joule_statement_finalize(joule_statement *statement);

int joule_statement_bind_null(joule_statement *statement, int place);
int joule_statement_bind_integer(joule_statement *statement, int place, int64_t value);
/// The bytes are copied.
int joule_statement_bind_text(joule_statement *statement, int place, const char *text, int size);
int joule_statement_bind_blob(joule_statement *statement, int place, const void *bytes, int size);

bool joule_statement_is_null(joule_statement *statement, int column);
bool joule_statement_is_integer(joule_statement *statement, int column);
/// An integer or a floating-point number.
bool joule_statement_is_number(joule_statement *statement, int column);
double joule_statement_double(joule_statement *statement, int column);
int64_t joule_statement_integer(joule_statement *statement, int column);
/// Good until the next step; nil when there are no bytes. `size` takes how many there are.
const uint8_t *joule_statement_bytes(joule_statement *statement, int column, int *size);
