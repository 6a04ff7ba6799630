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

    /// Columns of more than twice as many values are judged by as many from the middle.
    private static let sampleCount = 512

    private let payload: DataPayload
    private let schema: TableSchema
    private let residuals: Residuals

    init(_ payload: DataPayload, schema: TableSchema, compression: Compression) {
        residuals = Residuals(compression)
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
        let before = stored.body
        var limit = before.count + 8 * values.words.count
        for choice in choices(values.words, type: type, stored.number, rows: rows) {
            guard
                let column = choice.column
                    ?? MappedColumn(values.words, type: type, mapping: choice.mapping),
                let transform = transform(choice.prediction, of: column, stored.number, rows: rows)
            else { continue }
            var writer = ByteWriter()
            writer.append(before)
            column.append(to: &writer)
            let rest = transform.residuals(of: column.integers, series: series, heads: &writer)
            residuals.append(rest, to: &writer)
            if writer.bytes.count < limit {
                limit = writer.bytes.count
                stored.body = writer.bytes
                stored.rank = transform.rank
                stored.coding =
                    stored.coding & ColumnCoding.hasNulls | column.mapping
                    | transform.prediction << ColumnCoding.predictionShift
            }
            if choice.isEnough { break }
        }
        if stored.coding & ColumnCoding.mappingMask == ColumnMapping.raw {
            stored.body = before + Self.raw(values.words)
        }
    }

    /// A way to store a column.
    private struct Choice {
        let mapping: UInt8
        let prediction: UInt8
        /// What the mapping makes of the whole column, where that is known.
        var column: MappedColumn?
        /// Bytes that it would take.
        var cost = 0.0
        /// Whether none that comes later is to be tried when this one fits.
        var isEnough = false
    }

    /// All ways to store a short column; of a long one the likeliest to be best first.
    private func choices(_ words: [UInt64], type: ColumnType, _ number: UInt16, rows: [Int]?)
        -> [Choice]
    {
        let isShort = words.count <= 2 * Self.sampleCount
        let start = isShort ? 0 : (words.count - Self.sampleCount) / 2
        let sample = isShort ? words : Array(words[start..<start + Self.sampleCount])
        let sampleRows =
            isShort ? rows : rows.map { Array($0[start..<start + Self.sampleCount]) }
        var choices: [Choice] = []
        var columns = MappedColumn.candidates(sample, type: type)
        // Floats that are f32 or decimal are never smaller as patterns.
        if !isShort, columns.count > 1 { columns.removeLast() }
        for column in columns {
            for prediction in ColumnPrediction.offset...ColumnPrediction.duration {
                guard
                    let transform = transform(
                        prediction,
                        of: column,
                        number,
                        rows: sampleRows ?? (isShort ? nil : Array(start..<start + sample.count))
                    )
                else { continue }
                var choice = Choice(mapping: column.mapping, prediction: prediction)
                if isShort {
                    choice.column = column
                } else {
                    var unused = ByteWriter()
                    let rest = transform.residuals(
                        of: column.integers,
                        series: [sample.count],
                        heads: &unused
                    )
                    choice.cost = Residuals.estimate(rest)
                    choice.isEnough = true
                }
                choices.append(choice)
            }
        }
        guard !isShort else { return choices }
        // What fits the sample may not fit the rest; then the next one is tried, and patterns last.
        return choices.sorted { $0.cost < $1.cost } + [
            Choice(mapping: ColumnMapping.pattern, prediction: ColumnPrediction.delta)
        ]
    }

    private func transform(
        _ prediction: UInt8,
        of column: MappedColumn,
        _ number: UInt16,
        rows: [Int]?
    ) -> ColumnTransform? {
        switch prediction {
        case ColumnPrediction.energy: energy(column, number, rows: rows)
        case ColumnPrediction.duration: start(column, number, rows: rows)
        default: ColumnTransform(prediction: prediction)
        }
    }

    private static func raw(_ words: [UInt64]) -> [UInt8] {
        words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }

    // MARK: Links to other columns

    /// Energy from a power beside it.
    private func energy(_ column: MappedColumn, _ number: UInt16, rows: [Int]?)
        -> ColumnTransform?
    {
        // Expectations are in whole units, which a quantum would have to divide.
        guard column.mapping == ColumnMapping.decimal, column.quantum == 1,
            schema.columns[Int(number)].unit == "J",
            let time = source(unit: "ns", .int64), let power = source(unit: "W", .float64)
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
    }

    /// A start from the start and the duration before.
    private func start(_ column: MappedColumn, _ number: UInt16, rows: [Int]?)
        -> ColumnTransform?
    {
        guard column.mapping == ColumnMapping.pattern, column.quantum == 1,
            schema.columns[Int(number)].unit == "ns",
            let duration = source(unit: "s", .float64)
        else { return nil }
        return ColumnTransform(
            prediction: ColumnPrediction.duration,
            expected: expected(rows) { before, _ in
                Prediction.nanoseconds(duration.words[before])
            },
            sources: [duration.number]
        )
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
    @inline(__always)
    private func expected(_ rows: [Int]?, _ expectation: (Int, Int) -> UInt64) -> [UInt64] {
        var expected = [UInt64](repeating: 0, count: rows?.count ?? payload.rows)
        for place in expected.indices.dropFirst() {
            if let rows {
                expected[place] = expectation(rows[place - 1], rows[place])
            } else {
                expected[place] = expectation(place - 1, place)
            }
        }
        return expected
    }

    // MARK: Strings

    private func encode(strings: [String], into stored: inout Stored) {
        let plain = spelled(strings)
        let coding = stored.coding
        // By their bytes: strings that only look alike are equal to Swift.
        var numbers: [[UInt8]: Int] = [:]
        var entries: [String] = []
        var indices: [UInt64] = []
        for string in strings {
            let utf8 = Array(string.utf8)
            if let number = numbers[utf8] {
                indices.append(UInt64(number))
            } else {
                indices.append(UInt64(entries.count))
                numbers[utf8] = entries.count
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
