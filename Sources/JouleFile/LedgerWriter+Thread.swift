import Glibc
import JouleFormat
import JouleSystem

extension LedgerWriter {
    func startThread() throws(LedgerError) {
        do throws(NoThread) {
            state.adopt(try JouleSystem.startThread("joulebook") { [self] in runThread() })
        } catch {
            throw .system(path: path, operation: "start a thread", errno: error.code)
        }
    }

    /// Processor time of the writer's thread so far, in nanoseconds; nil once it has ended.
    package var threadCPUNS: Int64? { state.threadCPUNS }

    private func runThread() {
        if policy.mayReuseEarly { synchronizeNames() }
        var pages = (0..<RingLayout.areaCount).map { RingPages(area: $0, of: ring) }
        let beat = policy.timing.beatNS
        var lastCutNS = Self.monotonicNS()
        var beatNS = lastCutNS + beat
        while !state.isFinishing {
            state.wait(milliseconds: Self.milliseconds(until: beatNS))
            prepare(&pages)
            let now = Self.monotonicNS()
            // A full disk keeps the rows in the ring; the next beat tries again.
            if isCutDue(heads: state.heads, sinceNS: now - lastCutNS) {
                if drain() { lastCutNS = now }
                _ = noteFaults()
                prepare(&pages)
            }
            // A part at a time, so that rows come between.
            if writeContent() { state.wake() }
            guard now >= beatNS else { continue }
            beatWork.withLock { $0 }?()
            if isCrashProof {
                synchronizeRing()
                for area in pages { area.prepareHead(ring) }
            }
            beatNS = now + beat
        }
        writeLastContents()
        guard drain(), noteFaults() ? drain() : true,
            (try? state.drain.withLock({ try $0.close() })) != nil
        else {
            rememberFaults()
            return
        }
        if let path = ring.path { unsafe unlink(path) }
        // The program may hold on to its run; others may go on with the ledger.
        state.drain.withLock { $0.appender.file.unlock() }
        if policy.isSynchronised { SystemFile.synchronizeDirectory(of: path) }
        state.complete()
    }

    private func prepare(_ pages: inout [RingPages]) {
        for (area, head) in state.heads.enumerated() { pages[area].prepare(ring, head: head) }
    }

    private func isCutDue(heads: [UInt64], sinceNS: Int64) -> Bool {
        let used = heads.enumerated().map { $1 &- ring.tail(of: $0) }
        // What waits beside the ring dies with the process.
        let isExposed = pendingMeta.withLock { !$0.documents.isEmpty }
        guard isExposed || used.contains(where: { $0 > 0 }) else { return false }
        let isFilling = used.enumerated().contains { $1 >= UInt64(ring.geometry.slots[$0] / 4) }
        let isUrgent = isFilling || isExposed || policy.cutsEarly || state.isRingFailed
        return isUrgent || sinceNS >= policy.timing.blockIntervalNS
    }

    /// Whether everything that was in the ring reached the file.
    func drain() -> Bool {
        let (isDone, ringError) = state.drain.withLock { drain in
            let documents = pendingMeta.withLock { $0.documents }
            let heads = state.heads
            let isLast = state.isFinishing
            do throws(LedgerError) {
                try drain.run(ring, heads: heads, pendingMeta: documents, isLast: isLast)
            } catch {
                return (false, drain.takeRingError())
            }
            pendingMeta.withLock { $0.removeFirst(documents.count) }
            return (true, drain.takeRingError())
        }
        if let ringError { failRing(ringError) }
        return isDone
    }

    private static func milliseconds(until moment: Int64) -> Int32 {
        Int32(clamping: max(0, (moment - monotonicNS() + 999_999) / 1_000_000))
    }

    private static func monotonicNS() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }
}
