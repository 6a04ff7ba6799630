/*
 * Joulebook: energy per training epoch, in a ledger that survives a crash.
 *
 * Rules that hold for every function:
 *   - Any pointer may be NULL; the call then does nothing and says so in its status.
 *   - No call ends the process, raises a signal, or changes signal handlers, locale, environment or
 *     working directory. There is no error state to read later: a call that can fail hands its
 *     message out through `error`.
 *   - Every text is UTF-8. A text that is handed out (`char **`) belongs to the caller, who returns
 *     it to joulebook_string_free. Pass NULL for one that is not wanted.
 *   - Calls on one handle may come from any thread. A handle must not be used after its free.
 *   - What is logged after the end of its epoch or run is not kept: said once, and counted in the
 *     run's warnings.
 *   - Between start and finish no call blocks on a disk, unless "durability" asks for it. In a child
 *     that was forked after joulebook_run_start the parent's handles accept every call and keep
 *     nothing, which is said once on standard error; a child may start a run of its own.
 */
#ifndef JOULEBOOK_H
#define JOULEBOOK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A run, an epoch of a run, and a named part of either. */
typedef struct joulebook_run joulebook_run;
typedef struct joulebook_epoch joulebook_epoch;
typedef struct joulebook_phase joulebook_phase;

typedef enum joulebook_status {
    JOULEBOOK_OK = 0,
    /* An argument is NULL, not UTF-8, not JSON, or not one of the values that it may be. */
    JOULEBOOK_INVALID = 1,
    /*
     * The run was already done or is running now, that is proven and the options say
     * "on_duplicate": "raise", or who was asked said no.
     */
    JOULEBOOK_DUPLICATE = 2,
    /* The run is closed, but something that was logged could not be kept. */
    JOULEBOOK_INCOMPLETE = 3,
    /* A ledger or a directory of ledgers cannot be read. */
    JOULEBOOK_UNREADABLE = 4
} joulebook_status;

/* A metric's name, resolved for one run and one table; 0 is none. */
typedef uint32_t joulebook_metric;

/* Epochs and steps name their metrics independently of each other. */
typedef enum joulebook_table {
    JOULEBOOK_EPOCHS = 0,
    JOULEBOOK_STEPS = 1
} joulebook_table;

/* The library's version, such as "0.1.0". Not to be freed. */
const char *joulebook_version(void);

/* Frees a text that another function handed out. */
void joulebook_string_free(char *text);

/* ---- Runs ------------------------------------------------------------------------------------- */

/*
 * Starts a run. `options` is a JSON object, every member of which is optional:
 *   "project"        text; default: $JOULEBOOK_PROJECT, else the directory of the program
 *   "config"         object, nested as you like; non-finite numbers as "NaN", "Infinity",
 *                    "-Infinity"
 *   "stage"          "training", "evaluation", ... (see Schemas/run-record.schema.json)
 *   "seed"           number or text; default: the configuration's "seed"
 *   "data"           {"name": text, "fingerprint": "sha256:...", "sampled": object that says how
 *                    much of the data the fingerprint is made of}
 *   "dir"            where ledgers go; default: $JOULEBOOK_DIR, else ./joulebook
 *   "run_id"         default: what the ranks of the job share, else random
 *   "sweep", "tags"  text and a list of texts to find the run by
 *   "entry", "argv"  the program and its arguments, when the process's own would mislead
 *   "code"           identity of the code where a file tree does not tell: "sha256:..."
 *   "closure"        identity of the files that the language has imported by now, for the search for
 *                    repetitions (Schemas/redundancy-keys.md, 11): "sha256:..."
 *   "env"            object of facts to record, such as versions of frameworks
 *   "region"         where the electricity is drawn: "FR", "US-CA", "aws:eu-west-1", or a place of
 *                    your own factor file, "name:place"; default: $JOULEBOOK_REGION
 *   "pue"            the building's power usage effectiveness, 1 to 3; default: $JOULEBOOK_PUE
 *   "interval_s"     seconds between two readings of every meter, 0.01 to 60; default: 1. Edges of
 *                    epochs are read besides
 *   "quiet"          true: nothing on standard error but that a run cannot be recorded; default:
 *                    $JOULEBOOK_QUIET
 *   "durability"     "ring" (default): kill -9 loses nothing, a power loss the last second;
 *                    "epoch": joulebook_epoch_end waits until the epoch is on disk; "every": so does
 *                    each call that logs a row; "none": nothing is synchronised, kill -9 loses up to
 *                    a minute; default: $JOULEBOOK_DURABILITY. Where there can be no ring file,
 *                    kill -9 loses the last second of what no call waited for, "ring" is told as
 *                    "none", and the run's warnings say why
 *   "on_duplicate"   of a run that was already done or is running now, and of one whose epochs turn
 *                    out to be those of an earlier run, bit for bit: "warn" (default) says so; "raise"
 *                    starts no run of which that is proven, and a replay says "should_stop" in
 *                    joulebook_run_review_budget; "ignore" does not look
 *   "proof"          what it takes that "raise" starts no such run: "config" (default), all that goes
 *                    into it is known and equal; "statistical", what one side does not state passes
 *                    for equal
 *   "packages"       list of the folders in which the language looks for its packages, whose names
 *                    and versions become the artifact packages.txt
 *   "capture"        object of true or false by "code", "arguments", "user", "environment",
 *                    "hardware", "energy", "diff", "packages", "closure"; what is absent is true
 * Secrets are redacted before anything is written.
 *
 * JOULEBOOK_OK: `*run` is a handle to be freed, even where nothing can be recorded: training goes
 * on, and joulebook_run_facts says why. JOULEBOOK_DUPLICATE: no file was made, and `*error` is the
 * evidence, one piece a line.
 */
