#include "native.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Tables as capsules of the Arrow PyCapsule interface. Consumers read on any thread, mostly without
 * the interpreter's lock, so what a stream could not read is said on the main thread a little later.
 */

/* A stream of the library that tells Python, once, what could not be read. */
typedef struct {
    struct ArrowArrayStream inner;
    int is_begun;
    int is_told;
} ToldStream;

/* Warns of what could not be read; takes `text` over. Runs on the main thread. */
static int warn(void *text) {
    PyObject *module = PyImport_ImportModule("joulebook._open");
    PyObject *result =
        module == NULL ? NULL : PyObject_CallMethod(module, "_warn", "s", (const char *)text);
    Py_XDECREF(module);
    free(text);
    if (result == NULL) return -1;
    Py_DECREF(result);
    return 0;
}

/* Tried once more at the release, since few calls may be pending at a time. */
static void tell(ToldStream *told) {
    if (told->is_told) return;
    const char *problems = told->inner.get_last_error(&told->inner);
    char *copy = problems == NULL ? NULL : strdup(problems);
    told->is_told = copy == NULL || Py_AddPendingCall(warn, copy) == 0;
    if (!told->is_told) free(copy);
}

static int told_schema(struct ArrowArrayStream *stream, struct ArrowSchema *schema) {
    ToldStream *told = stream->private_data;
    return told->inner.get_schema(&told->inner, schema);
}

static int told_next(struct ArrowArrayStream *stream, struct ArrowArray *array) {
    ToldStream *told = stream->private_data;
    told->is_begun = 1;
    int status = told->inner.get_next(&told->inner, array);
    /* An error is the consumer's to raise. */
    if (status != 0) told->is_told = 1;
    if (status == 0 && array->release == NULL) tell(told);
    return status;
}

static const char *told_error(struct ArrowArrayStream *stream) {
    ToldStream *told = stream->private_data;
    return told->inner.get_last_error(&told->inner);
}

static void told_release(struct ArrowArrayStream *stream) {
    ToldStream *told = stream->private_data;
    stream->release = NULL;
    stream->private_data = NULL;
    if (told->is_begun) tell(told);
    told->inner.release(&told->inner);
    free(told);
}

static void free_stream(PyObject *capsule) {
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream == NULL) return PyErr_WriteUnraisable(capsule);
    /* A consumer that took the stream has left NULL behind. */
    if (stream->release != NULL) stream->release(stream);
    free(stream);
}

static void free_schema(PyObject *capsule) {
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema == NULL) return PyErr_WriteUnraisable(capsule);
    if (schema->release != NULL) schema->release(schema);
    free(schema);
}

/* The stream of a table; NULL with an exception or, in `result`, with what to return instead. */
static ToldStream *open_table(PyObject *arguments, PyObject **result) {
    const char *path = NULL;
    const char *options = NULL;
    *result = NULL;
    if (!PyArg_ParseTuple(arguments, "ss", &path, &options)) return NULL;
    ToldStream *told = calloc(1, sizeof *told);
    if (told == NULL) return (ToldStream *)PyErr_NoMemory();
    joulebook_status status;
    char *error = NULL;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_export(path, options, &told->inner, &error);
    Py_END_ALLOW_THREADS
    if (status == JOULEBOOK_OK) return told;
    free(told);
    *result = Py_BuildValue("iOs", (int)status, Py_None, error);
    joulebook_string_free(error);
    return NULL;
}

PyObject *native_stream(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *result;
    ToldStream *told = open_table(arguments, &result);
    if (told == NULL) return result;
    struct ArrowArrayStream *stream = calloc(1, sizeof *stream);
    if (stream != NULL) {
        stream->get_schema = told_schema;
        stream->get_next = told_next;
        stream->get_last_error = told_error;
        stream->release = told_release;
        stream->private_data = told;
        PyObject *capsule = PyCapsule_New(stream, "arrow_array_stream", free_stream);
        if (capsule != NULL) return Py_BuildValue("iNs", JOULEBOOK_OK, capsule, NULL);
    }
    told->inner.release(&told->inner);
    free(told);
    if (stream == NULL) return PyErr_NoMemory();
    free(stream);
    return NULL;
}

PyObject *native_schema(PyObject *module, PyObject *arguments) {
    (void)module;
    PyObject *result;
    ToldStream *told = open_table(arguments, &result);
    if (told == NULL) return result;
    struct ArrowSchema *schema = calloc(1, sizeof *schema);
    PyObject *capsule = NULL;
    if (schema == NULL) {
        PyErr_NoMemory();
    } else if (told->inner.get_schema(&told->inner, schema) != 0) {
        PyErr_SetString(PyExc_OSError, "the table has no schema");
    } else {
        capsule = PyCapsule_New(schema, "arrow_schema", free_schema);
        if (capsule == NULL) schema->release(schema);
    }
    told->inner.release(&told->inner);
    free(told);
    if (capsule != NULL) return Py_BuildValue("iNs", JOULEBOOK_OK, capsule, NULL);
    free(schema);
    return NULL;
}
