import JouleTestSupport
import Testing

@testable import JouleFormat

/// Rows of several meters in one block, and columns predicted from those beside them.
@Suite("Series and predictions")
struct SeriesTests {
    static func schema(_ id: UInt16) throws -> TableSchema {
        try #require(TableSchema.standard.first { $0.id == id })
    }

    /// Telemetry of `meters` read in turn, the counter adding up the power.
    static func telemetry(
        meters: Int,
        rows: Int,
        power: (Int) -> Double?
    ) -> DataPayload {
        var random = SplitMix(seed: 1)
        var columns: [UInt16: ColumnValues] = [:]
        var times: [UInt64] = []
        var energies: [UInt64] = []
        var watts: [UInt64] = []
        var mask = RowMask()
        var totals = [Double](repeating: 0, count: meters)
        for row in 0..<rows {
            let value = power(row)
            mask.append(value != nil)
            watts.append(value.map { ($0 * 1e3).rounded() / 1e3 }?.bitPattern ?? 0)
            totals[row % meters] += (value ?? 50) * 0.1
            times.append(UInt64(row / meters) * 100_000_000 + random.next() % 100_000)
            energies.append(((totals[row % meters] * 1e3).rounded() / 1e3).bitPattern)
        }
        columns[0] = ColumnValues(words: Array(repeating: 0, count: rows))
        columns[1] = ColumnValues(words: (0..<rows).map { UInt64($0 % meters) })
        columns[2] = ColumnValues(words: times)
        columns[3] = ColumnValues(words: energies)
        columns[4] = ColumnValues(words: watts, present: mask.isFull ? nil : mask)
        return DataPayload(covered: 9, firstRow: 3, rows: rows, columns: columns)
    }

    @Test("Grouping keeps every row and the order within a meter", arguments: [1, 2, 3, 8, 40])
    func grouping(meters: Int) throws {
        let schema = try Self.schema(TableID.telemetry)
        let payload = Self.telemetry(meters: meters, rows: 81) { Double($0 % 7) }
        let grouped = payload.grouped(by: schema)
        #expect(grouped.series.reduce(0, +) == 81)
        #expect(grouped.series.count == meters)
        func rows(_ payload: DataPayload) -> [[UInt64]] {
            (0..<payload.rows).map { row in
                (0..<5).map { payload.columns[$0]?.words[row] ?? 0 }
            }
        }
        let expected = rows(payload).enumerated().sorted {
            ($0.element[1], $0.offset) < ($1.element[1], $1.offset)
        }
        #expect(rows(grouped) == expected.map(\.element))
    }

    @Test("Rows of hardly repeating series stay in order")
    func ungrouped() throws {
        let payload = Self.telemetry(meters: 50, rows: 81) { Double($0) }
        #expect(payload.grouped(by: try Self.schema(TableID.telemetry)) == payload)
    }

    @Test("Energy predicted from power comes back to the bit, with and without power")
    func energy() throws {
        let schema = try Self.schema(TableID.telemetry)
        let odd: [Double?] = [
            .nan, .infinity, -.infinity, 1e300, -0.0, .leastNonzeroMagnitude, nil,
        ]
        var random = SplitMix(seed: 2)
        let powers: [(Int) -> Double?] = [
            { 60 + Double($0 % 11) }, { $0 % 8 < 4 ? 100 : nil },
            { _ in odd[Int(random.next() % 7)] },
        ]
        for power in powers {
            for rows in [1, 2, 9, 700, 4096] {
                let payload = Self.telemetry(meters: 8, rows: rows, power: power)
                    .grouped(by: schema)
                guard payload.columns[4]?.present?.valueCount != 0 else { continue }
                #expect(try ColumnTests.decoded(payload, schema) == payload)
            }
        }
    }

    @Test("A counter that adds up the power beside it takes less than a byte a reading")
    func energySize() throws {
        let schema = try Self.schema(TableID.telemetry)
        var payload = Self.telemetry(meters: 8, rows: 4096) { 200 + Double($0 * 7919 % 997) / 10 }
            .grouped(by: schema)
        let all = PayloadEncoder.encode(payload, schema: schema).bytes.count
        payload.columns[3] = nil
        let rest = PayloadEncoder.encode(payload, schema: schema).bytes.count
        #expect(Double(all - rest) / 4096 < 2)
    }

    @Test("Starts predicted from durations come back to the bit", arguments: [1, 2, 50, 3000])
    func starts(rows: Int) throws {
        let schema = try Self.schema(TableID.epochs)
        var random = SplitMix(seed: 3)
        var started: [UInt64] = []
        var durations: [UInt64] = []
        var now: UInt64 = 1_700_000_000_000_000_000
        for _ in 0..<rows {
            let duration = 12_000_000_000 + random.next() % 50_000_000
            started.append(now)
            durations.append((Double(duration) / 1e9).bitPattern)
            now += duration + random.next() % 500
        }
        let columns: [UInt16: ColumnValues] = [
            3: ColumnValues(words: started), 4: ColumnValues(words: durations),
        ]
        let payload = DataPayload(covered: 0, firstRow: 0, rows: rows, columns: columns)
        #expect(try ColumnTests.decoded(payload, schema) == payload)
        guard rows >= 50 else { return }
        let both = PayloadEncoder.encode(payload, schema: schema).bytes.count
        // 26 bits a duration and 9 a gap; without the prediction each start has 26, too.
        #expect(both * 8 < rows * 38 + 400)
    }

    @Test("A damaged block of telemetry throws or decodes; it never traps")
    func hostile() throws {
        let schema = try Self.schema(TableID.telemetry)
        let payload = Self.telemetry(meters: 3, rows: 300) { Double($0) }.grouped(by: schema)
        let block = PayloadEncoder.encode(payload, schema: schema)
        var random = SplitMix(seed: 4)
        for _ in 0..<4000 {
            var bytes = block.bytes
            for _ in 0...random.next() % 3 {
                let early = random.next() % 2 == 0 ? 40 : UInt64(bytes.count)
                bytes[Int(random.next() % early)] = UInt8(truncatingIfNeeded: random.next())
            }
            _ = try? PayloadDecoder.data(
                bytes[...],
                header: ColumnTests.header(of: block),
                schema: schema
            )
        }
    }
}
