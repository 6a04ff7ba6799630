/// Scalars that every reader of YAML 1.1 and 1.2 takes for what they are.
enum YAMLText {
    /// A text in double quotes; what may not stand in YAML, or would end a line, is escaped.
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case "\u{85}", "\u{2028}", "\u{2029}", "\u{FEFF}": out += escape(scalar)
            case " "..."~", "\u{A0}"..."\u{FFFD}", "\u{10000}"...: out.unicodeScalars.append(scalar)
            default: out += escape(scalar)
            }
        }
        return out + "\""
    }

    /// A number with a decimal point, without which YAML 1.1 takes one with an exponent for text.
    static func number(_ value: Double) -> String {
        let text = value.description
        guard !text.contains("."), let exponent = text.firstIndex(of: "e") else { return text }
        return text[..<exponent] + ".0" + text[exponent...]
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
