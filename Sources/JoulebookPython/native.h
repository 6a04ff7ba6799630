/*
 * The CPython extension `joulebook._native`: the hot calls of the Python package, on the stable ABI
 * of Python 3.10. It translates values and decides nothing; the package holds the rules.
 */
#ifndef JOULEBOOK_NATIVE_H
#define JOULEBOOK_NATIVE_H

#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030A0000
#include <Python.h>

#include "joulebook.h"

/* Values of one log call on their way to the library. */
enum { CELLS_ON_STACK = 64 };

/* Keywords that calls of `log` name again and again: a call site has one tuple of them. */
enum { KNOWN_NAMES = 16, LESSONS_MAX = 64 };

typedef struct {
    PyObject_HEAD
    joulebook_run *handle;
    /* Name to metric, by table: dicts that grow to 4096 entries at the most. */
    PyObject *metrics[2];
    /* The tuple of the last log call, and its metrics: 0 for the step. NULL for none. */
    PyObject *known_names;
    Py_ssize_t known_count;
    /* How often they were learnt: where each call has another tuple, that is given up. */
    int lessons;
    joulebook_metric known[KNOWN_NAMES];
    /* The step of a log call that names none. */
    int64_t next_step;
    /* Nothing is kept any more, so nothing needs translating. */
    int is_silent;
    /* Rows, or only the ends of epochs, wait for the disk, and other threads go on meanwhile. */
    int is_waiting;
    int epochs_wait;
    /* The run has ended, so that what is logged now comes too late. */
    int is_finished;
    /* A budget is to be looked at when an epoch has ended. */
    int has_budget;
    /* The package was told that the run is a replay. */
    int knows_replay;
} RunObject;

typedef struct {
    PyObject_HEAD
    joulebook_epoch *handle; /* NULL when the run had ended before. */
    RunObject *run;
    PyObject *number;
    int is_ended;
} EpochObject;

typedef struct {
    PyObject_HEAD
    joulebook_phase *handle;
} PhaseObject;

typedef struct {
    joulebook_metric *metrics;
    double *values;
    size_t count;
    PyObject *step; /* NULL when the call names none. */
    joulebook_metric metrics_on_stack[CELLS_ON_STACK];
    double values_on_stack[CELLS_ON_STACK];
} Cells;

/*
 * Collects what `log` was called with: at most one mapping, then keywords. 0, or -1 with an
 * exception that a training loop must see, such as KeyboardInterrupt. Always followed by
 * cells_release.
 */
int cells_collect(
    Cells *cells, RunObject *run, joulebook_table table, PyObject *const *arguments,
    Py_ssize_t count, PyObject *names);
void cells_release(Cells *cells);

/*
 * Tells the Python side of something that was left out. It may warn; nothing that it raises
 * reaches the training loop but an interrupt or an exit. 0 or -1 as above.
 */
int run_complain(RunObject *run, const char *kind, PyObject *name, PyObject *value);

/* What a log call does that came after the end: None, or NULL as above. */
PyObject *late(RunObject *run);

/* Clears the exception that is set, unless a training loop must see it: then -1. */
int swallow_error(void);

/* A (status, text) pair; takes `text` over and frees it. */
PyObject *answer(joulebook_status status, char *text);

/* A (status, text, text) triple; takes both texts over and frees them. */
PyObject *reply(joulebook_status status, char *json, char *error);

/* (path, options): (status, capsule of a table's stream or of its schema, error text). */
PyObject *native_stream(PyObject *module, PyObject *arguments);
PyObject *native_schema(PyObject *module, PyObject *arguments);

/* Begins an epoch of that number. */
PyObject *epoch_begin(RunObject *run, PyObject *number);

/* (class): what epochs are made of from now on, a subclass of native.Epoch. */
PyObject *native_make_epochs(PyObject *module, PyObject *class);

/* The types; NULL with an exception set. */
PyObject *make_run_type(void);
PyObject *make_epoch_type(void);
PyObject *make_phase_type(void);
int intern_names(void);

extern PyTypeObject *run_type;
extern PyTypeObject *epoch_type;

#endif
