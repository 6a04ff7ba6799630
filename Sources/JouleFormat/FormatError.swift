/// Why bytes are not what the specification says.
///
/// Offsets count from the start of the bytes given.
package enum FormatError: Error, Hashable, Sendable {
    case notALedger
    case truncated(at: Int)
    case checksumMismatch(at: Int)
    case newerVersion(found: UInt16, supported: UInt16)
    case unknownFeature(flags: UInt32)
    case malformed(at: Int, String)
    case limitExceeded(at: Int, String)
}