joulebook_status joulebook_run_start(const char *options, joulebook_run **run, char **error);

/*
 * Decides whether a run starts that was already done or is running now: 0 and it does not.
 * `report` is what joulebook_check answers, and valid during the call; `context` is the caller's.
 */
typedef int32_t (*joulebook_ask)(const char *report, void *context);

/*
 * The same, and `ask`, unless it is NULL, decides in the place of "on_duplicate", where that is not
 * "ignore". It is called at most once, on this thread, before anything is written but the claim; what
 * is said of a replay is then printed by nobody: the program asks joulebook_run_is_replay, and decides.
 * For JOULEBOOK_DUPLICATE `*answer` is the evidence for programs, the JSON that joulebook_check gives
 * (Schemas/check.schema.json), else NULL.
 */
joulebook_status joulebook_run_start_asking(
    const char *options, joulebook_ask ask, void *context, joulebook_run **run, char **answer,
    char **error);

/*
 * 1 from the end of the epoch on with which the run turned out to be a replay of an earlier one of its
 * project: all its epochs so far have the same metrics, bit for bit, and say too much for a
 * coincidence. Else 0. Costs nothing that a loop would notice; joulebook_run_facts has the rest.
 */
int32_t joulebook_run_is_replay(joulebook_run *run);

/*
 * What is known of the run now, a JSON object: "run_id", "project", "path" (null: nothing is
 * kept), "rank", "durability" (what is in force), "recording", "closure" (whether it is asked which
 * files the language imported), "closed" (the run has ended and its ledger is whole on disk),
 * "warnings" (also what was lost, and why), "preflight" (null: nobody looked), and "replay" (null: it
 * is none so far; Schemas/replay.schema.json).
 */
joulebook_status joulebook_run_facts(joulebook_run *run, char **json);

/*
 * Epochs, energy and duration so far, a JSON object.
 */
joulebook_status joulebook_run_summary(joulebook_run *run, char **json);

/* Adds a word to find the run by. "verify" marks an intended repetition. */
joulebook_status joulebook_run_tag(joulebook_run *run, const char *name);

/* Adds a dated note of 1 to 65536 bytes; secrets in it are redacted. */
joulebook_status joulebook_run_note(joulebook_run *run, const char *text);

/*
 * Adds what a language found out about the program that it runs, a JSON object:
 *   "code"           object, whose members become members of the record's `code`: {"closure": ...}
 *   "config_unread"  list of paths of the configuration whose values the program did not read; the
 *                    record says so when the run ends "finished"
 */
joulebook_status joulebook_run_program(joulebook_run *run, const char *facts);

/*
 * Ends what the run measures, its open epochs among them, before joulebook_run_program is told what
 * takes time to find out; the run stays open, and joulebook_run_finish tells this moment as its end.
 */
joulebook_status joulebook_run_stop(joulebook_run *run);

