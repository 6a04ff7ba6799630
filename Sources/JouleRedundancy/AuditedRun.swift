import JouleFile
import JouleQuantities

/// One execution as the audit sees it, its copies already folded in.
///
/// A class, because it is passed and sorted a lot and a record is large.
final class AuditedRun: Sendable {
    let run: RunRecord
    let execution: Execution
    let cost: RunCost
    let curve: Curve?
    /// How much the curve says.
    let informationBits: Double
    let isVerification: Bool
    /// What it came to, by name: final metrics, else those of its last epoch; finite ones only.
    let results: [Metric]
    private let fullness: [Int]

    /// Takes a run that claims to be running as killed once its process is known to be dead.
    init(_ run: RunRecord, liveness: (RunRecord) -> Liveness, cost: RunCost? = nil) {
        var run = run
        if run.status == .running, liveness(run) == .dead { run.status = .killed }
        self.run = run
        let execution = Execution(run)
        let cost = cost ?? RunCost(run)
        self.execution = execution
        self.cost = cost
        curve = Curve(run)
        informationBits = Curve.informationBits(of: run)
        isVerification = run.tags.contains("verify")
        results = ResultSummary.metrics(of: run).filter(\.value.isFinite)
        fullness = [
            execution.started == nil ? 0 : 1, run.status == .finished ? 1 : 0, run.epochs.count,
            execution.durationSeconds == nil ? 0 : 1, cost.joules == nil ? 0 : 1,
            run.metrics?.members.count ?? 0,
        ]
    }

    var id: RunID { run.id }
    /// `running` only while the process may still live.
    var status: RunStatus { run.status }
    var firstEpoch: Int? { run.epochs.lazy.map(\.number).min() }

    /// Whether two records are of processes of one run, which each wrote under an id of its own.
    func isSibling(of other: AuditedRun) -> Bool {
        guard let rank = run.rank, let otherRank = other.run.rank, let size = run.worldSize else {
            return false
        }
        return rank != otherRank && size == other.run.worldSize && size > 1
    }

    /// The same run at another cost.
    func costing(_ cost: RunCost) -> AuditedRun {
        AuditedRun(run, liveness: { _ in .unknown }, cost: cost)
    }

    /// Orders by how much is known, so that the fullest record of an execution stands for it; the
    /// name decides between equals, and the text between records of one name.
    static func isFuller(_ left: AuditedRun, _ right: AuditedRun) -> Bool {
        if left.fullness != right.fullness {
            return right.fullness.lexicographicallyPrecedes(left.fullness)
        }
        if left.id != right.id { return left.id < right.id }
        return left.run.json.text() < right.run.json.text()
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
        return left.informationBits >= bits
    }
}
