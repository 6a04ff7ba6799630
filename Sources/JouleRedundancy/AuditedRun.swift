import JouleFile
import JouleQuantities

/// One execution as the audit sees it, its copies already folded in.
struct AuditedRun {
    let run: RunRecord
    let execution: Execution
    var cost: RunCost
    let curve: Curve?
    let isVerification: Bool
    /// `running` only while the process may still live.
    let status: RunStatus

    init(_ run: RunRecord, liveness: (RunRecord) -> Liveness) {
        var run = run
        if run.status == .running, liveness(run) == .dead { run.status = .killed }
        self.run = run
        status = run.status
        execution = Execution(run)
        cost = RunCost(run)
        curve = Curve(run)
        isVerification = run.tags.contains("verify")
    }

    var id: RunID { run.id }
    var firstEpoch: Int? { run.epochs.map(\.number).min() }
    var lastEpoch: Int? { run.epochs.map(\.number).max() }

    /// Orders by how much is known, so that the fullest record of an execution stands for it; the
    /// name decides between equals, and the text between records of one name.
    static func isFuller(_ left: AuditedRun, _ right: AuditedRun) -> Bool {
        let ranks = (left.fullness, right.fullness)
        if ranks.0 != ranks.1 { return ranks.1.lexicographicallyPrecedes(ranks.0) }
        if left.id != right.id { return left.id < right.id }
        return left.run.json.text() < right.run.json.text()
    }

    private var fullness: [Int] {
        [
            execution.started == nil ? 0 : 1, status == .finished ? 1 : 0, run.epochs.count,
            execution.durationSeconds == nil ? 0 : 1, cost.joules == nil ? 0 : 1,
            run.metrics?.members.count ?? 0,
        ]
    }

    /// Orders by start, unknown starts last, then by name.
    static func startsBefore(_ left: AuditedRun, _ right: AuditedRun) -> Bool {
        switch (left.execution.started, right.execution.started) {
        case (let a?, let b?) where a != b: a < b
        case (nil, _?): false
        case (_?, nil): true
        default: left.id < right.id
        }
    }
}

/// How much a result must say before its recurrence is no coincidence among `runs` runs:
/// 64 bits and twice the logarithm of the number of runs.
struct CoincidenceBound {
    let bits: Double

    init(runs: Int) {
        var doublings = 0
        while doublings < 62, 1 << doublings < runs { doublings += 1 }
        bits = 64 + 2 * Double(doublings)
    }

    /// Whether both curves are equal, bit for bit, and say enough.
    func proves(_ left: AuditedRun, _ right: AuditedRun) -> Bool {
        guard let a = left.curve, let b = right.curve, a == b else { return false }
        return Curve.informationBits(of: left.run) >= bits
    }
}
