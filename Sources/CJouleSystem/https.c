#include "CJouleSystem.h"
#include "clock.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

// Declared here as libcurl's documentation describes them; its header is not needed. None of these numbers
// has ever changed.
enum {
    OPTION_BODY_TO = 10001,
    OPTION_URL = 10002,
    OPTION_PROXY = 10004,
    OPTION_CREDENTIALS = 10005,
    OPTION_WORDS = 10010,
    OPTION_CONTENT = 10015,
    OPTION_USER_AGENT = 10018,
    OPTION_HEADERS = 10023,
    OPTION_HEAD_TO = 10029,
    OPTION_METHOD = 10036,
    OPTION_AUTHORITY = 10065,
    OPTION_PIN = 10230,
    OPTION_TAKE_BODY = 20011,
    OPTION_TAKE_HEAD = 20079,
    OPTION_SOCKET_MADE = 20148,
    OPTION_IDLE_RATE = 19,
    OPTION_IDLE_TIME = 20,
    OPTION_NO_BODY = 44,
    OPTION_CONTENT_SIZE = 60,
    OPTION_VERIFY_PEER = 64,
    OPTION_CONNECT_TIME = 78,
    OPTION_GET = 80,
    OPTION_VERIFY_HOST = 81,
    OPTION_NO_SIGNAL = 99,
    OPTION_AUTHENTICATION = 107,
    OPTION_PROTOCOLS = 181,
    INFO_STATUS = 0x200002,
    INFO_RETRY_AFTER = 0x600039,
    BASIC = 1,
    PROTOCOL_HTTP = 1,
    PROTOCOL_HTTPS = 2,
    GLOBAL_ALL = 3,
    MESSAGE_DONE = 1,
    // Of a connection that does not come about, or that nothing goes over.
    IDLE_SECONDS_MAX = 30,
    // OpenSSL's, since 1.1.1b; it ignores what it does not know.
    OPENSSL_NO_ATEXIT = 0x80000,
};

typedef struct {
    int kind;
    void *easy;
    union {
        void *other;
        int result;
    } data;
} message;

struct joule_https {
    int (*global_init)(long);
    void *(*easy_init)(void);
    int (*setopt)(void *, int, ...);
    int (*getinfo)(void *, int, ...);
    const char *(*strerror)(int);
    void (*easy_cleanup)(void *);
    void *(*append)(void *, const char *);
    void (*free_list)(void *);
    void *(*multi_init)(void);
    int (*multi_add)(void *, void *);
    int (*multi_remove)(void *, void *);
    int (*multi_perform)(void *, int *);
    int (*multi_wait)(void *, void *, unsigned, int, int *);
    message *(*multi_info)(void *, int *);
    int (*multi_cleanup)(void *);
    void *easy, *multi;
    // Of the last request.
    void *headers;
    char words[256];
    // Of the request under way.
    joule_https_answer *answer;
    bool is_too_large;
};

// Older versions of libcurl may be initialised by one thread at a time only. Taken before the lock below, so
// that a program that exits waits for one of the threads that open a client, not for all.
static pthread_mutex_t initializing = PTHREAD_MUTEX_INITIALIZER;

// The TLS library frees what it works with when the program exits, whatever other threads do. So it is
// called only with this lock, held for reading, and no more once the program exits. A writer comes first.
static pthread_rwlock_t calling = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static _Atomic bool is_exiting;

/// False once the program exits; otherwise `leave` follows.
static bool enter(void) {
    pthread_rwlock_rdlock(&calling);
    if (!is_exiting) return true;
    pthread_rwlock_unlock(&calling);
    return false;
}

static void leave(void) { pthread_rwlock_unlock(&calling); }

static void stop_at_exit(void) {
    // It is asked for twice, and what hung once hangs still.
    static bool has_waited;
    if (has_waited) return;
    has_waited = true;
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    // Dozens of threads that read certificates at once, on busy cores, take seconds; longer a call hangs.
    deadline.tv_sec += 10;
    is_exiting = true;
    if (pthread_rwlock_clockwrlock(&calling, CLOCK_MONOTONIC, &deadline) == 0) leave();
}

static void forget_calls_in_child(void) {
    // The threads that held them are not here.
    initializing = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    calling = (pthread_rwlock_t)PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
}

/// What others have asked for at exit until now comes after ours; false where it is too late to ask.
static bool watch_exit(void) { return atexit(stop_at_exit) == 0; }

/// Before libcurl is opened and set up: that takes milliseconds, in which the program may exit.
static bool watch_first(void) {
    static bool is_watching;
    if (is_watching) return true;
    is_watching = watch_exit();
    if (is_watching) pthread_atfork(NULL, NULL, forget_calls_in_child);
    return is_watching;
}

