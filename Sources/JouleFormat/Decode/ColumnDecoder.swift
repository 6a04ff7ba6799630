/// The columns of one block back into the bits that were stored.
struct ColumnDecoder: ~Copyable {
    private let schema: TableSchema
    private(set) var payload: DataPayload
    private var residuals = ResidualReader()
    /// Bytes of text that the columns of the block may still have.
    private var textRoom = Limits.rawSizeMax
    /// Bytes of text that may still be decoded at all.
    private(set) var allowance: Int

    /// `payload` says how many rows and series there are; its columns are added.
    init(_ payload: DataPayload, schema: TableSchema, allowance: Int = .max) {
        self.payload = payload
        self.schema = schema
        self.allowance = allowance
    }

    /// Adds a column; those that it is predicted from were added before.
    mutating func decode(_ body: ArraySlice<UInt8>, column number: UInt16, coding: UInt8)
        throws(FormatError)
    {
        var reader = ByteReader(body)
        let mapping = coding & ColumnCoding.mappingMask
        let prediction = coding >> ColumnCoding.predictionShift & ColumnCoding.predictionMask
        var mask: RowMask?
        if coding & ColumnCoding.hasNulls != 0 { mask = try bitmap(&reader) }
        var values = ColumnValues(present: mask)
        let count = mask?.valueCount ?? payload.rows
        if schema.columns[Int(number)].type == .string {
            guard prediction == 0 else { throw .malformed(at: 0, "strings are not predicted") }
            let strings = try strings(&reader, mapping: mapping, count: count)
            values.strings = Self.spread(strings, mask, filler: "")
        } else {
            let isRaw = mapping == ColumnMapping.raw && prediction == 0
            let words =
                isRaw
                ? try Self.raw(&reader, count: count)
                : try words(&reader, mapping, prediction, mask: mask, count: count)
            values.words = Self.spread(words, mask, filler: 0)
        }
        try reader.finish()
        payload.columns[number] = values
    }

    private func bitmap(_ reader: inout ByteReader) throws(FormatError) -> RowMask {
        let rows = payload.rows
        let bytes = try reader.take((rows + 7) / 8)
        if rows % 8 != 0, let last = bytes.last, last >> UInt8(rows % 8) != 0 {
            throw .malformed(at: 0, "unused bits of the null bitmap are set")
        }
        var words = [UInt64](repeating: 0, count: (rows + 63) / 64)
        for (place, byte) in bytes.enumerated() {
            words[place >> 3] |= UInt64(byte) << UInt64((place & 7) << 3)
        }
        return RowMask(words: words, count: rows)
    }

    private static func spread<Value>(_ kept: [Value], _ mask: RowMask?, filler: Value)
        -> [Value]
    {
        guard let mask else { return kept }
        var all = [Value](repeating: filler, count: mask.count)
        for (place, row) in mask.rows.enumerated() { all[row] = kept[place] }
        return all
    }

    private static func raw(_ reader: inout ByteReader, count: Int) throws(FormatError)
        -> [UInt64]
    {
        let bytes = try reader.take(8 * count)
        var words = [UInt64](repeating: 0, count: count)
        // SAFETY: `bytes` holds eight for each of the `count` words.
        unsafe bytes.withUnsafeBytes { source in
            for place in 0..<count {
                let word = unsafe source.loadUnaligned(
                    fromByteOffset: 8 * place,
                    as: UInt64.self
                )
                words[place] = UInt64(littleEndian: word)
            }
        }
        return words
    }

    // MARK: Numbers

    private mutating func words(
        _ reader: inout ByteReader,
        _ mapping: UInt8,
        _ prediction: UInt8,
        mask: RowMask?,
        count: Int
    ) throws(FormatError) -> [UInt64] {
        let units = try Units(&reader, mapping: mapping)
        let series = series(mask, count: count)
        var integers: [UInt64]
        switch prediction {
        case ColumnPrediction.offset:
            let base = try reader.zigzag()
            integers = try residuals.read(&reader, count: count)
            if base != 0 {
                for place in integers.indices { integers[place] &+= base }
            }
        case ColumnPrediction.delta:
            integers = try differences(&reader, series: series, expected: nil)
        case ColumnPrediction.deltaOfDelta:
            integers = try secondDifferences(&reader, series: series)
        case ColumnPrediction.energy, ColumnPrediction.duration:
            let expected = try expected(&reader, prediction, units, mask: mask, count: count)
            integers = try differences(&reader, series: series, expected: expected)
        default: throw .malformed(at: 0, "unknown prediction \(prediction)")
        }
        units.restore(&integers)
        return integers
    }

