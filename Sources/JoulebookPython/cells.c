#include "native.h"

#include <stdlib.h>
#include <string.h>

static PyObject *step_name;

int intern_names(void) {
    step_name = PyUnicode_InternFromString("step");
    return step_name == NULL ? -1 : 0;
}

int swallow_error(void) {
    if (PyErr_Occurred() != NULL && !PyErr_ExceptionMatches(PyExc_Exception)) return -1;
    PyErr_Clear();
    return 0;
}

int run_complain(RunObject *run, const char *kind, PyObject *name, PyObject *value) {
    PyObject *result = PyObject_CallMethod((PyObject *)run, "_complain", "sOO", kind, name, value);
    if (result == NULL) return swallow_error();
    Py_DECREF(result);
    return 0;
}

PyObject *late(RunObject *run) {
    if (run_complain(run, "late", Py_None, Py_None) < 0) return NULL;
    Py_RETURN_NONE;
}

/* The metric of a name that is not in the dict yet; 0 with or without an exception for none. */
static joulebook_metric resolve(RunObject *run, joulebook_table table, PyObject *name) {
    Py_ssize_t size = 0;
    const char *text = PyUnicode_Check(name) ? PyUnicode_AsUTF8AndSize(name, &size) : NULL;
    joulebook_metric metric = 0;
    if (text != NULL) metric = joulebook_metric_named(run->handle, table, text, (size_t)size);
    if (PyErr_Occurred() != NULL && swallow_error() < 0) return 0;
    if (metric == 0) {
        (void)run_complain(run, "name", name, Py_None);
        return 0;
    }
    PyObject *number = PyLong_FromUnsignedLong(metric);
    if (number == NULL || PyDict_SetItem(run->metrics[table], name, number) < 0) PyErr_Clear();
    Py_XDECREF(number);
    return metric;
}

static int is_step(PyObject *name) {
    return name == step_name
        || (PyUnicode_Check(name) && PyUnicode_CompareWithASCIIString(name, "step") == 0);
}

static int add(
    Cells *cells, RunObject *run, joulebook_table table, PyObject *name, PyObject *value) {
    if (name == step_name && table == JOULEBOOK_STEPS) {
        cells->step = value;
        return 0;
    }
    joulebook_metric metric;
    PyObject *known = PyDict_GetItemWithError(run->metrics[table], name);
    if (known != NULL) {
        metric = (joulebook_metric)PyLong_AsUnsignedLong(known);
    } else {
        if (PyErr_Occurred() != NULL && swallow_error() < 0) return -1;
        if (table == JOULEBOOK_STEPS && is_step(name)) {
            cells->step = value;
            return 0;
        }
        metric = resolve(run, table, name);
        if (metric == 0) return PyErr_Occurred() == NULL ? 0 : -1;
    }
    double number = PyFloat_AsDouble(value);
    if (number == -1.0 && PyErr_Occurred() != NULL) {
        if (swallow_error() < 0) return -1;
        return run_complain(run, "value", name, value);
    }
    cells->metrics[cells->count] = metric;
    cells->values[cells->count] = number;
    cells->count += 1;
    return 0;
}

static int reserve(Cells *cells, Py_ssize_t count) {
    cells->metrics = cells->metrics_on_stack;
    cells->values = cells->values_on_stack;
    if (count <= CELLS_ON_STACK) return 0;
    cells->metrics = calloc((size_t)count, sizeof *cells->metrics);
    cells->values = calloc((size_t)count, sizeof *cells->values);
    return cells->metrics == NULL || cells->values == NULL ? -1 : 0;
}

/* A dict of its own: converting a value may run code that changes the caller's mapping. */
static PyObject *copy_of(PyObject *mapping) {
    PyObject *copy = PyDict_New();
    if (copy == NULL || PyDict_Update(copy, mapping) == 0) return copy;
    Py_DECREF(copy);
    return NULL;
}

