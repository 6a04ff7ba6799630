#include "CJouleMeterd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

// As many connections may wait to be taken, so that a crowd keeps nobody else out; as many as Linux lets
// wait by default.
#define WAITING_MAX 4096

void joule_meterd_close_inherited(void) {
    closefrom(STDERR_FILENO + 1);
    // Where one of the standard streams is closed, no counter and no socket must take its place.
    int place;
    do place = open("/dev/null", O_RDONLY); while (place >= 0 && place <= STDERR_FILENO);
    if (place > STDERR_FILENO) close(place);
}

/// Removes a socket that nobody answers at.
static int clear(const struct sockaddr_un *address) {
    struct stat facts;
    if (lstat(address->sun_path, &facts) != 0) return errno == ENOENT ? 0 : errno;
    if (!S_ISSOCK(facts.st_mode)) return EEXIST;
    int attempt = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (attempt < 0) return errno;
    int refused = connect(attempt, (const struct sockaddr *)address, sizeof *address) == 0 ? 0 : errno;
    close(attempt);
    if (refused != ECONNREFUSED) return EADDRINUSE;
    return unlink(address->sun_path) == 0 ? 0 : errno;
}

int joule_meterd_listen(const char *path, gid_t group) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    strcpy(address.sun_path, path);
    int error = clear(&address);
    if (error != 0) {
        errno = error;
        return -1;
    }
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0) return -1;
    // Until its group is right, nobody may connect.
    mode_t mask = umask(0777);
    int bound = bind(listener, (const struct sockaddr *)&address, sizeof address);
    error = errno;
    umask(mask);
    if (bound == 0 && lchown(path, (uid_t)-1, group) == 0 && chmod(path, 0660) == 0
        && listen(listener, WAITING_MAX) == 0)
        return listener;
    if (bound == 0) {
        error = errno;
        unlink(path);
    }
    close(listener);
    errno = error;
    return -1;
}

int joule_meterd_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

bool joule_meterd_admits(int connection, gid_t group, uid_t *user) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
    *user = peer.uid;
    if (peer.uid == 0 || peer.gid == group) return true;
    // As many as a process can have (NGROUPS_MAX).
    static gid_t groups[65536];
    size = sizeof groups;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0) return false;
    for (size_t i = 0; i < size / sizeof *groups; i++) {
        if (groups[i] == group) return true;
    }
    return false;
}
