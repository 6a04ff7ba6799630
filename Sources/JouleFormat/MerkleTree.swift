/// The Merkle tree of RFC 6962 §2.1, grown one leaf at a time.
///
/// Holds the roots of the perfect subtrees that make up the leaves so far (a compact range), so
/// memory is logarithmic in the number of leaves.
package struct MerkleTree: Sendable, Hashable {
    package private(set) var size: UInt64 = 0
    /// Largest subtree first; as many as `size` has one bits.
    package private(set) var range: [Digest] = []

    package init() {}

    /// A tree of `size` leaves with that compact range; nil when their numbers do not fit.
    package init?(size: UInt64, range: [Digest]) {
        guard size.nonzeroBitCount == range.count else { return nil }
        self.size = size
        self.range = range
    }

    /// The hash of a leaf: SHA-256(0x00 ‖ content).
    package static func leaf(_ content: [UInt8]...) -> Digest {
        Digest(prefix: 0x00, content)
    }

    /// The hash of a leaf whose content is a part of other bytes.
    static func leaf(_ content: ArraySlice<UInt8>) -> Digest {
        Digest(prefix: 0x00, content)
    }

    static func node(_ left: Digest, _ right: Digest) -> Digest {
        Digest(prefix: 0x01, [left.bytes, right.bytes])
    }

    /// Adds a leaf hash.
    package mutating func append(_ leaf: Digest) {
        var digest = leaf
        var carry = size
        while carry & 1 == 1, let left = range.popLast() {
            digest = Self.node(left, digest)
            carry >>= 1
        }
        range.append(digest)
        size += 1
    }

    /// The hash of the whole tree; of no leaves, the hash of nothing.
    package var root: Digest {
        guard var digest = range.last else { return Digest(of: []) }
        for left in range.dropLast().reversed() { digest = Self.node(left, digest) }
        return digest
    }
}
