/// One column of a block back into the bits that were stored.
enum ColumnDecoder {
    static func decode(
        _ body: ArraySlice<UInt8>,
        tag: UInt8,
        flags: UInt8,
        type: ColumnType,
        rows: Int
    ) throws(FormatError) -> ColumnValues {
        var reader = ByteReader(body)
        guard flags & ~ColumnFlag.hasNulls == 0 else {
            throw .malformed(at: 0, "unknown column flag")
        }
        var present: [Bool]?
        if flags & ColumnFlag.hasNulls != 0 { present = try bitmap(&reader, rows: rows) }
        let count = present?.count { $0 } ?? rows
        var values = ColumnValues(present: present)
        if type == .string {
            guard tag == ColumnTag.strings else { throw .malformed(at: 0, "not a string column") }
            let strings = try strings(&reader, count: count)
            values.strings = spread(strings, present, filler: "")
        } else {
            let words = try words(&reader, tag: tag, count: count)
            values.words = spread(words, present, filler: 0)
        }
        try reader.finish()
        return values
    }

    private static func bitmap(_ reader: inout ByteReader, rows: Int) throws(FormatError) -> [Bool]
    {
        let bytes = try reader.take((rows + 7) / 8)
        if rows % 8 != 0, let last = bytes.last, last >> UInt8(rows % 8) != 0 {
            throw .malformed(at: 0, "unused bits of the null bitmap are set")
        }
        return (0..<rows).map { bytes[bytes.startIndex + $0 / 8] >> UInt8($0 % 8) & 1 == 1 }
    }

    private static func spread<Value>(_ kept: [Value], _ present: [Bool]?, filler: Value) -> [Value]
    {
        guard let present else { return kept }
        var next = kept.makeIterator()
        return present.map { $0 ? next.next() ?? filler : filler }
    }

    private static func words(_ reader: inout ByteReader, tag: UInt8, count: Int)
        throws(FormatError) -> [UInt64]
    {
        switch tag {
        case ColumnTag.raw:
            var words: [UInt64] = []
            words.reserveCapacity(min(count, reader.remaining / 8))
            for _ in 0..<count { words.append(try reader.number()) }
            return words
        case ColumnTag.frameOfReference:
            let base = try reader.number(UInt64.self)
            return try ResidualReader.decode(&reader, count: count).map { base &+ $0 }
        case ColumnTag.delta:
            let first = try reader.number(UInt64.self)
            return try accumulate(&reader, first: first, count: count)
        case ColumnTag.deltaOfDelta: return try deltaOfDelta(&reader, count: count)
        case ColumnTag.float32Order, ColumnTag.float32OrderDelta:
            return try float32(&reader, tag: tag, count: count)
        case ColumnTag.decimalDelta: return try decimal(&reader, count: count)
        default: throw .malformed(at: 0, "unknown column tag \(tag)")
        }
    }

    private static func unzigzag(_ word: UInt64) -> UInt64 { (word >> 1) ^ (0 &- (word & 1)) }

    /// `first`, then each value plus the next zigzag difference.
    private static func accumulate(_ reader: inout ByteReader, first: UInt64, count: Int)
        throws(FormatError) -> [UInt64]
    {
        let differences = try ResidualReader.decode(&reader, count: max(count - 1, 0))
        guard count > 0 else { return [] }
        var values = [first]
        values.reserveCapacity(count)
        var value = first
        for difference in differences {
            value &+= unzigzag(difference)
            values.append(value)
        }
        return values
    }

    private static func deltaOfDelta(_ reader: inout ByteReader, count: Int)
        throws(FormatError) -> [UInt64]
    {
        let first = try reader.number(UInt64.self)
        let step = try reader.number(UInt64.self)
        let steps = try accumulate(&reader, first: step, count: max(count - 1, 0))
        guard count > 0 else { return [] }
        var values = [first]
        values.reserveCapacity(count)
        var value = first
        for step in steps {
            value &+= step
            values.append(value)
        }
        return values
    }

    private static func float32(_ reader: inout ByteReader, tag: UInt8, count: Int)
        throws(FormatError) -> [UInt64]
    {
        let first = UInt64(try reader.number(UInt32.self))
        let patterns =
            tag == ColumnTag.float32Order
            ? try ResidualReader.decode(&reader, count: count).map { first &+ $0 }
            : try accumulate(&reader, first: first, count: count)
        return patterns.map { pattern in
            let ordered = UInt32(truncatingIfNeeded: pattern)
            let bits = ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered
            return Double(Float(bitPattern: bits)).bitPattern
        }
    }

    private static func decimal(_ reader: inout ByteReader, count: Int)
        throws(FormatError) -> [UInt64]
    {
        let exponent = Int(try reader.number(UInt8.self))
        guard exponent < DecimalFraction.scales.count else {
            throw .malformed(at: 0, "decimal exponent \(exponent)")
        }
        let first = try reader.number(UInt64.self)
        let scale = DecimalFraction.scales[exponent]
        return try accumulate(&reader, first: first, count: count).map {
            (Double(Int64(bitPattern: $0)) / scale).bitPattern
        }
    }

    private static func strings(_ reader: inout ByteReader, count: Int)
        throws(FormatError) -> [String]
    {
        let start = reader.offset
        let sizes = try ResidualReader.decode(&reader, count: count)
        let total = Int(try reader.number(UInt32.self))
        guard total <= Limits.rawSizeMax else { throw .limitExceeded(at: start, "strings") }
        let bytes: ArraySlice<UInt8>
        switch try reader.number(UInt8.self) {
        case PlaneKind.raw: bytes = try reader.take(total)
        case PlaneKind.zstd:
            let frame = try reader.take(Int(try reader.number(UInt32.self)))
            bytes = try ZstdDecoder.content(of: frame, size: total, at: start)[...]
        default: throw .malformed(at: start, "unknown kind of string lane")
        }
        var rest = ByteReader(bytes)
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
}
