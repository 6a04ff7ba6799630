#include "native.h"

#include <stdlib.h>

typedef joulebook_status (*Query)(const char *, const char *, char **, char **);

/* (status, JSON text, error text) of one of the reading functions. */
static PyObject *ask(Query query, PyObject *arguments) {
    const char *subject = NULL;
    const char *options = NULL;
    if (!PyArg_ParseTuple(arguments, "sz", &subject, &options)) return NULL;
    joulebook_status status;
    char *json = NULL;
    char *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    status = query(subject, options, &json, &error);
    Py_END_ALLOW_THREADS
    return reply(status, json, error);
}

static joulebook_status check_query(
    const char *question, const char *options, char **json, char **error) {
    (void)options;
    return joulebook_check(question, json, error);
}

static PyObject *native_check(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(check_query, arguments);
}

static joulebook_status sweep_query(
    const char *question, const char *options, char **json, char **error) {
    (void)options;
    return joulebook_sweep(question, json, error);
}

static PyObject *native_sweep(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(sweep_query, arguments);
}

static joulebook_status forecast_query(
    const char *question, const char *options, char **json, char **error) {
    (void)options;
    return joulebook_forecast(question, json, error);
}

static PyObject *native_forecast(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(forecast_query, arguments);
}

static PyObject *native_show(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(joulebook_show, arguments);
}

static PyObject *native_audit(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(joulebook_audit, arguments);
}

static PyObject *native_lifecycle(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(joulebook_lifecycle, arguments);
}

static PyObject *native_plan(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(joulebook_plan, arguments);
}

static PyObject *native_shares(PyObject *module, PyObject *arguments) {
    (void)module;
    return ask(joulebook_shares, arguments);
}

/* (status, (bytes, runs), error text) of what there is to know of the runs of a share. */
static PyObject *native_facts(PyObject *module, PyObject *arguments) {
    (void)module;
    const char *share = NULL;
    const char *options = NULL;
    if (!PyArg_ParseTuple(arguments, "ss", &share, &options)) return NULL;
    joulebook_status status;
    char *bytes = NULL;
    size_t size = 0;
    size_t runs = 0;
    char *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_facts(share, options, &bytes, &size, &runs, &error);
    Py_END_ALLOW_THREADS
    PyObject *result = Py_BuildValue(
        "i(y#n)s", (int)status, bytes, (Py_ssize_t)size, (Py_ssize_t)runs, error);
    joulebook_string_free(bytes);
    joulebook_string_free(error);
    return result;
}

/* The command: a list of bytes in, an exit status out. */
static PyObject *native_command(PyObject *module, PyObject *list) {
    (void)module;
    Py_ssize_t count = PyList_Check(list) ? PyList_Size(list) : -1;
    if (count < 0 || count > 1000000) {
        PyErr_SetString(PyExc_TypeError, "expected a list of bytes");
        return NULL;
    }
    const char **texts = calloc((size_t)count + 1, sizeof *texts);
    if (texts == NULL) return PyErr_NoMemory();
    for (Py_ssize_t index = 0; index < count; index++) {
        texts[index] = PyBytes_AsString(PyList_GetItem(list, index));
        if (texts[index] == NULL) {
            free(texts);
            return NULL;
        }
    }
    int32_t status;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_command((int32_t)count, texts);
    Py_END_ALLOW_THREADS
    free(texts);
    return PyLong_FromLong(status);
}

static PyMethodDef functions[] = {
    {"check", native_check, METH_VARARGS, NULL},
    {"sweep", native_sweep, METH_VARARGS, NULL},
    {"forecast", native_forecast, METH_VARARGS, NULL},
    {"show", native_show, METH_VARARGS, NULL},
    {"audit", native_audit, METH_VARARGS, NULL},
    {"lifecycle", native_lifecycle, METH_VARARGS, NULL},
    {"stream", native_stream, METH_VARARGS, NULL},
    {"schema", native_schema, METH_VARARGS, NULL},
    {"plan", native_plan, METH_VARARGS, NULL},
    {"shares", native_shares, METH_VARARGS, NULL},
    {"facts", native_facts, METH_VARARGS, NULL},
    {"command", native_command, METH_O, NULL},
    {"make_epochs", native_make_epochs, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

/* Initialised in one phase: the types are shared, so isolated sub-interpreters must refuse it. */
static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "joulebook._native",
    .m_size = -1,
    .m_methods = functions,
};

static int fill(PyObject *module) {
    PyObject *run = make_run_type();
    PyObject *epoch = run == NULL ? NULL : make_epoch_type();
    PyObject *phase = epoch == NULL ? NULL : make_phase_type();
    if (phase == NULL || intern_names() < 0) return -1;
    if (PyModule_AddObjectRef(module, "Run", run) < 0) return -1;
    if (PyModule_AddObjectRef(module, "Epoch", epoch) < 0) return -1;
    if (PyModule_AddObjectRef(module, "Phase", phase) < 0) return -1;
    return PyModule_AddStringConstant(module, "version", joulebook_version());
}

PyMODINIT_FUNC PyInit__native(void) {
    PyObject *module = PyModule_Create(&definition);
    if (module == NULL) return NULL;
    if (fill(module) == 0) return module;
    Py_DECREF(module);
    return NULL;
}
