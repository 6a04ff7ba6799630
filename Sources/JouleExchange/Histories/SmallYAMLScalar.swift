import JouleQuantities

/// What texts of YAML mean.
enum SmallYAMLScalar {
    static let escapes: [UInt8: Unicode.Scalar] = [
        UInt8(ascii: "n"): "\n", UInt8(ascii: "t"): "\t", UInt8(ascii: "r"): "\r",
        UInt8(ascii: "0"): "\0", UInt8(ascii: "\""): "\"", UInt8(ascii: "\\"): "\\",
        UInt8(ascii: "/"): "/", UInt8(ascii: " "): " ", UInt8(ascii: "a"): "\u{7}",
        UInt8(ascii: "b"): "\u{8}", UInt8(ascii: "e"): "\u{1B}", UInt8(ascii: "f"): "\u{C}",
        UInt8(ascii: "v"): "\u{B}", UInt8(ascii: "N"): "\u{85}", UInt8(ascii: "_"): "\u{A0}",
        UInt8(ascii: "L"): "\u{2028}", UInt8(ascii: "P"): "\u{2029}",
    ]

    /// The value of a text without quotes; a whole number beyond 64 bits stays a text.
    static func json(_ text: String, _ version: SmallYAML.Version) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        default: break
        }
        if let whole = Int64(text) { return .integer(whole) }
        let bytes = Array(text.utf8)
        guard bytes.contains(where: { ".eE".utf8.contains($0) }), DecimalText.isNumber(bytes.span),
            version == .v12 || isNumber11(bytes),
            let number = DecimalText.double(bytes.span)
        else { return .string(text) }
        return .double(number)
    }

    /// Whether a number has what one of YAML 1.1 must: a point, and a sign in its exponent.
    private static func isNumber11(_ bytes: [UInt8]) -> Bool {
        guard bytes.contains(UInt8(ascii: ".")) else { return false }
        let exponent = bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        return exponent.map { "+-".utf8.contains(bytes[$0 + 1]) } ?? true
    }
}
