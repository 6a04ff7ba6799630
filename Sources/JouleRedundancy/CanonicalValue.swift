import JouleQuantities

/// One leaf of a configuration in the form in which it is compared.
enum CanonicalValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Integral values below 2⁶³ exactly, all others at 12 significant digits, in ECMAScript's
    /// spelling; or `NaN`, `Infinity`, `-Infinity`.
    case number(String)
    case string(String)
    case emptyArray
    case emptyObject
    /// Some value that the program never looked at.
    case unread

    /// Significant digits at which numbers that are not integral are compared.
    static let significantDigits = 12

    init(number value: Double) {
        var text: [UInt8] = []
        Self.write(.real(value), to: &text)
        self = .number(String(decoding: text, as: UTF8.self))
    }

    /// A number as it was spelt.
    enum SpeltNumber {
        case whole(Int64)
        case real(Double)
    }

    /// Writes the text of a number.
    static func write(_ number: SpeltNumber, to text: inout [UInt8]) {
        switch number {
        case .whole(let whole): text += String(whole).utf8
        case .real(let value):
            // Integers may be seeds or identifiers, which twelve digits would merge.
            if let whole = Int64(exactly: value) {
                text += String(whole).utf8
            } else if var decimal = DecimalNumber(value) {
                decimal.round(toSignificantDigits: significantDigits)
                decimal.write(to: &text)
            } else {
                text += (value.isNaN ? "NaN" : value > 0 ? "Infinity" : "-Infinity").utf8
            }
        }
    }

    /// The number that `text` spells, as Python, C and YAML spell them; nil when it spells none.
    init?(spelling text: String) {
        switch NumberText(text) {
        case .integer(let digits): self = .number(digits)
        case .real(let value): self.init(number: value)
        case nil: return nil
        }
    }

    /// The form in the document that is hashed.
    ///
    /// Integers that floating point cannot hold go as `{"number": digits}`, and so do values that
    /// are not finite; a value that was never read goes as `{"unread": true}`. No leaf is otherwise an
    /// object with members.
    var json: JSON {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .number(let text): Self.json(ofNumber: text)
        case .string(let text): .string(text)
        case .emptyArray: .array([])
        case .emptyObject: .object(JSONObject())
        case .unread: ["unread": .bool(true)]
        }
    }

    /// Whether the text of a number is the same in the document.
    static func isPlain(_ text: ArraySlice<UInt8>) -> Bool {
        var isWhole = true
        for byte in text {
            switch byte {
            case 0x2D, 0x30...0x39: break
            case 0x2E: isWhole = false
            default: return false
            }
        }
        // Twelve digits, or a whole number that floating point holds.
        return !isWhole || text.count <= 15
    }

    private static func json(ofNumber text: String) -> JSON {
        let isPlain = text.utf8.allSatisfy { $0 == 0x2D || (0x30...0x39).contains($0) }
        if isPlain, text.utf8.count > 15 { return ["number": .string(text)] }
        guard let value = Double(text), value.isFinite else { return ["number": .string(text)] }
        return .double(value)
    }
}

/// What a string says when it is read as a number.
private enum NumberText {
    /// An integer of any length, without leading zeros or a plus sign.
    case integer(String)
    case real(Double)

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        // A longer text is no number that anybody configured, and reading it would be slow.
        guard (1...400).contains(bytes.count) else { return nil }
        let hasSign = bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+")
        let body = bytes[(hasSign ? 1 : 0)...]
        let isNegative = bytes[0] == UInt8(ascii: "-")
        if !body.isEmpty, body.allSatisfy(Self.isDigit) {
            let digits = String(decoding: body.drop { $0 == 0x30 }, as: UTF8.self)
            self = .integer(digits.isEmpty ? "0" : (isNegative ? "-" : "") + digits)
        } else if Self.isDecimal(body), let value = Double(text), value.isFinite {
            self = .real(value)
        } else if let value = Self.nonFinite(body) {
            self = .real(isNegative ? -value : value)
        } else {
            return nil
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Digits with at most one point, then at most one exponent.
    private static func isDecimal(_ body: ArraySlice<UInt8>) -> Bool {
        let mantissa = body.prefix { $0 != UInt8(ascii: "e") && $0 != UInt8(ascii: "E") }
        guard mantissa.contains(where: isDigit),
            mantissa.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }),
            mantissa.filter({ $0 == UInt8(ascii: ".") }).count <= 1
        else { return false }
        guard mantissa.endIndex < body.endIndex else { return true }
        var exponent = body[(mantissa.endIndex + 1)...]
        if exponent.first == UInt8(ascii: "-") || exponent.first == UInt8(ascii: "+") {
            exponent.removeFirst()
        }
        return !exponent.isEmpty && exponent.allSatisfy(isDigit)
    }

    private static func nonFinite(_ body: ArraySlice<UInt8>) -> Double? {
        switch String(decoding: body, as: UTF8.self).lowercased() {
        case "nan": .nan
        case "inf", "infinity": .infinity
        default: nil
        }
    }
}
