import JouleFile
import JouleQuantities

/// The random draws of a run: its seed, and any further seeds of its configuration.
struct SeedKey: Sendable, Hashable {
    /// The seed without its spelling; nil when the run states none.
    let main: CanonicalValue?
    /// Seeds of parts (`data.seed`) and a seed that contradicts the main one.
    let others: [CanonicalConfiguration.Leaf]

    var isKnown: Bool { main != nil }

    /// The run's own `seed` goes first, then one at the top of its configuration, then the only one
    /// below it.
    ///
    /// `seeds` are those of the configuration, by path.
    init(_ seed: JSON?, _ seeds: [CanonicalConfiguration.Leaf]) {
        let top = seeds.filter { !$0.path.utf8.contains(0x2E) }
        var main = seed.map(CanonicalValue.ofSeed)
        if main == .null { main = nil }
        main = main ?? top.first { $0.value != .null }?.value
        if main == nil, seeds.count == 1, seeds[0].value != .null { main = seeds[0].value }
        self.main = main
        others = seeds.filter { leaf in
            let isMain = leaf.value == main && (top.contains(leaf) || seeds.count == 1)
            return leaf.value != .null && !isMain
        }
    }

    /// What is added to RECIPE to give EXACT.
    var index: IndexSum {
        var sum = IndexSum()
        if let main { sum = sum + .leaf(path: "seed", value: main.json) }
        for leaf in others { sum = sum + .leaf(path: "seed." + leaf.path, value: leaf.value.json) }
        return sum
    }
}

/// Seeds, each of which is hashed once.
struct SharedSeeds {
    private var known: [SeedKey: SharedSeed] = [:]

    /// Beyond this many what was seen is hashed again.
    private static let knownMax = 100_000

    mutating func shared(_ key: SeedKey) -> SharedSeed {
        if let seed = known[key] { return seed }
        if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
        let seed = SharedSeed(key)
        known[key] = seed
        return seed
    }
}
