#include "native.h"

#include <string.h>

PyTypeObject *run_type;

PyObject *answer(joulebook_status status, char *text) {
    PyObject *message = NULL;
    if (text == NULL) {
        message = Py_NewRef(Py_None);
    } else {
        message = PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
        joulebook_string_free(text);
    }
    return message == NULL ? NULL : Py_BuildValue("iN", (int)status, message);
}

PyObject *reply(joulebook_status status, char *json, char *error) {
    PyObject *result = Py_BuildValue("iss", (int)status, json, error);
    joulebook_string_free(json);
    joulebook_string_free(error);
    return result;
}

static PyObject *run_new(PyTypeObject *type, PyObject *arguments, PyObject *keywords) {
    (void)arguments;
    (void)keywords;
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    RunObject *run = (RunObject *)allocate(type, 0);
    if (run == NULL) return NULL;
    run->metrics[JOULEBOOK_EPOCHS] = PyDict_New();
    run->metrics[JOULEBOOK_STEPS] = PyDict_New();
    if (run->metrics[JOULEBOOK_EPOCHS] == NULL || run->metrics[JOULEBOOK_STEPS] == NULL) {
        Py_DECREF(run);
        return NULL;
    }
    return (PyObject *)run;
}

static int run_traverse(RunObject *run, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(run));
    Py_VISIT(run->metrics[JOULEBOOK_EPOCHS]);
    Py_VISIT(run->metrics[JOULEBOOK_STEPS]);
    Py_VISIT(run->known_names);
    return 0;
}

static void run_dealloc(RunObject *run) {
    PyTypeObject *type = Py_TYPE(run);
    PyObject_GC_UnTrack(run);
    joulebook_run_free(run->handle);
    Py_CLEAR(run->metrics[JOULEBOOK_EPOCHS]);
    Py_CLEAR(run->metrics[JOULEBOOK_STEPS]);
    Py_CLEAR(run->known_names);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(run);
    Py_DECREF(type);
}

/* A callable to ask, and the interpreter's state while the library works. */
typedef struct {
    PyObject *callable;
    PyThreadState *state;
} Asking;

/* What the callable raises stays set, and the run does not start. */
static int32_t ask(const char *report, void *context) {
    Asking *asking = context;
    PyEval_RestoreThread(asking->state);
    PyObject *answer = PyObject_CallFunction(asking->callable, "s", report);
    int32_t may_go_on = answer == Py_True;
    Py_XDECREF(answer);
    asking->state = PyEval_SaveThread();
    return may_go_on;
}

static PyObject *run_start(RunObject *run, PyObject *arguments) {
    const char *text = NULL;
    Asking asking = {NULL, NULL};
    if (!PyArg_ParseTuple(arguments, "sO", &text, &asking.callable)) return NULL;
    if (run->handle != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the run was already started");
        return NULL;
    }
    joulebook_status status;
    joulebook_run *handle = NULL;
    char *json = NULL;
    char *error = NULL;
    joulebook_ask asked = asking.callable == Py_None ? NULL : ask;
    asking.state = PyEval_SaveThread();
    status = joulebook_run_start_asking(text, asked, &asking, &handle, &json, &error);
    PyEval_RestoreThread(asking.state);
    run->handle = handle;
    if (PyErr_Occurred() != NULL) {
        joulebook_string_free(json);
        joulebook_string_free(error);
        return NULL;
    }
    return reply(status, json, error);
}

/* The step of a call: as given, or the one after the last. 0, or -1 for an interrupt. */
static int take_step(RunObject *run, PyObject *given, int64_t *step) {
    *step = run->next_step;
    if (given != NULL && given != Py_None) {
        long long number = PyLong_AsLongLong(given);
        if (number == -1 && PyErr_Occurred() != NULL) {
            if (swallow_error() < 0) return -1;
            /* A whole number of another kind, such as 3.0. */
            double real = PyFloat_AsDouble(given);
            int is_number = !(real == -1.0 && PyErr_Occurred() != NULL);
            if (!is_number && swallow_error() < 0) return -1;
            if (is_number && real >= -9007199254740992.0 && real <= 9007199254740992.0
                && real == (double)(long long)real) {
                number = (long long)real;
            } else {
                if (run_complain(run, "step", Py_None, given) < 0) return -1;
                number = *step;
            }
        }
        *step = number;
    }
    run->next_step = *step == INT64_MAX ? INT64_MAX : *step + 1;
    return 0;
}

