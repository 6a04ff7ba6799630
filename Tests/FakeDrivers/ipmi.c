// A management controller (BMC) behind /dev/ipmi0 that a script describes, for us and for any other tool
// that talks to the kernel's driver:
//
//   cc -shared -fPIC -o fake-ipmi.so ipmi.c
//   FAKE_IPMI=script.txt LD_PRELOAD=./fake-ipmi.so python train.py
//
// The script is read again at every command. Its lines (`#` begins a comment):
//
//   watts WATTS                the power that DCMI tells, rounded to whole watts
//   curve SECONDS WATTS ...    instead of a constant power: pieces of it from `since` on, for ever again
//   since SECONDS              CLOCK_MONOTONIC; 0 when left out
//   period MILLISECONDS        of its statistics, 1000 when left out
//   inactive                   its measurement is switched off
//   guid 32_HEX_DIGITS         of Get System GUID; it knows none when left out
//   code NUMBER                completion code of Get Power Reading
//   every N code NUMBER        the same for every Nth of them only
//   short BYTES                the answer ends after so many bytes
//   late                       each answer comes behind one to a command that nobody sent
//   hang                       no answers at all
//   refuse ERRNO               of open
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ipmi.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PIECES = 16 };

typedef struct {
    double watts, since, curve_seconds[PIECES], curve_watts[PIECES];
    int pieces;
    unsigned period, code, every, size;
    int refusal;
    bool is_inactive, is_late, hangs, has_guid;
    unsigned char guid[16];
} controller;

static int device = -1;
static int asked;
// Answers that wait to be taken, the first one first.
static struct {
    long number;
    unsigned char function, command, bytes[64];
    unsigned short size;
} answers[4];
static int waiting;

static void read_curve(controller *c, const char *text) {
    int used;
    while (c->pieces < PIECES
        && sscanf(text, "%lf %lf%n", &c->curve_seconds[c->pieces], &c->curve_watts[c->pieces], &used) == 2) {
        c->pieces++;
        text += used;
    }
}

/// The power at this moment.
static double watts_now(const controller *c) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double passed = (double)now.tv_sec + (double)now.tv_nsec * 1e-9 - c->since, period = 0;
    for (int i = 0; i < c->pieces; i++) period += c->curve_seconds[i];
    if (period <= 0 || passed < 0) return c->watts;
    passed -= (double)(long long)(passed / period) * period;
    int piece = 0;
    while (piece < c->pieces - 1 && passed >= c->curve_seconds[piece]) passed -= c->curve_seconds[piece++];
    return c->curve_watts[piece];
}

static void read_controller(controller *c) {
    memset(c, 0, sizeof *c);
    c->period = 1000;
    c->size = ~0u;
    const char *path = getenv("FAKE_IPMI");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) {
        c->refusal = ENOENT;
        return;
    }
    char line[1024], digits[33];
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, " every %u code %u", &c->every, &c->code) == 2) continue;
        if (sscanf(line, " guid %32[0-9a-f]", digits) == 1) {
            c->has_guid = true;
            for (int i = 0; i < 16; i++) sscanf(digits + 2 * i, "%2hhx", &c->guid[i]);
        }
        if (strncmp(line, "curve ", 6) == 0) read_curve(c, line + 6);
        if (strncmp(line, "inactive", 8) == 0) c->is_inactive = true;
        if (strncmp(line, "late", 4) == 0) c->is_late = true;
        if (strncmp(line, "hang", 4) == 0) c->hangs = true;
        (void)(sscanf(line, " watts %lf", &c->watts) == 1 || sscanf(line, " since %lf", &c->since) == 1
            || sscanf(line, " period %u", &c->period) == 1 || sscanf(line, " code %u", &c->code) == 1
            || sscanf(line, " short %u", &c->size) == 1 || sscanf(line, " refuse %d", &c->refusal) == 1);
    }
    fclose(file);
}

static int open_device(void) {
    controller c;
    read_controller(&c);
    if (c.refusal != 0) {
        errno = c.refusal;
        return -1;
    }
    // Readable while an answer waits, as the device is.
    device = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    return device;
}

