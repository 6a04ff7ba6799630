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

    /// The nearest of the numbers of 64 bits, with ties to even; nil for what is no number, and where it
    /// is infinite.
    package static func double(_ text: Span<UInt8>) -> Double? {
        if let value = quick(text) { return value }
        guard isNumber(text) else { return nil }
        var bytes: [UInt8] = []
        for place in 0..<text.count { bytes.append(text[place]) }
        return Double(String(decoding: bytes, as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
    }

    /// Nil for what is no number, has too many digits, or too large an exponent, to be done in 128 bits.
    private static func quick(_ text: Span<UInt8>) -> Double? {
        let count = text.count
        let isNegative = count > 0 && text[0] == UInt8(ascii: "-")
        let start = isNegative ? 1 : 0
        var place = start
        var digits: UInt64 = 0
        take(&digits, text, &place)
        let isBelowOne = place == start + 1 && text[start] == UInt8(ascii: "0")
        guard isBelowOne || place > start && text[start] != UInt8(ascii: "0") else { return nil }
        var significant = isBelowOne ? 0 : place - start
        var scale = 0
        if place < count, text[place] == UInt8(ascii: ".") {
            place += 1
            let fraction = place
            if isBelowOne {
                while place < count, text[place] == UInt8(ascii: "0") { place += 1 }
            }
            let first = place
            take(&digits, text, &place)
            guard place > fraction else { return nil }
            significant += place - first
            scale = fraction - place
        }
        guard significant <= 19 else { return nil }
        if place < count {
            guard text[place] | 0x20 == UInt8(ascii: "e"),
                let exponent = exponent(text, from: place + 1)
            else { return nil }
            scale += exponent
        }
        guard let value = scaled(digits, by: scale) else { return nil }
        return isNegative ? -value : value
    }

    /// Passes digits, of which `value` holds up to 19.
    private static func take(_ value: inout UInt64, _ text: Span<UInt8>, _ place: inout Int) {
        while place < text.count, 0x30...0x39 ~= text[place] {
            value = value &* 10 &+ UInt64(text[place] &- 0x30)
            place += 1
        }
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
            guard high > 0 else { return rounded(low, exponent: scale, hasRest: false) }
            let shift = high.leadingZeroBitCount
            return rounded(
                high << UInt64(shift) | low >> UInt64(64 - shift),
                exponent: scale + 64 - shift,
                hasRest: low << UInt64(shift) != 0
            )
        }
        // Both with their highest bit set, so that the quotient has 63 bits or 64.
        let (up, powerUp) = (digits.leadingZeroBitCount, power.leadingZeroBitCount)
        let raised = digits << UInt64(up)
        let (quotient, rest) = (power << UInt64(powerUp))
            .dividingFullWidth((high: raised >> 1, low: raised << 63))
        return rounded(quotient, exponent: powerUp - up - 63 + scale, hasRest: rest != 0)
    }

    /// `whole` and what is below its last bit, if there is a rest, times two to the power of `exponent`.
    ///
    /// A rest is that of 55 bits at least; the exponent is one of a normal number.
    private static func rounded(_ whole: UInt64, exponent: Int, hasRest: Bool) -> Double {
        let excess = 64 - whole.leadingZeroBitCount - 53
        var kept = whole
        var power = exponent
        if excess > 0 {
            kept = whole >> UInt64(excess)
            let cut = whole & (1 << UInt64(excess) - 1)
            let half: UInt64 = 1 << UInt64(excess - 1)
            if cut > half || cut == half && (hasRest || kept & 1 == 1) { kept += 1 }
            power += excess
        }
        return Double(kept) * Double(bitPattern: UInt64(1023 + power) << 52)
    }
}
