import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Columns")
struct ColumnTests {
    /// Shapes that training produces, and patterns that break careless encoders.
    static let shapes: [(String, ColumnType, [UInt64])] = [
        ("empty", .float64, []),
        ("one NaN with a payload", .float64, [0x7FF0_0000_DEAD_BEEF]),
        ("signed zeros", .float64, [0.0, -0.0, 0.0].map(\.bitPattern)),
        (
            "infinities and subnormals", .float64,
            [
                Double.infinity.bitPattern, (-Double.infinity).bitPattern, 1, 2,
                0x8000_0000_0000_0001,
            ]
        ),
        (
            "signalling NaN from 32 bits", .float64,
            [
                0x7FF4_0000_0000_0000, Double(Float(1.5)).bitPattern,
            ]
        ),
        ("narrow floats", .float64, (0..<300).map { Double(Float($0) * -0.37).bitPattern }),
        ("decimals", .float64, (0..<300).map { (Double($0 * 7919 % 10_000) / 1e4).bitPattern }),
        ("negative decimals", .float64, [-0.1, -0.2, 0.3, -1e-9].map(\.bitPattern)),
        ("decimals below 2⁵³ only together", .float64, [9e15, 1e-9].map(\.bitPattern)),
        ("wide floats", .float64, (1..<5000).map { (1.0 / Double($0)).bitPattern }),
        (
            "integers at the ends", .int64,
            [Int64.min, .max, -1, 0, 1].map(UInt64.init(bitPattern:))
        ),
        (
            "the largest differences", .int64,
            (0..<2000).map { $0 % 2 == 0 ? UInt64(1) << 63 : (1 << 63) - 1 }
        ),
        ("clock", .int64, (0..<5000).map { 1_700_000_000_000_000_000 &+ $0 &* 1_000_003 }),
        ("clock of milliseconds", .int64, (0..<99).map { 1_700_000 &* 1_000_000 &* ($0 * $0) }),
        ("a far quantum", .int64, [0, 1 << 63, 0]),
        ("constant", .int64, Array(repeating: 42, count: 1025)),
        ("one outlier", .int64, (0..<4096).map { $0 == 1777 ? .max : UInt64($0 % 3) }),
        (
            "decimals that end", .float64,
            (0..<1024).map { (Double($0) / 8).bitPattern } + [Double.pi.bitPattern]
        ),
        (
            "narrow floats that end", .float64,
            (0..<3000).map { (1 + Double($0) / 64).bitPattern } + [Double.pi.bitPattern]
        ),
    ]

    static func schema(_ types: [ColumnType]) -> TableSchema {
        TableSchema(id: 0x8000, name: "t", columns: types.map { ColumnDefinition("c", $0) })
    }

    /// A block of one column.
    static func payload(_ values: ColumnValues, rows: Int, series: [Int]? = nil) -> DataPayload {
        DataPayload(
            covered: 5,
            firstRow: 1 << 40,
            rows: rows,
            series: series,
            columns: [0: values]
        )
    }

    static func decoded(_ payload: DataPayload, _ schema: TableSchema) throws -> DataPayload {
        let block = PayloadEncoder.encode(payload, schema: schema)
        return try PayloadDecoder.data(
            block.bytes[...],
            header: Self.header(of: block),
            schema: schema
        )
    }

