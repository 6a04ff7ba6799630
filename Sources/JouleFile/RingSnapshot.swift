import JouleFormat

/// The rows of a left-over or live ring, as a reader sees them.
struct RingSnapshot {
    /// In the order of their slots, the reserved area first.
    let entries: [RingEntry]
    let drops: [GapPayload]

    /// Nil when there is no ring beside the ledger, or it is not this ledger's.
    ///
    /// Take the snapshot before the ledger is read: what the writer moves into blocks meanwhile is
    /// then seen twice and told apart by slot, never missed.
    init?(besides path: String, fileID: [UInt8]) {
        guard let file = try? SystemFile.reading(path + ".ring"),
            let header = try? file.read(at: 0, count: RingLayout.headerSize),
            (try? RingDecoder.checkHeader(header, fileID: fileID)) != nil
        else { return nil }
        var entries: [RingEntry] = []
        for area in 0..<RingLayout.areaCount {
            let size = RingLayout.slots(of: area) * RingLayout.slotSize
            guard
                let bytes = try? file.read(
                    at: UInt64(RingLayout.offset(of: area)),
                    count: size
                ), bytes.count == size,
                // Read after the slots: what lies behind this tail cannot have been reused before.
                let after = try? file.read(at: 0, count: RingLayout.headerSize),
                let tail = try? RingDecoder.tail(after, area: area)
            else { continue }
            entries += RingDecoder.entries(bytes, from: tail).entries
        }
        self.entries = entries
        drops = (try? RingDecoder.drops(header)) ?? []
    }
}
