/// Appends little-endian numbers and text to bytes.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func append<Number: FixedWidthInteger>(_ number: Number) {
        var rest = number
        for _ in 0..<Number.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest = Number.bitWidth > 8 ? rest >> 8 : 0
        }
    }

    /// Seven bits a byte, lowest first, the top bit set in all but the last byte (LEB128).
    package mutating func append<Number: FixedWidthInteger & UnsignedInteger>(
        varint number: Number
    ) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func append(varint count: Int) {
        append(varint: UInt64(count))
    }

    /// A signed number of 64 bits, short when near zero.
    mutating func append(zigzag number: UInt64) {
        append(varint: ZigZag.encode(number))
    }

    package mutating func append(_ more: [UInt8]) {
        bytes.append(contentsOf: more)
    }

    /// Length in two bytes, then UTF-8.
    ///
    /// The caller keeps text under 64 KiB.
    package mutating func append(text: String) {
        let utf8 = text.utf8.prefix(Int(UInt16.max))
        append(UInt16(utf8.count))
        bytes.append(contentsOf: utf8)
    }
}
