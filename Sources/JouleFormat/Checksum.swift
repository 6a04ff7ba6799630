import CJouleSystem

/// CRC-32C (Castagnoli, RFC 3720 appendix B.4).
package enum Checksum {
    package static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        crc32c(bytes[...])
    }

    /// Of `bytes` alone, or of what `sum` is the checksum of and then `bytes`.
    package static func crc32c(_ bytes: ArraySlice<UInt8>, continuing sum: UInt32 = 0) -> UInt32 {
        // SAFETY: the buffer lives for the duration of the call, which reads within it.
        unsafe bytes.withUnsafeBytes { unsafe joule_crc32c(sum, $0.baseAddress, $0.count) }
    }
}
