#include "native.h"

#include <structmember.h>

PyTypeObject *epoch_type;
/* The class that the package makes of it, and what makes room for one. */
static PyTypeObject *epoch_class;
static allocfunc allocate_epoch;
static PyTypeObject *phase_type;

static int epoch_traverse(EpochObject *epoch, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(epoch));
    Py_VISIT(epoch->run);
    Py_VISIT(epoch->number);
    return 0;
}

static int epoch_clear(EpochObject *epoch) {
    Py_CLEAR(epoch->run);
    Py_CLEAR(epoch->number);
    return 0;
}

static void epoch_dealloc(EpochObject *epoch) {
    PyTypeObject *type = Py_TYPE(epoch);
    PyObject_GC_UnTrack(epoch);
    joulebook_epoch_free(epoch->handle);
    Py_CLEAR(epoch->run);
    Py_CLEAR(epoch->number);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(epoch);
    Py_DECREF(type);
}

PyObject *native_make_epochs(PyObject *module, PyObject *class) {
    (void)module;
    if (!PyType_Check(class) || !PyType_IsSubtype((PyTypeObject *)class, epoch_type)) {
        PyErr_SetString(PyExc_TypeError, "epochs are made of a subclass of native.Epoch");
        return NULL;
    }
    Py_XDECREF(epoch_class);
    epoch_class = (PyTypeObject *)Py_NewRef(class);
    allocate_epoch = (allocfunc)PyType_GetSlot(epoch_class, Py_tp_alloc);
    Py_RETURN_NONE;
}

/* 0, or -1 with the exception of what is no whole number of 64 bits. */
static int begin(EpochObject *epoch) {
    PyObject *whole = PyNumber_Long(epoch->number);
    if (whole == NULL) return -1;
    long long number = PyLong_AsLongLong(whole);
    Py_DECREF(whole);
    if (number == -1 && PyErr_Occurred() != NULL) return -1;
    epoch->handle = joulebook_epoch_begin(epoch->run->handle, number);
    return 0;
}

PyObject *epoch_begin(RunObject *run, PyObject *number) {
    if (epoch_class == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "import joulebook first, which says what epochs are");
        return NULL;
    }
    EpochObject *epoch = (EpochObject *)allocate_epoch(epoch_class, 0);
    if (epoch == NULL) return NULL;
    epoch->run = (RunObject *)Py_NewRef(run);
    epoch->number = Py_NewRef(number);
    if (!run->is_finished) {
        if (begin(epoch) == 0) return (PyObject *)epoch;
    } else {
        /* Says that what comes now is not kept. */
        PyObject *taking = PyObject_CallMethod((PyObject *)run, "_is_taking", NULL);
        Py_XDECREF(taking);
        if (taking != NULL) return (PyObject *)epoch;
    }
    Py_DECREF(epoch);
    return NULL;
}

static PyObject *epoch_log(
    EpochObject *epoch, PyObject *const *arguments, Py_ssize_t count, PyObject *names) {
    /* Without a run while a cycle that it was in is taken apart. */
    if (epoch->handle == NULL || epoch->run == NULL || epoch->run->is_silent) Py_RETURN_NONE;
    if (epoch->is_ended || epoch->run->is_finished) return late(epoch->run);
    Cells cells;
    RunObject *run = epoch->run;
    int result = cells_collect(&cells, run, JOULEBOOK_EPOCHS, arguments, count, names);
    if (result == 0 && cells.count > 0) {
        (void)joulebook_epoch_log(epoch->handle, cells.metrics, cells.values, cells.count);
    }
    cells_release(&cells);
    if (result < 0) return NULL;
    Py_RETURN_NONE;
}

/* What of the package looks at news: of a budget, each time, or of a replay, once; NULL without news. */
static const char *reviewer(RunObject *run) {
    if (run->knows_replay || !joulebook_run_is_replay(run->handle)) {
        return run->has_budget ? "_review" : NULL;
    }
    run->knows_replay = 1;
    return "_review_replay";
}

/* Ends the epoch, and has the package look at news, where `reviews` says so. NULL when that raises. */
static PyObject *finish_epoch(EpochObject *epoch, int reviews) {
    RunObject *run = epoch->run;
    epoch->is_ended = 1;
    if (epoch->handle == NULL || run == NULL) Py_RETURN_NONE;
    if (run->epochs_wait) {
        Py_BEGIN_ALLOW_THREADS
        (void)joulebook_epoch_end(epoch->handle);
        Py_END_ALLOW_THREADS
    } else {
        (void)joulebook_epoch_end(epoch->handle);
    }
    const char *review = reviews ? reviewer(run) : NULL;
    if (review == NULL) Py_RETURN_NONE;
    return PyObject_CallMethod((PyObject *)epoch, review, NULL);
}

static PyObject *epoch_end(EpochObject *epoch, PyObject *unused) {
    (void)unused;
    return finish_epoch(epoch, 1);
}

static PyObject *epoch_enter(PyObject *epoch, PyObject *unused) {
    (void)unused;
    return Py_NewRef(epoch);
}

