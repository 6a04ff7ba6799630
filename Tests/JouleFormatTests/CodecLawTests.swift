import JouleFormat
import JouleTestSupport
import Testing

/// Whatever the values and however many: a column comes back bit for bit, and never much larger.
@Suite("Laws of the codec")
struct CodecLawTests {
    static let counts = [0, 1, 2, 7, 8, 9, 23, 24, 25, 63, 64, 65, 1023, 1024, 1025, 4096, 4100]

    /// So many values of one kind.
    typealias Kind = (
        name: String, type: ColumnType, make: @Sendable (Int, inout SplitMix) -> [UInt64]
    )

    static let kinds: [Kind] = [
        ("noise", .int64, { n, r in (0..<n).map { _ in r.next() } }),
        ("constant", .int64, { n, _ in [UInt64](repeating: 1 << 63, count: n) }),
        ("alternating", .int64, { n, _ in (0..<n).map { $0 % 2 == 0 ? 1 << 63 : (1 << 63) - 1 } }),
        (
            "extremes", .int64,
            { n, r in
                let ends: [Int64] = [.min, .max, 0, -1, 1, .min + 1]
                return (0..<n).map { _ in UInt64(bitPattern: ends[Int(r.next() % 6)]) }
            }
        ),
        (
            "walk", .int64,
            { n, r in
                var sum = Int64(r.next() >> 4)
                return (0..<n).map { _ in
                    sum &+= Int64(r.next() % 100) - 20
                    return UInt64(bitPattern: sum)
                }
            }
        ),
        (
            "huge quantum", .int64,
            { n, r in
                (0..<n).map { _ in UInt64(bitPattern: Int64(r.next() % 3) * (Int64.max / 2) - 7) }
            }
        ),
        (
            "few values", .int64,
            { n, r in
                let few = (0..<200).map { _ in r.next() >> (r.next() % 30) }
                return (0..<n).map { _ in few[Int(r.next() % 200)] }
            }
        ),
        ("outliers", .int64, { n, r in (0..<n).map { $0 % 97 == 96 ? r.next() : UInt64($0) } }),
        (
            "nan payloads", .float64,
            { n, r in (0..<n).map { _ in r.next() | 0x7FF0_0000_0000_0001 } }
        ),
        ("zeros", .float64, { n, r in (0..<n).map { _ in (r.next() & 1) << 63 } }),
        ("subnormals", .float64, { n, r in (0..<n).map { _ in r.next() & 0x800F_FFFF_FFFF_FFFF } }),
        (
            "edges", .float64,
            { n, r in
                let edges: [Double] = [
                    .infinity, -.infinity, 0x1p53, 0x1p53 - 1, -0x1p53, .leastNonzeroMagnitude,
                    .greatestFiniteMagnitude, 0x1p-126, 0x1p-149, 0.1, -0.0,
                ]
                return (0..<n).map { _ in edges[Int(r.next() % 11)].bitPattern }
            }
        ),
        (
            "f32", .float64,
            { n, r in
                (0..<n).map { _ in
                    Double(Float(bitPattern: UInt32(r.next() & 0x7F7F_FFFF))).bitPattern
                }
            }
        ),
        (
            "f32 with nan", .float64,
            { n, r in
                (0..<n).map { Double($0 % 50 == 9 ? .nan : Float(r.next() % 1000) / 7).bitPattern }
            }
        ),
        (
            "decimals near the end", .float64,
            { n, r in
                (0..<n).map { _ in (Double(9_007_199_254_740_991 - r.next() % 50) / 1e6).bitPattern
                }
            }
        ),
        (
            "decimals", .float64,
            { n, r in
                (0..<n).map { _ in (Double(r.next() % 100_000) / 1e3 - 30).bitPattern }
            }
        ),
        (
            "almost decimals", .float64,
            { n, r in
                (0..<n).map {
                    $0 == n / 2 ? (1 / 3.0).bitPattern : (Double(r.next() % 99) / 10).bitPattern
                }
            }
        ),
    ]

    /// Ways to cut rows into series.
    static func series(_ count: Int, _ random: inout SplitMix) -> [[Int]] {
        guard count > 1 else { return [[count]] }
        var uneven: [Int] = []
        while uneven.reduce(0, +) < count {
            let rest = count - uneven.reduce(0, +)
            uneven.append(min(rest, 1 + Int(random.next() % 90)))
        }
        return [[count], [1, count - 1], [count - 1, 1], uneven]
    }