/// Asks OpenSSL to free nothing at exit. Where the program has used it, maybe since our first watch, it does
/// nonetheless: so the exit is watched once more, behind that. Other TLS libraries free as they are unloaded.
static bool settle_exit(void *library) {
    static bool is_settled;
    if (is_settled) return true;
    int (*initialize)(uint64_t, const void *) = NULL;
    void *found = dlsym(library, "OPENSSL_init_crypto");
    memcpy(&initialize, &found, sizeof found);
    if (initialize != NULL) initialize(OPENSSL_NO_ATEXIT, NULL);
    is_settled = watch_exit();
    return is_settled;
}

/// All of it or nothing, and then the transfer ends.
static size_t take(joule_https *https, joule_https_room *room, const char *bytes, size_t size) {
    if (size > room->capacity - room->size) {
        https->is_too_large = true;
        return 0;
    }
    if (size > 0) memcpy(room->bytes + room->size, bytes, size);
    room->size += size;
    return size;
}

static size_t take_body(const char *bytes, size_t one, size_t count, void *context) {
    joule_https *https = context;
    return take(https, &https->answer->body, bytes, one * count);
}

static size_t take_head(const char *bytes, size_t one, size_t count, void *context) {
    joule_https *https = context;
    return take(https, &https->answer->head, bytes, one * count);
}

/// No program that another thread starts is to hold the connection.
static int socket_made(void *context, int descriptor, int purpose) {
    (void)context;
    (void)purpose;
    return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 ? 0 : 1;
}

static void release(joule_https *https) {
    if (https->easy != NULL) https->easy_cleanup(https->easy);
    if (https->multi != NULL) https->multi_cleanup(https->multi);
    https->free_list(https->headers);
    free(https);
}

static joule_https *make(const char *library) {
    void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle == NULL) return NULL;
    joule_https *https = calloc(1, sizeof *https);
    if (https == NULL) return NULL;
    const struct {
        void *place;
        const char *name;
    } functions[] = {
        {&https->global_init, "curl_global_init"},
        {&https->easy_init, "curl_easy_init"},
        {&https->setopt, "curl_easy_setopt"},
        {&https->getinfo, "curl_easy_getinfo"},
        {&https->strerror, "curl_easy_strerror"},
        {&https->easy_cleanup, "curl_easy_cleanup"},
        {&https->append, "curl_slist_append"},
        {&https->free_list, "curl_slist_free_all"},
        {&https->multi_init, "curl_multi_init"},
        {&https->multi_add, "curl_multi_add_handle"},
        {&https->multi_remove, "curl_multi_remove_handle"},
        {&https->multi_perform, "curl_multi_perform"},
        {&https->multi_wait, "curl_multi_wait"},
        {&https->multi_info, "curl_multi_info_read"},
        {&https->multi_cleanup, "curl_multi_cleanup"},
    };
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *found = dlsym(handle, functions[i].name);
        if (found == NULL) {
            free(https);
            return NULL;
        }
        memcpy(functions[i].place, &found, sizeof found);
    }
    if (!settle_exit(handle) || https->global_init(GLOBAL_ALL) != 0) {
        free(https);
        return NULL;
    }
    https->easy = https->easy_init();
    https->multi = https->multi_init();
    if (https->easy == NULL || https->multi == NULL) {
        release(https);
        return NULL;
    }
    return https;
}

joule_https *joule_https_open(const char *library) {
    joule_https *https = NULL;
    pthread_mutex_lock(&initializing);
    if (watch_first() && enter()) {
        https = make(library);
        leave();
    }
    pthread_mutex_unlock(&initializing);
    return https;
}

void joule_https_free(joule_https *https) {
    if (!enter()) return;
    release(https);
    leave();
}

/// Works until the transfer is done, or until the program exits: then it has left. While it waits it
/// holds no lock, so that a program that forks need not wait for it: waits within an easy transfer hold
/// those of the TLS library, which `multi_wait` does not call.
static int transfer(joule_https *https, int64_t deadline) {
    for (;;) {
        int running = 0, left = 0, ready = 0;
        if (https->multi_perform(https->multi, &running) != 0) return JOULE_HTTPS_REFUSED;
        for (message *next; (next = https->multi_info(https->multi, &left)) != NULL;) {
            if (next->kind == MESSAGE_DONE) return next->data.result;
        }
        int64_t rest = deadline - joule_now_ms();
        if (running == 0 || rest <= 0) return JOULE_HTTPS_TIMEOUT;
        leave();
        joule_wait_begin();
        // Without descriptors, as while a name is looked up, older versions do not wait.
        int status = https->multi_wait(https->multi, NULL, 0, (int)(rest < 1000 ? rest : 1000), &ready);
        if (ready == 0) nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        bool goes_on = enter();
        joule_wait_end();
        if (!goes_on) return JOULE_HTTPS_EXITING;
        if (status != 0) return JOULE_HTTPS_REFUSED;
    }
}

