import JouleFile
import JouleQuantities
import JouleSystem

/// What runs are sorted and compared by first: a line of memory each, while the runs themselves lie
/// anywhere.
struct RunCard {
    /// The first bytes of the name, ordered as it is.
    private let name: UInt64
    let fullness: UInt64
    /// When it started; the last of all instants where that is not known.
    let start: Int64
    /// A hash of durations and results, where there are both.
    private let resultHash: UInt64
    let program: Int32
    private let traits: Traits

    private struct Traits: OptionSet {
        let rawValue: UInt8
        /// Whether the bytes of the name tell its order.
        static let hasPlainName = Traits(rawValue: 1)
        static let isDated = Traits(rawValue: 2)
        static let hasResult = Traits(rawValue: 4)
    }

    init(_ run: AuditedRun) {
        let execution = run.execution
        fullness = run.fullness
        start = execution.started?.unixNanoseconds ?? .max
        program = run.setting.program
        var traits: Traits = execution.isDated ? .isDated : []
        var result: UInt64 = 0
        if let curve = run.curve, let durations = execution.durationsHash {
            result = Fingerprint64.combine(durations, curve.last)
            traits.insert(.hasResult)
        }
        resultHash = result
        let beginning = Self.beginning(of: run.id)
        name = beginning ?? 0
        if beginning != nil { traits.insert(.hasPlainName) }
        self.traits = traits
    }

    var isDated: Bool { traits.contains(.isDated) }
    var result: UInt64? { traits.contains(.hasResult) ? resultHash : nil }

    /// The first eight bytes of a name, ordered as the name is; nil where it is not ASCII.
    private static func beginning(of id: RunID) -> UInt64? {
        var word: UInt64 = 0
        var count: UInt64 = 0
        for byte in id.description.utf8 {
            guard byte < 0x80 else { return nil }
            guard count < 8 else { continue }
            word = word << 8 | UInt64(byte)
            count += 1
        }
        return word << (8 * (8 - count))
    }

    /// Whether both may have one name.
    func mayBeNamed(like other: RunCard) -> Bool { name == other.name }

    // MARK: Order

    /// Cards of all runs.
    static func all(_ runs: [AuditedRun], on workers: Workers) -> [RunCard] {
        workers.mapEach(runs) { RunCard($0) }
    }

    /// Places of runs in the order of their names.
    static func byName(_ runs: [AuditedRun], _ cards: [RunCard], on workers: Workers) -> [Int32] {
        let items = cards.indices.map { Item(key: cards[$0].name, place: Int32($0)) }
        // Cards lie anywhere in memory, and mostly all names are plain.
        let areAllPlain = cards.allSatisfy { $0.traits.contains(.hasPlainName) }
        return workers.sorted(items) { left, right in
            let (a, b) = (Int(left.place), Int(right.place))
            let arePlain =
                areAllPlain
                || cards[a].traits.contains(.hasPlainName)
                    && cards[b].traits.contains(.hasPlainName)
            if arePlain, left.key != right.key { return left.key < right.key }
            return runs[a].id != runs[b].id ? runs[a].id < runs[b].id : a < b
        }.map(\.place)
    }

    /// Places of cards, which are in the order of names: the fullest first, then by name.
    static func byFullness(_ cards: [RunCard], on workers: Workers) -> [Int32] {
        let items = cards.indices.map { Item(key: ~cards[$0].fullness, place: Int32($0)) }
        return workers.sorted(items, by: Item.precedes).map(\.place)
    }

    /// Those of `places` among cards, which are in the order of names, by start and then by name:
    /// `AuditedRun.startsBefore`.
    static func byStart(_ places: [Int32], of cards: [RunCard], on workers: Workers) -> [Int32] {
        let items = places.map { place in
            let start = UInt64(bitPattern: cards[Int(place)].start) ^ 1 << 63
            return Item(key: start, place: place)
        }
        return workers.sorted(items, by: Item.precedes).map(\.place)
    }

    private struct Item {
        let key: UInt64
        let place: Int32

        static func precedes(_ left: Item, _ right: Item) -> Bool {
            left.key != right.key ? left.key < right.key : left.place < right.place
        }
    }
}
