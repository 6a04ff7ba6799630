import JouleFile
import JouleQuantities

/// Leaves of configurations without their spelling, each kept once and named by its place: most recur
/// in most runs of a search.
struct LeafTable {
    typealias ID = UInt32

    /// A leaf that is not yet in a table.
    struct Entry {
        fileprivate let hash: IndexSum
        fileprivate let number: Double?
        fileprivate let traits: Traits

        init(_ leaf: CanonicalConfiguration.Leaf, hash: IndexSum) {
            self.hash = hash
            number = leaf.value.finiteNumber
            traits = [
                leaf.value.isOff ? .off : [], leaf.value.isText ? .text : [],
                number == nil ? [] : .number,
            ]
        }

        /// One whose value is a number.
        init(_ number: Double, hash: IndexSum) {
            self.hash = hash
            self.number = number
            traits = .number
        }

        fileprivate init(_ leaf: ID, of table: LeafTable) {
            hash = table.hash(of: leaf)
            number = table.number(of: leaf)
            traits = table.marks[Int(leaf)].traits
        }
    }

    fileprivate struct Traits: OptionSet {
        let rawValue: UInt32
        static let off = Traits(rawValue: 1)
        static let text = Traits(rawValue: 2)
        static let number = Traits(rawValue: 4)
    }

    /// What nearly every pass over the leaves of runs asks for, in four bytes.
    private struct Mark {
        private let bits: UInt32

        init(path: Int32, _ traits: Traits) {
            bits = UInt32(bitPattern: path) << 3 | traits.rawValue
        }

        var path: Int32 { Int32(bitPattern: bits >> 3) }
        var traits: Traits { Traits(rawValue: bits & 7) }
    }

    /// By leaf, as what follows: apart from each other, because who asks for one seldom asks for another.
    private var marks: [Mark] = []
    private var hashes: [IndexSum] = []
    private var numbers: [Double] = []
    private(set) var paths: [String] = []
    private var places: [String: Int32] = [:]
    /// Each leaf as its line of the canonical document: what makes two leaves one.
    private var lines = ByteTable()
    private var context: [String: [JSON: IndexSum]] = [:]

    /// Beyond this many values of one fact what was seen is hashed again.
    private static let recentMax = 200_000

    mutating func id(of leaf: CanonicalConfiguration.Leaf) -> ID {
        let line = Self.line(of: leaf)
        let (id, isNew) = lines.place(of: line)
        if isNew { add(Entry(leaf, hash: .line(line)), at: leaf.path) }
        return id
    }

    /// A leaf of another table, in this one.
    mutating func id(of leaf: ID, in other: LeafTable) -> ID {
        let path = other.paths[Int(other.path(of: leaf))]
        return id(of: Array(other.line(of: leaf)), Entry(leaf, of: other), at: path)
    }

    /// The same of a leaf whose line and entry were made before.
    mutating func id(of line: [UInt8], _ entry: Entry, at path: String) -> ID {
        let (id, isNew) = lines.place(of: line)
        if isNew { add(entry, at: path) }
        return id
    }

    /// The same of leaves whose lines lie one behind the other, each to where `ends` says; `path` tells
    /// the path of one.
    mutating func ids(
        of lines: [UInt8],
        _ ends: [Int],
        _ entries: [Entry],
        at path: (Int) -> String
    ) -> [ID] {
        let ids = self.lines.places(of: lines, ends)
        for (number, id) in ids.enumerated() where Int(id) == marks.count {
            add(entries[number], at: path(number))
        }
        return ids
    }

    private mutating func add(_ entry: Entry, at path: String) {
        marks.append(Mark(path: place(of: path), entry.traits))
        hashes.append(entry.hash)
        numbers.append(entry.number ?? 0)
    }

    // MARK: What is here

    /// The place of its path among `paths`.
    func path(of leaf: ID) -> Int32 { marks[Int(leaf)].path }
    /// What it adds to a key.
    func hash(of leaf: ID) -> IndexSum { hashes[Int(leaf)] }
    /// Its value where that is a finite number.
    func number(of leaf: ID) -> Double? {
        marks[Int(leaf)].traits.contains(.number) ? numbers[Int(leaf)] : nil
    }
    /// Whether it switches something off: false, null, or a word such as `none`.
    func isOff(_ leaf: ID) -> Bool { marks[Int(leaf)].traits.contains(.off) }
    func isText(_ leaf: ID) -> Bool { marks[Int(leaf)].traits.contains(.text) }

    /// A path of another table, in this one.
    mutating func place(of path: Int32, in other: LeafTable) -> Int32 {
        place(of: other.paths[Int(path)])
    }

    /// The canonical JSON `[path, value]` of a leaf.
    static func line(of leaf: CanonicalConfiguration.Leaf) -> [UInt8] {
        CanonicalConfiguration.line("config." + leaf.path, leaf.value.json)
    }

    /// What leaves add up to.
    func sum(of leaves: [ID]) -> IndexSum {
        leaves.reduce(IndexSum()) { $0 + hashes[Int($1)] }
    }

    /// The line of a leaf that is here.
    func line(of leaf: ID) -> ArraySlice<UInt8> { lines[leaf] }

    /// The place of a path, new or not.
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
    var isText: Bool { if case .string = self { true } else { false } }

    /// Whether it switches something off: false, null, or a word such as `none`.
    var isOff: Bool {
        switch self {
        case .null, .bool(false): true
        case .string(let text): ["none", "off", "disabled", "null", ""].contains(text.lowercased())
        default: false
        }
    }

    /// The value where it is a finite number.
    var finiteNumber: Double? {
        guard case .number(let text) = self else { return nil }
        if let value = Self.exactNumber(text.utf8) { return value }
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// A number of so few digits that it is one whole number over another, both of which floating point
    /// holds, so that their quotient is the nearest there is (Clinger 1990); nil for any other.
    static func exactNumber(_ text: some Sequence<UInt8>) -> Double? {
        var whole: Int64 = 0
        var digits = 0
        var fraction: Int?
        var isNegative = false
        for byte in text {
            switch byte {
            case 0x30...0x39:
                whole = whole * 10 + Int64(byte - 0x30)
                if whole > 0 { digits += 1 }
                guard digits <= 15 else { return nil }
                fraction = fraction.map { $0 + 1 }
            case 0x2E where fraction == nil: fraction = 0
            case 0x2D where digits == 0 && fraction == nil: isNegative = true
            default: return nil
            }
        }
        guard let scale = powers.indices.contains(fraction ?? 0) ? powers[fraction ?? 0] : nil,
            digits > 0
        else { return nil }
        let value = Double(whole) / scale
        return isNegative ? -value : value
    }

    /// Powers of ten that floating point holds.
    private static let powers: [Double] = (0...22).map { power in
        (0..<power).reduce(1.0) { product, _ in product * 10 }
    }
}
