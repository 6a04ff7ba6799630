import JouleQuantities

/// Which ledgers tell runs together: each group tells its runs as all ledgers would.
///
/// Ranks of a run and copies of a ledger are in one group.
package struct LedgerGroups {
    private enum Mark: Hashable {
        case file(String)
        case root(String)
        case run(RunID)
    }

    /// Leads to the first ledger of a group, where it ends.
    private var leaders: [Int] = []
    private var known: [Mark: Int] = [:]

    package init() {}

    package mutating func add(_ ledger: LedgerQuery) {
        let place = leaders.count
        leaders.append(place)
        let traits = ledger.traits
        var marks = traits.roots.map(Mark.root) + ledger.runs.values.map { .run($0.id) }
        if !traits.fileID.isEmpty { marks.append(.file(traits.fileID)) }
        for mark in marks {
            guard let other = known.updateValue(place, forKey: mark) else { continue }
            let pair = (first(of: place), first(of: other))
            leaders[max(pair.0, pair.1)] = min(pair.0, pair.1)
        }
    }

    /// By ledger, as they were added, the first one of its group.
    package var groups: [Int] { leaders.indices.map(first) }

    private func first(of place: Int) -> Int {
        var place = place
        while leaders[place] != place { place = leaders[place] }
        return place
    }
}
