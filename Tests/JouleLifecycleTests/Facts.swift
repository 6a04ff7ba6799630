import JouleFile
import JouleQuantities

@testable import JouleLifecycle

extension [RunRecord] {
    /// What summaries know of them, with their records.
    var facts: [RunFacts] {
        var frames = RunFrames()
        return map { RunFacts(of: $0, &frames, keepingRecord: true) }
    }
}

extension RunImpact {
    convenience init(of record: RunRecord, options: LifecycleOptions, factors: FactorSet) {
        let run = [record].facts[0]
        self.init(of: run, FrameView(run.frame, options, factors), options)
    }
}

extension RunEnergy {
    init(of record: RunRecord) {
        self = RunImpact(of: record, options: LifecycleOptions(), factors: .shipped).energy
    }
}

/// Who bears the energy of records, by name.
struct RecordAllocation {
    private let facts: [RunFacts]

    init(among records: [RunRecord]) { facts = records.facts.sorted { $0.id < $1.id } }

    func shares(of model: RunID? = nil) -> [RunID: Double] {
        let shares = Allocation(among: facts).shares(of: model)
        return Dictionary(
            uniqueKeysWithValues: facts.enumerated().map { place, run in
                (run.id, shares.share(of: run, at: place))
            }
        )
    }
}
