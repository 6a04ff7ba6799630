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

    /// How many digits the shortest spelling of a finite number has, zeros at both ends aside.
    static func digitCount(_ value: Double) -> Int {
        var count = 0
        var zeros = 0
        for byte in value.description.utf8 {
            switch byte {
            case UInt8(ascii: "0"): zeros += count > 0 ? 1 : 0
            case UInt8(ascii: "1")...UInt8(ascii: "9"):
                count += zeros + 1
                zeros = 0
            case UInt8(ascii: "e"): return count
            default: break
            }
        }
        return count
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
