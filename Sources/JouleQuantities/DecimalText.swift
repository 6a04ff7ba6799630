/// Reads numbers (RFC 8259) out of a text without making a string of them.
package enum DecimalText {
    /// Whether a text is a number.
    package static func isNumber(_ text: Span<UInt8>) -> Bool {
        let count = text.count
        let start = count > 0 && text[0] == UInt8(ascii: "-") ? 1 : 0
        var place = endOfDigits(text, from: start)
        guard place == start + 1 || place > start && text[start] != UInt8(ascii: "0") else {
            return false
        }
        if place < count, text[place] == UInt8(ascii: ".") {
            let end = endOfDigits(text, from: place + 1)
            guard end > place + 1 else { return false }
            place = end
        }
        if place < count, text[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < count, text[place] == UInt8(ascii: "+") || text[place] == UInt8(ascii: "-") {
                place += 1
            }
            let end = endOfDigits(text, from: place)
            guard end > place else { return false }
            place = end
        }
        return place == count
    }

    private static func endOfDigits(_ text: Span<UInt8>, from start: Int) -> Int {
        var place = start
        while place < text.count, 0x30...0x39 ~= text[place] { place += 1 }
        return place
    }

    /// The whole number that digits alone spell; nil beyond 64 bits and for `-0`, which is no whole
    /// number.
    package static func integer(_ text: Span<UInt8>) -> Int64? {
        guard text.count > 0 else { return nil }
        let isNegative = text[0] == UInt8(ascii: "-")
        var value: Int64 = 0
        for place in (isNegative ? 1 : 0)..<text.count {
            let digit = Int64(text[place]) - 0x30
            guard 0...9 ~= digit else { return nil }
            let (tens, isOver) = value.multipliedReportingOverflow(by: 10)
            let (sum, isAbove) = tens.subtractingReportingOverflow(digit)
            guard !isOver, !isAbove else { return nil }
            // Below 0, where there is one number more.
            value = sum
        }
        if isNegative { return value == 0 ? nil : value }
        return value == .min ? nil : -value
    }

    /// The nearest of the numbers of 64 bits, with ties to even; nil where it is infinite.
    ///
    /// `text` is a number.
    package static func double(_ text: Span<UInt8>) -> Double? {
        if let value = quick(text) { return value }
        var bytes: [UInt8] = []
        for place in 0..<text.count { bytes.append(text[place]) }
        return Double(String(decoding: bytes, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Nil for what has too many digits, or too large an exponent, to be done in 128 bits.
    private static func quick(_ text: Span<UInt8>) -> Double? {
        var place = 0
        let isNegative = text.count > 0 && text[0] == UInt8(ascii: "-")
        if isNegative { place = 1 }
        var digits: UInt64 = 0
        var significant = 0
        var scale = 0
        var isFraction = false
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: ".") {
                isFraction = true
            } else if 0x30...0x39 ~= byte {
                if digits != 0 || byte != 0x30 { significant += 1 }
                guard significant <= 19 else { return nil }
                digits = digits &* 10 &+ UInt64(byte &- 0x30)
                if isFraction { scale -= 1 }
            } else {
                break
            }
            place += 1
        }
        if place < text.count {
            guard let exponent = exponent(text, from: place + 1) else { return nil }
            scale += exponent
        }
        guard let value = scaled(digits, by: scale) else { return nil }
        return isNegative ? -value : value
    }

    private static func exponent(_ text: Span<UInt8>, from start: Int) -> Int? {
        var place = start
        guard place < text.count else { return nil }
        let isNegative = text[place] == UInt8(ascii: "-")
        if isNegative || text[place] == UInt8(ascii: "+") { place += 1 }
        guard place < text.count, text.count - place <= 4 else { return nil }
        var value = 0
        while place < text.count {
            guard 0x30...0x39 ~= text[place] else { return nil }
            value = value * 10 + Int(text[place] - 0x30)
            place += 1
        }
        return isNegative ? -value : value
    }

    /// Those that 64 bits hold.
    private static let powersOfFive: [UInt64] = (0..<28).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 5 }
    }

    /// `digits` times ten to the power of `scale`, rounded once.
    private static func scaled(_ digits: UInt64, by scale: Int) -> Double? {
        guard digits != 0, scale != 0 else { return Double(digits) }
        guard scale.magnitude < powersOfFive.count else { return nil }
        let power = powersOfFive[Int(scale.magnitude)]
        if scale > 0 {
            let (high, low) = digits.multipliedFullWidth(by: power)
            return rounded(UInt128(high) << 64 | UInt128(low), exponent: scale, hasRest: false)
        }
        // Both with their highest bit set, so that the quotient has 63 bits or 64.
        let (up, powerUp) = (digits.leadingZeroBitCount, power.leadingZeroBitCount)
        let raised = digits << UInt64(up)
        let (quotient, rest) = (power << UInt64(powerUp))
            .dividingFullWidth((high: raised >> 1, low: raised << 63))
        return rounded(
            UInt128(quotient),
            exponent: powerUp - up - 63 + scale,
            hasRest: rest != 0
        )
    }

    /// `whole` and what is below its last bit, if there is a rest, times two to the power of `exponent`.
    private static func rounded(_ whole: UInt128, exponent: Int, hasRest: Bool) -> Double {
        let excess = 128 - whole.leadingZeroBitCount - 53
        var kept = UInt64(truncatingIfNeeded: whole)
        var exponent = exponent
        if excess > 0 {
            kept = UInt64(truncatingIfNeeded: whole >> UInt128(excess))
            let cut = whole & (1 << UInt128(excess) - 1)
            let half: UInt128 = 1 << UInt128(excess - 1)
            if cut > half || cut == half && (hasRest || kept & 1 == 1) { kept += 1 }
            exponent += excess
        }
        return Double(sign: .plus, exponent: exponent, significand: Double(kept))
    }
}
