import JouleFormat

/// Reads the entries of a ring as they come, each once.
struct RingTail: ~Copyable {
    private let file: SystemFile
    private let geometry: RingGeometry
    /// What was lost when it was opened.
    let drops: [GapPayload]
    /// By area the slot where the next entry begins; at first that which no block covered when it was
    /// opened.
    private(set) var next: [UInt64]

    /// More than the longest entry takes.
    private static let slotsAtOnce: UInt64 = 1024

    /// Nil when there is no whole ring beside the ledger, or it is not this ledger's.
    init?(besides path: String, fileID: [UInt8]) {
        guard let file = try? SystemFile.reading(path + ".ring"),
            let header = try? file.read(at: 0, count: RingLayout.headerSize),
            let geometry = try? RingDecoder.geometry(header, fileID: fileID),
            let size = try? file.size(), size >= UInt64(geometry.size)
        else { return nil }
        let tails = geometry.slots.indices.compactMap { try? RingDecoder.tail(header, area: $0) }
        guard tails.count == geometry.slots.count else { return nil }
        self.file = file
        self.geometry = geometry
        drops = (try? RingDecoder.drops(header)) ?? []
        next = tails
    }

    /// What came since the last time, the reserved area first; each area in the order of its slots.
    ///
    /// Whatever was logged before one of the bulk's rows is there, too.
    /// Read the ledger afterwards: entries that the writer has overwritten meanwhile are in its
    /// blocks.
    mutating func read() throws(LedgerError) -> [RingEntry] {
        try readAreas().flatMap { $0 }
    }

    /// The same by area.
    mutating func readAreas() throws(LedgerError) -> [[RingEntry]] {
        let bulk = try entries(of: 1)
        return [try entries(of: 0), bulk]
    }

    private mutating func entries(of area: Int) throws(LedgerError) -> [RingEntry] {
        var entries: [RingEntry] = []
        // No more than the ring holds, however fast the writer is.
        let end = next[area] &+ UInt64(geometry.slots[area])
        while next[area] < end, let found = try nextEntries(of: area) {
            entries += found
        }
        return entries
    }

    /// The next whole entries of an area; nil when there are none yet.
    private mutating func nextEntries(of area: Int) throws(LedgerError) -> [RingEntry]? {
        let start = next[area]
        let sequence = try bytes(of: area, start..<start &+ 1).prefix(8)
        if sequence.elementsEqual(Self.bytes(of: start &+ 1)) {
            let count = min(Self.slotsAtOnce, UInt64(geometry.slots[area]))
            let stretch = try bytes(of: area, start..<start &+ count)
            let (entries, end) = RingDecoder.entries(stretch, from: start)
            next[area] = end
            if end > start { return entries }
        }
        // Not written yet; or of a later lap, when the tail has passed it.
        let header = try file.read(at: 0, count: RingLayout.headerSize)
        guard let tail = try? RingDecoder.tail(header, area: area), tail > start else { return nil }
        next[area] = tail
        return []
    }

    private func bytes(of area: Int, _ slots: Range<UInt64>) throws(LedgerError) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in geometry.places(of: slots, in: area) {
            bytes += try file.read(at: UInt64(part.lowerBound), count: part.count)
        }
        return bytes
    }

    private static func bytes(of number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
}
