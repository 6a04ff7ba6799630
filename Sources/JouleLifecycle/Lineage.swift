package import JouleFile
package import JouleQuantities

/// What a model's own run used, what it inherits from the runs that it builds on (F12), and who bears it.
package struct Lineage: Sendable {
    /// Nil where no model is named.
    package let own: Portion?
    /// All of its ancestors, each once and whole; nil where no model is named.
    package let inherited: Portion?
    /// What the model bears where every run is borne in equal parts by those that use it; without a
    /// model, what all models together bear.
    package let allocated: Portion
    /// The rest: borne by other models, or by none.
    package let unallocated: Portion

    init(of part: SummaryPart, hasModel: Bool) {
        own = hasModel ? part.own : nil
        inherited = hasModel ? part.inherited : nil
        allocated = part.allocated
        unallocated = part.unallocated
    }

    /// The set of all runs that a run builds on, through any number of steps.
    ///
    /// A set, not a sum over paths: a shared ancestor counts once (F12). A ring of parents ends
    /// where it closes.
    package static func ancestors(
        of id: RunID,
        in runs: [RunFacts]
    ) -> (ancestors: Set<RunID>, missing: Set<RunID>, hasCycle: Bool) {
        let parents = Dictionary(
            runs.map { ($0.id, $0.parents.map(\.id)) },
            uniquingKeysWith: { $0 + $1 }
        )
        var found: Set<RunID> = []
        var missing: Set<RunID> = []
        var hasCycle = false
        var waiting = parents[id] ?? []
        while let next = waiting.popLast() {
            if next == id {
                hasCycle = true
            } else if let further = parents[next] {
                if found.insert(next).inserted { waiting += further }
            } else {
                missing.insert(next)
            }
        }
        return (found, missing, hasCycle)
    }

    /// F12: cumulative(m) = Σ own(r) over the set ancestors(m) ∪ {m}; of several models, over the union.
    ///
    /// Runs are summed in the order of their names, so that the order of files never changes a digit.
    package static func cumulative<Quantity: Summable>(
        of models: some Sequence<RunID>,
        own: [RunID: Quantity],
        in runs: [RunFacts]
    ) -> Quantity {
        let all = models.reduce(into: Set<RunID>()) { all, model in
            all.insert(model)
            all.formUnion(ancestors(of: model, in: runs).ancestors)
        }
        return all.sorted().reduce(.zero) { sum, run in own[run].map { sum + $0 } ?? sum }
    }
}
