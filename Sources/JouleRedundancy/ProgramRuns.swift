import JouleQuantities

/// The runs of one program that know their keys, in the order of their starts.
struct ProgramRuns {
    /// What a run is grouped by.
    struct Card {
        fileprivate(set) var recipe: UInt64
        /// What runs have in common that differ in their context alone.
        fileprivate(set) var work: UInt64
        /// What runs have in common that differ in their budget alone.
        fileprivate(set) var family: UInt64
        let nameRank: Int32
        /// What it does: a place among the tasks.
        let task: Int32
        fileprivate var traits: Traits

        fileprivate struct Traits: OptionSet {
            let rawValue: UInt8
            static let isOriginal = Traits(rawValue: 1)
            static let hasWork = Traits(rawValue: 2)
            static let hasFamily = Traits(rawValue: 4)
            static let mayTellNoise = Traits(rawValue: 8)
        }

        /// Whether its result counts where the noise between seeds is told.
        var mayTellNoise: Bool { traits.contains(.mayTellNoise) }
        /// Of an original that has a configuration; else nil.
        var originalWork: UInt64? { traits.isSuperset(of: [.isOriginal, .hasWork]) ? work : nil }
        /// Of an original that has a budget; else nil.
        var originalFamily: UInt64? {
            traits.isSuperset(of: [.isOriginal, .hasFamily]) ? family : nil
        }
    }

    let runs: [KeyedRun]
    private(set) var cards: [Card]

    init(_ runs: [KeyedRun], _ tasks: ProgramTasks, _ families: BudgetFamilies) {
        self.runs = runs
        cards = runs.map { run in
            let keys = run.keys
            let family = families.family(of: run)
            var traits: Card.Traits = .isOriginal
            if !keys.leaves.isEmpty { traits.insert(.hasWork) }
            if family != nil { traits.insert(.hasFamily) }
            if run.run.mayTellNoise { traits.insert(.mayTellNoise) }
            return Card(
                recipe: keys.recipe.half,
                work: (keys.configuration + keys.seedSum + keys.setting.entry).half,
                family: family?.half ?? 0,
                nameRank: run.run.nameRank,
                task: Int32(tasks[run]),
                traits: traits
            )
        }
    }

    /// Takes note of a run that repeats another one with the same seed.
    mutating func noteRepeat(_ number: Int) { cards[number].traits.remove(.isOriginal) }

    /// Those that repeat no other with the same seed.
    var originals: [KeyedRun] {
        runs.indices.filter { cards[$0].traits.contains(.isOriginal) }.map { runs[$0] }
    }
}

extension IndexSum {
    /// Half of it, which tells as much but for hashes that were chosen.
    fileprivate var half: UInt64 { UInt64(truncatingIfNeeded: value) }
}

extension AuditedRun {
    /// Whether its result counts where the noise between seeds is told.
    var mayTellNoise: Bool { facts.status == .finished || facts.status == .running }
}
