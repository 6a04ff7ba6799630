/// Encodes the columns of one block, each in the smallest way that gives back the same bits.
struct ColumnEncoder: ~Copyable {
    /// A column in its stored form.
    struct Stored {
        var number: UInt16
        /// Mapping, prediction and whether there are nulls.
        var coding: UInt8
        var body: [UInt8]
        /// Columns of a higher rank are predicted from those of lower ones.
        var rank: Int
    }

    /// Above this many values the choice is made on as many from the middle.
    private static let sampleCount = 1024

    private let payload: DataPayload
    private let schema: TableSchema
    private let residuals = Residuals()

    init(_ payload: DataPayload, schema: TableSchema) {
        self.payload = payload
        self.schema = schema
    }

    func encode(_ number: UInt16) -> Stored? {
        guard let values = payload.columns[number], values.present?.valueCount != 0 else {
            return nil
        }
        let rows = values.present.flatMap { $0.isFull ? nil : $0.rows }
        var stored = Stored(number: number, coding: 0, body: [], rank: 0)
        if let rows, let mask = values.present {
            stored.coding = ColumnCoding.hasNulls
            stored.body = Self.bitmap(mask, rows: payload.rows)
            encode(kept(values, rows), series: series(of: rows), rows: rows, into: &stored)
        } else {
            encode(values, series: payload.series, rows: nil, into: &stored)
        }
        return stored
    }

    private func kept(_ values: ColumnValues, _ rows: [Int]) -> ColumnValues {
        ColumnValues(
            words: values.words.isEmpty ? [] : rows.map { values.words[$0] },
            strings: values.strings.isEmpty ? [] : rows.map { values.strings[$0] }
        )
    }

    /// How many of `rows` are of each series.
    private func series(of rows: [Int]) -> [Int] {
        guard payload.series.count > 1 else { return [rows.count] }
        var lengths: [Int] = []
        var end = 0
        var place = 0
        for length in payload.series {
            end += length
            let start = place
            while place < rows.count, rows[place] < end { place += 1 }
            lengths.append(place - start)
        }
        return lengths
    }

    private static func bitmap(_ mask: RowMask, rows: Int) -> [UInt8] {
        (0..<(rows + 7) / 8).map { place in
            UInt8(truncatingIfNeeded: mask.words[place >> 3] >> UInt64((place & 7) << 3))
        }
    }

    // MARK: Numbers

    private func encode(
        _ values: ColumnValues,
        series: [Int],
        rows: [Int]?,
        into stored: inout Stored
    ) {
        let type = schema.columns[Int(stored.number)].type
        guard type != .string else {
            return encode(strings: values.strings, into: &stored)
        }
        var choices: [(MappedColumn, ColumnTransform)] = []
        for column in MappedColumn.candidates(values.words, type: type) {
            choices.append((column, ColumnTransform(prediction: ColumnPrediction.offset)))
            choices.append((column, ColumnTransform(prediction: ColumnPrediction.delta)))
            choices.append((column, ColumnTransform(prediction: ColumnPrediction.deltaOfDelta)))
            if let linked = transform(linking: column, stored.number, rows: rows) {
                choices.append((column, linked))
            }
        }
        if values.words.count > Self.sampleCount {
            choices = [choices[Self.bestOnSample(choices)]]
        }
        let before = stored.body
        stored.body = before + Self.raw(values.words)
        for (column, transform) in choices {
            var writer = ByteWriter()
            writer.append(before)
            column.append(to: &writer)
            let rest = transform.residuals(of: column.integers, series: series, heads: &writer)
            residuals.append(rest, to: &writer)
            guard writer.bytes.count < stored.body.count else { continue }
            stored.body = writer.bytes
            stored.rank = transform.rank
            stored.coding =
                stored.coding & ColumnCoding.hasNulls | column.mapping
                | transform.prediction << ColumnCoding.predictionShift
        }
    }

