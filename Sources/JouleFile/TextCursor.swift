/// Goes through a JSON text without white space, as this library writes it.
///
/// Tells nil where the text is anything else, or has escapes where none are expected: then a real parser
/// has to say what it is.
package struct TextCursor {
    package let bytes: [UInt8]
    package private(set) var place = 0

    package init(_ bytes: [UInt8], at place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    package var next: UInt8 { place < bytes.count ? bytes[place] : 0 }
    package var isAtEnd: Bool { place == bytes.count }

    /// Whether `byte` comes next, which is then passed.
    package mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    /// Where the characters of a string without escapes are.
    package mutating func plainString() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = place
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                place += 1
                return start..<place - 1
            }
            guard byte != UInt8(ascii: "\\"), byte >= 0x20 else { return nil }
            place += 1
        }
        return nil
    }

    /// A name and the colon behind it.
    package mutating func name() -> Range<Int>? {
        guard let name = plainString(), take(UInt8(ascii: ":")) else { return nil }
        return name
    }

    /// Where a number or a word is.
    package mutating func scalar() -> Range<Int>? {
        let start = place
        while place < bytes.count, Self.isScalar(bytes[place]) { place += 1 }
        return place > start ? start..<place : nil
    }

    package static func isScalar(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E: true
        default: false
        }
    }

    /// Where a whole value is, whose inside is not looked at.
    package mutating func value() -> Range<Int>? {
        let start = place
        switch next {
        case UInt8(ascii: "\""): guard skipString() else { return nil }
        case UInt8(ascii: "{"), UInt8(ascii: "["): guard skipContainer() else { return nil }
        default: return scalar()
        }
        return start..<place
    }

    private mutating func skipString() -> Bool {
        let start = place
        guard let end = bytes.span.extracting(start...).endOfString(from: 1) else { return false }
        place = start + end
        return true
    }

    private mutating func skipContainer() -> Bool {
        let start = place
        guard let end = bytes.span.extracting(start...).endOfContainer else { return false }
        place = start + end
        return true
    }
}

extension Span<UInt8> {
    /// Behind the container that it begins with; nil where that has no end.
    fileprivate var endOfContainer: Int? {
        var depth = 0
        var place = 0
        while place < count {
            let byte = self[place]
            place += 1
            // Nearly all bytes are none of these.
            if byte == UInt8(ascii: "\"") {
                guard let end = endOfString(from: place) else { return nil }
                place = end
            } else if byte | 0x20 == UInt8(ascii: "{") {
                depth += 1
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth -= 1
                if depth == 0 { return place }
            }
        }
        return nil
    }

    /// Behind the quotation mark that ends a string, of which the first character is at `place`.
    fileprivate func endOfString(from place: Int) -> Int? {
        var place = place
        while place < count {
            let byte = self[place]
            place += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { return place }
        }
        return nil
    }
}
