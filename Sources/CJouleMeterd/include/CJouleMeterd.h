// What the privileged helper needs of the system and Swift cannot say.
#ifndef CJOULEMETERD_H
#define CJOULEMETERD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/// Closes what the starting program left open, but for the standard streams.
void joule_meterd_close_inherited(void);

/// Listens at a path that members of `group` may connect to and nobody else but root. A socket that
/// nobody answers at is replaced. The descriptor, or -1 with errno: EADDRINUSE where somebody answers,
/// EEXIST where something else lies there.
int joule_meterd_listen(const char *path, gid_t group);

/// Takes a connection without waiting for one; -1 with errno where there is none.
int joule_meterd_accept(int listener);

/// Whether the process behind a connection is root's or in `group`, as the kernel knew its credentials
/// when it connected; `user` is whose it is.
bool joule_meterd_admits(int connection, gid_t group, uid_t *user);

/// The steps by which the process gives up what it does not need, in the order in which they are
/// taken. Each answers 0 or an errno.

/// Few descriptors, no processes, no dump, no working directory, no standard input and output.
int joule_meterd_limit(int descriptors_max);
/// Another user and group, no supplementary groups, no capability in any set.
int joule_meterd_drop_privileges(uid_t user, gid_t group);
/// No program that is started could gain anything.
int joule_meterd_renounce_privileges(void);
/// No path of any file system is opened any more (Landlock; Linux 5.13 and later).
int joule_meterd_forbid_paths(void);
/// A list of system calls that may be made; all others answer EPERM (seccomp).
int joule_meterd_filter_calls(void);
/// Tries what must fail from now on. EPROTO where something does not.
int joule_meterd_test_confinement(void);

#endif
