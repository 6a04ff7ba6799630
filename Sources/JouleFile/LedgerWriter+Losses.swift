import CJouleSystem
import JouleFormat
package import JouleQuantities
import JouleSystem

/// What a writer does not keep is counted, in the ring at once and in GAP blocks later.
extension LedgerWriter {
    /// Counts a row that was not kept.
    ///
    /// Called under the lock of its area, which the end of the writer takes before the last GAP
    /// blocks are written.
    func note(_ outcome: RingArea.Push, table: UInt16) {
        switch outcome {
        case .kept: break
        case .full: ring.countDrop(table: table, cause: .ringFull)
        case .tooLong: ring.countDrop(table: table, cause: .refused)
        case .closed: noteLate(table)
        }
    }

    /// Counts a row or a name that is over a limit.
    func refuse(_ table: UInt16) {
        withArea(of: table) { note($0.isOpen ? .tooLong : .closed, table: table) }
    }

    /// Counts what never was a row of the ring.
    func countDrop(_ table: UInt16, _ cause: GapPayload.Cause) {
        withArea(of: table) { _ in ring.countDrop(table: table, cause: cause) }
    }

    /// Counts energies of windows that there was no room to measure.
    package func countUnmeasured(_ energies: Int) {
        guard isActive else { return }
        for _ in 0..<energies { countDrop(TableID.energy, .ringFull) }
    }

    /// Counts a row that came behind the end; what meters tell then is nobody's call.
    func noteLate(_ table: UInt16) {
        guard [TableID.epochs, TableID.steps, TableID.phases].contains(table),
            joule_fork_generation() == generation
        else { return }
        state.noteLate()
    }

    /// Rows and documents that came behind the end of the writer and are not in the ledger.
    package var lateRows: Int { state.lateRows }

    func withArea<Result>(of table: UInt16, _ body: (inout RingArea) -> Result) -> Result {
        RingLayout.area(of: table) == 0
            ? reserved.withLock { body(&$0) } : bulk.withLock { body(&$0) }
    }

    /// Refuses rows and documents from now on, so that the last drain takes every one that was kept.
    func closeRing() {
        reserved.withLock { $0.close() }
        bulk.withLock { $0.close() }
        pendingMeta.withLock { $0.close() }
    }

    /// What is in memory alone when the disk has refused the end is lost: documents beside the ring,
    /// and a ring that is no file.
    func countWaiting() {
        for _ in pendingMeta.withLock({ $0.documents }) { countDrop(TableID.none, .writeFailed) }
        guard !isCrashProof else { return }
        let tables = state.drain.withLock { $0.waiting(in: ring, heads: state.heads) }
        for table in tables { countDrop(table, .writeFailed) }
    }

    /// Rows lost so far; nil when none were.
    package var drops: JSONObject? { DropCounts(ring.drops()).json }
}
