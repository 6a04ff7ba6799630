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
        ("wide floats", .float64, (1..<5000).map { (1.0 / Double($0)).bitPattern }),
        (
            "integers at the ends", .int64,
            [Int64.min, .max, -1, 0, 1].map(UInt64.init(bitPattern:))
        ),
        ("clock", .int64, (0..<5000).map { 1_700_000_000_000_000_000 &+ $0 &* 1_000_003 }),
        ("constant", .int64, Array(repeating: 42, count: 1025)),
        (
            "decimals that end", .float64,
            (0..<1024).map { (Double($0) / 8).bitPattern } + [Double.pi.bitPattern]
        ),
    ]

    static func decoded(_ values: ColumnValues, _ type: ColumnType, rows: Int) throws
        -> ColumnValues
    {
        let stored = ColumnEncoder.encode(values, type: type, rows: rows)
        return try ColumnDecoder.decode(
            stored.body[...],
            tag: stored.tag,
            flags: stored.flags,
            type: type,
            rows: rows
        )
    }

    @Test("Every bit comes back", arguments: shapes.indices)
    func roundTrip(index: Int) throws {
        let (_, type, words) = Self.shapes[index]
        let back = try Self.decoded(ColumnValues(words: words), type, rows: words.count)
        #expect(back.words == words)
    }

    @Test("Random patterns of every width come back, with and without nulls", arguments: 0...64)
    func randomWidths(width: Int) throws {
        var random = SplitMix(seed: UInt64(width) &+ 1)
        for count in [1, 2, 7, 100, 1500] {
            let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
            let words = (0..<count).map { _ in random.next() & mask }
            let present = (0..<count).map { _ in random.next() % 3 != 0 }
            for type in [ColumnType.int64, .float64] {
                let dense = try Self.decoded(ColumnValues(words: words), type, rows: count)
                #expect(dense.words == words)
                let sparse = try Self.decoded(
                    ColumnValues(words: words, present: present),
                    type,
                    rows: count
                )
                for row in 0..<count where present[row] { #expect(sparse.words[row] == words[row]) }
                if present.contains(false) { #expect(sparse.present == present) }
            }
        }
    }

    @Test("Strings come back")
    func strings() throws {
        let strings = (0..<100).map { "phase \($0 % 3) ü" } + [""]
        let back = try Self.decoded(ColumnValues(strings: strings), .string, rows: strings.count)
        #expect(back.strings == strings)
    }

    @Test("Nothing is stored larger than its raw patterns")
    func neverLarger() {
        var random = SplitMix(seed: 7)
        let words = (0..<4096).map { _ in random.next() }
        let stored = ColumnEncoder.encode(ColumnValues(words: words), type: .float64, rows: 4096)
        #expect(stored.body.count <= 8 * words.count)
    }

    @Test("What compresses is compressed: bytes per value stay under the stated bound")
    func sizes() {
        func bytesPerValue(_ words: [UInt64], _ type: ColumnType) -> Double {
            let stored = ColumnEncoder.encode(
                ColumnValues(words: words),
                type: type,
                rows: words.count
            )
            return Double(stored.body.count) / Double(words.count)
        }
        var random = SplitMix(seed: 3)
        let clock = (0..<4096).map { UInt64($0) * 1_000_000_000 + random.next() % 4096 }
        #expect(bytesPerValue(clock, .int64) < 2.6)
        let accuracy = (0..<4096).map { _ in (Double(random.next() % 10_000) / 1e4).bitPattern }
        #expect(bytesPerValue(accuracy, .float64) < 2)
        let rate = Array(repeating: 1e-3.bitPattern, count: 4096)
        #expect(bytesPerValue(rate, .float64) < 0.01)
    }

    @Test("A damaged column body throws or decodes; it never traps", arguments: shapes.indices)
    func hostile(index: Int) {
        let (_, type, words) = Self.shapes[index]
        let stored = ColumnEncoder.encode(
            ColumnValues(words: words),
            type: type,
            rows: words.count
        )
        var random = SplitMix(seed: UInt64(index))
        for _ in 0..<300 {
            var body = stored.body
            for _ in 0..<3 where !body.isEmpty {
                body[Int(random.next() % UInt64(body.count))] = UInt8(
                    truncatingIfNeeded: random.next()
                )
            }
            let tag = UInt8(random.next() % 14)
            _ = try? ColumnDecoder.decode(
                body.prefix(Int(random.next() % UInt64(body.count + 1))),
                tag: tag,
                flags: UInt8(random.next() % 3),
                type: type,
                rows: words.count
            )
        }
    }
}
