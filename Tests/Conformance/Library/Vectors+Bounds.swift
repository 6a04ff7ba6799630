import JouleFile
import JouleFormat
import JouleQuantities

/// Numbers at and beyond the largest that the format allows, and things that there are none of.
extension Vector {
    static let bounds: [Vector] = [
        forged(
            "sequence-largest",
            "a block of number 2⁶³ − 1, the largest, and one behind it",
            .damaged([.missing, .repeated])
        ) { name in
            forge(name) { $0.addBlock(numbered: 1 << 63 - 1) }
        },
        forged(
            "sequence-beyond",
            "a block of number 2⁶³, which is none, and one of 2⁶⁴ − 1 at the end",
            .damaged([.damaged, .missing])
        ) { name in
            var forgery = Forgery.steps(name)
            forgery.addGoodRows(from: 0)
            forgery.addBlock(numbered: 1 << 63)
            forgery.addGoodRows(from: 2)
            forgery.addBlock(numbered: .max)
            return forgery.bytes
        },
        broken(
            "summary-tree",
            "SUMMARY: trees of 2⁶³ and 2⁶⁴ − 1 blocks",
            [
                { $0.add(BlockType.summary, joined(zeros(7), [0x80, 1], zeros(32), zeros(5))) },
                {
                    $0.add(
                        BlockType.summary,
                        joined([UInt8](repeating: 0xFF, count: 8), [64], zeros(64 * 32), zeros(5))
                    )
                },
            ]
        ),
        broken(
            "summary-heads",
            "SUMMARY: places of heads beyond 2⁶⁴, 5000 heads where few blocks are",
            [
                {
                    $0.add(
                        BlockType.summary,
                        joined(
                            zeros(10),
                            [2, 64],
                            [UInt8](repeating: 0xFF, count: 9),
                            [1],
                            zeros(3)
                        )
                    )
                },
                {
                    $0.add(
                        BlockType.summary,
                        joined(zeros(10), [0x88, 0x27], zeros(5000), zeros(3))
                    )
                },
            ]
        ),
        broken(
            "summary-fixed",
            "SUMMARY: a table told from a column on that is not the first behind the fixed ones",
            [
                { $0.add(BlockType.summary, steps(from: 0)) },
                { $0.add(BlockType.summary, steps(from: 2)) },
            ]
        ),
        broken(
            "index-entries",
            "INDEX: no block, 65 blocks, 4097 zones of a block, 2⁶³ INDEX blocks before it",
            [
                { $0.add(BlockType.index, [0, 0, 0]) },
                {
                    let entries = [[UInt8]](repeating: [64, 2, 0, 1, 0, 0], count: 65)
                    $0.add(BlockType.index, joined([0, 0, 65], Array(entries.joined())))
                },
                {
                    $0.add(
                        BlockType.index,
                        joined([0, 0, 1, 64, 2, 0, 1, 0, 0x81, 0x20], zeros(4097 * 4))
                    )
                },
                {
                    $0.add(
                        BlockType.index,
                        joined(
                            [UInt8](repeating: 0x80, count: 9),
                            [1, 0, 1, 64, 2, 0, 1, 0, 0]
                        )
                    )
                },
            ]
        ),
        forged(
            "summary-unlisted",
            "a SUMMARY with an INDEX before it that lacks the last block of rows",
            .damaged([.summary])
        ) { name in
            try unlisted(name)
        },
        Vector(
            "bad/ring-payloads",
            "whole entries with reserved bits, bytes behind a column, a document that is no UTF-8",
            .torn
        ) { path in
            var writer = try VectorWriter(path)
            try writer.record()
            var ring = try VectorRing()
            let row: [UInt8] = joined([2, 0, 1, 0, 1, 0, 7], zeros(7))
            let column = RingEncoder.column(.real("loss"), number: 3, table: TableID.steps)
            let document = Array(#"{"run":0,"set":{"a":"b"}}"#.utf8)
            try ring.push([1, 1] + row, in: 1)
            try ring.push(column + [0], in: 1)
            try ring.push([1, 0] + row, in: 1)
            try ring.push([3, 1] + document, in: 0)
            try ring.push(RingEncoder.meta(document.map { $0 == 0x62 ? 0xFF : $0 }), in: 0)
            try ring.push(RingEncoder.meta(document), in: 0)
            try ring.write(path)
        },
        forged(
            "data-text",
            "DATA: two columns of 33 MiB of text each",
            .damaged([.payload])
        ) { name in
            forge(name) { forgery in
                forgery.add(schema(0x8000, from: 0, [.text("a"), .text("b")]))
                let columns = [0, 1].map { joined([$0, 5, UInt8(sameTexts.count)], sameTexts) }
                forgery.add(
                    BlockType.data,
                    table: 0x8000,
                    rows: 528,
                    joined([0, 0, 1, 2], Array(columns.joined()))
                )
            }
        },
        forged(
            "gap-sum",
            "GAP blocks of more than 2⁶⁴ − 1 rows together, which is what they are told as",
            .torn
        ) { name in
            forge(name) { forgery in
                for rows in [1 << 63, 1 << 63, 1] as [UInt64] {
                    let gap = GapPayload(table: TableID.steps, cause: .ringFull, rows: rows)
                    forgery.add(PayloadEncoder.encode(gap))
                }
            }
        },
    ]

    /// A dictionary of one text of 64 KiB, a frame that repeats a byte, and every row has it.
    private static let sameTexts: [UInt8] = joined(
        [1, 17, 0, 0, 0, 1, 0x80, 0x80, 0x04, 2, 13],
        [0x28, 0xB5, 0x2F, 0xFD, 0xA0, 0, 0, 1, 0, 0x03, 0x00, 0x08, 0x41],
        [0, 0]
    )

    /// What may be empty.
    static let empties: [Vector] = [
        closed(
            "schema-of-none",
            "SCHEMA: a table that gains no column, and is none of the SUMMARY"
        ) { forgery, _ in
            let told = SchemaPayload.Table(
                id: TableID.epochs,
                name: "epochs",
                firstColumn: 6,
                columns: []
            )
            let schema = SchemaPayload(tables: [told])
            forgery.add(PayloadEncoder.encode(schema, compression: .none))
        },
        closed("rows-of-none", "DATA of no rows, which makes no table of the SUMMARY") {
            forgery,
            _ in
            forgery.add(BlockType.data, table: TableID.steps, [0, 0, 1, 0])
        },
        closed(
            "private-raw-size",
            "private and unknown blocks whose raw sizes are 4.4 GiB together"
        ) { forgery, heads in
            for type in [UInt8](repeating: 0x80, count: 70) + [0x55] {
                heads.append(UInt64(forgery.bytes.count))
                forgery.add(type, rawSize: Limits.rawSizeMax, [1])
            }
        },
    ]

    /// A run without rows, what is added, which says where it puts heads, SUMMARY and trailer.
    private static func closed(
        _ name: String,
        _ about: String,
        _ add: @escaping @Sendable (inout Forgery, inout [UInt64]) -> Void
    ) -> Vector {
        Vector(name, about) { path in
            var forgery = Forgery(name)
            var heads = [UInt64(forgery.bytes.count)]
            let record = Array(#"{"run":0,"set":{"run_id":"forged"}}"#.utf8)
            let meta = MetaPayload(covered: 0, documents: [record])
            forgery.add(PayloadEncoder.encode(meta, compression: .none))
            add(&forgery, &heads)
            let place = forgery.bytes.count
            let summary = SummaryPayload(
                tree: forgery.encoder.tree,
                indexOffset: nil,
                headOffsets: heads,
                metaCovered: 0,
                gaps: [],
                tables: []
            )
            forgery.add(PayloadEncoder.encode(summary, compression: .none))
            forgery.trailer(summary: place)
            try path.write(forgery.bytes)
        }
    }

    /// The eighteenth block of rows stands behind the INDEX, and the SUMMARY counts it.
    private static func unlisted(_ name: String) throws -> [UInt8] {
        let listed = try manyBlocks(name, 17)
        let all = try manyBlocks(name, 18)
        var forgery = try Forgery(listed, behind: 19)
        let index = UInt64(listed.offset(of: 18))
        func header(of part: Int) throws -> BlockHeader {
            try BlockDecoder.blockHeader(all.parts[part][...], salt: forgery.header.salt)
        }
        func payload(of part: Int) throws -> [UInt8] {
            Array(all.parts[part].dropFirst(48).prefix(try header(of: part).payloadSize))
        }
        forgery.add(EncodedPayload(again: try header(of: 18), try payload(of: 18)))
        var summary = try PayloadDecoder.summary(
            payload(of: 20)[...],
            header: header(of: 20),
            at: 0
        )
        summary.tree = forgery.encoder.tree
        summary.indexOffset = index
        let place = forgery.bytes.count
        forgery.add(PayloadEncoder.encode(summary, compression: .none))
        forgery.trailer(summary: place)
        return forgery.bytes
    }

    /// A SUMMARY of no blocks with the table of steps, its columns told from a fixed one on.
    private static func steps(from first: Int) -> [UInt8] {
        let columns = TableSchema.undefined(TableID.steps).columns[first...]
        var writer = ByteWriter()
        writer.append(zeros(13))
        writer.append(varint: 1)
        writer.append(TableID.steps)
        writer.append(text: "steps")
        writer.append(UInt16(first))
        writer.append(UInt16(columns.count))
        for column in columns {
            writer.append([column.type.rawValue, column.role.rawValue])
            writer.append(text: column.name)
            writer.append(text: column.unit)
        }
        writer.append(zeros(2 + 3))
        return writer.bytes
    }
}

extension Forgery {
    /// Rows in a block that says another number of itself; those behind do not follow it.
    fileprivate mutating func addBlock(numbered sequence: UInt64) {
        let start = bytes.count
        addGoodRows(from: 2)
        change(from: start) { block in
            for byte in 0..<8 {
                block[24 + byte] = UInt8(truncatingIfNeeded: sequence >> (8 * byte))
            }
            block.replaceSubrange(..<48, with: Self.sealed(Array(block[..<48])))
        }
    }
}
