import JouleFile
import JouleQuantities

/// The sum of the leaves' hashes modulo 2¹²⁸, which does not depend on their order.
///
/// A key is removed by subtracting its hash.
/// It only finds candidates: equality is confirmed by SHA-256 over the canonical document.
struct IndexSum: Hashable, Sendable {
    private(set) var value: UInt128 = 0

    static func + (left: IndexSum, right: IndexSum) -> IndexSum {
        IndexSum(value: left.value &+ right.value)
    }

    static func - (left: IndexSum, right: IndexSum) -> IndexSum {
        IndexSum(value: left.value &- right.value)
    }

    /// The first 16 bytes, big-endian, of SHA-256 over the canonical JSON `[path, value]`.
    static func leaf(path: String, value: JSON) -> IndexSum {
        let text = JSON.array([.string(path), value]).canonicalText
        return IndexSum(value: prefix(ContentHash.sha256(Array(text.utf8))))
    }

    static func prefix(_ hash: [UInt8]) -> UInt128 {
        hash.prefix(16).reduce(0) { $0 << 8 | UInt128($1) }
    }
}

/// Hashes of leaves already seen: most leaves recur in most runs of a search.
struct LeafHashes {
    private var known: [CanonicalConfiguration.Leaf: IndexSum] = [:]
    private var knownContext: [String: [JSON: IndexSum]] = [:]

    /// Beyond this many the table starts anew, so that a million distinct learning rates do not
    /// fill the memory.
    private static let capacity = 200_000

    mutating func hash(_ leaf: CanonicalConfiguration.Leaf) -> IndexSum {
        if let hash = known[leaf] { return hash }
        if known.count >= Self.capacity { known.removeAll(keepingCapacity: true) }
        let hash = IndexSum.leaf(path: "config." + leaf.path, value: leaf.value.json)
        known[leaf] = hash
        return hash
    }

    /// The hash of a leaf of the context, such as the tree.
    mutating func hash(context path: String, _ value: JSON) -> IndexSum {
        if let hash = knownContext[path]?[value] { return hash }
        if knownContext[path, default: [:]].count >= Self.capacity { knownContext[path] = [:] }
        let hash = IndexSum.leaf(path: path, value: value)
        knownContext[path, default: [:]][value] = hash
        return hash
    }
}
