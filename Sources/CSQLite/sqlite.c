#include "CSQLite.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

// Declared here as SQLite's documentation describes them; its header is not needed. None of these
// numbers has ever changed.
enum {
    OPEN_READONLY = 0x00000001,
    OPEN_READWRITE = 0x00000002,
    OPEN_CREATE = 0x00000004,
    OPEN_URI = 0x00000040,
    OPEN_FULLMUTEX = 0x00010000,
    OPEN_NOFOLLOW = 0x01000000,
    TYPE_INTEGER = 1,
    TYPE_FLOAT = 2,
    TYPE_NULL = 5,
    LIMIT_LENGTH = 0,
    STEPS_AT_ONCE = 1000,
};

static struct {
    int (*open)(const char *, void **, int, const char *);
    int (*close)(void *);
    int (*busy_timeout)(void *, int);
    int (*limit)(void *, int, int);
    void (*progress_handler)(void *, int, int (*)(void *), void *);
    int (*exec)(void *, const char *, void *, void *, char **);
    long long (*last_insert_rowid)(void *);
    int (*prepare)(void *, const char *, int, void **, const char **);
    int (*step)(void *);
    int (*reset)(void *);
    int (*finalize)(void *);
    int (*bind_null)(void *, int);
    int (*bind_int64)(void *, int, long long);
    int (*bind_text)(void *, int, const char *, int, void *);
    int (*bind_blob)(void *, int, const void *, int, void *);
    int (*column_type)(void *, int);
    long long (*column_int64)(void *, int);
    double (*column_double)(void *, int);
    const void *(*column_blob)(void *, int);
    int (*column_bytes)(void *, int);
} sqlite;

static bool is_loaded;

static bool find(void *library, const char *name, void *place) {
    void *found = dlsym(library, name);
    *(void **)place = found;
    return found != NULL;
}

static void load(void) {
    // Kept for good: closing it again would gain nothing.
    void *library = dlopen("libsqlite3.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    is_loaded = find(library, "sqlite3_open_v2", &sqlite.open)
        && find(library, "sqlite3_close_v2", &sqlite.close)
        && find(library, "sqlite3_busy_timeout", &sqlite.busy_timeout)
        && find(library, "sqlite3_limit", &sqlite.limit)
        && find(library, "sqlite3_progress_handler", &sqlite.progress_handler)
        && find(library, "sqlite3_exec", &sqlite.exec)
        && find(library, "sqlite3_last_insert_rowid", &sqlite.last_insert_rowid)
        && find(library, "sqlite3_prepare_v2", &sqlite.prepare)
        && find(library, "sqlite3_step", &sqlite.step)
        && find(library, "sqlite3_reset", &sqlite.reset)
        && find(library, "sqlite3_finalize", &sqlite.finalize)
        && find(library, "sqlite3_bind_null", &sqlite.bind_null)
        && find(library, "sqlite3_bind_int64", &sqlite.bind_int64)
        && find(library, "sqlite3_bind_text", &sqlite.bind_text)
        && find(library, "sqlite3_bind_blob", &sqlite.bind_blob)
        && find(library, "sqlite3_column_type", &sqlite.column_type)
        && find(library, "sqlite3_column_int64", &sqlite.column_int64)
        && find(library, "sqlite3_column_double", &sqlite.column_double)
        && find(library, "sqlite3_column_blob", &sqlite.column_blob)
        && find(library, "sqlite3_column_bytes", &sqlite.column_bytes);
}

bool joule_sqlite_load(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load);
    return is_loaded;
}

int joule_sqlite_open(const char *path, bool creates, joule_sqlite **database) {
    int flags = OPEN_READWRITE | OPEN_FULLMUTEX | OPEN_NOFOLLOW | (creates ? OPEN_CREATE : 0);
    return sqlite.open(path, (void **)database, flags, NULL);
}

int joule_sqlite_open_to_read(const char *uri, joule_sqlite **database) {
    int flags = OPEN_READONLY | OPEN_URI | OPEN_FULLMUTEX | OPEN_NOFOLLOW;
    return sqlite.open(uri, (void **)database, flags, NULL);
}

void joule_sqlite_close(joule_sqlite *database) { sqlite.close(database); }

void joule_sqlite_busy_timeout(joule_sqlite *database, int milliseconds) {
    sqlite.busy_timeout(database, milliseconds);
}

static int count_down(void *left) { return --*(int64_t *)left < 0; }

void joule_sqlite_bound(joule_sqlite *database, int value_size_max, int64_t *thousands_left) {
    sqlite.limit(database, LIMIT_LENGTH, value_size_max);
    sqlite.progress_handler(database, STEPS_AT_ONCE, count_down, thousands_left);
}

int joule_sqlite_exec(joule_sqlite *database, const char *text) {
    return sqlite.exec(database, text, NULL, NULL, NULL);
}

int64_t joule_sqlite_last_insert_rowid(joule_sqlite *database) {
    return sqlite.last_insert_rowid(database);
}

int joule_statement_prepare(joule_sqlite *database, const char *text, joule_statement **statement) {
    return sqlite.prepare(database, text, -1, (void **)statement, NULL);
}

int joule_statement_step(joule_statement *statement) { return sqlite.step(statement); }

void joule_statement_reset(joule_statement *statement) { sqlite.reset(statement); }

void joule_statement_finalize(joule_statement *statement) { sqlite.finalize(statement); }

int joule_statement_bind_null(joule_statement *statement, int place) {
    return sqlite.bind_null(statement, place);
}

int joule_statement_bind_integer(joule_statement *statement, int place, int64_t value) {
    return sqlite.bind_int64(statement, place, value);
}

// SQLITE_TRANSIENT: SQLite makes a copy.
static void *const copied = (void *)(intptr_t)-1;

int joule_statement_bind_text(joule_statement *statement, int place, const char *text, int size) {
    return sqlite.bind_text(statement, place, text, size, copied);
}

int joule_statement_bind_blob(joule_statement *statement, int place, const void *bytes, int size) {
    return sqlite.bind_blob(statement, place, bytes, size, copied);
}

bool joule_statement_is_null(joule_statement *statement, int column) {
    return sqlite.column_type(statement, column) == TYPE_NULL;
}

bool joule_statement_is_integer(joule_statement *statement, int column) {
    return sqlite.column_type(statement, column) == TYPE_INTEGER;
}

bool joule_statement_is_number(joule_statement *statement, int column) {
    int type = sqlite.column_type(statement, column);
    return type == TYPE_INTEGER || type == TYPE_FLOAT;
}

double joule_statement_double(joule_statement *statement, int column) {
    return sqlite.column_double(statement, column);
}

int64_t joule_statement_integer(joule_statement *statement, int column) {
    return sqlite.column_int64(statement, column);
}

const uint8_t *joule_statement_bytes(joule_statement *statement, int column, int *size) {
    const uint8_t *bytes = sqlite.column_blob(statement, column);
    *size = sqlite.column_bytes(statement, column);
    return bytes;
}
