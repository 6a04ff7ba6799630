import FoundationEssentials
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// A ledger cut into its file header, blocks and trailers.
package struct Pieces: Sendable {
    package var header: [UInt8]
    /// Blocks with their padding, and trailers, as they follow each other.
    package var parts: [[UInt8]]

    package var bytes: [UInt8] { header + parts.joined() }

    /// Of a ledger that is whole.
    package init(_ ledger: [UInt8]) {
        header = Array(ledger.prefix(Layout.fileHeaderSize))
        parts = []
        var place = header.count
        while place + Layout.blockHeaderSize <= ledger.count {
            let isTrailer = ledger[place + 3] == UInt8(ascii: "T")
            let size =
                isTrailer
                ? Layout.trailerSize
                : Layout.padded(Layout.blockHeaderSize + Self.number(ledger, at: place + 12))
            guard place + size <= ledger.count else { break }
            parts.append(Array(ledger[place..<place + size]))
            place += size
        }
    }

    private static func number(_ bytes: [UInt8], at place: Int) -> Int {
        bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// Where a part begins.
    package func offset(of part: Int) -> Int {
        header.count + parts.prefix(part).reduce(0) { $0 + $1.count }
    }

    package func isTrailer(_ part: Int) -> Bool { parts[part][3] == UInt8(ascii: "T") }

    /// A small closed ledger: META, SCHEMA, DATA, DATA, META, SUMMARY, trailer.
    static func small(_ name: String, rows: Int64 = 2) throws -> Pieces {
        let workplace = TemporaryDirectory()
        let path = VectorPath(ledger: "\(workplace.path)/\(name).joule", compression: .none)
        func write() throws {
            var writer = try VectorWriter(path)
            try writer.record()
            writer.define(0x8000, [.int("count"), .real("loss")])
            for block in Int64(0)..<2 {
                try writer.rows(
                    0x8000,
                    (0..<rows).map { row in
                        let count = block * rows + row
                        return [.int(0, count), .real(1, 1 / Double(count + 1))]
                    }
                )
            }
            try writer.meta([["run": 0, "set": ["status": "finished"]]])
            try writer.close()
        }
        try write()
        return try Pieces(Vector.bytes(path.ledger))
    }

    static func step(_ number: Int64) -> [RingCell] {
        [.int(0, 0), .int(1, number), .int(2, number * 1000), .real(3, 1 / Double(number + 1))]
    }
}

/// A ledger whose blocks say whatever they are told to, with checksums and hashes that hold.
struct Forgery {
    let header: FileHeader
    private(set) var bytes: [UInt8]
    private(set) var encoder: BlockEncoder

    init(_ name: String, _ change: (inout FileHeader) -> Void = { _ in }) {
        var header = VectorPath.header(of: name)
        change(&header)
        self.header = header
        bytes = BlockEncoder.encode(header)
        encoder = BlockEncoder(salt: header.salt)
    }

    /// Goes on behind some parts of a ledger.
    init(_ pieces: Pieces, behind count: Int) throws {
        header = try BlockDecoder.fileHeader(pieces.header[...])
        bytes = pieces.header
        var tree = MerkleTree()
        var previousLeaf: UInt64 = 0
        for part in pieces.parts.prefix(count) {
            let block = try BlockDecoder.blockHeader(part[...], salt: header.salt)
            let leaf = BlockDecoder.leaf(part[...], header: block)
            tree.append(leaf)
            previousLeaf = leaf.prefix64
            bytes += part
        }
        encoder = BlockEncoder(salt: header.salt, tree: tree, previousLeaf: previousLeaf)
    }

    mutating func add(_ payload: EncodedPayload) { bytes += encoder.block(payload) }

    /// A block of these bytes.
    mutating func add(
        _ type: UInt8,
        flags: UInt8? = nil,
        table: UInt16 = 0,
        rows: Int = 0,
        rawSize: Int? = nil,
        _ payload: [UInt8]
    ) {
        let isCritical = type <= BlockType.meta && type > 0
        add(
            EncodedPayload(
                type: type,
                flags: BlockFlags(rawValue: flags ?? (isCritical ? 1 : 0)),
                table: table,
                rows: rows,
                rawSize: rawSize ?? payload.count,
                bytes: payload
            )
        )
    }

    /// Changes what was added last, behind the back of the encoder.
    mutating func change(from start: Int, _ body: (inout [UInt8]) -> Void) {
        var last = Array(bytes[start...])
        body(&last)
        bytes.replaceSubrange(start..., with: last)
    }

    mutating func trailer(summary: Int, _ change: (inout [UInt8]) -> Void = { _ in }) {
        var trailer = encoder.trailer(summaryOffset: UInt64(summary))
        change(&trailer)
        bytes += Self.sealed(trailer)
    }

    /// With the checksum that the last four bytes should be.
    static func sealed(_ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(Array(bytes.dropLast(4)))
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }
}

extension Forgery {
    /// META and SCHEMA of a run with steps, whose columns are run, step, time, loss and note.
    static func steps(_ name: String) -> Forgery {
        var forgery = Forgery(name)
        let record = Array(#"{"run":0,"set":{"run_id":"forged"}}"#.utf8)
        let meta = MetaPayload(covered: 0, documents: [record])
        forgery.add(PayloadEncoder.encode(meta, compression: .none))
        let columns = [ColumnDefinition.real("loss"), .text("note")]
        let table = SchemaPayload.Table(
            id: TableID.steps,
            name: "steps",
            firstColumn: 3,
            columns: columns
        )
        forgery.add(PayloadEncoder.encode(SchemaPayload(tables: [table]), compression: .none))
        return forgery
    }

    /// Two rows of steps that are as they should be.
    mutating func addGoodRows(from first: UInt64) {
        var schema = TableSchema.undefined(TableID.steps)
        schema.columns += [.real("loss"), .text("note")]
        let data = DataPayload(
            covered: 0,
            firstRow: first,
            rows: 2,
            columns: [1: ColumnValues(words: [first, first + 1])]
        )
        add(PayloadEncoder.encode(data, schema: schema, compression: .none))
    }

    /// A DATA block of steps with one column, or with whatever `head` and `columns` say.
    mutating func addRows(
        _ rows: Int,
        head: [UInt8] = [0, 2, 1],
        count: [UInt8]? = nil,
        _ columns: [(number: [UInt8], coding: UInt8, body: [UInt8])],
        behind: [UInt8] = []
    ) {
        var writer = ByteWriter()
        writer.append(head)
        if let count { writer.append(count) } else { writer.append(varint: columns.count) }
        for column in columns {
            writer.append(column.number)
            writer.append(column.coding)
            writer.append(varint: column.body.count)
            writer.append(column.body)
        }
        writer.append(behind)
        add(BlockType.data, table: TableID.steps, rows: rows, writer.bytes)
    }
}

extension Vector {
    /// A vector of these bytes.
    static func forged(
        _ name: String,
        _ about: String,
        _ outcome: Outcome,
        bytes: @escaping @Sendable (_ name: String) throws -> [UInt8]
    ) -> Vector {
        Vector("bad/" + name, about, outcome) { path in try path.write(bytes(name)) }
    }
}
