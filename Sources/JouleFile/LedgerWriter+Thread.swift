import CJouleSystem
import Glibc
import JouleFormat
import Synchronization

extension LedgerWriter {
    private static let beatMilliseconds: Int32 = 1000
    /// How often, at most, the ring is written back against power loss; a beat that comes early by
    /// a little still counts.
    private static let syncIntervalNS: Int64 = 900_000_000
    /// Rows wait at most this long for their block.
    private static let blockIntervalNS: Int64 = 60_000_000_000

    func startThread() throws(LedgerError) {
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(self)
        let error = unsafe joule_thread_start(
            &thread,
            "joulebook",
            { context in
                guard let context = unsafe context else { return }
                // SAFETY: the starter passed one retained reference, taken back here, once.
                let writer = unsafe Unmanaged<LedgerWriter>.fromOpaque(context)
                    .takeRetainedValue()
                writer.runThread()
            },
            context.toOpaque()
        )
        guard error == 0 else {
            unsafe context.release()
            throw .system(path: path, operation: "start a thread", errno: error)
        }
        state.adopt(thread)
    }

    private func runThread() {
        ring.populate()
        var lastCutNS = Self.monotonicNS()
        var lastSyncNS = lastCutNS
        var syncedHeads: [UInt64] = [0, 0]
        while !state.isFinishing {
            state.wait(milliseconds: Self.beatMilliseconds)
            let heads = [state.head(of: 0), state.head(of: 1)]
            let now = Self.monotonicNS()
            // Each page written back costs the training thread a fault, so wakes do not count.
            if heads != syncedHeads, now - lastSyncNS >= Self.syncIntervalNS {
                ring.synchronize()
                syncedHeads = heads
                lastSyncNS = now
            }
            guard isCutDue(heads: heads, sinceNS: now - lastCutNS) else { continue }
            // A full disk keeps the rows in the ring; the next beat tries again.
            if drain() { lastCutNS = now }
        }
        guard drain(), (try? state.drain.withLock({ try $0.close() })) != nil else { return }
        if let path = ring.path { unsafe unlink(path) }
        SystemFile.synchronizeDirectory(of: path)
        state.complete()
    }

    private func isCutDue(heads: [UInt64], sinceNS: Int64) -> Bool {
        let used = heads.enumerated().map { $1 - ring.tail(of: $0) }
        let hasPending = used.contains { $0 > 0 } || pendingMeta.withLock { !$0.isEmpty }
        guard hasPending else { return false }
        let isFilling = used.enumerated().contains { $1 * 4 >= ring.geometry.slots[$0] }
        return isFilling || !isCrashProof || sinceNS >= Self.blockIntervalNS
    }

    /// Whether everything that was in the ring reached the file.
    private func drain() -> Bool {
        let documents = pendingMeta.withLock { $0 }
        let isDone = state.drain.withLock { drain in
            (try? drain.run(ring, pendingMeta: documents)) != nil
        }
        if isDone { pendingMeta.withLock { $0.removeFirst(documents.count) } }
        return isDone
    }

    private static func monotonicNS() -> Int64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return Int64(now.tv_sec) &* 1_000_000_000 &+ Int64(now.tv_nsec)
    }
}
