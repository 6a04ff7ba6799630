package import JouleQuantities

extension JSON {
    /// The canonical text of RFC 8785 (JCS): no spaces, ECMAScript numbers, members ordered by
    /// the UTF-16 units of their names.
    ///
    /// RFC 8785 has no text for numbers that are not finite; as in all JSON of this project they
    /// become `"NaN"`, `"Infinity"` and `"-Infinity"`. Integers beyond ±2⁵³ take the text of the
    /// nearest floating-point number, as the RFC's data model demands.
    package var canonicalText: String {
        var out: [UInt8] = []
        writeCanonical(into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func writeCanonical(into out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): Self.writeCanonical(Double(value), into: &out)
        case .double(let value): Self.writeCanonical(value, into: &out)
        case .string(let value): Self.writeCanonicalString(value, into: &out)
        case .array(let elements):
            out.append(UInt8(ascii: "["))
            for (place, element) in elements.enumerated() {
                if place > 0 { out.append(UInt8(ascii: ",")) }
                element.writeCanonical(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let object): Self.writeCanonical(object, into: &out)
        }
    }

    private static func writeCanonical(_ object: JSONObject, into out: inout [UInt8]) {
        let sorted = object.members.sorted { left, right in
            left.name.utf16.lexicographicallyPrecedes(right.name.utf16)
        }
        out.append(UInt8(ascii: "{"))
        for (place, member) in sorted.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            writeCanonicalString(member.name, into: &out)
            out.append(UInt8(ascii: ":"))
            member.value.writeCanonical(into: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func writeCanonical(_ value: Double, into out: inout [UInt8]) {
        if let number = DecimalNumber(value) {
            out += number.ecmaScriptText.utf8
        } else {
            out += JSON.double(value).text(.compact).utf8
        }
    }

    /// RFC 8785, 3.2.2.2: two-letter escapes where they exist, `\u00xx` for other controls,
    /// everything else as it is.
    private static func writeCanonicalString(_ value: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += "\\\"".utf8
            case UInt8(ascii: "\\"): out += "\\\\".utf8
            case 0x08: out += "\\b".utf8
            case 0x09: out += "\\t".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0C: out += "\\f".utf8
            case 0x0D: out += "\\r".utf8
            case 0..<0x20:
                out += "\\u00".utf8
                out.append(byte < 0x10 ? 0x30 : 0x31)
                out += String(byte & 0x0F, radix: 16).utf8
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