/// Takes over the lines of the head; false without room for them.
static bool set_headers(joule_https *https, const joule_https_request *request) {
    https->free_list(https->headers);
    https->headers = NULL;
    for (size_t i = 0; i < request->header_count; i++) {
        void *more = https->append(https->headers, request->headers[i]);
        if (more == NULL) return false;
        https->headers = more;
    }
    return https->setopt(https->easy, OPTION_HEADERS, https->headers) == 0;
}

/// Says what is asked for; what an earlier request said of that is forgotten.
static bool set_method(joule_https *https, const joule_https_request *request) {
    void *easy = https->easy;
    const char *method = request->method;
    int failed = https->setopt(easy, OPTION_GET, 1L);
    if (request->content != NULL) {
        failed |= https->setopt(easy, OPTION_CONTENT, request->content);
        failed |= https->setopt(easy, OPTION_CONTENT_SIZE, (long)request->content_size);
    } else if (strcmp(method, "HEAD") == 0) {
        failed |= https->setopt(easy, OPTION_NO_BODY, 1L);
    }
    return (failed | https->setopt(easy, OPTION_METHOD, method)) == 0;
}

/// Sets up and makes one request; has left when the program exits.
static int ask(
    joule_https *https,
    const joule_https_request *request,
    const joule_https_trust *trust,
    joule_https_answer *answer
) {
    void *easy = https->easy;
    int64_t deadline = joule_now_ms() + request->milliseconds;
    long verifies = trust->pin == NULL;
    long protocol = strncmp(request->address, "http:", 5) == 0 ? PROTOCOL_HTTP : PROTOCOL_HTTPS;
    int failed = !set_headers(https, request) || !set_method(https, request);
    failed |= https->setopt(easy, OPTION_URL, request->address) != 0;
    // What decides whom the credentials go to must not be left out by a library that does not know it.
    failed |= https->setopt(easy, OPTION_PROTOCOLS, protocol) != 0;
    failed |= https->setopt(easy, OPTION_PROXY, "") != 0;
    failed |= https->setopt(easy, OPTION_PIN, trust->pin) != 0;
    failed |= https->setopt(easy, OPTION_VERIFY_PEER, verifies) != 0;
    failed |= https->setopt(easy, OPTION_VERIFY_HOST, verifies ? 2L : 0L) != 0;
    if (trust->authority != NULL) failed |= https->setopt(easy, OPTION_AUTHORITY, trust->authority) != 0;
    failed |= https->setopt(easy, OPTION_TAKE_BODY, take_body) != 0;
    failed |= https->setopt(easy, OPTION_TAKE_HEAD, take_head) != 0;
    if (failed) return JOULE_HTTPS_REFUSED;
    https->setopt(easy, OPTION_SOCKET_MADE, socket_made);
    https->setopt(easy, OPTION_BODY_TO, https);
    https->setopt(easy, OPTION_HEAD_TO, https);
    https->setopt(easy, OPTION_WORDS, https->words);
    https->setopt(easy, OPTION_NO_SIGNAL, 1L);
    https->setopt(easy, OPTION_USER_AGENT, "joulebook");
    https->setopt(easy, OPTION_CONNECT_TIME, (long)IDLE_SECONDS_MAX);
    https->setopt(easy, OPTION_IDLE_RATE, 1L);
    https->setopt(easy, OPTION_IDLE_TIME, (long)IDLE_SECONDS_MAX);
    https->setopt(easy, OPTION_AUTHENTICATION, (long)BASIC);
    https->setopt(easy, OPTION_CREDENTIALS, request->credentials);
    if (https->multi_add(https->multi, easy) != 0) return JOULE_HTTPS_REFUSED;
    int result = transfer(https, deadline);
    if (result == JOULE_HTTPS_EXITING) return result;
    https->getinfo(easy, INFO_STATUS, &answer->status);
    https->getinfo(easy, INFO_RETRY_AFTER, &answer->retry_after_seconds);
    https->multi_remove(https->multi, easy);
    return https->is_too_large ? JOULE_HTTPS_TOO_LARGE : result;
}

int joule_https_ask(
    joule_https *https,
    const joule_https_request *request,
    const joule_https_trust *trust,
    joule_https_answer *answer
) {
    https->answer = answer;
    https->is_too_large = false;
    https->words[0] = 0;
    answer->head.size = answer->body.size = 0;
    answer->status = 0;
    answer->retry_after_seconds = 0;
    int result = JOULE_HTTPS_EXITING;
    if (enter()) {
        result = ask(https, request, trust, answer);
        if (result != JOULE_HTTPS_EXITING) leave();
    }
    return result;
}

const char *joule_https_words(const joule_https *https, int result) {
    if (result == JOULE_HTTPS_EXITING) return "the program exits";
    if (result < 0) return "libcurl refuses to work";
    if (https->words[0] != 0) return https->words;
    const char *words = https->strerror(result);
    return words != NULL ? words : "no description";
}