    /// How many values there are of each series.
    private func series(_ mask: RowMask?, count: Int) -> [Int] {
        guard payload.series.count > 1 else { return [count] }
        guard let mask else { return payload.series }
        var lengths: [Int] = []
        var row = 0
        for length in payload.series {
            var values = 0
            for _ in 0..<length {
                if mask[row] { values += 1 }
                row += 1
            }
            lengths.append(values)
        }
        return lengths
    }

    /// One number for each series that has more than `place` values, from differences.
    private func heads(_ reader: inout ByteReader, series: [Int], at place: Int)
        throws(FormatError) -> [UInt64]
    {
        var heads: [UInt64] = []
        var head: UInt64 = 0
        for length in series where length > place {
            head &+= try reader.zigzag()
            heads.append(head)
        }
        return heads
    }

    /// Residuals are read to the end of the column and then taken forward: the sum of a series
    /// never overtakes the residuals that are still needed.
    private mutating func differences(
        _ reader: inout ByteReader,
        series: [Int],
        expected: [UInt64]?
    ) throws(FormatError) -> [UInt64] {
        let heads = try heads(&reader, series: series, at: 0)
        let count = series.reduce(0, +) - heads.count
        var integers = try residuals.read(&reader, count: count, behind: heads.count)
        var words = integers.mutableSpan
        var next = heads.count
        var start = 0
        for (head, length) in zip(heads, series.lazy.filter { $0 > 0 }) {
            var integer = head
            words[start] = head
            if let expected {
                for place in start + 1..<start + length {
                    integer &+= ZigZag.decode(words[next]) &+ expected[place]
                    words[place] = integer
                    next += 1
                }
            } else {
                let ahead = next - (start + 1)
                for place in start + 1..<start + length {
                    // SAFETY: lengths add up to the count; each series has one residual less.
                    unsafe integer &+= ZigZag.decode(words[unchecked: place &+ ahead])
                    unsafe words[unchecked: place] = integer
                }
                next += length - 1
            }
            start += length
        }
        return integers
    }

    private mutating func secondDifferences(_ reader: inout ByteReader, series: [Int])
        throws(FormatError) -> [UInt64]
    {
        let heads = try heads(&reader, series: series, at: 0)
        let steps = try self.heads(&reader, series: series, at: 1)
        let first = heads.count + steps.count
        let count = series.reduce(0, +) - first
        var integers = try residuals.read(&reader, count: count, behind: first)
        var words = integers.mutableSpan
        var next = first
        var nextStep = 0
        var start = 0
        for (head, length) in zip(heads, series.lazy.filter { $0 > 0 }) {
            words[start] = head
            if length > 1 {
                var step = steps[nextStep]
                nextStep += 1
                var integer = head &+ step
                words[start + 1] = integer
                let ahead = next - (start + 2)
                for place in start + 2..<start + length {
                    // SAFETY: lengths add up to the count; each series has two residuals less.
                    unsafe step &+= ZigZag.decode(words[unchecked: place &+ ahead])
                    integer &+= step
                    unsafe words[unchecked: place] = integer
                }
                next += length - 2
            }
            start += length
        }
        return integers
    }

    // MARK: Predictions from other columns

    /// For each value what the columns beside it let expect since the value before.
    private func expected(
        _ reader: inout ByteReader,
        _ prediction: UInt8,
        _ units: Units,
        mask: RowMask?,
        count: Int
    ) throws(FormatError) -> [UInt64] {
        let start = reader.offset
        let rows = mask?.rows
        guard units.quantum == 1 else {
            throw .malformed(at: start, "a prediction in units of a quantum")
        }
        if prediction == ColumnPrediction.duration {
            let seconds = try source(&reader, .float64)
            guard units.mapping == ColumnMapping.pattern else {
                throw .malformed(at: start, "a duration predicts patterns only")
            }
            return Self.expected(rows, count) { before, _ in
                Prediction.nanoseconds(seconds[before])
            }
        }
        let time = try source(&reader, .int64)
        let power = try source(&reader, .float64)
        guard units.mapping == ColumnMapping.decimal else {
            throw .malformed(at: start, "a power predicts decimals only")
        }
        let divisor = Prediction.energyDivisor(exponent: units.exponent)
        return Self.expected(rows, count) { before, after in
            Prediction.energy(
                power[before],
                power[after],
                elapsed: time[after] &- time[before],
                divisor: divisor
            )
        }
    }