static PyObject *run_log(
    RunObject *run, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
    if (run->is_finished && !run->is_silent) return late(run);
    if (run->is_silent || run->handle == NULL) Py_RETURN_NONE;
    Cells cells;
    int64_t step = 0;
    int result = cells_collect(&cells, run, JOULEBOOK_STEPS, arguments, count, names);
    if (result == 0 && cells.count > 0) {
        result = take_step(run, cells.step, &step);
        if (result == 0 && run->is_waiting) {
            Py_BEGIN_ALLOW_THREADS
            (void)joulebook_step(run->handle, step, cells.metrics, cells.values, cells.count);
            Py_END_ALLOW_THREADS
        } else if (result == 0) {
            (void)joulebook_step(run->handle, step, cells.metrics, cells.values, cells.count);
        }
    }
    cells_release(&cells);
    if (result < 0) return NULL;
    Py_RETURN_NONE;
}

static PyObject *run_epoch(
    RunObject *run, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
    Py_ssize_t named = names == NULL ? 0 : PyTuple_Size(names);
    if (count + named != 1
        || (named == 1
            && PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), "number") != 0)) {
        PyErr_SetString(PyExc_TypeError, "epoch() takes one argument, the number of the epoch");
        return NULL;
    }
    return epoch_begin(run, arguments[0]);
}

static PyObject *run_silence(RunObject *run, PyObject *unused) {
    (void)unused;
    run->is_silent = 1;
    Py_RETURN_NONE;
}

/* In a forked child, whose calls are as those behind the end: told once. */
static PyObject *run_disown(RunObject *run, PyObject *unused) {
    (void)unused;
    run->is_finished = 1;
    Py_RETURN_NONE;
}

/* Of a forked child as well, which costs no call of the system. */
static PyObject *run_has_ended(RunObject *run, PyObject *unused) {
    (void)unused;
    return PyBool_FromLong(run->is_finished);
}

static PyObject *run_wait(RunObject *run, PyObject *every_row) {
    run->is_waiting = every_row == Py_True;
    run->epochs_wait = 1;
    Py_RETURN_NONE;
}

static PyObject *run_facts(RunObject *run, PyObject *unused) {
    (void)unused;
    char *json = NULL;
    joulebook_status status = joulebook_run_facts(run->handle, &json);
    return answer(status, json);
}

static PyObject *run_summary(RunObject *run, PyObject *unused) {
    (void)unused;
    char *json = NULL;
    joulebook_status status = joulebook_run_summary(run->handle, &json);
    return answer(status, json);
}

static PyObject *run_tag(RunObject *run, PyObject *name) {
    const char *text = PyUnicode_AsUTF8AndSize(name, NULL);
    if (text == NULL) return NULL;
    return PyLong_FromLong(joulebook_run_tag(run->handle, text));
}

static PyObject *run_note(RunObject *run, PyObject *note) {
    const char *text = PyUnicode_AsUTF8AndSize(note, NULL);
    if (text == NULL) return NULL;
    return PyLong_FromLong(joulebook_run_note(run->handle, text));
}

static PyObject *run_program(RunObject *run, PyObject *facts) {
    const char *text = PyUnicode_AsUTF8AndSize(facts, NULL);
    if (text == NULL) return NULL;
    return PyLong_FromLong(joulebook_run_program(run->handle, text));
}

static PyObject *run_stop(RunObject *run, PyObject *unused) {
    (void)unused;
    joulebook_status status;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_run_stop(run->handle);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(status);
}

static PyObject *run_attach(RunObject *run, PyObject *arguments) {
    const char *name = NULL;
    const char *media_type = NULL;
    PyObject *content = NULL;
    char *bytes = NULL;
    Py_ssize_t size = 0;
    if (!PyArg_ParseTuple(arguments, "szO", &name, &media_type, &content)) return NULL;
    if (PyBytes_AsStringAndSize(content, &bytes, &size) < 0) return NULL;
    joulebook_status status;
    /* The tuple of arguments keeps the bytes, which nobody changes. */
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_run_attach(run->handle, name, media_type, bytes, (size_t)size);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(status);
}

static PyObject *run_attach_file(RunObject *run, PyObject *arguments) {
    const char *path = NULL;
    const char *name = NULL;
    const char *media_type = NULL;
    if (!PyArg_ParseTuple(arguments, "szz", &path, &name, &media_type)) return NULL;
    joulebook_status status;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_run_attach_file(run->handle, path, name, media_type);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(status);
}

static PyObject *run_parent(RunObject *run, PyObject *arguments) {
    const char *run_id = NULL;
    const char *relation = NULL;
    if (!PyArg_ParseTuple(arguments, "ss", &run_id, &relation)) return NULL;
    return PyLong_FromLong(joulebook_run_parent(run->handle, run_id, relation));
}

