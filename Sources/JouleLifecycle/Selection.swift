import JouleFile
import JouleQuantities

/// The runs that a summary is about.
struct Selection {
    /// Sorted by name, so that no sum depends on the order in which files were found.
    var runs: [RunRecord]
    /// The run named by `--model`.
    var model: RunID?
    /// Runs in the ledgers, before any was left out, sorted alike.
    let all: [RunRecord]
    var remarks: [Remark] = []
    /// What could not be looked at.
    var gaps: [Remark] = []

    init(of records: [RunRecord], options: LifecycleOptions) throws(LifecycleError) {
        let unique = Self.oncePerID(records, remarks: &remarks)
        all = unique
        runs = unique
        if let name = options.model {
            let id = try Self.resolve(name, among: unique)
            model = id
            let lineage = Lineage.ancestors(of: id, in: unique)
            runs = unique.filter { $0.id == id || lineage.ancestors.contains($0.id) }
            if lineage.hasCycle {
                remarks.append(Remark("lineage_cycle", at: "run \(id)", "is its own ancestor"))
            }
            gaps += lineage.missing.sorted().map {
                Remark("parent", at: "run \($0)", "named as a parent but not in these ledgers")
            }
        }
        if let project = options.project { runs = runs.filter { $0.project == project } }
        if let user = options.user { runs = runs.filter { $0.user == user } }
        keepDates(options)
    }

    private mutating func keepDates(_ options: LifecycleOptions) {
        guard options.since != nil || options.until != nil else { return }
        let undated = runs.filter { $0.started == nil }.count
        if undated > 0 {
            let message = "\(undated) runs without a start date were left out"
            gaps.append(Remark("date", at: "scope", message))
        }
        runs = runs.filter { run in
            guard let started = run.started else { return false }
            return options.since.map { started >= $0 } ?? true
                && options.until.map { started < $0 } ?? true
        }
    }

    /// One record for each run id; of different records the one that says more about energy.
    private static func oncePerID(_ all: [RunRecord], remarks: inout [Remark]) -> [RunRecord] {
        var kept: [RunID: Int] = [:]
        kept.reserveCapacity(all.count)
        for (place, run) in all.enumerated() {
            guard let other = kept.updateValue(place, forKey: run.id) else { continue }
            let isSame = all[other] == run
            if isSame || rank(all[other]) >= rank(run) { kept[run.id] = other }
            guard !isSame else { continue }
            remarks.append(
                Remark("conflicting_records", at: "run \(run.id)", "two records differ; one counts")
            )
        }
        return kept.sorted { $0.key < $1.key }.map { all[$0.value] }
    }

    private static func rank(_ run: RunRecord) -> (Double, Int, String) {
        (run.energy?.joules ?? -1, run.epochs.count, run.json.text())
    }

    private static func resolve(
        _ name: String,
        among runs: [RunRecord]
    ) throws(LifecycleError) -> RunID {
        if let exact = runs.first(where: { $0.id.description == name }) { return exact.id }
        let matches = runs.filter { $0.id.description.hasPrefix(name) }.map(\.id)
        guard let match = matches.first, !name.isEmpty else { throw .unknownRun(name) }
        guard matches.count == 1 else {
            throw .ambiguousRun(name, matches.prefix(5).map(\.description))
        }
        return match
    }
}
