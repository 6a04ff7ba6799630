import JouleFile
import JouleFormat
import JouleQuantities

/// Ledgers whose newest rows are in a ring.
extension Vector {
    static let rings: [Vector] = [
        Vector(
            "ring-rows",
            "a ring with rows, columns, documents and losses, nothing covered",
            .torn
        ) {
            path in
            var writer = try VectorWriter(path)
            try writer.record()
            var ring = try VectorRing()
            try fill(&ring, steps: 0..<3)
            ring.memory.countDrop(table: TableID.steps, cause: .ringFull)
            ring.memory.countDrop(table: TableID.none, cause: .refused)
            try ring.write(path)
        },
        Vector(
            "ring-covered",
            "blocks hold half of what is in the ring; its tails were not raised",
            .torn
        ) {
            path in
            var drain = try recorded(path)
            var ring = try VectorRing()
            try fill(&ring, steps: 0..<3)
            try ring.drain(into: &drain)
            for area in 0..<RingLayout.areaCount { ring.memory.setTail(of: area, to: 0) }
            try ring.step(3)
            try ring.write(path)
        },
        Vector("ring-raised", "blocks hold what is in front of the tails", .torn) { path in
            var drain = try recorded(path)
            var ring = try VectorRing()
            try fill(&ring, steps: 0..<3)
            try ring.drain(into: &drain)
            try ring.step(3)
            try ring.write(path)
        },
        Vector(
            "ring-wrapped",
            "entries that go on at the start of their area, many laps later",
            .torn
        ) {
            path in
            var drain = try recorded(path)
            var ring = try VectorRing()
            for lap in Int64(0)..<7 {
                try fill(&ring, steps: lap * 3..<lap * 3 + 3)
                if lap < 6 { try ring.drain(into: &drain) }
            }
            try ring.write(path)
        },
        Vector("ring-torn-entry", "an entry whose checksum does not hold ends the walk", .torn) {
            path in
            var writer = try VectorWriter(path)
            try writer.record()
            var ring = try VectorRing()
            for step in Int64(0)..<4 { try ring.step(step) }
            try ring.write(path) { bytes in
                // The last byte of the third entry.
                bytes[VectorRing.geometry.offset(of: 1) + 2 * RingLayout.slotSize + 51] ^= 1
            }
        },
    ]

    private static func recorded(_ path: VectorPath) throws -> RingDrain {
        var writer = try VectorWriter(path)
        try writer.record()
        return writer.draining()
    }

    /// Entries of every kind.
    private static func fill(_ ring: inout VectorRing, steps: Range<Int64>) throws {
        if steps.lowerBound == 0 {
            try ring.push(
                RingEncoder.column(.real("loss"), number: 3, table: TableID.steps),
                in: 1
            )
        }
        for step in steps { try ring.step(step) }
        try ring.push(RingEncoder.meta(Array(#"{"run":0,"set":{"note":"ring"}}"#.utf8)), in: 0)
        try ring.row(
            TableID.phases,
            in: 0,
            [
                .int(0, 0), .int(1, steps.lowerBound),
                .text(3, "a phase with a name of some length"),
                .int(4, 5), .real(5, 0.5),
            ]
        )
    }
}

/// The real ring in memory, small enough to be stored.
struct VectorRing: ~Copyable {
    static let geometry = RingGeometry(reserved: 8, bulk: 8)

    let memory: RingMemory
    private var reserved: RingArea
    private var bulk: RingArea

    struct Full: Error {}

    init() throws {
        let memory = try RingMemory(Self.geometry)
        reserved = RingArea(memory, area: 0)
        bulk = RingArea(memory, area: 1)
        self.memory = memory
    }

    mutating func step(_ step: Int64) throws {
        try row(
            TableID.steps,
            in: 1,
            [
                .int(0, 0), .int(1, step), .int(2, step * 1000), .real(3, 1 / Double(step + 1)),
            ]
        )
    }

    mutating func row(_ table: UInt16, in area: Int, _ cells: [RingCell]) throws {
        try change(area) { ring in
            ring.begin(table: table, cells: cells.count)
            for cell in cells {
                if let text = cell.text {
                    ring.put(column: cell.column, text: text)
                } else {
                    ring.put(column: cell.column, cell.word)
                }
            }
        }
    }

    mutating func push(_ payload: [UInt8], in area: Int) throws {
        try change(area) { $0.fill(payload) }
    }

    private mutating func change(_ area: Int, _ body: (inout RingArea) -> Void) throws {
        let tail = memory.tail(of: area)
        let outcome: RingArea.Push
        if area == 0 {
            body(&reserved)
            outcome = reserved.push(tail: tail)
        } else {
            body(&bulk)
            outcome = bulk.push(tail: tail)
        }
        guard outcome == .kept else { throw Full() }
    }

    /// Moves everything into blocks and raises the tails.
    borrowing func drain(into drain: inout RingDrain) throws {
        try drain.run(memory, heads: [reserved.head, bulk.head], pendingMeta: [])
    }

    /// Lays the ring down beside the ledger.
    func write(_ path: VectorPath, _ change: (inout [UInt8]) -> Void = { _ in }) throws {
        var bytes = memory.image(fileID: path.header.fileID)
        change(&bytes)
        try VectorPath(ledger: path.ring, compression: path.compression).write(bytes)
    }
}