static PyObject *run_plan(RunObject *run, PyObject *arguments) {
    long long first = 0;
    long long last = 0;
    if (!PyArg_ParseTuple(arguments, "LL", &first, &last)) return NULL;
    return PyLong_FromLong(joulebook_run_plan(run->handle, first, last));
}

static PyObject *run_forecast(RunObject *run, PyObject *options) {
    const char *text = PyUnicode_AsUTF8AndSize(options, NULL);
    if (text == NULL) return NULL;
    char *json = NULL;
    char *error = NULL;
    joulebook_status status = joulebook_run_forecast(run->handle, text, &json, &error);
    return reply(status, json, error);
}

static PyObject *run_budget(RunObject *run, PyObject *budget) {
    const char *text = PyUnicode_AsUTF8AndSize(budget, NULL);
    if (text == NULL) return NULL;
    char *error = NULL;
    joulebook_status status = joulebook_run_budget(run->handle, text, &error);
    if (status == JOULEBOOK_OK) run->has_budget = 1;
    return answer(status, error);
}

static PyObject *run_review_budget(RunObject *run, PyObject *unused) {
    (void)unused;
    char *json = NULL;
    joulebook_status status = joulebook_run_review_budget(run->handle, &json);
    return answer(status, json);
}

static PyObject *run_finish(RunObject *run, PyObject *arguments) {
    const char *ending = NULL;
    const char *metrics = NULL;
    if (!PyArg_ParseTuple(arguments, "zz", &ending, &metrics)) return NULL;
    joulebook_status status;
    char *error = NULL;
    run->is_finished = 1;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_run_finish(run->handle, ending, metrics, &error);
    Py_END_ALLOW_THREADS
    return answer(status, error);
}

static PyMethodDef methods[] = {
    {"log", (PyCFunction)(void (*)(void))run_log, METH_FASTCALL | METH_KEYWORDS,
     "log(metrics={}, /, *, step=None, **metrics): keeps the metrics of one step, as a row at once.\n\n"
     "Never waits, unless durability is \"every\": rows that come faster than the disk takes them fill\n"
     "a buffer, and what comes then is dropped and counted in run.warnings."},
    {"epoch", (PyCFunction)(void (*)(void))run_epoch, METH_FASTCALL | METH_KEYWORDS,
     "epoch(number): begins one epoch; a context manager, or ended with `end`.\n\n"
     "One that is still open when the run ends is closed and kept with what was logged to it;\n"
     "without any metric it is left out, and `warnings` says so."},
    {"_start", (PyCFunction)run_start, METH_VARARGS, NULL},
    {"_silence", (PyCFunction)run_silence, METH_NOARGS, NULL},
    {"_disown", (PyCFunction)run_disown, METH_NOARGS, NULL},
    {"_has_ended", (PyCFunction)run_has_ended, METH_NOARGS, NULL},
    {"_wait", (PyCFunction)run_wait, METH_O, NULL},
    {"_facts", (PyCFunction)run_facts, METH_NOARGS, NULL},
    {"_summary", (PyCFunction)run_summary, METH_NOARGS, NULL},
    {"_tag", (PyCFunction)run_tag, METH_O, NULL},
    {"_note", (PyCFunction)run_note, METH_O, NULL},
    {"_program", (PyCFunction)run_program, METH_O, NULL},
    {"_stop", (PyCFunction)run_stop, METH_NOARGS, NULL},
    {"_attach", (PyCFunction)run_attach, METH_VARARGS, NULL},
    {"_attach_file", (PyCFunction)run_attach_file, METH_VARARGS, NULL},
    {"_parent", (PyCFunction)run_parent, METH_VARARGS, NULL},
    {"_plan", (PyCFunction)run_plan, METH_VARARGS, NULL},
    {"_forecast", (PyCFunction)run_forecast, METH_O, NULL},
    {"_budget", (PyCFunction)run_budget, METH_O, NULL},
    {"_review_budget", (PyCFunction)run_review_budget, METH_NOARGS, NULL},
    {"_finish", (PyCFunction)run_finish, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, (void *)run_new},
    {Py_tp_dealloc, (void *)run_dealloc},
    {Py_tp_traverse, (void *)run_traverse},
    {Py_tp_methods, methods},
    {0, NULL},
};

static PyType_Spec spec = {
    .name = "joulebook._native.Run",
    .basicsize = sizeof(RunObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = slots,
};

PyObject *make_run_type(void) {
    PyObject *type = PyType_FromSpec(&spec);
    run_type = (PyTypeObject *)type;
    return type;
}
