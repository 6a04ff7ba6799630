import JouleFormat
import JouleQuantities
import Synchronization

extension LedgerWriter {
    /// Waits until what was logged so far is on disk; false when the disk refused.
    ///
    /// Whoever waits does the work. One synchronisation serves all threads that logged before it
    /// began.
    func confirm() -> Bool {
        let wanted = state.heads
        let isDone = state.confirmed.withLock { confirmed in
            guard zip(wanted, confirmed).contains(where: { $0 > $1 }) else { return true }
            return isCrashProof ? synchronizeRing(&confirmed) : drain(&confirmed)
        }
        if !isDone { state.noteUnconfirmed() }
        return isDone
    }

    /// Brings to disk what no block holds and what came since the last time.
    func synchronizeRing() {
        state.confirmed.withLock { confirmed in _ = synchronizeRing(&confirmed) }
    }

    private func synchronizeRing(_ confirmed: inout [UInt64]) -> Bool {
        for (area, head) in state.heads.enumerated() {
            let first = max(confirmed[area], ring.tail(of: area))
            guard head > first else { continue }
            guard ring.synchronize(first..<head, of: area) else { return false }
            confirmed[area] = head
        }
        return true
    }

    private func drain(_ confirmed: inout [UInt64]) -> Bool {
        let heads = state.heads
        guard drain() else { return false }
        confirmed = heads
        return true
    }

    /// Makes the new files' names durable: what is in them is worth nothing without.
    func synchronizeNames() {
        guard policy.isSynchronised else { return }
        state.drain.withLock { drain in _ = try? drain.synchronize() }
        ring.synchronizeTails()
        SystemFile.synchronizeDirectory(of: path)
    }

    /// Calls that waited in vain: their rows are kept as without a policy.
    package var unconfirmedCalls: Int { state.unconfirmedCalls }
}
