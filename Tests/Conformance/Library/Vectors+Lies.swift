import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// Ledgers whose checksums hold and whose words do not.
extension Vector {
    static let lies: [Vector] = [
        closed("lying-trailer-blocks", "a trailer that counts a block too many", .trailer) {
            $0[8] += 1
        },
        closed("lying-trailer-summary", "a trailer that points beside the SUMMARY", .trailer) {
            $0[16] += 8
        },
        closed("lying-trailer-root", "a trailer of another root", .trailer) { $0[40] ^= 1 },
        summed("lying-summary-rows", "a SUMMARY that counts a row too many") {
            $0.tables[0].rows += 1
        },
        summed("lying-summary-minimum", "a SUMMARY with another minimum") {
            $0.tables[0].columns[0].minimum ^= 2
        },
        summed("lying-summary-sum", "a SUMMARY with another sum") {
            $0.tables[0].columns[0].sum = 7
        },
        summed("lying-summary-name", "a SUMMARY with another name of a column") {
            $0.tables[0].schema.columns[1].name = "gain"
        },
        summed("lying-summary-heads", "a SUMMARY that points to a DATA block as META") {
            $0.headOffsets[0] += 104
        },
        summed("lying-summary-table", "a SUMMARY of a table that nobody wrote") {
            let columns = (0..<5).map { _ in SummaryPayload.Column() }
            let schema = TableSchema.undefined(TableID.telemetry)
            $0.tables.insert(
                .init(schema: schema, covered: 0, rows: 0, columns: columns),
                at: 0
            )
        },
        summed("lying-summary-tree", "a SUMMARY of another tree") { summary in
            summary.tree.append(MerkleTree.leaf([1]))
            summary.tree.append(MerkleTree.leaf([2]))
        },
        forged("lying-index", "an INDEX with another minimum", .damaged([.index])) { name in
            try indexed(name) { $0.entries[3].zones[0].bounds?.minimum += 1 }
        },
        forged(
            "lying-index-pointer",
            "an INDEX that points to one that is not there",
            .damaged([.index])
        ) {
            name in
            try indexed(name) {
                $0.pointers = [.init(ordinal: 0, offset: 64, skipped: .empty)]
                $0.ordinal = 1
            }
        },
        forged(
            "told-otherwise",
            "SCHEMA: a column told again with another type",
            .damaged([.payload])
        ) {
            name in
            forge(name) { forgery in
                let column = ColumnDefinition.int("loss")
                forgery.add(schema(TableID.steps, from: 3, [column]))
            }
        },
        forged(
            "told-with-a-hole",
            "SCHEMA: columns behind ones that nobody told",
            .damaged([.payload])
        ) {
            name in
            forge(name) { $0.add(schema(TableID.steps, from: 6, [.real("late")])) }
        },
        forged("told-never", "rows of a column that no SCHEMA tells", .damaged([.payload])) {
            name in
            forge(name) { $0.addRows(2, [([6], 1, [1, 0, 0, 0])]) }
        },
        forged("rows-jump", "rows that do not continue those before", .damaged([.rows])) { name in
            var forgery = Forgery.steps(name)
            forgery.addGoodRows(from: 0)
            forgery.addGoodRows(from: 5)
            return forgery.bytes
        },
        forged("previous-leaf-first", "a first block that continues another", .damaged([.foreign]))
        {
            name in
            var forgery = try Forgery(Pieces.small("another"), behind: 1)
            let other = forgery.bytes.count
            forgery.addGoodRows(from: 0)
            var block = Array(forgery.bytes[other...])
            // Its sequence becomes 0.
            block[24] = 0
            block.replaceSubrange(..<48, with: Forgery.sealed(Array(block[..<48])))
            return Array(forgery.bytes[..<64]) + block
        },
        forged("unknown-critical", "a critical block of type 0x55", .unreadable("critical_block")) {
            name in
            forge(name) { $0.add(0x55, flags: 1, [1, 2, 3]) }
        },
    ]

    /// META and SCHEMA, two good rows, what is added, and two more.
    static func forge(_ name: String, _ add: (inout Forgery) -> Void) -> [UInt8] {
        var forgery = Forgery.steps(name)
        forgery.addGoodRows(from: 0)
        add(&forgery)
        forgery.addGoodRows(from: 2)
        return forgery.bytes
    }

    static func schema(_ table: UInt16, from first: Int, _ columns: [ColumnDefinition])
        -> EncodedPayload
    {
        let told = SchemaPayload.Table(
            id: table,
            name: "steps",
            firstColumn: first,
            columns: columns
        )
        return PayloadEncoder.encode(SchemaPayload(tables: [told]), compression: .none)
    }

    private static func closed(
        _ name: String,
        _ about: String,
        _ kind: Integrity.Problem.Kind,
        _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) -> Vector {
        forged(name, about, .damaged([kind])) { name in
            var pieces = try Pieces.small(name)
            change(&pieces.parts[6])
            pieces.parts[6] = Forgery.sealed(pieces.parts[6])
            return pieces.bytes
        }
    }

    /// The last SUMMARY says something else, and the trailer covers it.
    private static func summed(
        _ name: String,
        _ about: String,
        _ change: @escaping @Sendable (inout SummaryPayload) -> Void
    ) -> Vector {
        forged(name, about, .damaged([.summary])) { name in
            let pieces = try Pieces.small(name)
            var forgery = try Forgery(pieces, behind: 5)
            let block = try BlockDecoder.blockHeader(
                pieces.parts[5][...],
                salt: forgery.header.salt
            )
            let payload = pieces.parts[5][48..<48 + block.payloadSize]
            var summary = try PayloadDecoder.summary(payload, header: block, at: 0)
            change(&summary)
            let place = forgery.bytes.count
            forgery.add(PayloadEncoder.encode(summary, compression: .none))
            forgery.trailer(summary: place)
            return forgery.bytes
        }
    }

    /// Seventeen blocks of rows, whose INDEX says something else.
    private static func indexed(_ name: String, _ change: (inout IndexPayload) -> Void) throws
        -> [UInt8]
    {
        let pieces = try manyBlocks(name, 17)
        var forgery = try Forgery(pieces, behind: 18)
        let block = try BlockDecoder.blockHeader(pieces.parts[18][...], salt: forgery.header.salt)
        let payload = pieces.parts[18][48..<48 + block.payloadSize]
        var index = try PayloadDecoder.index(payload, header: block)
        change(&index)
        forgery.add(PayloadEncoder.encode(index, compression: .none))
        return forgery.bytes
    }

    /// A closed ledger of so many blocks of a row each: SCHEMA, DATA, INDEX, SUMMARY, trailer.
    static func manyBlocks(_ name: String, _ count: Int64) throws -> Pieces {
        let workplace = TemporaryDirectory()
        let path = VectorPath(ledger: "\(workplace.path)/\(name).joule", compression: .none)
        func write() throws {
            var writer = try VectorWriter(path)
            writer.define(0x8000, [times])
            for row in 0..<count { try writer.rows(0x8000, [[.int(0, row * row)]]) }
            try writer.close()
        }
        try write()
        return try Pieces(Vector.bytes(path.ledger))
    }
}
