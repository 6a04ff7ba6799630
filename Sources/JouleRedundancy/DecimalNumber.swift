/// A finite decimal number: `0.d₁d₂d₃… × 10^pointPlace`, with a sign.
///
/// Holds the shortest digits that read back to the same floating-point bits, which is what both
/// ECMAScript and RFC 8785 print.
struct DecimalNumber: Equatable {
    var isNegative: Bool
    /// Digits 0…9 without leading or trailing zeros; empty for zero.
    var digits: [UInt8]
    /// Where the decimal point stands, counted from before the first digit.
    var pointPlace: Int

    /// Nil when `value` is not finite; negative zero is zero.
    init?(_ value: Double) {
        guard value.isFinite else { return nil }
        self.init(digitText: value.description)
    }

    /// Reads the output of `Double.description`: digits, an optional point, an optional exponent.
    private init(digitText: String) {
        var digits: [UInt8] = []
        var pointPlace: Int?
        var exponent = 0
        var isNegative = false
        let bytes = Array(digitText.utf8)
        for (place, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): pointPlace = digits.count
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte - 0x30)
            default: exponent = Self.exponent(bytes[(place + 1)...])
            }
            if byte == UInt8(ascii: "e") { break }
        }
        self.isNegative = isNegative
        self.digits = digits
        self.pointPlace = (pointPlace ?? digits.count) + exponent
        trim()
    }

    /// How many digits the shortest spelling of a finite number above 0 has, zeros at both ends aside;
    /// 16 where they are more.
    static func digitCount(_ value: Double) -> Int {
        if value >= 1e-7, value < 1e15 { return quickDigitCount(value) }
        return min(16, DecimalNumber(value)?.digits.count ?? 0)
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

    private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int {
        Int(String(decoding: bytes, as: UTF8.self)) ?? 0
    }

    /// Removes zeros at both ends; zero loses its sign.
    private mutating func trim() {
        while digits.last == 0 { digits.removeLast() }
        let leading = digits.prefix { $0 == 0 }.count
        digits.removeFirst(leading)
        pointPlace -= leading
        if digits.isEmpty {
            isNegative = false
            pointPlace = 0
        }
    }

    /// Rounds half away from zero to at most `count` significant digits.
    mutating func round(toSignificantDigits count: Int) {
        guard digits.count > count else { return }
        let roundsUp = digits[count] >= 5
        digits.removeLast(digits.count - count)
        guard roundsUp else { return trim() }
        var place = count - 1
        while place >= 0, digits[place] == 9 {
            digits[place] = 0
            place -= 1
        }
        if place >= 0 {
            digits[place] += 1
        } else {
            digits.insert(1, at: 0)
            pointPlace += 1
        }
        trim()
    }

    /// The text of ECMAScript's `Number::toString` (ECMA-262, 6.1.6.1.20), as RFC 8785 demands.
    var ecmaScriptText: String {
        var out: [UInt8] = []
        if isNegative { out.append(UInt8(ascii: "-")) }
        let count = digits.count
        let shown = digits.map { $0 + 0x30 }
        switch pointPlace {
        case _ where digits.isEmpty: out.append(UInt8(ascii: "0"))
        case count...21 where count <= 21:
            out += shown
            out += repeatElement(UInt8(ascii: "0"), count: pointPlace - count)
        case 1...21:
            out += shown[..<pointPlace]
            out.append(UInt8(ascii: "."))
            out += shown[pointPlace...]
        case -5...0:
            out += "0.".utf8
            out += repeatElement(UInt8(ascii: "0"), count: -pointPlace)
            out += shown
        default:
            out.append(shown[0])
            if count > 1 { out.append(UInt8(ascii: ".")) }
            out += shown[1...]
            out += (pointPlace > 0 ? "e+" : "e-").utf8
            out += String(abs(pointPlace - 1)).utf8
        }
        return String(decoding: out, as: UTF8.self)
    }
}
