// HTTP and HTTPS by libcurl, opened at run time: nothing of it is needed to build.
#ifndef JOULE_HTTPS_H
#define JOULE_HTTPS_H

#include <stddef.h>
#include <stdint.h>

/// One client, with the connection that its last request left open. One thread at a time uses it.
typedef struct joule_https joule_https;

/// Results of a request that something follows from: libcurl's (curl.h, `CURLcode`), and two of our own.
enum {
    JOULE_HTTPS_EXITING = -2,
    JOULE_HTTPS_REFUSED = -1,
    JOULE_HTTPS_OK = 0,
    JOULE_HTTPS_TOO_LARGE = 23,
    JOULE_HTTPS_TIMEOUT = 28,
    JOULE_HTTPS_UNTRUSTED = 60,
    JOULE_HTTPS_WRONG_PIN = 90,
};

/// Makes a client with libcurl by its name or path; NULL where there is none.
joule_https *joule_https_open(const char *library);
void joule_https_free(joule_https *https);

/// Whom a client takes a server's word from. Without either, who has a certificate of an authority that
/// this system trusts, for the name that was asked for.
typedef struct {
    /// A file of certificates in PEM that are trusted in place of the system's; NULL for none.
    const char *authority;
    /// `sha256//` and the hash of the server's public key in base64, which then says everything; NULL for none.
    const char *pin;
} joule_https_trust;

/// What is asked for, and as whom.
typedef struct {
    /// Such as `GET`.
    const char *method;
    /// Asked over TLS unless it begins with `http:`.
    const char *address;
    /// `user:password`, or NULL.
    const char *credentials;
    /// Lines of the head, such as `auth-token: …`; one that ends with its colon takes a line away.
    const char *const *headers;
    size_t header_count;
    /// What is sent, which may be empty; NULL where the method sends nothing.
    const uint8_t *content;
    size_t content_size;
    int milliseconds;
} joule_https_request;

/// Room for bytes, and how many there are.
typedef struct {
    uint8_t *bytes;
    size_t capacity, size;
} joule_https_room;

/// What came: the head and a document in the room for them, HTTP's status, and how many seconds to wait
/// before the next request, 0 where nothing is said of that.
typedef struct {
    joule_https_room head, body;
    long status;
    int64_t retry_after_seconds;
} joule_https_answer;

/// Asks and waits for the answer, at most that long, and no longer than until the program exits. Follows
/// no redirection and asks no proxy. What is larger than the room for it is JOULE_HTTPS_TOO_LARGE.
int joule_https_ask(
    joule_https *https,
    const joule_https_request *request,
    const joule_https_trust *trust,
    joule_https_answer *answer
);

/// What went wrong with the last request; never NULL.
const char *joule_https_words(const joule_https *https, int result);

#endif