/*
 * Keeps `size` bytes as an artifact of the run, as they are, under a name of 1 to 1024 bytes.
 * `media_type` may be NULL. Of artifacts with one name, files or bytes, that of the last call counts;
 * equal bytes are stored once.
 * The bytes are copied, and written in the background. What is larger than 64 MiB, or more than
 * that with all that is not on disk yet, is a warning of the run and counted among its losses.
 */
joulebook_status joulebook_run_attach(
    joulebook_run *run, const char *name, const char *media_type, const void *bytes, size_t size);

/*
 * Keeps a file's content as an artifact, under `name` or, when that is NULL, the file's own name.
 * The file is opened at once and read in the background. What is no regular file, cannot be read or
 * is larger than 64 MiB is a warning of the run, and the call is JOULEBOOK_OK. What is not read two
 * seconds after the end of the run is counted among its losses.
 */
joulebook_status joulebook_run_attach_file(
    joulebook_run *run, const char *path, const char *name, const char *media_type);

/* States that the run builds on another one, not itself: "initialises", "distils", "resumes", ... */
joulebook_status joulebook_run_parent(
    joulebook_run *run, const char *run_id, const char *relation);

/*
 * States that the run is going to have the epochs `first` to `last`, by which forecasts go; a later
 * call replaces the plan.
 */
joulebook_status joulebook_run_plan(joulebook_run *run, int64_t first, int64_t last);

/*
 * What the run will have taken at its end, judged by the epochs that have ended: a JSON object
 * (Schemas/forecast.schema.json), or `null` before the first epoch has ended, and without a last
 * epoch or for one that is behind. `options` is a JSON object, or NULL: "until", the number of the
 * last epoch, which is that of the plan otherwise. Carbon is null where neither the budget states an
 * intensity nor the run a region that the shipped factors know.
 */
joulebook_status joulebook_run_forecast(
    joulebook_run *run, const char *options, char **json, char **error);

/*
 * Sets what the run may use; a later call replaces the budget. `budget` is a JSON object:
 *   "energy_kwh", "carbon_kg", "usd"   limits, one at least, on what this process measures
 *   "kg_per_kwh"                       carbon intensity; default: that of the run's region, times its
 *                                      PUE, or that of its cloud's provider, where one is known
 *   "usd_per_kwh"                      price
 *   "on_exceed"                        "warn" (default), "stop" (and joulebook_run_review_budget says
 *                                      so) or "call" (the program decides; only a forecast above a
 *                                      limit is printed)
 * JOULEBOOK_INVALID for no limit, carbon without an intensity or cost without a price; `*error` says
 * which.
 */
joulebook_status joulebook_run_budget(joulebook_run *run, const char *budget, char **error);

/*
 * Looks at the budget, as the end of each epoch does: a JSON object of "should_stop" (for the budget,
 * or because the run is a replay), and "events", a list of {"kind": "exceeded" or "forecast", "quantity", "limit", "value", "action"} that were not
 * handed out before. Each limit gives one of each kind at the most; the ledger keeps them.
 */
joulebook_status joulebook_run_review_budget(joulebook_run *run, char **json);

/*
 * Ends the run and closes its ledger; the second call does nothing. Waits for the last energy
 * readings and for artifacts that are being collected, two seconds each at the most. `status`: "finished" (also when NULL), "failed" or "killed".
 * `metrics`: final results, a JSON object, or NULL.
 */
joulebook_status joulebook_run_finish(
    joulebook_run *run, const char *status, const char *metrics, char **error);

/*
 * Lets the handle go. A run that was not finished stays open and is closed when the process exits.
 */
void joulebook_run_free(joulebook_run *run);

/* ---- Metrics ---------------------------------------------------------------------------------- */

/*
 * Resolves the metric whose name is `size` bytes at `name`. 0 when the name is empty, longer than
 * 1024 bytes or not UTF-8, when the table is full (4096), or when the run keeps nothing.
 */
joulebook_metric joulebook_metric_named(
    joulebook_run *run, joulebook_table table, const char *name, size_t size);

/*
 * Keeps `count` values of one step, as a row at once; steps may repeat and go backwards, values may
 * be NaN or infinite. Metrics that are 0 or of another table are left out. Rows that come faster
 * than the disk takes them fill a buffer and are then dropped and counted, since no call waits.
 */
