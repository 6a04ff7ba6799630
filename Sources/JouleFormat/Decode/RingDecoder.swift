/// Reads the bytes of a ring file that nobody vouches for.
package enum RingDecoder {
    /// Checks the fixed part; throws when the ring is of another ledger or version.
    package static func geometry(_ bytes: [UInt8], fileID: [UInt8]) throws(FormatError)
        -> RingGeometry
    {
        var reader = ByteReader(bytes[...])
        guard try reader.take(8).elementsEqual(RingLayout.magic) else { throw .notALedger }
        let version = try reader.number(UInt16.self)
        guard version == RingLayout.version else {
            throw .newerVersion(found: version, supported: RingLayout.version)
        }
        guard try reader.number(UInt16.self) == UInt16(RingLayout.areaCount),
            try reader.number(UInt32.self) == UInt32(RingLayout.slotSize)
        else { throw .malformed(at: 10, "unknown geometry") }
        let owner = try reader.take(16)
        var offsets: [Int] = []
        var slots: [Int] = []
        for _ in 0..<RingLayout.areaCount {
            offsets.append(Int(try reader.number(UInt32.self)))
            slots.append(Int(try reader.number(UInt32.self)))
        }
        let geometry = RingGeometry(reserved: slots[0], bulk: slots[1])
        guard slots.allSatisfy({ $0.nonzeroBitCount == 1 && $0 <= RingGeometry.slotsMax }),
            offsets == offsets.indices.map(geometry.offset)
        else { throw .malformed(at: 32, "unknown geometry") }
        let size = reader.offset
        guard try reader.number(UInt32.self) == Checksum.crc32c(bytes.prefix(size)) else {
            throw .checksumMismatch(at: 0)
        }
        guard owner.elementsEqual(fileID) else {
            throw .malformed(at: 16, "the ring belongs to another ledger")
        }
        return geometry
    }

    /// The number of the first slot that no block covers.
    package static func tail(_ header: [UInt8], area: Int) throws(FormatError) -> UInt64 {
        var reader = ByteReader(header[...])
        _ = try reader.take(RingLayout.tailOffset + 64 * area)
        let tail = try reader.number(UInt64.self)
        guard tail < RingLayout.tailsMax else {
            throw .malformed(at: reader.offset - 8, "a tail that no writer reaches")
        }
        return tail
    }

    /// Lost rows by table and cause.
    package static func drops(_ header: [UInt8]) throws(FormatError) -> [GapPayload] {
        var reader = ByteReader(header[...])
        _ = try reader.take(RingLayout.dropsOffset)
        var drops: [GapPayload] = []
        for table in 0..<RingLayout.dropTables {
            for cause in 0..<RingLayout.dropCauses {
                let rows = try reader.number(UInt64.self)
                guard rows > 0, let cause = GapPayload.Cause(rawValue: UInt8(cause)) else {
                    continue
                }
                drops.append(GapPayload(table: UInt16(table), cause: cause, rows: rows))
            }
        }
        return drops
    }

    /// The entries in a stretch of consecutive slots that begins with slot number `first`, up to the
    /// first that is not whole: rows still being written end the list, they are no damage.
    ///
    /// `end` is the number of the slot behind the last whole entry.
    package static func entries(_ stretch: [UInt8], from first: UInt64) -> (
        entries: [RingEntry], end: UInt64
    ) {
        var entries: [RingEntry] = []
        var place = 0
        while let payload = payload(stretch, at: place, slot: first &+ UInt64(place)) {
            // A payload that cannot be understood is skipped: its checksum held, so it is of a
            // newer writer, or somebody's trap.
            if let content = try? content(payload) {
                entries.append(RingEntry(slot: first &+ UInt64(place), content: content))
            }
            place += RingLayout.slotCount(payloadSize: payload.count)
        }
        return (entries, first &+ UInt64(place))
    }

    /// The same of slots that were all written: what is not whole any more is passed over; `spoilt`
    /// is how many stretches of it there are.
    package static func survivingEntries(_ stretch: [UInt8], from first: UInt64) -> (
        entries: [RingEntry], spoilt: Int
    ) {
        let end = first &+ UInt64(stretch.count / RingLayout.slotSize)
        func place(_ slot: UInt64) -> Int { Int(slot &- first) }
        var spoilt = 0
        var (entries, slot) = Self.entries(stretch, from: first)
        while slot != end {
            spoilt += 1
            repeat {
                slot &+= 1
            } while slot != end && payload(stretch, at: place(slot), slot: slot) == nil
            let rest = Array(stretch[(place(slot) * RingLayout.slotSize)...])
            let whole = Self.entries(rest, from: slot)
            entries += whole.entries
            slot = whole.end
        }
        return (entries, spoilt)
    }

    /// The payload of the entry at a place of a stretch, counted in slots; nil when it is not whole.
    private static func payload(_ stretch: [UInt8], at place: Int, slot: UInt64)
        -> ArraySlice<UInt8>?
    {
        var reader = ByteReader(stretch[(place * RingLayout.slotSize)...])
        guard let sequence = try? reader.number(UInt64.self), sequence == slot &+ 1,
            let size = try? reader.number(UInt32.self), size <= RingLayout.payloadSizeMax,
            let stated = try? reader.number(UInt32.self),
            let payload = try? reader.take(Int(size))
        else { return nil }
        // The checksum covers sequence, size and payload.
        let start = place * RingLayout.slotSize
        let sum = Checksum.crc32c(stretch[start..<start + 12])
        return Checksum.crc32c(payload, continuing: sum) == stated ? payload : nil
    }

    private static func content(_ payload: ArraySlice<UInt8>) throws(FormatError)
        -> RingEntry.Content
    {
        var reader = ByteReader(payload)
        let kind = try reader.number(UInt8.self)
        guard try reader.number(UInt8.self) == 0 else {
            throw .malformed(at: 1, "reserved bits are set")
        }
        switch kind {
        case RingEntryKind.row: return try row(&reader)
        case RingEntryKind.column:
            let table = try reader.number(UInt16.self)
            let number = try reader.number(UInt16.self)
            let definition = try PayloadDecoder.column(&reader)
            try reader.finish()
            return .column(table: table, number: number, definition: definition)
        case RingEntryKind.meta:
            let document = Array(try reader.take(reader.remaining))
            guard String(validating: document, as: UTF8.self) != nil else {
                throw .malformed(at: 2, "a document is not UTF-8")
            }
            return .meta(document)
        default: throw .malformed(at: 0, "unknown kind of entry")
        }
    }

    private static func row(_ reader: inout ByteReader) throws(FormatError) -> RingEntry.Content {
        let table = try reader.number(UInt16.self)
        let count = try reader.number(UInt16.self)
        var cells: [RingCell] = []
        cells.reserveCapacity(min(Int(count), reader.remaining / RingRow.cellSize))
        for _ in 0..<count {
            let column = try reader.number(UInt16.self)
            let word = try reader.number(UInt64.self)
            guard column & RingRow.textMark != 0 else {
                cells.append(RingCell(column: column, word: word))
                continue
            }
            guard word <= Limits.stringSizeMax,
                let text = String(validating: try reader.take(Int(word)), as: UTF8.self)
            else { throw .malformed(at: reader.offset, "text is not UTF-8") }
            let number = column & ~RingRow.textMark
            cells.append(RingCell(column: number, word: word, text: text))
        }
        try reader.finish()
        return .row(table: table, cells: cells)
    }
}
