extension JSON {
    /// How `text(_:)` lays a value out.
    public enum Layout: Sendable {
        /// One line, no spaces, members in their order.
        case compact
        /// Two spaces a level, members in their order.
        case pretty
    }

    /// The value as JSON text.
    ///
    /// Numbers take their shortest form that reads back to the same bits.
    public func text(_ layout: Layout = .compact) -> String {
        var out: [UInt8] = []
        write(into: &out, layout: layout, level: 0)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends the value as compact JSON text in UTF-8.
    public func write(into out: inout [UInt8]) {
        write(into: &out, layout: .compact, level: 0)
    }

    private func write(into out: inout [UInt8], layout: Layout, level: Int) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): out.append(contentsOf: String(value).utf8)
        case .double(let value): Self.writeDouble(value, into: &out)
        case .string(let value): Self.writeString(value, into: &out)
        case .array(let elements):
            Self.writeList(
                elements,
                open: "[",
                close: "]",
                into: &out,
                layout: layout,
                level: level
            ) { element, out in
                element.write(into: &out, layout: layout, level: level + 1)
            }
        case .object(let object):
            Self.writeList(
                object.members,
                open: "{",
                close: "}",
                into: &out,
                layout: layout,
                level: level
            ) { member, out in
                Self.writeString(member.name, into: &out)
                out.append(contentsOf: (layout == .pretty ? ": " : ":").utf8)
                member.value.write(into: &out, layout: layout, level: level + 1)
            }
        }
    }

    private static func writeList<Item>(
        _ items: [Item],
        open: String,
        close: String,
        into out: inout [UInt8],
        layout: Layout,
        level: Int,
        item writeItem: (Item, inout [UInt8]) -> Void
    ) {
        out.append(contentsOf: open.utf8)
        for (place, item) in items.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            if layout == .pretty { writeNewline(level: level + 1, into: &out) }
            writeItem(item, &out)
        }
        if layout == .pretty, !items.isEmpty { writeNewline(level: level, into: &out) }
        out.append(contentsOf: close.utf8)
    }

    private static func writeNewline(level: Int, into out: inout [UInt8]) {
        out.append(0x0A)
        out.append(contentsOf: repeatElement(0x20, count: 2 * level))
    }

    private static func writeDouble(_ value: Double, into out: inout [UInt8]) {
        let text =
            value.isFinite
            ? value.description
            : value.isNaN ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\""
        out.append(contentsOf: text.utf8)
    }

    package static func writeString(_ value: String, into out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                out.append(UInt8(ascii: "\\"))
                out.append(byte)
            case 0x0A: out.append(contentsOf: "\\n".utf8)
            case 0x0D: out.append(contentsOf: "\\r".utf8)
            case 0x09: out.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                out.append(contentsOf: ("\\u00" + (byte < 0x10 ? "0" : "") + digits).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