joulebook_status joulebook_step(
    joulebook_run *run, int64_t step, const joulebook_metric *metrics, const double *values,
    size_t count);

/* ---- Epochs and phases: windows of time and energy -------------------------------------------- */

/* Begins an epoch; NULL only when `run` is. */
joulebook_epoch *joulebook_epoch_begin(joulebook_run *run, int64_t number);

/*
 * Adds values to the epoch; the later of two under one name counts. The epoch's row is made when it
 * ends, whatever the durability: until then they are lost with the process.
 */
joulebook_status joulebook_epoch_log(
    joulebook_epoch *epoch, const joulebook_metric *metrics, const double *values, size_t count);

/* Ends the epoch; the second call does nothing. */
joulebook_status joulebook_epoch_end(joulebook_epoch *epoch);

/*
 * Lets the handle go. An epoch that was not ended ends with its run; without any value it is left
 * out, and the run's warnings say so.
 */
void joulebook_epoch_free(joulebook_epoch *epoch);

/* Begins a named part of the run that belongs to no epoch; NULL when an argument is invalid. */
joulebook_phase *joulebook_run_phase(joulebook_run *run, const char *name);

/* Begins a named part of the epoch, such as "validation"; NULL when an argument is invalid. */
joulebook_phase *joulebook_epoch_phase(joulebook_epoch *epoch, const char *name);

/*
 * Begins a range of steps of the run (outside epochs), the epoch or the named part: `first` through
 * `last`, both included. It is a window of time and energy of its own, which ends with
 * joulebook_phase_end, whatever steps were logged. NULL only when the first argument is. A last step
 * before the first, or a range within a range, is a warning and otherwise ignored.
 */
joulebook_phase *joulebook_run_steps(joulebook_run *run, int64_t first, int64_t last);
joulebook_phase *joulebook_epoch_steps(joulebook_epoch *epoch, int64_t first, int64_t last);
joulebook_phase *joulebook_phase_steps(joulebook_phase *phase, int64_t first, int64_t last);

/* Ends the part or range, and the ranges within; the second call does nothing. */
joulebook_status joulebook_phase_end(joulebook_phase *phase);

/* Lets the handle go. A part or range that was not ended ends with its part, epoch or run. */
void joulebook_phase_free(joulebook_phase *phase);

/* ---- Reading ---------------------------------------------------------------------------------- */

/*
 * Whether a run was already done. `question` is a JSON object: "against" (directory, required),
 * "config", "project", "entry", "seed", "code" (tree), "data" (fingerprint). The answer's "verdict"
 * is "new", "already_run" or "running_now".
 */
joulebook_status joulebook_check(const char *question, char **json, char **error);

/*
 * What remains of a search when everything is taken away that was run already
 * (Schemas/sweep.schema.json). `question` is a JSON object: "against" (directory, required), "trials"
 * (required), a list of configurations or {"base": {...}, "grid": {"lr": [0.1, 0.01]}}, and "project",
 * "entry", "code" (tree), "data" (fingerprint).
 */
joulebook_status joulebook_sweep(const char *question, char **json, char **error);

/*
 * What a run will have taken, judged by epochs that were written down somewhere: as
 * joulebook_run_forecast. `question` is a JSON object: "epochs", a list of {"epoch", "duration_s",
 * "energy_j"} in their order (energy may be absent or null, and is then not foretold), "until", the
 * number of the last epoch, and "first", that of the first (default: that of the first row).
 */
joulebook_status joulebook_forecast(const char *question, char **json, char **error);

/*
 * The JSON of `joulebook show --json`, `audit --json` and `lifecycle --json` (Schemas/). `options`
 * is a JSON object of the command's long options without their dashes, such as
 * {"region": "DE", "pue": 1.2}; true gives an option that takes no value, an array one that is given
 * several times. May be NULL.
 */
joulebook_status joulebook_show(
    const char *path, const char *options, char **json, char **error);
joulebook_status joulebook_audit(
    const char *path, const char *options, char **json, char **error);
joulebook_status joulebook_lifecycle(
    const char *path, const char *options, char **json, char **error);

/*
 * Arrow's C data and C stream interfaces, as every library that speaks them declares them
 * (https://arrow.apache.org/docs/format/CStreamInterface.html).
 */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