    private func expectRoundTrip(_ kind: Kind, _ count: Int, _ random: inout SplitMix) throws {
        let schema = TableSchema(
            id: 0x8000,
            name: "t",
            columns: [ColumnDefinition("c", kind.type, role: .metric)]
        )
        let words = kind.make(count, &random)
        let masks: [RowMask?] = [
            nil, RowMask((0..<count).map { $0 % 3 != 0 }),
            RowMask((0..<count).map { $0 == count - 1 }),
        ]
        for lengths in Self.series(count, &random) {
            for mask in masks {
                let kept = words.enumerated().map { mask?[$0] ?? true ? $1 : 0 }
                let values = ColumnValues(words: kept, present: mask?.isFull == true ? nil : mask)
                let payload = DataPayload(
                    covered: 3,
                    firstRow: 5,
                    rows: count,
                    series: lengths,
                    columns: [0: values]
                )
                for compression in [Compression.zstd, .none] {
                    let block = PayloadEncoder.encode(
                        payload,
                        schema: schema,
                        compression: compression
                    )
                    let present = mask?.valueCount ?? count
                    // Raw patterns, the bitmap, and what every block has.
                    let bound = 8 * present + (count + 7) / 8 + 32 + 3 * lengths.count
                    #expect(block.bytes.count <= bound, "\(kind.name) x \(count)")
                    let decoded = try Self.decoded(block, schema)
                    // A column without any value is not stored.
                    let expected = values.present?.valueCount == 0 ? nil : values
                    #expect(decoded.columns[0] == expected, "\(kind.name) x \(count)")
                    #expect(decoded.series == lengths)
                }
            }
        }
    }

    private static func decoded(_ block: EncodedPayload, _ schema: TableSchema) throws
        -> DataPayload
    {
        let header = BlockHeader(
            salt: 0,
            type: block.type,
            flags: block.flags,
            table: block.table,
            payloadSize: block.bytes.count,
            rawSize: block.rawSize,
            rows: block.rows,
            sequence: 0,
            previousLeaf: 0,
            payloadChecksum: 0
        )
        return try PayloadDecoder.data(block.bytes[...], header: header, schema: schema)
    }

    @Test("Numbers of every kind and number come back bit for bit", arguments: kinds.indices)
    func numbers(index: Int) throws {
        var random = SplitMix(seed: UInt64(index) + 1)
        for count in Self.counts { try expectRoundTrip(Self.kinds[index], count, &random) }
    }

    @Test("Noise that comes again is stored once", arguments: [100, 512, 2048, 20_000])
    func recurringNoise(count: Int) {
        var random = SplitMix(seed: 7)
        let noise = (0..<count).map { _ in random.next() }
        let schema = TableSchema(
            id: 0x8000,
            name: "t",
            columns: [ColumnDefinition("c", .int64, role: .metric)]
        )
        let payload = DataPayload(
            covered: 0,
            firstRow: 0,
            rows: 2 * count,
            columns: [0: ColumnValues(words: noise + noise)]
        )
        let stored = PayloadEncoder.encode(payload, schema: schema).bytes.count
        #expect(stored < 8 * count + count / 10 + 60, "\(count)")
    }

    @Test("Strings of every kind and number come back byte for byte", arguments: counts)
    func strings(count: Int) throws {
        let schema = TableSchema(
            id: 0x8000,
            name: "t",
            columns: [ColumnDefinition("c", .string, role: .metric)]
        )
        var random = SplitMix(seed: UInt64(count) + 77)
        let alike = ["e\u{301}", "\u{e9}", "", "😀", "\u{0}", "a"]
        let kinds: [[String]] = [
            (0..<count).map { _ in alike[Int(random.next() % 6)] },
            (0..<count).map { "\($0) \(random.next())" },
            (0..<count).map { _ in "the same" },
            (0..<count).map { String(repeating: "x", count: $0 % 200) },
        ]
        for strings in kinds {
            let payload = DataPayload(
                covered: 0,
                firstRow: 0,
                rows: count,
                columns: [0: ColumnValues(strings: strings)]
            )
            let block = PayloadEncoder.encode(payload, schema: schema)
            let found = try Self.decoded(block, schema).columns[0]?.strings ?? []
            #expect(found.map { Array($0.utf8) } == strings.map { Array($0.utf8) })
            let size = strings.reduce(0) { $0 + $1.utf8.count }
            #expect(block.bytes.count <= size + 8 * count + 64)
        }
    }
}
