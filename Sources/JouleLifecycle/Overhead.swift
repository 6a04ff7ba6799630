import JouleFile
package import JouleQuantities

/// Energy that a model's life spent beside its useful runs (the share known without an audit).
package struct Overhead: Sendable {
    /// IT energy of search runs; nil when none was recorded.
    package let search: EnergyIT?
    /// IT energy of failed and killed runs.
    package let failed: EnergyIT?
    /// Energy of runs that repeat a finished one, as the runs recorded it; nil without an audit, and
    /// when no such run's energy is known.
    package let duplicate: Energy?
    /// Search, failed and killed runs together, each once, over all runs; duplicates not included.
    package let share: Double?
    /// IT energy of the runs that somebody selected; nil when nobody did.
    package let selected: EnergyIT?
    /// What did not lead to a selected run, of all energy (F10); nil when nothing is selected.
    package let unselectedShare: Double?

    /// `total` is the energy of all runs; `duplicates` are those among them, nil without an audit.
    init(of sums: OverheadSums, total: EnergyIT?, duplicates: [Energy?]?) {
        search = sums.searching.it?.point
        let failed = sums.failing.runs == 0 && total != nil ? .zero : sums.failing.it?.point
        self.failed = failed
        let selected = sums.selected.it?.point
        self.selected = selected
        unselectedShare = selected.flatMap { selected in
            total.flatMap { Efficiency.overhead(selected: selected.joules, all: $0.joules) }
        }
        duplicate = duplicates.flatMap { energies in
            let known = energies.compactMap { $0 }
            guard !known.isEmpty || (energies.isEmpty && total != nil) else { return nil }
            return Energy(joules: known.reduce(0) { $0 + $1.joules })
        }
        let spent = sums.either.runs == 0 ? .zero : sums.either.it?.point
        share = total.flatMap { total in
            spent.flatMap { total.joules > 0 ? $0.joules / total.joules : nil }
        }
    }
}

/// The energies that `Overhead` is made of.
struct OverheadSums: Sendable {
    private(set) var searching = Portion()
    private(set) var failing = Portion()
    /// Searching, failing, or both.
    private(set) var either = Portion()
    private(set) var selected = Portion()

    mutating func add(_ impact: RunImpact) {
        let isSearching = impact.stage == .search
        let isFailing = impact.run.status == .failed || impact.run.status == .killed
        if isSearching { searching.add(impact) }
        if isFailing { failing.add(impact) }
        if isSearching || isFailing { either.add(impact) }
        if impact.run.isSelected { selected.add(impact) }
    }

    mutating func add(_ other: OverheadSums) {
        searching.add(other.searching)
        failing.add(other.failing)
        either.add(other.either)
        selected.add(other.selected)
    }
}
