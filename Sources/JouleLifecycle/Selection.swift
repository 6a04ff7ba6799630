import JouleFile
import JouleQuantities

/// The runs that a summary is about.
struct Selection {
    /// Places in `all`, in order.
    private(set) var places: [Int]
    /// The run named by `--model`.
    private(set) var model: RunID?
    /// Runs in the ledgers, before any was left out.
    let all: [RunFacts]
    private(set) var remarks: [Remark]
    /// What could not be looked at.
    private(set) var gaps: [Remark] = []

    init(of runs: LifecycleRuns, options: LifecycleOptions) throws(LifecycleError) {
        all = runs.all
        remarks = runs.remarks
        places = Array(runs.all.indices)
        if let name = options.model {
            let id = try Self.resolve(name, among: all)
            model = id
            let lineage = Lineage.ancestors(of: id, in: all)
            keep { $0.id == id || lineage.ancestors.contains($0.id) }
            if lineage.hasCycle {
                remarks.append(Remark("lineage_cycle", at: "run \(id)", "is its own ancestor"))
            }
            gaps += lineage.missing.sorted().map {
                Remark("parent", at: "run \($0)", "named as a parent but not in these ledgers")
            }
        }
        if let project = options.project { keep { $0.project == project } }
        if let user = options.user { keep { $0.user == user } }
        if let account = options.account { keep { $0.account == account } }
        keepDates(options)
    }

    private mutating func keep(_ isWanted: (RunFacts) -> Bool) {
        places = places.filter { isWanted(all[$0]) }
    }

    private mutating func keepDates(_ options: LifecycleOptions) {
        guard options.since != nil || options.until != nil else { return }
        let undated = places.count { all[$0].started == nil }
        if undated > 0 {
            let message = "\(undated) runs without a start date were left out"
            gaps.append(Remark("date", at: "scope", message))
        }
        keep { run in
            guard let started = run.started else { return false }
            return options.since.map { started >= $0 } ?? true
                && options.until.map { started < $0 } ?? true
        }
    }

    private static func resolve(
        _ name: String,
        among runs: [RunFacts]
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
