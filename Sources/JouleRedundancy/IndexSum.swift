import JouleFile
import JouleQuantities

/// The sum of the leaves' hashes modulo 2¹²⁸, which does not depend on their order.
///
/// A key is removed by subtracting its hash.
/// It only finds candidates: equality is confirmed by the leaves themselves.
struct IndexSum: Hashable, Sendable {
    private(set) var value: UInt128 = 0

    /// Half of it tells as much: it is a hash already.
    func hash(into hasher: inout Hasher) { hasher.combine(UInt64(truncatingIfNeeded: value)) }

    static func + (left: IndexSum, right: IndexSum) -> IndexSum {
        IndexSum(value: left.value &+ right.value)
    }

    static func - (left: IndexSum, right: IndexSum) -> IndexSum {
        IndexSum(value: left.value &- right.value)
    }

    /// The first 16 bytes, big-endian, of SHA-256 over the canonical JSON `[path, value]`.
    static func leaf(path: String, value: JSON) -> IndexSum {
        line(CanonicalConfiguration.line(path, value))
    }

    /// The same of the canonical JSON itself.
    static func line(_ line: [UInt8]) -> IndexSum {
        IndexSum(value: ContentHash.sha256Half(line))
    }
}