    private static func bestOnSample(_ choices: [(MappedColumn, ColumnTransform)]) -> Int {
        var best = (index: 0, cost: Double.infinity)
        var unused = ByteWriter()
        for (index, (column, transform)) in choices.enumerated() {
            let start = (column.integers.count - sampleCount) / 2
            let sample = Array(column.integers[start..<start + sampleCount])
            var local = transform
            if !local.expected.isEmpty {
                local.expected = Array(local.expected[start..<start + sampleCount])
            }
            let cost = Residuals.estimate(
                local.residuals(of: sample, series: [sampleCount], heads: &unused)
            )
            if cost < best.cost { best = (index, cost) }
        }
        return best.index
    }

    private static func raw(_ words: [UInt64]) -> [UInt8] {
        var writer = ByteWriter()
        for word in words { writer.append(word) }
        return writer.bytes
    }

    // MARK: Links to other columns

    /// A prediction from columns beside it: energy from power, a start from the duration before.
    private func transform(linking column: MappedColumn, _ number: UInt16, rows: [Int]?)
        -> ColumnTransform?
    {
        let unit = schema.columns[Int(number)].unit
        // Expectations are in whole units, which a quantum would have to divide.
        guard column.quantum == 1 else { return nil }
        switch (unit, column.mapping) {
        case ("J", ColumnMapping.decimal):
            guard let time = source(unit: "ns", .int64), let power = source(unit: "W", .float64)
            else { return nil }
            let divisor = Prediction.energyDivisor(exponent: column.exponent)
            return ColumnTransform(
                prediction: ColumnPrediction.energy,
                expected: expected(rows) { before, after in
                    Prediction.energy(
                        power.words[before],
                        power.words[after],
                        elapsed: time.words[after] &- time.words[before],
                        divisor: divisor
                    )
                },
                sources: [time.number, power.number]
            )
        case ("ns", ColumnMapping.pattern):
            guard let duration = source(unit: "s", .float64) else { return nil }
            return ColumnTransform(
                prediction: ColumnPrediction.duration,
                expected: expected(rows) { before, _ in
                    Prediction.nanoseconds(duration.words[before])
                },
                sources: [duration.number]
            )
        default: return nil
        }
    }

    /// The first column of that unit that has values, nulls as 0.
    private func source(unit: String, _ type: ColumnType) -> (number: UInt16, words: [UInt64])? {
        for (number, column) in schema.columns.enumerated()
        where column.role == .fixed && column.unit == unit && column.type == type {
            guard let values = payload.columns[UInt16(number)] else { continue }
            guard let mask = values.present else { return (UInt16(number), values.words) }
            let words = values.words.enumerated().map { mask[$0] ? $1 : 0 }
            return (UInt16(number), words)
        }
        return nil
    }

    /// For each value what `expectation` says about its row and the row of the value before.
    private func expected(_ rows: [Int]?, _ expectation: (Int, Int) -> UInt64) -> [UInt64] {
        let count = rows?.count ?? payload.rows
        var expected: [UInt64] = [0]
        expected.reserveCapacity(count)
        for place in 1..<max(count, 1) {
            expected.append(
                rows.map { expectation($0[place - 1], $0[place]) }
                    ?? expectation(place - 1, place)
            )
        }
        return expected
    }

    // MARK: Strings

    private func encode(strings: [String], into stored: inout Stored) {
        let plain = spelled(strings)
        let coding = stored.coding
        var numbers: [String: Int] = [:]
        var entries: [String] = []
        var indices: [UInt64] = []
        for string in strings {
            if let number = numbers[string] {
                indices.append(UInt64(number))
            } else {
                indices.append(UInt64(entries.count))
                numbers[string] = entries.count
                entries.append(string)
            }
        }
        var writer = ByteWriter()
        writer.append(varint: entries.count)
        writer.append(spelled(entries))
        residuals.append(indices, to: &writer)
        let isShorter = writer.bytes.count < plain.count
        stored.body += isShorter ? writer.bytes : plain
        stored.coding = coding | (isShorter ? ColumnMapping.dictionary : ColumnMapping.strings)
    }

    /// Lengths as residuals, then the number of UTF-8 bytes and the bytes as one lane.
    private func spelled(_ strings: [String]) -> [UInt8] {
        var writer = ByteWriter()
        residuals.append(strings.map { UInt64($0.utf8.count) }, to: &writer)
        residuals.append(text: strings.flatMap { Array($0.utf8) }, to: &writer)
        return writer.bytes
    }
}
