import Crypto

/// SHA-256 (FIPS 180-4), the only hash of the format.
package struct Digest: Sendable, Hashable {
    /// 32 bytes.
    package let bytes: [UInt8]

    /// Takes 32 bytes as they are; nil for another number.
    package init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.byteCount else { return nil }
        self.bytes = bytes
    }

    /// The hash of all `parts`, one after the other.
    package init(of parts: [UInt8]...) {
        var hasher = SHA256()
        for part in parts { hasher.update(data: part) }
        bytes = Array(hasher.finalize())
    }

    /// The first half of the hash of `bytes`, as a big-endian number.
    package static func half(of bytes: [UInt8]) -> UInt128 {
        var hasher = SHA256()
        // SAFETY: the buffer lives for the duration of the call, which reads within it.
        unsafe bytes.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        return unsafe hasher.finalize().withUnsafeBytes { hash in
            // SAFETY: a hash has 32 bytes.
            unsafe UInt128(bigEndian: hash.loadUnaligned(as: UInt128.self))
        }
    }

    /// The hash of a byte and then of all `parts`: domain separation for trees.
    init(prefix: UInt8, _ parts: [[UInt8]]) {
        var hasher = SHA256()
        hasher.update(data: [prefix])
        for part in parts { hasher.update(data: part) }
        bytes = Array(hasher.finalize())
    }

    /// The same of a part of other bytes.
    init(prefix: UInt8, _ part: ArraySlice<UInt8>) {
        var hasher = SHA256()
        hasher.update(data: [prefix])
        // SAFETY: the buffer lives for the duration of the call, which reads within it.
        unsafe part.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
        bytes = Array(hasher.finalize())
    }

    /// Hashes bytes that come in parts.
    package struct Hasher {
        private var hasher = SHA256()

        package init() {}

        package mutating func add(_ part: [UInt8]) {
            hasher.update(data: part)
        }

        package var digest: Digest { Digest(finalizing: hasher) }
    }

    private init(finalizing hasher: SHA256) {
        bytes = Array(hasher.finalize())
    }

    /// The first eight bytes, little-endian.
    package var prefix64: UInt64 {
        bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Lower-case hexadecimal.
    package var hex: String { Self.hex(bytes) }

    /// Any bytes in lower-case hexadecimal.
    package static func hex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
