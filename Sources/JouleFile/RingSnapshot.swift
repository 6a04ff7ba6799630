package import JouleFormat

/// The rows of a left-over or live ring, as a reader sees them.
package struct RingSnapshot: Sendable {
    /// The entries of one area that no block needs to cover.
    package struct Area: Sendable {
        /// Number of the first slot that no block covers.
        package let tail: UInt64
        /// In the order of their slots.
        package let entries: [RingEntry]
    }

    /// The reserved area and the bulk.
    package let areas: [Area]
    package let drops: [GapPayload]

    /// Of both areas, the reserved one first.
    package var entries: [RingEntry] { areas.flatMap(\.entries) }

    /// Nil when there is no whole ring beside the ledger, or it is not this ledger's.
    ///
    /// Take the snapshot before the ledger is read: what the writer moves into blocks meanwhile is
    /// then seen twice and told apart by slot, never missed. Of a ring megabytes long only what it
    /// holds is read, since a list of a directory does so for each ledger that is being written.
    init?(besides path: String, fileID: [UInt8]) {
        guard var ring = RingTail(besides: path, fileID: fileID) else { return nil }
        let tails = ring.next
        drops = ring.drops
        guard let entries = try? ring.readAreas() else { return nil }
        areas = zip(tails, entries).map { Area(tail: $0, entries: $1) }
    }
}
