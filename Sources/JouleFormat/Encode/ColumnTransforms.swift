/// The ways to turn a column's 64-bit patterns into small residuals.
///
/// Each is exact by construction or proves, bit by bit, that it is; one that does not fit answers
/// nil.
struct ColumnTransform {
    let tag: UInt8
    /// Parameters that stand before the residuals.
    let parameters: [UInt8]
    let residuals: [UInt64]
}

extension ColumnTransform {
    /// All transforms that fit `words`, which is not empty.
    static func candidates(_ words: [UInt64], type: ColumnType) -> [ColumnTransform] {
        let general = [frameOfReference(words), delta(words), deltaOfDelta(words)]
        guard type == .float64 else { return general }
        var fitting = general
        if let narrow = float32Patterns(words) {
            fitting.append(float32Order(narrow))
            fitting.append(float32OrderDelta(narrow))
        }
        if let decimal = decimalDelta(words) { fitting.append(decimal) }
        return fitting
    }

    private static func zigzag(_ difference: UInt64) -> UInt64 {
        let signed = Int64(bitPattern: difference)
        return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
    }

    /// Zigzag differences of neighbours, wrapping; one fewer than there are words.
    private static func differences(_ words: [UInt64]) -> [UInt64] {
        zip(words.dropFirst(), words).map { zigzag($0 &- $1) }
    }

    private static func frameOfReference(_ words: [UInt64]) -> ColumnTransform {
        // The smallest in signed order, so that integers around zero stay small.
        let base = words.lazy.map { Int64(bitPattern: $0) }.min() ?? 0
        return ColumnTransform(
            tag: ColumnTag.frameOfReference,
            parameters: littleEndian(UInt64(bitPattern: base)),
            residuals: words.map { $0 &- UInt64(bitPattern: base) }
        )
    }

    private static func delta(_ words: [UInt64]) -> ColumnTransform {
        ColumnTransform(
            tag: ColumnTag.delta,
            parameters: littleEndian(words.first ?? 0),
            residuals: differences(words)
        )
    }

    private static func deltaOfDelta(_ words: [UInt64]) -> ColumnTransform {
        let steps = zip(words.dropFirst(), words).map { $0 &- $1 }
        return ColumnTransform(
            tag: ColumnTag.deltaOfDelta,
            parameters: littleEndian(words.first ?? 0) + littleEndian(steps.first ?? 0),
            residuals: differences(steps)
        )
    }

    /// 32-bit patterns in the order of their values, when every word is the widening of one.
    private static func float32Patterns(_ words: [UInt64]) -> [UInt64]? {
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

    private static func float32Order(_ patterns: [UInt64]) -> ColumnTransform {
        let base = patterns.min() ?? 0
        return ColumnTransform(
            tag: ColumnTag.float32Order,
            parameters: littleEndian(UInt32(base)),
            residuals: patterns.map { $0 - base }
        )
    }

    private static func float32OrderDelta(_ patterns: [UInt64]) -> ColumnTransform {
        ColumnTransform(
            tag: ColumnTag.float32OrderDelta,
            parameters: littleEndian(UInt32(patterns.first ?? 0)),
            residuals: differences(patterns)
        )
    }

    /// The smallest exponent e for which every word is the f64 nearest to an integer over 10ᵉ.
    private static func decimalDelta(_ words: [UInt64]) -> ColumnTransform? {
        var exponent: UInt8 = 0
        search: while exponent <= 9 {
            let scale = DecimalFraction.scales[Int(exponent)]
            var integers: [UInt64] = []
            integers.reserveCapacity(words.count)
            for word in words {
                guard let integer = DecimalFraction.integer(of: word, scale: scale) else {
                    exponent += 1
                    continue search
                }
                integers.append(UInt64(bitPattern: integer))
            }
            return ColumnTransform(
                tag: ColumnTag.decimalDelta,
                parameters: [exponent] + littleEndian(integers.first ?? 0),
                residuals: differences(integers)
            )
        }
        return nil
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(number)
        return writer.bytes
    }
}
