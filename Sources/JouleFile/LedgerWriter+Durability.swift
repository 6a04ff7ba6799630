import Glibc
import JouleFormat
import JouleQuantities
import JouleSystem

extension LedgerWriter {
    /// Waits until what was logged so far is on disk; false when the disk refused.
    ///
    /// Whoever waits does the work. One synchronisation serves all threads that logged before it
    /// began.
    func confirm() -> Bool {
        let wanted = state.heads
        let isDone = state.confirmed.withLock { confirmed in
            guard zip(wanted, confirmed).contains(where: { $0 > $1 }) else { return true }
            if isCrashProof, synchronizeRing(&confirmed) { return true }
            return drain(&confirmed)
        }
        if !isDone { state.noteUnconfirmed() }
        return isDone
    }

    /// Brings to disk what no block holds and what came since the last time.
    func synchronizeRing() {
        state.confirmed.withLock { confirmed in _ = synchronizeRing(&confirmed) }
    }

    private func synchronizeRing(_ confirmed: inout [UInt64]) -> Bool {
        guard !state.isRingFailed else { return false }
        for (area, head) in state.heads.enumerated() {
            let first = max(confirmed[area], ring.tail(of: area))
            guard head > first else { continue }
            guard ring.synchronize(first..<head, of: area) else {
                failRing(errno)
                return false
            }
            confirmed[area] = head
        }
        return true
    }

    private func drain(_ confirmed: inout [UInt64]) -> Bool {
        let heads = state.heads
        guard drain(), state.drain.withLock({ $0.isConfirming }) else { return false }
        confirmed = heads
        return true
    }

    /// Never synchronises the ring again: nobody knows what of it is on disk, and asking once more
    /// would say that all is well.
    ///
    /// From now on rows become blocks at once. The mapping still outlives the process.
    func failRing(_ error: Int32) {
        state.failRing()
        let error = LedgerError.system(path: path, operation: "synchronise the ring", errno: error)
        note(faults: [FileFault(error, "rows become blocks at once")])
        state.wake()
    }

    /// Takes what went wrong with files into the run's record; whether there was anything.
    func noteFaults() -> Bool {
        note(faults: takeFaults())
    }

    /// Remembers what went wrong with files where the record takes no more.
    func rememberFaults() { _ = remember(takeFaults()) }

    private func takeFaults() -> [FileFault] {
        let (faults, lost) = state.drain.withLock { $0.takeFaults() }
        for table in lost { countDrop(table, .writeFailed) }
        return faults
    }

    @discardableResult
    private func note(faults: [FileFault]) -> Bool {
        guard let all = remember(faults) else { return false }
        let document = Self.document(settingUp: ["faults": .array(all)])
        pendingMeta.withLock { $0.addLast(document) }
        return true
    }

    /// All faults so far, as the record has them; nil when none of these is new.
    private func remember(_ faults: [FileFault]) -> [JSON]? {
        let now = WallTime(unixNanoseconds: Self.wallClockNS()).unixSeconds
        return state.faults.withLock { known in
            let before = known.count
            for fault in faults where known.count < 32 {
                guard !known.contains(where: { $0.fault == fault }) else { continue }
                known.append((now, fault))
            }
            guard known.count > before else { return nil }
            return known.map { ["at": .double($0.at), "what": .string($0.fault.what)] }
        }
    }

    /// What went wrong with files so far, one sentence each.
    package var faults: [String] { state.faults.withLock { $0.map(\.fault.what) } }

    /// Why rows may have been lost: what went wrong with files last; nil when nothing did.
    package var trouble: String? { state.faults.withLock { $0.last?.fault.reason } }

    /// Makes the new files' names durable: what is in them is worth nothing without.
    func synchronizeNames() {
        guard policy.isSynchronised else { return }
        state.drain.withLock { drain in _ = try? drain.synchronize() }
        if !ring.synchronizeTails() { failRing(errno) }
        SystemFile.synchronizeDirectory(of: path)
    }

    /// Calls that waited in vain: their rows are kept as without a policy.
    package var unconfirmedCalls: Int { state.unconfirmedCalls }
}
