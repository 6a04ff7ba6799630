/// A column's values as integers, with what is needed to get the values back.
struct MappedColumn {
    let mapping: UInt8
    /// e of decimals, else 0.
    private(set) var exponent = 0
    /// All integers are a multiple of this away from `origin`; 1 when there is no such.
    private(set) var quantum: UInt64 = 1
    private(set) var origin: UInt64 = 0
    /// Two's complement.
    private(set) var integers: [UInt64]
}

extension MappedColumn {
    /// Every mapping that gives back the bits of `words`, which is not empty.
    static func candidates(_ words: [UInt64], type: ColumnType) -> [MappedColumn] {
        [ColumnMapping.float32, ColumnMapping.decimal, ColumnMapping.pattern]
            .compactMap { MappedColumn(words, type: type, mapping: $0) }
    }

    /// Nil when that mapping does not give back the bits of `words`.
    init?(_ words: [UInt64], type: ColumnType, mapping: UInt8) {
        self.mapping = mapping
        switch mapping {
        case ColumnMapping.float32:
            guard type == .float64, let patterns = Self.float32(words) else { return nil }
            integers = patterns
        case ColumnMapping.decimal:
            guard type == .float64, let decimals = Self.decimal(words) else { return nil }
            (exponent, integers) = decimals
            quantise()
        default:
            integers = words
            quantise()
        }
    }

    /// What the reader needs besides the integers.
    func append(to writer: inout ByteWriter) {
        if mapping == ColumnMapping.decimal { writer.append(UInt8(exponent)) }
        guard mapping != ColumnMapping.float32 else { return }
        writer.append(varint: quantum)
        if quantum > 1 { writer.append(zigzag: origin) }
    }

    /// 32-bit patterns in the order of their values, when every word is the widening of one.
    private static func float32(_ words: [UInt64]) -> [UInt64]? {
        // The low bits of a widened f32 are 0, which tells most others apart at once.
        guard words.allSatisfy({ $0 & 0x1FFF_FFFF == 0 }) else { return nil }
        var patterns: [UInt64] = []
        patterns.reserveCapacity(words.count)
        for word in words {
            let narrow = Float(Double(bitPattern: word))
            guard Double(narrow).bitPattern == word else { return nil }
            let bits = narrow.bitPattern
            // Negative numbers descend: flip all their bits; positive ones move above them.
            patterns.append(UInt64(bits >> 31 == 1 ? ~bits : bits | 0x8000_0000))
        }
        return patterns
    }

    /// The smallest exponent e for which every word is the f64 nearest to an integer over 10ᵉ, and
    /// those integers.
    private static func decimal(_ words: [UInt64]) -> (Int, [UInt64])? {
        var exponent = 0
        var integers: [UInt64] = []
        integers.reserveCapacity(words.count)
        for word in words {
            var integer = DecimalFraction.integer(
                of: word,
                scale: DecimalFraction.scales[exponent]
            )
            while integer == nil {
                exponent += 1
                guard exponent < DecimalFraction.scales.count else { return nil }
                // What is k over 10ᵉ is 10·k over 10ᵉ⁺¹, the same number and so the same bits.
                guard scaleUp(&integers) else { return nil }
                integer = DecimalFraction.integer(
                    of: word,
                    scale: DecimalFraction.scales[exponent]
                )
            }
            integers.append(UInt64(bitPattern: integer ?? 0))
        }
        return (exponent, integers)
    }

    /// Ten times each; false when one leaves the room below 2⁵³.
    private static func scaleUp(_ integers: inout [UInt64]) -> Bool {
        for place in integers.indices {
            let scaled = Int64(bitPattern: integers[place]) * 10
            guard scaled.magnitude < 1 << 53 else { return false }
            integers[place] = UInt64(bitPattern: scaled)
        }
        return true
    }

    /// Goes over to units of the greatest common divisor of all distances from the first.
    private mutating func quantise() {
        let first = Int64(bitPattern: integers.first ?? 0)
        var divisor: UInt64 = 0
        for integer in integers {
            let (distance, isFar) = Int64(bitPattern: integer).subtractingReportingOverflow(first)
            if isFar { return }
            divisor = Self.commonDivisor(divisor, distance.magnitude)
            if divisor == 1 { return }
        }
        // Half the range is left out, so that the divisor can be signed.
        guard divisor > 1, divisor <= UInt64(Int64.max) else { return }
        quantum = divisor
        origin = UInt64(bitPattern: first)
        integers = integers.map {
            UInt64(bitPattern: (Int64(bitPattern: $0) - first) / Int64(divisor))
        }
    }

    private static func commonDivisor(_ one: UInt64, _ other: UInt64) -> UInt64 {
        var (one, other) = (one, other)
        while other != 0 { (one, other) = (other, one % other) }
        return one
    }
}
