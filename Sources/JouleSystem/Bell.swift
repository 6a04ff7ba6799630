import CJouleSystem

/// Wakes a thread from another one; ringing twice costs one system call.
@safe package final class Bell: Sendable {
    // SAFETY: the word lives as long as this object, and only atomic operations of C touch it.
    nonisolated(unsafe) private let word: UnsafeMutablePointer<UInt32>

    /// Quiet at first.
    package init() {
        unsafe word = .allocate(capacity: 1)
        unsafe word.initialize(to: 0)
    }

    deinit { unsafe word.deallocate() }

    package func ring() { unsafe joule_bell_ring(word) }
    /// Returns when rung, or at `deadlineNS` of the monotonic clock.
    package func wait(until deadlineNS: Int64) { unsafe joule_bell_wait(word, deadlineNS) }
    package var isRung: Bool { unsafe joule_bell_is_rung(word) }
    /// From now on rings cost nothing, because the listener is awake.
    package func mute() { unsafe joule_bell_set(word, 1) }
    /// From now on a ring wakes the listener.
    package func quiet() { unsafe joule_bell_set(word, 0) }
}
