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
    /// then seen twice and told apart by slot, never missed.
    init?(besides path: String, fileID: [UInt8]) {
        guard let file = try? SystemFile.reading(path + ".ring"),
            let header = try? file.read(at: 0, count: RingLayout.headerSize),
            let geometry = try? RingDecoder.geometry(header, fileID: fileID)
        else { return nil }
        var areas: [Area] = []
        for area in geometry.slots.indices {
            let size = geometry.size(of: area)
            guard
                let bytes = try? file.read(
                    at: UInt64(geometry.offset(of: area)),
                    count: size
                ), bytes.count == size,
                // Read after the slots: what lies behind this tail cannot have been reused before.
                let after = try? file.read(at: 0, count: RingLayout.headerSize),
                let tail = try? RingDecoder.tail(after, area: area)
            else { return nil }
            let first = Int(tail % UInt64(geometry.slots[area])) * RingLayout.slotSize
            let stretch = Array(bytes[first...] + bytes[..<first])
            let entries = RingDecoder.entries(stretch, from: tail).entries
            areas.append(Area(tail: tail, entries: entries))
        }
        self.areas = areas
        drops = (try? RingDecoder.drops(header)) ?? []
    }
}
