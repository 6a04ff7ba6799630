/// Proofs about Merkle trees: which hashes they take (RFC 6962 § 2.1), and whether they hold
/// (RFC 9162 §§ 2.1.3.2, 2.1.4.2).
package enum MerkleProof {
    // MARK: Making

    /// The leaves under each hash of the inclusion path of leaf `index`, its sibling first.
    package static func inclusion(of index: UInt64, in size: UInt64) -> [Range<UInt64>] {
        var lower: UInt64 = 0
        var upper = size
        var ranges: [Range<UInt64>] = []
        while upper - lower > 1 {
            let middle = lower + split(upper - lower)
            if index < middle {
                ranges.append(middle..<upper)
                upper = middle
            } else {
                ranges.append(lower..<middle)
                lower = middle
            }
        }
        return ranges.reversed()
    }

    /// The leaves under each hash of the proof that the tree of `size` leaves begins with the one of
    /// `old`; none for `old` 0, which everything begins with.
    package static func consistency(from old: UInt64, to size: UInt64) -> [Range<UInt64>] {
        guard old > 0 else { return [] }
        var lower: UInt64 = 0
        var upper = size
        var ranges: [Range<UInt64>] = []
        while upper > old {
            let middle = lower + split(upper - lower)
            if old <= middle {
                ranges.append(middle..<upper)
                upper = middle
            } else {
                ranges.append(lower..<middle)
                lower = middle
            }
        }
        // Whoever checks knows the root of the old tree, but of no part of it.
        if lower > 0 { ranges.append(lower..<upper) }
        return ranges.reversed()
    }

    /// The largest power of two below `count`, which is at least 2.
    private static func split(_ count: UInt64) -> UInt64 {
        1 << UInt64(UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount)
    }

    // MARK: Checking

    /// The root that a tree of `size` leaves has if `leaf` is its leaf `index` and `path` its
    /// inclusion path; nil when no such tree has a path of that length.
    package static func root(of leaf: Digest, at index: UInt64, in size: UInt64, path: [Digest])
        -> Digest?
    {
        guard index < size else { return nil }
        var place = index
        var last = size - 1
        var digest = leaf
        for sibling in path {
            guard last > 0 else { return nil }
            if place & 1 == 1 || place == last {
                digest = MerkleTree.node(sibling, digest)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                digest = MerkleTree.node(digest, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 ? digest : nil
    }

    /// Whether `proof` shows that the tree of `size` leaves and root `root` begins with the `old`
    /// leaves whose root is `oldRoot`.
    package static func isConsistent(
        from old: UInt64,
        _ oldRoot: Digest,
        to size: UInt64,
        _ root: Digest,
        proof: [Digest]
    ) -> Bool {
        guard old > 0 else { return proof.isEmpty && oldRoot == MerkleTree().root }
        guard old < size else { return old == size && proof.isEmpty && oldRoot == root }
        // The proof leaves out what the checker knows.
        var hashes = (old & (old - 1) == 0 ? [oldRoot] : []) + proof
        guard !proof.isEmpty, let seed = hashes.first else { return false }
        hashes.removeFirst()
        let shift = UInt64((~(old - 1)).trailingZeroBitCount)
        var place = (old - 1) >> shift
        var last = (size - 1) >> shift
        var before = seed
        var after = seed
        for hash in hashes {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                before = MerkleTree.node(hash, before)
                after = MerkleTree.node(hash, after)
                while place & 1 == 0, place > 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                after = MerkleTree.node(after, hash)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && before == oldRoot && after == root
    }
}

/// The roots of parts of a tree whose leaves go by one after the other.
///
/// The parts do not overlap. Memory grows with the logarithm of the tree, not with the tree.
package struct SubtreeRoots {
    private let ranges: [Range<UInt64>]
    /// Places in `ranges` by rising leaves.
    private let order: [Int]
    private(set) var trees: [MerkleTree]
    private var current = 0
    private var leaves: UInt64

    /// `start` is the number of the first leaf that will be given.
    package init(_ ranges: [Range<UInt64>], from start: UInt64 = 0) {
        self.ranges = ranges
        order = ranges.indices.sorted { ranges[$0].lowerBound < ranges[$1].lowerBound }
        trees = ranges.map { _ in MerkleTree() }
        leaves = start
    }

    /// Takes the next leaf.
    package mutating func append(_ leaf: Digest) {
        while current < order.count, ranges[order[current]].upperBound <= leaves { current += 1 }
        if current < order.count, ranges[order[current]].contains(leaves) {
            trees[order[current]].append(leaf)
        }
        leaves += 1
    }

    /// The roots in the order of the parts; nil while leaves of one are missing.
    package var roots: [Digest]? {
        for (tree, range) in zip(trees, ranges) where tree.size != UInt64(range.count) {
            return nil
        }
        return trees.map(\.root)
    }
}
