import Glibc

/// Holds the signals back that end a command, so that its line on the terminal goes first.
///
/// They are blocked, not handled, as long as the object lives, in the thread that makes it.
final class TerminalSignals {
    private var maskBefore = sigset_t()
    private var watched = sigset_t()

    init() {
        unsafe sigemptyset(&watched)
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH] {
            unsafe sigaddset(&watched, signal)
        }
        unsafe pthread_sigmask(SIG_BLOCK, &watched, &maskBefore)
    }

    deinit { unsafe pthread_sigmask(SIG_SETMASK, &maskBefore, nil) }

    /// Waits for a while, shorter when a signal comes; returns one that is to end the command.
    ///
    /// A terminal of another size ends the wait, too.
    func wait(_ milliseconds: Int32) -> Int32? {
        var pause = timespec(
            tv_sec: Int(milliseconds / 1000),
            tv_nsec: Int(milliseconds % 1000) * 1_000_000
        )
        let signal = unsafe sigtimedwait(&watched, nil, &pause)
        return signal > 0 && signal != SIGWINCH ? signal : nil
    }

    /// Lets a signal do what it would have done.
    func deliver(_ signal: Int32) {
        unsafe pthread_sigmask(SIG_SETMASK, &maskBefore, nil)
        kill(getpid(), signal)
        unsafe pthread_sigmask(SIG_BLOCK, &watched, nil)
    }
}