int open(const char *path, int flags, ...) {
    static int (*real)(const char *, int, ...);
    if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list rest;
    va_start(rest, flags);
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = makes ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return strcmp(path, "/dev/ipmi0") == 0 ? open_device() : real(path, flags, mode);
}

/// What `open` is to programs that were built for large files.
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

static unsigned short power(const controller *c, unsigned char *bytes) {
    asked++;
    bytes[0] = (unsigned char)(c->every == 0 || asked % (int)c->every == 0 ? c->code : 0);
    if (bytes[0] != 0) return 1;
    uint16_t watts = (uint16_t)(watts_now(c) + 0.5);
    uint16_t statistics[4] = {watts, 2, 65000, watts};
    uint32_t times[2] = {1700000000, c->period};
    bytes[1] = 0xDC;
    memcpy(bytes + 2, statistics, 8);
    memcpy(bytes + 10, times, 8);
    bytes[18] = c->is_inactive ? 0 : 0x40;
    return 19;
}

static void answer(const controller *c, const struct ipmi_req *question) {
    if (waiting == 4) return;
    unsigned char *bytes = answers[waiting].bytes;
    unsigned short size = 1;
    bytes[0] = 0xC1;
    if (question->msg.netfn == 0x2C && question->msg.cmd == 0x02 && question->msg.data_len == 4
        && memcmp(question->msg.data, "\xDC\x01\x00\x00", 4) == 0) {
        size = power(c, bytes);
    } else if (question->msg.netfn == 0x06 && question->msg.cmd == 0x37 && c->has_guid) {
        bytes[0] = 0;
        memcpy(bytes + 1, c->guid, 16);
        size = 17;
    } else if (question->msg.netfn == 0x06 && question->msg.cmd == 0x01) {
        static const unsigned char identity[] = {0, 32, 1, 6, 0x10, 2, 0xBF, 0xA2, 2, 0, 0, 1};
        memcpy(bytes, identity, sizeof identity);
        size = sizeof identity;
    }
    answers[waiting].number = question->msgid;
    answers[waiting].function = question->msg.netfn | 1;
    answers[waiting].command = question->msg.cmd;
    answers[waiting].size = size < c->size ? size : (unsigned short)c->size;
    waiting++;
    (void)!write(device, &(uint64_t){1}, 8);
}

int ioctl(int descriptor, unsigned long request, ...) {
    static int (*real)(int, unsigned long, ...);
    if (real == NULL) real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
    va_list rest;
    va_start(rest, request);
    void *argument = va_arg(rest, void *);
    va_end(rest);
    if (descriptor != device || device < 0) return real(descriptor, request, argument);
    if (request == IPMICTL_SEND_COMMAND) {
        controller c;
        read_controller(&c);
        struct ipmi_req question = *(struct ipmi_req *)argument;
        if (c.hangs) return 0;
        if (c.is_late) {
            struct ipmi_req other = question;
            other.msgid = -1;
            answer(&c, &other);
        }
        answer(&c, &question);
        return 0;
    }
    if (request == IPMICTL_SET_GETS_EVENTS_CMD || request == IPMICTL_SET_MY_ADDRESS_CMD) return 0;
    uint64_t taken;
    if (request != IPMICTL_RECEIVE_MSG_TRUNC || read(device, &taken, 8) != 8) {
        errno = EAGAIN;
        return -1;
    }
    struct ipmi_recv *to = argument;
    to->recv_type = IPMI_RESPONSE_RECV_TYPE;
    to->msgid = answers[0].number;
    to->msg.netfn = answers[0].function;
    to->msg.cmd = answers[0].command;
    bool fits = to->msg.data_len >= answers[0].size;
    if (fits) to->msg.data_len = answers[0].size;
    memcpy(to->msg.data, answers[0].bytes, to->msg.data_len);
    memmove(answers, answers + 1, sizeof answers - sizeof *answers);
    waiting--;
    if (!fits) errno = EMSGSIZE;
    return fits ? 0 : -1;
}
