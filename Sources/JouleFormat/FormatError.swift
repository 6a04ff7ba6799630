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

extension FormatError {
    /// What is wrong, for whoever knows where it is.
    package var reason: String {
        switch self {
        case .malformed(_, let reason): reason
        case .limitExceeded(_, let what): "\(what), more than allowed"
        case .truncated(let offset): "it ends too early, at byte \(offset)"
        case .checksumMismatch: "a checksum does not match"
        case .notALedger, .newerVersion, .unknownFeature: "unreadable"
        }
    }
}
