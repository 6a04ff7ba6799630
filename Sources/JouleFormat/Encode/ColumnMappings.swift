/// A column's values as integers, with what is needed to get the values back.
struct MappedColumn {
    let mapping: UInt8
    /// e of decimals, else 0.
    var exponent = 0
    /// All integers are a multiple of this away from `origin`; 1 when there is no such.
    private(set) var quantum: UInt64 = 1
    private(set) var origin: UInt64 = 0
    /// Two's complement.
    private(set) var integers: [UInt64]
}

extension MappedColumn {
    /// Every mapping that gives back the bits of `words`, which is not empty.
    static func candidates(_ words: [UInt64], type: ColumnType) -> [MappedColumn] {
        var fitting: [MappedColumn] = []
        if type == .float64 {
            if let column = float32(words) { fitting.append(column) }
            if let column = decimal(words) { fitting.append(column) }
        }
        fitting.append(MappedColumn(mapping: ColumnMapping.pattern, integers: words))
        return fitting.map { $0.mapping == ColumnMapping.float32 ? $0 : $0.quantised() }
    }

    /// What the reader needs besides the integers.
    func append(to writer: inout ByteWriter) {
        if mapping == ColumnMapping.decimal { writer.append(UInt8(exponent)) }
        guard mapping != ColumnMapping.float32 else { return }
        writer.append(varint: quantum)
        if quantum > 1 { writer.append(zigzag: origin) }
    }

    /// 32-bit patterns in the order of their values, when every word is the widening of one.
    private static func float32(_ words: [UInt64]) -> MappedColumn? {
        var patterns: [UInt64] = []
        patterns.reserveCapacity(words.count)
        for word in words {
            let narrow = Float(Double(bitPattern: word))
            guard Double(narrow).bitPattern == word else { return nil }
            let bits = narrow.bitPattern
            // Negative numbers descend: flip all their bits; positive ones move above them.
            patterns.append(UInt64(bits >> 31 == 1 ? ~bits : bits | 0x8000_0000))
        }
        return MappedColumn(mapping: ColumnMapping.float32, integers: patterns)
    }

    /// The smallest exponent e for which every word is the f64 nearest to an integer over 10ᵉ.
    private static func decimal(_ words: [UInt64]) -> MappedColumn? {
        var exponent = 0
        // What fits 10ᵉ fits 10ᵉ⁺¹, too, so no word need be looked at twice.
        for word in words {
            while DecimalFraction.integer(
                of: word,
                scale: DecimalFraction.scales[exponent]
            ) == nil {
                exponent += 1
                guard exponent < DecimalFraction.scales.count else { return nil }
            }
        }
        let scale = DecimalFraction.scales[exponent]
        var integers: [UInt64] = []
        integers.reserveCapacity(words.count)
        for word in words {
            // Larger exponents have less room below 2⁵³.
            guard let integer = DecimalFraction.integer(of: word, scale: scale) else { return nil }
            integers.append(UInt64(bitPattern: integer))
        }
        return MappedColumn(
            mapping: ColumnMapping.decimal,
            exponent: exponent,
            integers: integers
        )
    }

    /// The same in units of the greatest common divisor of all distances from the first.
    private func quantised() -> MappedColumn {
        let first = Int64(bitPattern: integers.first ?? 0)
        var divisor: UInt64 = 0
        for integer in integers {
            let (distance, isFar) = Int64(bitPattern: integer).subtractingReportingOverflow(first)
            if isFar { return self }
            divisor = Self.commonDivisor(divisor, distance.magnitude)
            if divisor == 1 { return self }
        }
        // Half the range is left out, so that the divisor can be signed.
        guard divisor > 1, divisor <= UInt64(Int64.max) else { return self }
        var column = self
        column.quantum = divisor
        column.origin = UInt64(bitPattern: first)
        column.integers = integers.map {
            UInt64(bitPattern: (Int64(bitPattern: $0) - first) / Int64(divisor))
        }
        return column
    }

    private static func commonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }
}