    private func source(_ reader: inout ByteReader, _ type: ColumnType) throws(FormatError)
        -> [UInt64]
    {
        let start = reader.offset
        let number = try reader.count(max: schema.columns.count - 1, of: "as a column's number")
        guard schema.columns[number].type == type,
            let values = payload.columns[UInt16(number)]
        else { throw .malformed(at: start, "column \(number) predicts nothing here") }
        return values.words
    }

    @inline(__always)
    private static func expected(
        _ rows: [Int]?,
        _ count: Int,
        _ expectation: (Int, Int) -> UInt64
    ) -> [UInt64] {
        var expected = [UInt64](repeating: 0, count: count)
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

    private mutating func strings(_ reader: inout ByteReader, mapping: UInt8, count: Int)
        throws(FormatError) -> [String]
    {
        switch mapping {
        case ColumnMapping.strings: return try spelled(&reader, count: count)
        case ColumnMapping.dictionary:
            let entries = try spelled(&reader, count: reader.count(max: count, of: "strings"))
            let start = reader.offset
            let numbers = try residuals.read(&reader, count: count)
            var size = 0
            for number in numbers {
                guard number < UInt64(entries.count) else {
                    throw .malformed(at: start, "a string that is not in the dictionary")
                }
                size += entries[Int(number)].utf8.count
            }
            try spend(size, at: start)
            return numbers.map { entries[Int($0)] }
        default: throw .malformed(at: 0, "not a string column")
        }
    }

    private mutating func spelled(_ reader: inout ByteReader, count: Int)
        throws(FormatError) -> [String]
    {
        let start = reader.offset
        let sizes = try residuals.read(&reader, count: count)
        let total = try reader.count(max: Limits.rawSizeMax, of: "bytes of text")
        try spend(total, at: start)
        var rest = ByteReader(try residuals.text(&reader, size: total))
        var strings: [String] = []
        strings.reserveCapacity(count)
        for size in sizes {
            guard size <= Limits.stringSizeMax else { throw .limitExceeded(at: start, "string") }
            guard let text = String(validating: try rest.take(Int(size)), as: UTF8.self) else {
                throw .malformed(at: start, "text is not UTF-8")
            }
            strings.append(text)
        }
        try rest.finish()
        return strings
    }

    /// Counts bytes of text before they are there.
    private mutating func spend(_ bytes: Int, at start: Int) throws(FormatError) {
        textRoom -= bytes
        allowance -= bytes
        guard textRoom >= 0, allowance >= 0 else { throw .limitExceeded(at: start, "text") }
    }
}

/// How a column's integers become 64-bit patterns again.
struct Units {
    let mapping: UInt8
    private(set) var exponent = 0
    private(set) var quantum: UInt64 = 1
    private var origin: UInt64 = 0

    init(_ reader: inout ByteReader, mapping: UInt8) throws(FormatError) {
        self.mapping = mapping
        switch mapping {
        case ColumnMapping.float32: return
        case ColumnMapping.pattern: break
        case ColumnMapping.decimal:
            let start = reader.offset
            exponent = Int(try reader.number(UInt8.self))
            guard exponent < DecimalFraction.scales.count else {
                throw .malformed(at: start, "decimal exponent \(exponent)")
            }
        default: throw .malformed(at: 0, "unknown mapping \(mapping)")
        }
        let start = reader.offset
        quantum = try reader.varint()
        guard quantum > 0 else { throw .malformed(at: start, "a quantum of 0") }
        guard quantum > 1 else { return }
        origin = try reader.zigzag()
    }

    func restore(_ integers: inout [UInt64]) {
        var words = integers.mutableSpan
        if quantum != 1 {
            for place in words.indices { words[place] = origin &+ quantum &* words[place] }
        }
        switch mapping {
        case ColumnMapping.float32:
            for place in words.indices {
                // SAFETY: `place` is one of the indices.
                let ordered = unsafe UInt32(truncatingIfNeeded: words[unchecked: place])
                let bits = ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered
                unsafe words[unchecked: place] = Double(Float(bitPattern: bits)).bitPattern
            }
        case ColumnMapping.decimal:
            let scale = DecimalFraction.scales[exponent]
            for place in words.indices {
                // SAFETY: as above.
                let integer = unsafe Int64(bitPattern: words[unchecked: place])
                unsafe words[unchecked: place] = (Double(integer) / scale).bitPattern
            }
        default: break
        }
    }
}
