import JouleFormat

/// SHA-256 and checksums for the rooms above the file, which do not see the format itself.
package enum ContentHash {
    /// The 32 bytes of the hash of `bytes`.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        Digest(of: bytes).bytes
    }

    /// The first half of the same, as a big-endian number.
    package static func sha256Half(_ bytes: [UInt8]) -> UInt128 { Digest.half(of: bytes) }

    /// CRC-32C (RFC 3720), with which other programs' logs guard their records.
    package static func crc32c(_ bytes: ArraySlice<UInt8>) -> UInt32 { Checksum.crc32c(bytes) }

    /// The hash of bytes that come in parts, in 64 hexadecimal digits.
    package struct Parts {
        private var hasher = Digest.Hasher()

        package init() {}

        package mutating func add(_ part: [UInt8]) { hasher.add(part) }

        package var hex: String { hasher.digest.hex }
    }

    /// Any bytes in lower-case hexadecimal.
    package static func hex(_ bytes: [UInt8]) -> String { Digest.hex(bytes) }

    /// The bytes of so many hexadecimal digits; nil when they are none.
    static func bytes(hex: String) -> [UInt8]? {
        let digits = hex.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        return bytes
    }

    /// The hash of the UTF-8 bytes of `text` in 64 hexadecimal digits.
    package static func sha256Hex(_ text: String) -> String {
        Digest(of: Array(text.utf8)).hex
    }
}
