import JouleQuantities

/// Leaves of configurations, each kept once and named by its place: most recur in most runs of a
/// search.
struct LeafTable {
    typealias ID = UInt32

    /// A leaf whose spelling is gone.
    struct Entry {
        let path: Int32
        let hash: IndexSum
        /// Its value where that is a finite number.
        let number: Double?
        let value: CanonicalValue

        /// Whether it switches something off: false, null, or a word such as `none`.
        let isOff: Bool
        let isText: Bool
    }

    private(set) var entries: [Entry] = []
    private(set) var paths: [String] = []
    private var places: [String: Int32] = [:]
    private var byHash: [IndexSum: ID] = [:]
    private var recent: [CanonicalConfiguration.Leaf: ID] = [:]
    private var context: [String: [JSON: IndexSum]] = [:]

    /// Beyond this many leaves what was seen is found by its hash again, so that a million distinct
    /// learning rates are not kept as texts.
    private static let recentMax = 200_000

    mutating func id(of leaf: CanonicalConfiguration.Leaf) -> ID {
        if let id = recent[leaf] { return id }
        if recent.count >= Self.recentMax { recent.removeAll(keepingCapacity: true) }
        let hash = IndexSum.leaf(path: "config." + leaf.path, value: leaf.value.json)
        let id = byHash[hash] ?? append(leaf, hash)
        recent[leaf] = id
        return id
    }

    private mutating func append(_ leaf: CanonicalConfiguration.Leaf, _ hash: IndexSum) -> ID {
        let id = ID(entries.count)
        entries.append(
            Entry(
                path: place(of: leaf.path),
                hash: hash,
                number: leaf.value.number,
                value: leaf.value,
                isOff: leaf.value.isOff,
                isText: leaf.value.isText
            )
        )
        byHash[hash] = id
        return id
    }

    private mutating func place(of path: String) -> Int32 {
        if let place = places[path] { return place }
        let place = Int32(paths.count)
        paths.append(path)
        places[path] = place
        return place
    }

    /// The hash of a leaf of the context, such as the tree.
    mutating func hash(context path: String, _ value: JSON) -> IndexSum {
        if let hash = context[path]?[value] { return hash }
        if context[path, default: [:]].count >= Self.recentMax { context[path] = [:] }
        let hash = IndexSum.leaf(path: path, value: value)
        context[path, default: [:]][value] = hash
        return hash
    }
}

extension CanonicalValue {
    fileprivate var isText: Bool { if case .string = self { true } else { false } }

    /// Whether it switches something off: false, null, or a word such as `none`.
    var isOff: Bool {
        switch self {
        case .null, .bool(false): true
        case .string(let text): ["none", "off", "disabled", "null", ""].contains(text.lowercased())
        default: false
        }
    }

    /// The value where it is a finite number.
    fileprivate var number: Double? {
        guard case .number(let text) = self, let value = Double(text), value.isFinite else {
            return nil
        }
        return value
    }
}
