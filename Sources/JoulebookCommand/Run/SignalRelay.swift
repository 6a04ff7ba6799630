import Glibc

/// Keeps the signals that are meant for a measured program from ending the measurement.
///
/// The signals are blocked, not handled, so that nothing runs at a bad moment. It must be made
/// before any thread is started: threads inherit the mask.
struct SignalRelay: ~Copyable {
    private(set) var maskBefore = sigset_t()
    private var watched = sigset_t()

    private static let relayed = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2]

    init() {
        unsafe sigemptyset(&watched)
        for signal in Self.relayed + [SIGCHLD] { unsafe sigaddset(&watched, signal) }
        // Where SIGCHLD is ignored, children vanish without a status.
        signal(SIGCHLD, SIG_DFL)
        unsafe pthread_sigmask(SIG_BLOCK, &watched, &maskBefore)
    }

    deinit {
        // A relayed signal that is still pending was meant for the program, which has ended.
        var signals = watched
        var none = timespec(tv_sec: 0, tv_nsec: 0)
        while unsafe sigtimedwait(&signals, nil, &none) > 0 {}
        var mask = maskBefore
        unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
    }

    /// Waits a moment for a signal; returns it if the program has to be told.
    ///
    /// The end of the program wakes it at once. In a host process with threads of its own, one of
    /// them may swallow that signal, so that waiting is never for ever.
    func next() -> Int32? {
        var signals = watched
        var facts = unsafe siginfo_t()
        var moment = timespec(tv_sec: 0, tv_nsec: 100_000_000)
        let signal = unsafe sigtimedwait(&signals, &facts, &moment)
        guard signal > 0, signal != SIGCHLD else { return nil }
        // The terminal has sent it to the whole foreground group, the program included.
        return unsafe facts.si_code == sentByKernel ? nil : signal
    }
}

/// `SI_KERNEL`: the kernel sent the signal, as a terminal does for Ctrl-C.
private let sentByKernel: Int32 = 0x80