/*
 * A table of all runs of a ledger or a directory of ledgers, as a stream of Arrow record batches:
 * the columns of `joulebook export` (Schemas/tables.md). `options` is a JSON object, every member of
 * which is optional, as may be the whole (NULL):
 *   "table"           "runs", "epochs" (default), "steps", "telemetry", "energy", "phases"
 *                     or "step_ranges"
 *   "columns"         list of names, in the order wanted
 *   "since", "until"  only rows of this time or later, and before that time: ISO 8601 or an integer,
 *                     nanoseconds since 1970
 *   "where"           list of conditions, such as "loss<0.1", all of which must hold
 *   "run"             the beginning of the ids of runs
 *   "share"           of a plan, below; `path` is not looked at then
 *
 * JOULEBOOK_OK: `*stream` is the caller's, who calls its `release`; rows are read when they are asked
 * for, by one thread at a time. Otherwise `stream->release` is NULL and `*error` says why. Behind the
 * last batch, `get_last_error` says what of the ledgers could not be read, one piece a line, and NULL
 * when every row came.
 */
joulebook_status joulebook_export(
    const char *path, const char *options, struct ArrowArrayStream *stream, char **error);

/*
 * How a table of the runs below some paths (a JSON list) is divided among readers that know nothing of
 * each other. Opens every ledger once and reads no rows. `options` is a JSON object, or NULL:
 *   "table"    as above
 *   "readers"  how many work beside each other; default: 1
 *   "bytes"    the most that one takes at a time; default: no limit. Ledgers of more than a reader's
 *              part are divided where their index allows; not for "runs"
 *
 * In the answer, "columns" are {"name", "kind"} with a kind of "integer", "number", "text" or "time";
 * "problems" are {"path", "message"} of files that no portion reads; "damaged" are {"path", "offsets"} of files
 * in which something was wrong when they were opened, which is told when they are read, without offsets of
 * a pack; "portions" what each reader may take, with their "bytes" and, where they are few, the ids of their "runs"; and "bytes" about what one
 * reader takes at a time. Portions with one "group" are for one reader. A reader hands {"metrics", "portions"} to `joulebook_export` as "share": the metrics
 * of the answer, and portions out of it as they are; with "problem_column", a name, there is one more
 * column, and behind all other rows one for each thing that could not be read, which is told there.
 */
joulebook_status joulebook_plan(
    const char *paths, const char *options, char **json, char **error);

/*
 * How the ledgers at a path are divided among readers that know nothing of each other. Looks at names and
 * sizes alone. `options` is a JSON object, or NULL:
 *   "readers"  how many work beside each other; default: 1
 *   "bytes"    about the most that one takes at a time; default: no limit
 * The answer is a list of what each reader takes, in the order of the files: lists of {"path", "number", "part",
 * "parts"}. A reader that has a file elsewhere changes its "path" to that, and adds the one of the answer as
 * "path_told", by which it tells of the file.
 */
joulebook_status joulebook_shares(
    const char *path, const char *options, char **json, char **error);

/*
 * What an audit or a summary has to know of the runs of some ledgers, as bytes that only this version of
 * the library reads: one element of the answer of joulebook_shares as `share`. `options` is a JSON object:
 *   "of"       "audit" or "lifecycle"
 *   "rules"    for an audit, the text of a file of rules on keys; none where it is absent
 *
 * A file that cannot be read is part of the answer and no error. JOULEBOOK_OK: `*bytes` are `*size` bytes,
 * to be returned to joulebook_string_free, and tell `*runs` runs. All of them, one behind the other in any order, each behind its
 * size as a little-endian number of eight bytes, are a file that joulebook_audit and joulebook_lifecycle take
 * as the options "audit-facts" and "lifecycle-facts"; they then answer what they would answer of the path
 * itself. Records of runs of one name, and of those that read one meter at one time, are read by them; files that they
 * need and that are no ledgers are in "problems" then.
 */
joulebook_status joulebook_facts(
    const char *share, const char *options, char **bytes, size_t *size, size_t *runs, char **error);

/*
 * The `joulebook` command: runs one command line, given without the program's name, with the
 * process's standard streams, and returns its exit status.
 */
int32_t joulebook_command(int32_t count, const char *const *arguments);

#ifdef __cplusplus
}
#endif

#endif