static int add_mapping(Cells *cells, RunObject *run, joulebook_table table, PyObject *mapping) {
    Py_ssize_t place = 0;
    PyObject *name;
    PyObject *value;
    while (PyDict_Next(mapping, &place, &name, &value)) {
        if (add(cells, run, table, name, value) < 0) return -1;
    }
    return 0;
}

/* Of keywords that are known and numbers that are floats, which runs no code. 0 where they are not. */
static int collect_known(Cells *cells, RunObject *run, PyObject *const *values) {
    size_t found = 0;
    for (Py_ssize_t index = 0; index < run->known_count; index++) {
        joulebook_metric metric = run->known[index];
        if (metric == 0) {
            cells->step = values[index];
        } else if (PyFloat_CheckExact(values[index])) {
            cells->metrics[found] = metric;
            cells->values[found] = PyFloat_AsDouble(values[index]);
            found += 1;
        } else {
            cells->step = NULL;
            return 0;
        }
    }
    cells->count = found;
    Py_XINCREF(cells->step);
    return 1;
}

/* Takes note of keywords whose metrics are all in the dict. */
static void learn(RunObject *run, PyObject *names) {
    run->lessons += 1;
    Py_CLEAR(run->known_names);
    Py_ssize_t count = PyTuple_Size(names);
    if (count > KNOWN_NAMES) return;
    joulebook_metric known[KNOWN_NAMES] = {0};
    for (Py_ssize_t index = 0; index < count; index++) {
        PyObject *name = PyTuple_GetItem(names, index);
        /* A name of a class of its own may run code when it is looked up, and call this again. */
        if (!PyUnicode_CheckExact(name)) return;
        PyObject *number =
            name == step_name ? NULL : PyDict_GetItemWithError(run->metrics[JOULEBOOK_STEPS], name);
        if (number == NULL && name != step_name) return PyErr_Clear();
        known[index] = number == NULL ? 0 : (joulebook_metric)PyLong_AsUnsignedLong(number);
    }
    memcpy(run->known, known, sizeof known);
    run->known_count = count;
    run->known_names = Py_NewRef(names);
}

int cells_collect(
    Cells *cells, RunObject *run, joulebook_table table, PyObject *const *arguments,
    Py_ssize_t count, PyObject *names) {
    cells->count = 0;
    cells->step = NULL;
    cells->metrics = cells->metrics_on_stack;
    cells->values = cells->values_on_stack;
    int of_steps = table == JOULEBOOK_STEPS && count == 0 && names != NULL;
    if (of_steps && names == run->known_names && collect_known(cells, run, arguments)) return 0;
    Py_ssize_t keywords = names == NULL ? 0 : PyTuple_Size(names);
    PyObject *mapping = NULL;
    if (count > 0) {
        mapping = copy_of(arguments[0]);
        if (mapping == NULL || count > 1) {
            PyObject *refused = arguments[mapping == NULL ? 0 : 1];
            if (swallow_error() < 0 || run_complain(run, "call", Py_None, refused) < 0) {
                Py_XDECREF(mapping);
                return -1;
            }
        }
    }
    int result = reserve(cells, keywords + (mapping == NULL ? 0 : PyDict_Size(mapping)));
    if (result < 0) {
        result = run_complain(run, "memory", Py_None, Py_None);
    } else {
        if (mapping != NULL) result = add_mapping(cells, run, table, mapping);
        for (Py_ssize_t index = 0; index < keywords && result == 0; index++) {
            PyObject *name = PyTuple_GetItem(names, index);
            result = add(cells, run, table, name, arguments[count + index]);
        }
    }
    /* A step that came in the mapping has to outlive it. */
    Py_XINCREF(cells->step);
    Py_XDECREF(mapping);
    int is_new = of_steps && names != run->known_names && run->lessons < LESSONS_MAX;
    if (is_new && result == 0) learn(run, names);
    return result;
}

void cells_release(Cells *cells) {
    if (cells->metrics != cells->metrics_on_stack) free(cells->metrics);
    if (cells->values != cells->values_on_stack) free(cells->values);
    Py_XDECREF(cells->step);
}
