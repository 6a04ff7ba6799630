/// Why a text is not JSON, and where.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Byte offset from the start of the text.
    public let offset: Int
    /// What is wrong there, in a few words.
    public let reason: String

    /// Both, as one line.
    public var description: String { "\(reason) at byte \(offset)" }
}

extension JSON {
    /// Containers may nest this deep; a deeper text is refused rather than risked on the stack.
    public static let depthMax = 128

    /// Parses one JSON text (RFC 8259, UTF-8).
    ///
    /// A duplicate name in an object is an error, and so is anything but white space after the
    /// value. Python's bare `NaN`, `Infinity` and `-Infinity` are accepted.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Parses one JSON text given as UTF-8 bytes.
    public init(parsing bytes: [UInt8]) throws(JSONError) {
        var parser = JSONParser(bytes: bytes)
        self = try parser.parseText()
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var offset = 0

    mutating func parseText() throws(JSONError) -> JSON {
        let value = try parseValue(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw error("unexpected text after the value") }
        return value
    }

    private func error(_ reason: String) -> JSONError { JSONError(offset: offset, reason: reason) }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func parseValue(depth: Int) throws(JSONError) -> JSON {
        guard depth <= JSON.depthMax else { throw error("nested too deep") }
        skipSpace()
        switch next {
        case nil: throw error("unexpected end")
        case UInt8(ascii: "{"): return try parseObject(depth: depth)
        case UInt8(ascii: "["): return try parseArray(depth: depth)
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "N"): return try parseWord("NaN", .double(.nan))
        case UInt8(ascii: "I"): return try parseWord("Infinity", .double(.infinity))
        default: return try parseNumber()
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let matches = word.withUTF8Buffer { word in
            unsafe bytes.count - offset >= word.count
                && bytes[offset..<offset + word.count].elementsEqual(word)
        }
        guard matches else { throw error("unknown word") }
        offset += word.utf8CodeUnitCount
        return value
    }

    private mutating func parseArray(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var elements: [JSON] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            offset += 1
            return .array([])
        }
        while true {
            elements.append(try parseValue(depth: depth + 1))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "]"):
                offset += 1
                return .array(elements)
            default: throw error("expected , or ] in an array")
            }
        }
    }

    private mutating func parseObject(depth: Int) throws(JSONError) -> JSON {
        offset += 1
        var members: [JSONObject.Member] = []
        var names = Set<ExactName>()
        skipSpace()
        if next == UInt8(ascii: "}") {
            offset += 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("expected a name in an object") }
            let nameOffset = offset
            let name = try parseString()
            guard names.insert(ExactName(name)).inserted else {
                throw JSONError(offset: nameOffset, reason: "duplicate name \"\(name)\"")
            }
            skipSpace()
            guard next == UInt8(ascii: ":") else { throw error("expected : after a name") }
            offset += 1
            members.append(.init(name: name, value: try parseValue(depth: depth + 1)))
            skipSpace()
            switch next {
            case UInt8(ascii: ","): offset += 1
            case UInt8(ascii: "}"):
                offset += 1
                return .object(JSONObject(uniqueMembers: members))
            default: throw error("expected , or } in an object")
            }
        }
    }

    private mutating func parseNumber() throws(JSONError) -> JSON {
        let start = offset
        if next == UInt8(ascii: "-") {
            offset += 1
            if next == UInt8(ascii: "I") { return try parseWord("Infinity", .double(-.infinity)) }
        }
        if next == UInt8(ascii: "0") {
            offset += 1
            if let digit = next, isDigit(digit) { throw error("a number starts with 0") }
        } else {
            try skipDigits()
        }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            isInteger = false
            offset += 1
            try skipDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isInteger = false
            offset += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { offset += 1 }
            try skipDigits()
        }
        let text = bytes.span.extracting(start..<offset)
        if isInteger, let value = DecimalText.integer(text) { return .integer(value) }
        guard let value = DecimalText.double(text) else {
            throw JSONError(offset: start, reason: "a number is out of range")
        }
        return .double(value)
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private mutating func skipDigits() throws(JSONError) {
        let start = offset
        while let byte = next, isDigit(byte) { offset += 1 }
        guard offset > start else {
            throw error(offset < bytes.count ? "unexpected character" : "unexpected end")
        }
    }

    private mutating func parseString() throws(JSONError) -> String {
        offset += 1
        let start = offset
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20
        {
            offset += 1
        }
        // Most strings hold no escape and are taken as they stand.
        if next == UInt8(ascii: "\"") {
            let text = try validated(bytes[start..<offset], at: start)
            offset += 1
            return text
        }
        var content = Array(bytes[start..<offset])
        while true {
            switch next {
            case nil: throw error("unexpected end in a string")
            case UInt8(ascii: "\""):
                offset += 1
                return try validated(content[...], at: start)
            case UInt8(ascii: "\\"): try parseEscape(into: &content)
            case let byte? where byte < 0x20: throw error("control character in a string")
            case let byte?:
                content.append(byte)
                offset += 1
            }
        }
    }

    private func validated(_ content: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String
    {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw JSONError(offset: start, reason: "a string is not UTF-8")
        }
        return text
    }

    private mutating func parseEscape(into content: inout [UInt8]) throws(JSONError) {
        offset += 1
        guard let byte = next else { throw error("unexpected end in a string") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: String(try parseUnicodeEscape()).utf8)
        default: throw error("unknown escape")
        }
    }

    private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let high = try parseHexUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, next == UInt8(ascii: "\\") else { throw error("lone surrogate") }
        offset += 1
        guard next == UInt8(ascii: "u") else { throw error("lone surrogate") }
        offset += 1
        let low = try parseHexUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(
                0x10000 + (UInt32(high) - 0xD800) << 10 + UInt32(low) - 0xDC00
            )
        else { throw error("lone surrogate") }
        return scalar
    }

    private mutating func parseHexUnit() throws(JSONError) -> UInt16 {
        guard bytes.count - offset >= 4 else { throw error("unexpected end in a string") }
        let digits = bytes[offset..<offset + 4]
        guard digits.allSatisfy({ isDigit($0) || (0x41...0x46).contains($0 & 0xDF) }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("bad \\u escape") }
        offset += 4
        return unit
    }
}
