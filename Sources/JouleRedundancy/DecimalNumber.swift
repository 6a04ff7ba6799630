/// A finite decimal number: `0.d₁d₂d₃… × 10^pointPlace`, with a sign.
///
/// Holds the shortest digits that read back to the same floating-point bits, which is what both
/// ECMAScript and RFC 8785 print.
struct DecimalNumber: Equatable {
    private(set) var isNegative = false
    /// Digits without leading or trailing zeros, at most 17, as one number; 0 for zero.
    private(set) var digits: UInt64 = 0
    /// How many digits there are; none for zero.
    private(set) var count = 0
    /// Where the decimal point stands, counted from before the first digit.
    private(set) var pointPlace = 0

    /// Nil when `value` is not finite; negative zero is zero.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        self.init(digitText: value.description)
    }

    /// Reads the output of `Double.description`: digits, an optional point, an optional exponent.
    private init(digitText: String) {
        var fraction: Int?
        var exponent: Int?
        var isSmall = false
        for byte in digitText.utf8 {
            switch byte {
            case UInt8(ascii: "-") where exponent == nil: isNegative = true
            case UInt8(ascii: "-"): isSmall = true
            case UInt8(ascii: "."): fraction = 0
            case UInt8(ascii: "e"): exponent = 0
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if let tens = exponent {
                    exponent = tens * 10 + Int(byte - 0x30)
                    continue
                }
                digits = digits * 10 + UInt64(byte - 0x30)
                if digits > 0 { count += 1 }
                fraction = fraction.map { $0 + 1 }
            default: break
            }
        }
        pointPlace = count - (fraction ?? 0) + (isSmall ? -1 : 1) * (exponent ?? 0)
        trim()
    }

    /// How many digits the shortest spelling of a finite number above 0 has, zeros at both ends aside;
    /// 16 where they are more.
    static func digitCount(_ value: Double) -> Int {
        if value >= 1e-7, value < 1e15 { return quickDigitCount(value) }
        return min(16, DecimalNumber(value)?.count ?? 0)
    }

    /// Exact in floating point.
    private static let powersOfTen: [Double] = (0...22).map { exponent in
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }

    /// Of a number from 1e-7 to 1e15: there is one way at most to spell it in 15 digits, which is the
    /// nearest whole number after a shift, and both are exact, so that dividing them rounds once.
    private static func quickDigitCount(_ value: Double) -> Int {
        // The exponent of ten, or one less.
        let exponent = (Double(value.exponent) * 0.30102999566398120).rounded(.down)
        var shift = 14 - Int(exponent)
        var scaled = value * powersOfTen[shift]
        if scaled >= 1e15, shift > 0 {
            shift -= 1
            scaled = value * powersOfTen[shift]
        }
        let whole = scaled.rounded()
        guard whole / powersOfTen[shift] == value else { return 16 }
        var digits = UInt64(whole)
        var count = 16
        while digits > 0, digits % 10 == 0 { digits /= 10 }
        while digits > 0, count > 0 {
            digits /= 10
            count -= 1
        }
        return 16 - count
    }

    /// Removes zeros at the end; zero loses its sign.
    private mutating func trim() {
        while count > 0, digits % 10 == 0 {
            digits /= 10
            count -= 1
        }
        if count == 0 { self = DecimalNumber() }
    }

    private init() {}

    /// Rounds half away from zero to at most `count` significant digits.
    mutating func round(toSignificantDigits count: Int) {
        guard self.count > count else { return }
        let dropped = (count..<self.count).reduce(UInt64(1)) { power, _ in power * 10 }
        let isUp = digits % dropped >= dropped / 2
        digits = digits / dropped + (isUp ? 1 : 0)
        self.count = count
        // Nines become a digit more.
        if (0..<count).reduce(UInt64(1), { power, _ in power * 10 }) == digits {
            self.count += 1
            pointPlace += 1
        }
        trim()
    }

    /// The text of ECMAScript's `Number::toString` (ECMA-262, 6.1.6.1.20), as RFC 8785 demands.
    var ecmaScriptText: String {
        var out: [UInt8] = []
        write(to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// The same in bytes.
    func write(to out: inout [UInt8]) {
        if isNegative { out.append(UInt8(ascii: "-")) }
        switch pointPlace {
        case _ where count == 0: out.append(UInt8(ascii: "0"))
        case count...21 where count <= 21:
            writeDigits(to: &out)
            out += repeatElement(UInt8(ascii: "0"), count: pointPlace - count)
        case 1...21: writeDigits(to: &out, pointBehind: pointPlace)
        case -5...0:
            out += "0.".utf8
            out += repeatElement(UInt8(ascii: "0"), count: -pointPlace)
            writeDigits(to: &out)
        default:
            writeDigits(to: &out, pointBehind: count > 1 ? 1 : nil)
            out += (pointPlace > 0 ? "e+" : "e-").utf8
            out += String(abs(pointPlace - 1)).utf8
        }
    }

    /// The digits, with a point behind so many of them.
    private func writeDigits(to out: inout [UInt8], pointBehind place: Int? = nil) {
        let start = out.count
        out += repeatElement(UInt8(ascii: "."), count: count + (place == nil ? 0 : 1))
        var rest = digits
        for number in (0..<count).reversed() {
            let isBehind = place.map { number >= $0 } ?? false
            out[start + number + (isBehind ? 1 : 0)] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
        }
    }
}
