import CJouleSystem
import Glibc

/// Goes through a JSON text without white space, as this library writes it.
///
/// Tells nil where the text is anything else, or has escapes where none are expected: then a real parser
/// has to say what it is.
package struct TextCursor {
    package let bytes: [UInt8]
    package private(set) var place = 0

    private let end: Int

    /// Of a text in `bytes`, which goes to their end where no other one is told.
    package init(_ bytes: [UInt8], at place: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.place = place
        self.end = end ?? bytes.count
    }

    package var next: UInt8 { place < end ? bytes[place] : 0 }
    package var isAtEnd: Bool { place == end }

    /// Whether `byte` comes next, which is then passed.
    package mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        place += 1
        return true
    }

    /// Whether `text` comes next, which is then passed.
    package mutating func take(_ text: [UInt8]) -> Bool { take(text.span) }

    /// The same of a part of other bytes.
    package mutating func take(_ text: Span<UInt8>) -> Bool {
        guard place + text.count <= end else { return false }
        let isNext = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe text.withUnsafeBufferPointer { text in
                guard let start = bytes.baseAddress, let wanted = text.baseAddress else {
                    return text.isEmpty
                }
                // SAFETY: so many bytes are left from `place` on.
                return unsafe memcmp(start + place, wanted, text.count) == 0
            }
        }
        if isNext { place += text.count }
        return isNext
    }

    /// Where the characters of a string without escapes are.
    package mutating func plainString() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let start = place
        while place < end {
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
        while place < end, Self.isScalar(bytes[place]) { place += 1 }
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
        guard let size = bytes.span.extracting(place..<end).endOfString(from: 1) else {
            return false
        }
        place += size
        return true
    }

    private mutating func skipContainer() -> Bool {
        let size = unsafe bytes.withUnsafeBufferPointer { bytes in
            // SAFETY: so many bytes are left from `place` on.
            unsafe joule_json_container_end(
                bytes.baseAddress?.advanced(by: place),
                end - place
            )
        }
        place += size
        return size > 0
    }
}

extension Span<UInt8> {
    /// Behind the quotation mark that ends a string, of which the first character is at `place`.
    fileprivate func endOfString(from place: Int) -> Int? {
        var place = place
        while let next = next(from: place, { $0.places(of: 0x22) | $0.places(of: 0x5C) }) {
            if self[next] == UInt8(ascii: "\"") { return next + 1 }
            place = next + 2
        }
        return nil
    }

    /// The first byte from `place` on that `places` finds in eight of them; nil where there is none.
    private func next(from place: Int, _ places: (UInt64) -> UInt64) -> Int? {
        var place = place
        while place < count {
            var word: UInt64 = 0
            if place + 8 <= count {
                // SAFETY: eight bytes are left from `place` on.
                word = unsafe withUnsafeBytes {
                    unsafe $0.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                }.littleEndian
            } else {
                for byte in place..<count {
                    word |= UInt64(self[byte]) << UInt64(8 * (byte - place))
                }
            }
            let found = places(word)
            if found != 0 { return place + found.trailingZeroBitCount / 8 }
            place += 8
        }
        return nil
    }
}

extension UInt64 {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The highest bit of each of its bytes that is `byte`, up to the first of them; beyond it, others
    /// may be set as well.
    fileprivate func places(of byte: UInt8) -> UInt64 {
        let word = self ^ (Self.ones &* UInt64(byte))
        return (word &- Self.ones) & ~word & (Self.ones &* 0x80)
    }
}
