import JouleFile
import JouleQuantities

/// One execution as the audit sees it, its copies already folded in.
///
/// A class, because it is passed and sorted a lot. Holds what every run is asked for in a few hundred
/// bytes; `details` have the rest.
final class AuditedRun {
    /// What is kept of every run.
    struct Facts {
        let id: RunID
        /// Without its leaves once keys are made of them.
        var inputs: RunInputs
        /// `running` only while the process may still live.
        let status: RunStatus
        let sweep: String?
        let execution: Execution
        var cost: RunCost
        let curve: Curve?
        /// How much the curve says.
        let informationBits: Double
        let isVerification: Bool
        /// Whether a result is no number, which is what divergence leaves behind.
        let hasDiverged: Bool
        /// The number of its first epoch.
        let firstEpoch: Int?
        let epochCount: Int
        let rank: Int?
        let worldSize: Int?
        /// By which metric the program selects, and whether less is better.
        let selection: PrimaryMetric.Selection?
        let names: MetricNames
        let values: [Double]

        /// How much is known: one bit for each fact, with the numbers of epochs and of results.
        fileprivate var fullness: UInt64 {
            var sum: UInt64 = execution.started == nil ? 0 : 1
            sum = sum << 1 | (status == .finished ? 1 : 0)
            sum = sum << 32 | UInt64(min(epochCount, Int(UInt32.max)))
            sum = sum << 1 | (execution.durationSeconds == nil ? 0 : 1)
            sum = sum << 1 | (cost.joules == nil ? 0 : 1)
            return sum << 20 | UInt64(min(values.count, 1 << 20 - 1))
        }
    }

    private var facts: Facts
    private let fullness: UInt64
    private let place: DetailStore.Place?
    private let store: DetailStore?

    /// `details` go to the `store`, if there is one.
    init(_ facts: Facts, _ store: DetailStore?, _ details: @autoclosure () -> RunDetails) {
        self.facts = facts
        self.facts.inputs.ignored = []
        fullness = facts.fullness
        self.store = store
        place = store?.add(details())
    }

    private init(_ other: AuditedRun, cost: RunCost) {
        facts = other.facts
        facts.cost = cost
        fullness = facts.fullness
        place = other.place
        store = other.store
    }

    /// The same run at another cost.
    func costing(_ cost: RunCost) -> AuditedRun { AuditedRun(self, cost: cost) }

    /// Lets go of what keys were made of.
    func dropLeaves() { facts.inputs.leaves = [] }

    var id: RunID { facts.id }
    var inputs: RunInputs { facts.inputs }
    var status: RunStatus { facts.status }
    var sweep: String? { facts.sweep }
    var execution: Execution { facts.execution }
    var cost: RunCost { facts.cost }
    var curve: Curve? { facts.curve }
    var informationBits: Double { facts.informationBits }
    var isVerification: Bool { facts.isVerification }
    var hasDiverged: Bool { facts.hasDiverged }
    var firstEpoch: Int? { facts.firstEpoch }
    var epochCount: Int { facts.epochCount }
    var rank: Int? { facts.rank }
    var worldSize: Int? { facts.worldSize }
    var selection: PrimaryMetric.Selection? { facts.selection }
    private var names: MetricNames { facts.names }
    private var values: [Double] { facts.values }

    var setting: RunSetting.Facts { inputs.setting.facts }

    /// Of a run that was made without, none.
    var details: RunDetails {
        guard let store, let place else { return .none }
        return store[place]
    }

    /// What it came to: final metrics, else those of its last epoch, by name.
    var metrics: [Metric] { zip(names.all, values).map { Metric(name: $0, value: $1) } }

    /// What it came to in the metric `name`; nil where that is no number.
    func result(_ name: String) -> Double? {
        guard let place = names.all.firstIndex(of: name), values[place].isFinite else {
            return nil
        }
        return values[place]
    }

    /// Names of what it came to, where that is a number.
    var resultNames: [String] { zip(names.all, values).filter(\.1.isFinite).map(\.0) }

    /// Whether two records are of processes of one run, which each wrote under an id of its own.
    func isSibling(of other: AuditedRun) -> Bool {
        guard let rank, let otherRank = other.rank, let worldSize else { return false }
        return rank != otherRank && worldSize == other.worldSize && worldSize > 1
    }

    /// Orders by how much is known, so that the fullest record of an execution stands for it; the
    /// name decides between equals, and what else there is between records of one name.
    static func isFuller(_ left: AuditedRun, _ right: AuditedRun) -> Bool {
        if left.fullness != right.fullness { return right.fullness < left.fullness }
        if left.id != right.id { return left.id < right.id }
        return left.ordinals.lexicographicallyPrecedes(right.ordinals)
    }

    /// Tells records of one name apart, whatever the order in which they came.
    private var ordinals: [UInt64] {
        let numbers = [cost.joules, cost.seconds, execution.durationSeconds, informationBits]
        let dates = [execution.started, execution.ended].map { $0?.unixNanoseconds ?? .min }
        return numbers.map { $0?.bitPattern ?? 0 } + dates.map { UInt64(bitPattern: $0) }
            + (curve.map { [$0.last] } ?? []) + details.bytes.map(UInt64.init)
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