    static func header(of block: EncodedPayload) -> BlockHeader {
        BlockHeader(
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
    }

    static func size(_ words: [UInt64], _ type: ColumnType) -> Int {
        let payload = payload(ColumnValues(words: words), rows: words.count)
        return PayloadEncoder.encode(payload, schema: schema([type])).bytes.count
    }

    @Test("Every bit comes back", arguments: shapes.indices)
    func roundTrip(index: Int) throws {
        let (_, type, words) = Self.shapes[index]
        let payload = Self.payload(ColumnValues(words: words), rows: words.count)
        #expect(try Self.decoded(payload, Self.schema([type])) == payload)
    }

    /// Every way there is to store `words`, whatever the encoder would choose.
    static func everyWay(_ words: [UInt64], _ type: ColumnType, series: [Int]) -> [(
        coding: UInt8, body: [UInt8]
    )] {
        let residuals = Residuals(.zstd)
        return MappedColumn.candidates(words, type: type).flatMap { column in
            [ColumnPrediction.offset, ColumnPrediction.delta, ColumnPrediction.deltaOfDelta]
                .map { prediction in
                    var writer = ByteWriter()
                    column.append(to: &writer)
                    let rest = ColumnTransform(prediction: prediction)
                        .residuals(of: column.integers, series: series, heads: &writer)
                    residuals.append(rest, to: &writer)
                    return (
                        column.mapping | prediction << ColumnCoding.predictionShift, writer.bytes
                    )
                }
        }
    }

    @Test("Every bit comes back by every mapping and prediction", arguments: shapes.indices)
    func everyCoding(index: Int) throws {
        let (_, type, words) = Self.shapes[index]
        var random = SplitMix(seed: UInt64(index))
        var cuts = [words.count]
        if words.count > 3 {
            let first = 1 + Int(random.next() % UInt64(words.count - 2))
            cuts = [first, 1, words.count - first - 1]
        }
        for series in [[words.count], cuts.filter { $0 > 0 }] {
            for (coding, body) in Self.everyWay(words, type, series: series) {
                var decoder = ColumnDecoder(
                    DataPayload(covered: 0, firstRow: 0, rows: words.count, series: series),
                    schema: Self.schema([type])
                )
                try decoder.decode(body[...], column: 0, coding: coding)
                #expect(decoder.payload.columns[0]?.words == words, "coding \(coding)")
            }
        }
    }

    @Test("Random patterns of every width come back, with and without nulls", arguments: 0...64)
    func randomWidths(width: Int) throws {
        var random = SplitMix(seed: UInt64(width) &+ 1)
        for count in [0, 1, 2, 7, 100, 1023, 1024, 1025, 4096] {
            let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
            let words = (0..<count).map { _ in random.next() & mask }
            let present = RowMask((0..<count).map { _ in random.next() % 3 != 0 })
            for type in [ColumnType.int64, .float64] {
                let dense = Self.payload(ColumnValues(words: words), rows: count)
                #expect(try Self.decoded(dense, Self.schema([type])) == dense)
                let sparse = Self.payload(
                    ColumnValues(
                        words: words.enumerated().map { present[$0] ? $1 : 0 },
                        present: present
                    ),
                    rows: count,
                    series: count > 2 ? [count / 3, count - count / 3] : nil
                )
                guard !present.isFull, present.valueCount > 0 else { continue }
                #expect(try Self.decoded(sparse, Self.schema([type])) == sparse)
            }
        }
    }

    @Test("A column without a value takes no room and reads as absent")
    func allNull() throws {
        var mask = RowMask()
        mask.appendNulls(70)
        let values = ColumnValues(words: Array(repeating: 7, count: 70), present: mask)
        let back = try Self.decoded(Self.payload(values, rows: 70), Self.schema([.int64]))
        #expect(back.columns.isEmpty)
        #expect(back.rows == 70)
    }

    @Test("Strings come back, repeated ones and unlike ones, with nulls")
    func strings() throws {
        var random = SplitMix(seed: 5)
        for kinds: UInt64 in [1, 3, 1000] {
            let strings = (0..<1000).map { _ in "phase \(random.next() % kinds) ü" } + [""]
            let dense = Self.payload(ColumnValues(strings: strings), rows: strings.count)
            #expect(try Self.decoded(dense, Self.schema([.string])) == dense)
            let mask = RowMask(strings.map { $0.hasSuffix("1 ü") || $0.isEmpty })
            let sparse = Self.payload(
                ColumnValues(
                    strings: strings.enumerated().map { mask[$0] ? $1 : "" },
                    present: mask
                ),
                rows: strings.count
            )
            #expect(try Self.decoded(sparse, Self.schema([.string])) == sparse)
        }
    }

    @Test("Strings that only look alike keep their own bytes")
    func lookalikes() throws {
        let composed = "caf\u{E9}"
        let decomposed = "cafe\u{301}"
        let strings = (0..<100).map { $0 % 3 == 0 ? composed : decomposed }
        let payload = Self.payload(ColumnValues(strings: strings), rows: strings.count)
        let back = try Self.decoded(payload, Self.schema([.string]))
        let bytes = back.columns[0]?.strings.map { Array($0.utf8) }
        #expect(bytes == strings.map { Array($0.utf8) })
    }

    @Test("Nothing is stored much larger than its raw patterns")
    func neverLarger() {
        var random = SplitMix(seed: 7)
        #expect(Self.size((0..<4096).map { _ in random.next() }, .float64) <= 8 * 4096 + 14)
    }

    @Test("What compresses is compressed: bytes per value stay under the stated bound")
    func sizes() {
        func bytesPerValue(_ words: [UInt64], _ type: ColumnType) -> Double {
            Double(Self.size(words, type)) / Double(words.count)
        }
        var random = SplitMix(seed: 3)
        let clock = (0..<4096).map { UInt64($0) * 1_000_000_000 + random.next() % 4096 }
        #expect(bytesPerValue(clock, .int64) < 1.85)
        let accuracy = (0..<4096).map { _ in (Double(random.next() % 10_000) / 1e4).bitPattern }
        #expect(bytesPerValue(accuracy, .float64) < 1.75)
        let rate = Array(repeating: 1e-3.bitPattern, count: 4096)
        #expect(bytesPerValue(rate, .float64) < 0.01)
        let coarse = (0..<4096).map { _ in random.next() % 200 * 1_000_000 }
        #expect(bytesPerValue(coarse, .int64) < 1.02)
        var spikes = [UInt64](repeating: 9, count: 4096)
        for place in stride(from: 100, to: 4096, by: 500) { spikes[place] = random.next() >> 2 }
        #expect(bytesPerValue(spikes, .int64) < 0.05)
    }

    @Test("A damaged payload throws or decodes; it never traps", arguments: shapes.indices)
    func hostile(index: Int) {
        let (_, type, words) = Self.shapes[index]
        var random = SplitMix(seed: UInt64(index))
        let ways = Self.everyWay(words, type, series: [words.count])
        for round in 0..<600 {
            var (coding, body) = ways[round % ways.count]
            for _ in 0..<Int(random.next() % 4) where !body.isEmpty {
                body[Int(random.next() % UInt64(body.count))] = UInt8(
                    truncatingIfNeeded: random.next()
                )
            }
            if random.next() % 4 == 0 { coding = UInt8(truncatingIfNeeded: random.next()) }
            if random.next() % 4 == 0 { body.removeLast(Int(random.next() & 7) & body.count) }
            var decoder = ColumnDecoder(
                DataPayload(covered: 0, firstRow: 0, rows: words.count),
                schema: Self.schema([type])
            )
            try? decoder.decode(body[...], column: 0, coding: coding)
        }
    }

    @Test("Numbers and text count before they are there", arguments: [["a", "b"], ["a", "a"]])
    func allowances(texts: [String]) throws {
        let payload = DataPayload(
            covered: 0,
            firstRow: 0,
            rows: 1000,
            columns: [
                0: ColumnValues(words: (0..<1000).map { $0 }),
                1: ColumnValues(strings: (0..<1000).map { texts[$0 % 2] }),
            ]
        )
        let schema = Self.schema([.int64, .string])
        let block = PayloadEncoder.encode(payload, schema: schema)
        func decode(within allowance: inout Int) throws(FormatError) -> DataPayload {
            try PayloadDecoder.data(
                block.bytes[...],
                header: Self.header(of: block),
                schema: schema,
                spending: &allowance
            )
        }
        var allowance = 1 << 20
        let decoded = try decode(within: &allowance)
        #expect(decoded.columns == payload.columns)
        let cost = 1 << 20 - allowance
        // Eight bytes of each row and column, one of each text, and those of a dictionary.
        #expect(17_000...17_002 ~= cost)
        for missing in [1, 1_000, 1_100, cost] {
            var small = cost - missing
            #expect(throws: FormatError.self) { _ = try decode(within: &small) }
            #expect(small < 0)
        }
    }
}
