import JouleFile
import JouleFormat
import JouleQuantities

/// Payloads that break a rule, each in a block of its own between good rows.
extension Vector {
    private typealias Column = (number: [UInt8], coding: UInt8, body: [UInt8])

    /// LEB128 of 2⁶⁴.
    private static let tooLarge: [UInt8] = joined([UInt8](repeating: 0x80, count: 9), [0x02])
    /// LEB128 of 2⁶⁴ − 1.
    private static let largest: [UInt8] = joined([UInt8](repeating: 0xFF, count: 9), [0x01])
    /// Two rows 7 and 9: quantum 1, base 7, two bits each.
    private static let twoRows: [UInt8] = [1, 14, 2, 0, 0b1000]

    static let payloads: [Vector] = [
        heads(
            "data-varints",
            "counts and numbers that are too large or not in their shortest spelling",
            [
                joined(tooLarge, [2, 1]), joined([0], tooLarge, [1]), joined([0, 2], tooLarge),
                [0x80, 0x00, 2, 1],
                [UInt8](repeating: 0x80, count: 12), joined([0, 2, 1], largest),
                joined([0, 2, 1], tooLarge),
                [0, 2, 1, 0x81, 0x00], [0, 2], [],
            ]
        ),
        heads(
            "data-series",
            "series that are none, too many, or do not add up",
            [
                [0, 2, 0, 0], [0, 2, 3, 1, 1, 1, 0], [0, 2, 2, 1, 2, 0], [0, 2, 2, 0, 2, 0],
                joined([0, 2, 2, 1], largest, [0]), [0, 2, 2, 2, 0], joined([0, 2], largest, [0]),
            ]
        ),
        bodies(
            "data-columns",
            "columns twice, unknown, too long, with something behind them",
            [
                ([1], 1, joined(twoRows, [0])), ([1], 1, Array(twoRows.dropLast())),
                ([0x80, 0x20], 1, twoRows),
                (largest, 1, twoRows), ([1], 1, []), ([0x81, 0x00], 1, twoRows),
            ]
        ) { forgery in
            forgery.addRows(2, [([1], 1, twoRows), ([1], 1, twoRows)])
            forgery.addRows(2, count: [2], [([1], 1, twoRows)])
            forgery.addRows(2, [([1], 1, twoRows)], behind: [0])
            forgery.addRows(2, count: [0xFF, 0x7F], [([1], 1, twoRows)])
            return 4
        },
        bodies(
            "data-codings",
            "mappings and predictions that there are not, or not of that type",
            [
                ([1], 6, twoRows), ([1], 0x0F, twoRows), ([1], 0x51, twoRows), ([1], 0x71, twoRows),
                ([1], 0x10, [UInt8](repeating: 0, count: 16)), ([1], 4, [0, 0, 0, 1]),
                ([4], 1, twoRows),
                ([4], 0, [UInt8](repeating: 0, count: 16)), ([4], 0x14, [0, 0, 0, 1]),
            ]
        ),
        bodies(
            "data-units",
            "quanta of 0, exponents above 9, raw of another size",
            [
                ([1], 1, [0, 14, 2, 0, 8]), ([3], 3, [10, 1, 14, 2, 0, 8]), ([3], 3, [255]),
                ([1], 0, [UInt8](repeating: 1, count: 15)),
                ([1], 0, [UInt8](repeating: 1, count: 17)),
                ([1], 1, largest), ([1], 1, [2]), ([1], 1, joined([1], tooLarge, [0, 0])),
            ]
        ),
        bodies(
            "data-nulls",
            "bits behind the last row, bitmaps that are cut",
            [
                ([1], 0x81, [0b111, 1, 14, 2, 0, 8]), ([1], 0x81, []),
                ([1], 0x80, [0b01, 1, 2, 3]),
                ([1], 0x81, [0b1000_0011, 1, 14, 2, 0, 8]),
            ]
        ),
        bodies(
            "data-residuals",
            "widths, patches and bits that cannot be",
            [
                ([1], 1, [1, 14, 65, 0]), ([1], 1, [1, 14, 0x7F, 0]), ([1], 1, [1, 14, 2, 3, 8]),
                ([1], 1, [1, 14, 2, 0, 0b1_1000]), ([1], 1, [1, 14, 0, 1, 2, 1]),
                ([1], 1, [1, 14, 0, 2, 0, 1, 0, 1]), ([1], 1, [1, 14, 0, 1, 0, 0]),
                ([1], 1, joined([1, 14, 2, 1, 8, 0], [UInt8](repeating: 0x80, count: 8), [0x40])),
                ([1], 1, joined([1, 14, 64, 1], [UInt8](repeating: 0, count: 16), [0, 1])),
                ([1], 1, joined([1, 14, 0], largest)),
                ([1], 1, joined([1, 14, 0, 1], largest, [1])),
                ([1], 1, [1, 14, 64, 0, 0]), ([1], 1, [1, 14]),
            ]
        ),
        bodies(
            "data-lanes",
            "lanes of an unknown kind, too many, or cut",
            [
                ([1], 1, [1, 14, 0x89]), ([1], 1, [1, 14, 0xFF]), ([1], 1, [1, 14, 0x81, 3, 0, 0]),
                ([1], 1, [1, 14, 0x81, 1, 0]), ([1], 1, [1, 14, 0x82, 0, 0]),
                ([1], 1, [1, 14, 0x81, 0]),
                ([1], 1, joined([1, 14, 0x81, 2], largest)), ([1], 1, [1, 14, 0x81, 2, 0]),
            ]
        ),
        bodies(
            "data-words",
            "words of 0 or 9 bytes, or cut",
            [
                ([1], 1, [1, 14, 0xC0, 0]), ([1], 1, [1, 14, 0xC9, 0]), ([1], 1, [1, 14, 0xC8]),
                ([1], 1, [1, 14, 0xC8, 1]), ([1], 1, joined([1, 14, 0xC1], largest)),
                ([1], 1, [1, 14, 0xC1, 0]), ([1], 1, [1, 14, 0xBF, 0]),
            ]
        ),
        bodies(
            "data-predictions",
            "predictions from columns that are not before, or not numbers",
            [
                ([2], 0x41, [1, 9, 0, 0, 0]), ([2], 0x41, [1, 3, 0, 0, 0]),
                ([2], 0x41, [1, 2, 0, 0, 0]),
                ([2], 0x41, joined([1], largest)), ([3], 0x33, [0, 1, 2, 3, 0, 0, 0]),
                ([3], 0x33, [0, 1]),
                ([2], 0x41, [2, 0, 3, 0, 0, 0]), ([3], 0x31, [1, 2, 3, 0, 0, 0]),
                ([3], 0x43, [0, 1, 3, 0, 0, 0]),
            ]
        ) { forgery in
            // The time stands before, and the power is a time as well.
            forgery.addRows(2, [([2], 1, twoRows), ([3], 0x33, [0, 1, 2, 2, 0, 0, 0])])
            return 1
        },
        bodies(
            "data-strings",
            "text that is no UTF-8, too long, of another size than its strings",
            [
                ([4], 4, [8, 0, 1, 1, 2, 1, 0xFF, 0xFE]),
                ([4], 4, [8, 0, 1, 2, 3, 1, 0xC3, 0xA9, 0x41]),
                ([4], 4, [8, 0, 1, 1, 3, 1, 65, 66, 67]), ([4], 4, [8, 0, 1, 1, 2, 3, 65, 66]),
                ([4], 4, [17, 0, 1, 0, 3, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F, 1]),
                ([4], 4, [8, 0, 1, 1, 2, 1, 65]), ([4], 4, joined([8, 0, 1, 1], largest)),
                ([4], 4, [8, 0, 1, 2, 3, 1, 0xED, 0xA0, 0x80]),
            ]
        ),
        bodies(
            "data-dictionaries",
            "entries that are not there, or more than rows",
            [
                ([4], 5, [3, 0, 0, 0, 1, 0, 0]), ([4], 5, [1, 8, 0, 1, 1, 1, 65, 2, 0, 0b0100]),
                ([4], 5, largest), ([4], 5, [0, 0, 0, 0, 1, 0, 0]),
            ]
        ),
        broken(
            "data-rows",
            "rows beyond what a block may decode to, and none",
            [
                {
                    $0.add(
                        BlockType.data,
                        table: TableID.steps,
                        rows: 1 << 20,
                        joined([0, 2, 1], many(9, 0, 0))
                    )
                },
                { $0.addRows(0, [([1], 1, twoRows)]) },
            ]
        ),
        broken(
            "flags",
            "flags, tables and rows that blocks of their type do not have",
            [
                { $0.add(BlockType.data, flags: 5, table: TableID.steps, rows: 0, [0, 2, 1, 0]) },
                { $0.add(BlockType.data, flags: 3, table: TableID.steps, rows: 0, [0, 2, 1, 0]) },
                { $0.add(BlockType.gap, flags: 2, [UInt8](repeating: 1, count: 16)) },
                { $0.add(BlockType.resume, flags: 2, [UInt8](repeating: 1, count: 40)) },
                {
                    $0.add(
                        BlockType.gap,
                        table: 2,
                        [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0]
                    )
                },
                {
                    $0.add(
                        BlockType.gap,
                        rows: 1,
                        [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0]
                    )
                },
                { $0.add(BlockType.meta, table: 1, rows: 0, zeros(8)) },
            ]
        ),
        broken(
            "raw-size",
            "payloads of another size than the header states",
            [
                { $0.add(BlockType.meta, rows: 0, rawSize: 9, zeros(8)) },
                {
                    $0.add(
                        BlockType.gap,
                        rawSize: 0,
                        [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0]
                    )
                },
                { $0.add(BlockType.data, flags: 3, table: TableID.steps, rows: 0, [0, 2, 1, 0]) },
            ]
        ),
        broken(
            "schema",
            "SCHEMA: counts, types, roles and names that cannot be",
            [
                { $0.add(BlockType.schema, rows: 1, [0xFF, 0xFF]) },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, [[4, 0, 0, 0, 0, 0]]))
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, [[0, 0, 0, 0, 0, 0]]))
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, [[1, 2, 0, 0, 0, 0]]))
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined(
                            [1, 0],
                            table(0x8000, "t", 4095, [[1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
                        )
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, [[1, 0, 1, 0, 0xFF, 0, 0]]))
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, [[1, 0, 0xFF, 0xFF, 65]]))
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined(
                            [1, 0, 0, 0x80, 1, 4],
                            [UInt8](repeating: 65, count: 1025),
                            [0, 0, 0, 0]
                        )
                    )
                },
                {
                    $0.add(
                        BlockType.schema,
                        rows: 1,
                        joined([1, 0], table(0x8000, "t", 0, []), [0])
                    )
                },
                { $0.add(BlockType.schema, rows: 1, []) },
            ]
        ),
        broken(
            "meta",
            "META: no end of a line, another count, no UTF-8, too short",
            [
                { $0.add(BlockType.meta, rows: 1, joined(zeros(8), Array(#"{"run":0}"#.utf8))) },
                { $0.add(BlockType.meta, rows: 2, joined(zeros(8), Array("{\"run\":0}\n".utf8))) },
                {
                    $0.add(
                        BlockType.meta,
                        rows: 1,
                        joined(zeros(8), Array("{\"run\":0}\n{\"run\":0}\n".utf8))
                    )
                },
                { $0.add(BlockType.meta, rows: 0, zeros(7)) },
            ]
        ),
        forged(
            "documents",
            "META: lines that are no documents, between two that are",
            .damaged(.init(repeating: .document, count: documents.count))
        ) { name in
            var forgery = Forgery.steps(name)
            let before = [#"{"run":1,"set":{"run_id":"before"}}"#]
            for text in before + documents + [#"{"run":2,"set":{"run_id":"behind"}}"#] {
                forgery.add(BlockType.meta, rows: 1, zeros(8) + Array(text.utf8) + [0x0A])
            }
            return forgery.bytes
        },
        broken(
            "gap-resume",
            "GAP and RESUME that are cut, too long, or of an unknown cause",
            [
                { $0.add(BlockType.gap, zeros(15)) },
                { $0.add(BlockType.gap, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 9, 0, 0, 0, 0, 0]) },
                { $0.add(BlockType.gap, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]) },
                { $0.add(BlockType.gap, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 1, 0, 0]) },
                { $0.add(BlockType.gap, [1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0]) },
                { $0.add(BlockType.resume, zeros(39)) },
                { $0.add(BlockType.resume, zeros(41)) },
            ]
        ),
        broken(
            "index-summary",
            "INDEX and SUMMARY with counts beyond their bytes",
            [
                { $0.add(BlockType.index, [0, 255]) },
                { $0.add(BlockType.index, joined([0, 0], largest)) },
                { $0.add(BlockType.index, joined([0, 0, 1, 64, 2, 0, 1, 0], largest)) },
                { $0.add(BlockType.index, [0, 0, 1, 64, 2, 0, 1, 0, 1, 0, 0, 1, 2]) },
                { $0.add(BlockType.summary, joined(zeros(8), [1])) },
                {
                    $0.add(
                        BlockType.summary,
                        joined([3, 0, 0, 0, 0, 0, 0, 0, 1], zeros(32), zeros(5))
                    )
                },
                { $0.add(BlockType.summary, joined(zeros(8), [0, 0], largest)) },
                { $0.add(BlockType.summary, joined(zeros(8), [0, 0, 0, 0], largest)) },
                { $0.add(BlockType.summary, joined(zeros(8), [0, 0, 0, 0, 0], largest)) },
                { $0.add(BlockType.summary, joined(zeros(8), [0, 0, 0, 0, 1, 2, 0, 9, 1, 0])) },
            ]
        ),
    ]

    /// So many columns, each with this coding and of this size, which are not there.
    private static func many(_ count: UInt8, _ coding: UInt8, _ size: UInt8) -> [UInt8] {
        [count] + (0..<count).flatMap { [$0, coding, size] }
    }

    private static func table(_ id: UInt16, _ name: String, _ first: UInt16, _ columns: [[UInt8]])
        -> [UInt8]
    {
        var writer = ByteWriter()
        writer.append(id)
        writer.append(text: name)
        writer.append(first)
        writer.append(UInt16(columns.count))
        for column in columns { writer.append(column) }
        return writer.bytes
    }

    /// Blocks that each break a rule.
    static func broken(
        _ name: String,
        _ about: String,
        _ blocks: [@Sendable (inout Forgery) -> Void]
    ) -> Vector {
        let problems = [Integrity.Problem.Kind](repeating: .payload, count: blocks.count)
        return forged(name, about, .damaged(problems)) { name in
            forge(name) { forgery in for block in blocks { block(&forgery) } }
        }
    }

    /// DATA blocks of two rows that begin so.
    private static func heads(_ name: String, _ about: String, _ heads: [[UInt8]]) -> Vector {
        let problems = [Integrity.Problem.Kind](repeating: .payload, count: heads.count)
        return forged(name, about, .damaged(problems)) { name in
            forge(name) { forgery in
                for head in heads {
                    forgery.add(BlockType.data, table: TableID.steps, rows: 2, head)
                }
            }
        }
    }

    /// DATA blocks of two rows with such a column; `more` adds others and says how many.
    private static func bodies(
        _ name: String,
        _ about: String,
        _ columns: [Column],
        more: @escaping @Sendable (inout Forgery) -> Int = { _ in 0 }
    ) -> Vector {
        var counting = Forgery(name)
        let count = columns.count + more(&counting)
        let problems = [Integrity.Problem.Kind](repeating: .payload, count: count)
        return forged(name, about, .damaged(problems)) { name in
            forge(name) { forgery in
                for column in columns { forgery.addRows(2, [column]) }
                _ = more(&forgery)
            }
        }
    }
}