/*
 * An error that is under way is worth more than what a callable may raise. A loop that was left
 * does not tell whether by one; Run.finish asks again.
 */
static PyObject *epoch_exit(EpochObject *epoch, PyObject *const *arguments, Py_ssize_t count) {
    if (count != 3) {
        PyErr_SetString(PyExc_TypeError, "__exit__ takes an error's type, the error, its traceback");
        return NULL;
    }
    return finish_epoch(epoch, arguments[0] == Py_None);
}

static PyMethodDef epoch_methods[] = {
    {"log", (PyCFunction)(void (*)(void))epoch_log, METH_FASTCALL | METH_KEYWORDS,
     "log(metrics={}, /, **metrics): adds metrics to the epoch, kept when it ends.\n\n"
     "The epoch's row is made when the epoch ends, whatever the durability: until then what was logged\n"
     "here is lost with the process. What must not be, log with run.log, which makes a row at once."},
    {"end", (PyCFunction)epoch_end, METH_NOARGS,
     "Ends the epoch and keeps it with all that was logged; the second call does nothing."},
    {"__enter__", (PyCFunction)epoch_enter, METH_NOARGS, NULL},
    {"__exit__", (PyCFunction)(void (*)(void))epoch_exit, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMemberDef epoch_members[] = {
    {"number", T_OBJECT_EX, offsetof(EpochObject, number), 0, "As the program counts."},
    {"_run", T_OBJECT_EX, offsetof(EpochObject, run), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot epoch_slots[] = {
    {Py_tp_dealloc, (void *)epoch_dealloc},
    {Py_tp_traverse, (void *)epoch_traverse},
    {Py_tp_clear, (void *)epoch_clear},
    {Py_tp_methods, epoch_methods},
    {Py_tp_members, epoch_members},
    {0, NULL},
};

static PyType_Spec epoch_spec = {
    .name = "joulebook._native.Epoch",
    .basicsize = sizeof(EpochObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = epoch_slots,
};

PyObject *make_epoch_type(void) {
    PyObject *type = PyType_FromSpec(&epoch_spec);
    epoch_type = (PyTypeObject *)type;
    return type;
}

static void phase_dealloc(PhaseObject *phase) {
    PyTypeObject *type = Py_TYPE(phase);
    joulebook_phase_free(phase->handle);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(phase);
    Py_DECREF(type);
}

static PyObject *phase_begin(PhaseObject *phase, PyObject *arguments) {
    PyObject *owner = NULL;
    const char *name = NULL;
    if (!PyArg_ParseTuple(arguments, "Os", &owner, &name)) return NULL;
    if (phase->handle != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the phase was already begun");
        return NULL;
    }
    if (PyObject_TypeCheck(owner, run_type)) {
        phase->handle = joulebook_run_phase(((RunObject *)owner)->handle, name);
    } else if (PyObject_TypeCheck(owner, epoch_type)) {
        phase->handle = joulebook_epoch_phase(((EpochObject *)owner)->handle, name);
    } else {
        PyErr_SetString(PyExc_TypeError, "a phase belongs to a run or an epoch");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *phase_begin_steps(PhaseObject *range, PyObject *arguments) {
    PyObject *owner = NULL;
    long long first = 0, last = 0;
    if (!PyArg_ParseTuple(arguments, "OLL", &owner, &first, &last)) return NULL;
    if (range->handle != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "the range was already begun");
        return NULL;
    }
    if (PyObject_TypeCheck(owner, run_type)) {
        range->handle = joulebook_run_steps(((RunObject *)owner)->handle, first, last);
    } else if (PyObject_TypeCheck(owner, epoch_type)) {
        range->handle = joulebook_epoch_steps(((EpochObject *)owner)->handle, first, last);
    } else if (PyObject_TypeCheck(owner, phase_type)) {
        range->handle = joulebook_phase_steps(((PhaseObject *)owner)->handle, first, last);
    } else {
        PyErr_SetString(PyExc_TypeError, "a range belongs to a run, an epoch or a phase");
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyObject *phase_end(PhaseObject *phase, PyObject *unused) {
    (void)unused;
    joulebook_status status;
    Py_BEGIN_ALLOW_THREADS
    status = joulebook_phase_end(phase->handle);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(status);
}

static PyMethodDef phase_methods[] = {
    {"_begin", (PyCFunction)phase_begin, METH_VARARGS, NULL},
    {"_begin_steps", (PyCFunction)phase_begin_steps, METH_VARARGS, NULL},
    {"_end", (PyCFunction)phase_end, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot phase_slots[] = {
    {Py_tp_dealloc, (void *)phase_dealloc},
    {Py_tp_methods, phase_methods},
    {0, NULL},
};

static PyType_Spec phase_spec = {
    .name = "joulebook._native.Phase",
    .basicsize = sizeof(PhaseObject),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = phase_slots,
};

PyObject *make_phase_type(void) {
    PyObject *type = PyType_FromSpec(&phase_spec);
    phase_type = (PyTypeObject *)type;
    return type;
}
