/// Reads little-endian numbers and text from bytes that nobody vouches for.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    /// Where the next read begins, counted from the first byte given.
    package private(set) var offset = 0

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    package var remaining: Int { bytes.count - offset }

    package mutating func take(_ count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .truncated(at: offset) }
        let start = bytes.startIndex + offset
        offset += count
        return bytes[start..<start + count]
    }

    package mutating func number<Number: FixedWidthInteger>(_: Number.Type = Number.self)
        throws(FormatError) -> Number
    {
        let slice = try take(Number.bitWidth / 8)
        // SAFETY: `slice` holds exactly as many bytes as the number.
        let raw = unsafe slice.withUnsafeBytes { unsafe $0.loadUnaligned(as: Number.self) }
        return Number(littleEndian: raw)
    }

    /// A LEB128 number in its shortest spelling.
    package mutating func varint<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type = Number.self
    ) throws(FormatError) -> Number {
        let start = offset
        var value: Number = 0
        var shift = 0
        while true {
            let byte = try number(UInt8.self)
            let part = Number(byte & 0x7F)
            guard shift < Number.bitWidth, (part << Number(shift)) >> Number(shift) == part,
                shift == 0 || byte != 0
            else { throw .malformed(at: start, "a number is too long") }
            value |= part << Number(shift)
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    /// How many of something follow, each of at least `size` bytes.
    package mutating func count(of size: Int) throws(FormatError) -> Int {
        let start = offset
        let count = try varint(UInt64.self)
        guard count <= UInt64(remaining / size) else { throw .truncated(at: start) }
        return Int(count)
    }

    /// A count of at most `max` things.
    mutating func count(max: Int, of what: String) throws(FormatError) -> Int {
        let start = offset
        let count = try varint(UInt64.self)
        guard count <= UInt64(max) else { throw .limitExceeded(at: start, "\(count) \(what)") }
        return Int(count)
    }

    /// A signed number of 64 bits.
    mutating func zigzag() throws(FormatError) -> UInt64 {
        ZigZag.decode(try varint())
    }

    package mutating func text(sizeMax: Int) throws(FormatError) -> String {
        let start = offset
        let size = Int(try number(UInt16.self))
        guard size <= sizeMax else { throw .limitExceeded(at: start, "text of \(size) bytes") }
        let slice = try take(size)
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw .malformed(at: start, "text is not UTF-8")
        }
        return text
    }

    /// Everything must have been read.
    package func finish() throws(FormatError) {
        guard remaining == 0 else { throw .malformed(at: offset, "unexpected bytes") }
    }
}
