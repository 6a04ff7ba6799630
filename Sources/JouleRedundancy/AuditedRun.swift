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
        let setting: RunSetting
        let origin: RunOrigin
        let sweep: String?
        let names: MetricNames
        let values: FewNumbers
        /// By which metric the program selects.
        let selection: SelectedMetric?
        /// How much the curve says.
        let informationBits: Double
        let execution: Execution
        var cost: RunCost
        /// As it was spelt.
        let seed: JSON?
        let curve: CurveMark?
        let epochCount: Int32
        /// The number of its first epoch; the least number where there is none.
        let firstEpoch: Int32
        /// Below 0 where there is none.
        let rank: Int32
        /// `running` only while the process may still live.
        let status: RunStatus
        let isVerification: Bool
        /// Whether a result is no number, which is what divergence leaves behind.
        let hasDiverged: Bool

        init(
            id: RunID,
            setting: RunSetting,
            origin: RunOrigin,
            seed: JSON?,
            sweep: String?,
            execution: Execution,
            cost: RunCost,
            curve: CurveMark?,
            informationBits: Double,
            names: MetricNames,
            values: [Double],
            selection: SelectedMetric?,
            epochCount: Int32,
            firstEpoch: Int32,
            rank: Int32,
            status: RunStatus,
            isVerification: Bool,
            hasDiverged: Bool
        ) {
            self.id = id
            self.setting = setting
            self.origin = origin
            self.seed = seed
            self.sweep = sweep
            self.execution = execution
            self.cost = cost
            self.curve = curve
            self.informationBits = informationBits
            self.names = names
            self.values = FewNumbers(values)
            self.selection = selection
            self.epochCount = epochCount
            self.firstEpoch = firstEpoch
            self.rank = rank
            self.status = status
            self.isVerification = isVerification
            self.hasDiverged = hasDiverged
        }
    }

    private(set) var facts: Facts
    /// Once they are made.
    var keys: RunKeys?
    /// Its place among all runs of the audit by name.
    var nameRank: Int32 = 0
    /// Whether it is said where its energy goes.
    var isJudged = false
    /// Whether it is a record that adds no execution.
    var isCopy = false
    private let place: DetailStore.Place?
    private let store: DetailStore?

    /// `details` go to the `store`, if there is one.
    init(
        _ facts: Facts,
        _ store: DetailStore?,
        _ details: @autoclosure () -> RunDetails
    ) {
        self.facts = facts
        self.store = store
        place = store?.add(details())
    }

    /// Its details are in the `store`.
    init(_ facts: Facts, _ store: DetailStore, at place: DetailStore.Place) {
        self.facts = facts
        self.store = store
        self.place = place
    }

    private init(_ other: AuditedRun, cost: RunCost) {
        facts = other.facts
        facts.cost = cost
        place = other.place
        store = other.store
    }

    /// What an audit has said of it is no part of the next one.
    func forgetVerdicts() {
        isJudged = false
        isCopy = false
    }

    /// The same run at another cost.
    func costing(_ cost: RunCost) -> AuditedRun { AuditedRun(self, cost: cost) }

    var id: RunID { facts.id }
    var setting: RunSetting { facts.setting }
    var origin: RunOrigin { facts.origin }
    var seed: JSON? { facts.seed }
    var status: RunStatus { facts.status }
    var sweep: String? { facts.sweep }
    var execution: Execution { facts.execution }
    var cost: RunCost { facts.cost }
    var curve: CurveMark? { facts.curve }
    var informationBits: Double { facts.informationBits }
    var isVerification: Bool { facts.isVerification }
    var hasDiverged: Bool { facts.hasDiverged }
    var firstEpoch: Int? { facts.firstEpoch == .min ? nil : Int(facts.firstEpoch) }
    var epochCount: Int { Int(facts.epochCount) }
    var rank: Int? { facts.rank < 0 ? nil : Int(facts.rank) }
    var worldSize: Int? { facts.setting.facts.worldSize }
    var selection: PrimaryMetric.Selection? { facts.selection?.selection }
    /// How much is known: one bit for each fact, with the numbers of epochs and of results.
    var fullness: UInt64 {
        var sum: UInt64 = facts.execution.started == nil ? 0 : 1
        sum = sum << 1 | (facts.status == .finished ? 1 : 0)
        sum = sum << 32 | UInt64(max(0, facts.epochCount))
        sum = sum << 1 | (facts.execution.durationSeconds == nil ? 0 : 1)
        sum = sum << 1 | (facts.cost.joules == nil ? 0 : 1)
        return sum << 20 | UInt64(min(facts.names.all.count, 1 << 20 - 1))
    }
    private var names: MetricNames { facts.names }
    private var values: FewNumbers { facts.values }

    /// Of a run that was made without, none.
    var details: RunDetails {
        guard let store, let place else { return .none }
        return store[place]
    }

    /// What keys are made of, besides its setting and its seed, into `inputs`.
    func read(into inputs: inout StoredInputs) {
        guard let store, let place else { return inputs.clear() }
        store.read(place, into: &inputs)
    }

    /// Keys of all runs are made.
    func forgetInputs() { store?.forgetInputs() }

    /// Whether a run finished with a result that says enough.
    func isProof(_ bound: CoincidenceBound) -> Bool {
        facts.status == .finished && facts.curve != nil && facts.informationBits >= bound.bits
    }

    /// What it came to: final metrics, else those of its last epoch, by name.
    var metrics: [Metric] {
        names.all.enumerated().map { Metric(name: $1, value: values[$0]) }
    }

    /// What it came to in the metric `name`; nil where that is no number.
    func result(_ name: String) -> Double? {
        guard let place = names.place(of: name), values[place].isFinite else { return nil }
        return values[place]
    }

    /// Counts what it came to, where that is a number.
    func countResults(into counts: inout ResultCounts) { counts.take(names, values) }

    /// Nil where it is not known.
    var host: String? { facts.origin.host }

    /// Whether something known of both shows that they cannot be one execution.
    func isDistinct(from other: AuditedRun) -> Bool {
        if let host, let otherHost = other.host, host != otherHost { return true }
        return execution.isDistinct(from: other.execution)
    }

    /// The number of leading epochs whose metrics agree bit for bit; nil where either has none.
    func epochsShared(with other: AuditedRun) -> Int? {
        guard let curve, let otherCurve = other.curve, !curve.isFinal, !otherCurve.isFinal else {
            return nil
        }
        if curve == otherCurve { return Int(curve.epochs) }
        return zip(details.prefixes, other.details.prefixes).prefix { $0 == $1 }.count
    }

    /// Whether two records are of processes of one run, which each wrote under an id of its own.
    func isSibling(of other: AuditedRun) -> Bool {
        guard let rank, let otherRank = other.rank, let worldSize else { return false }
        return rank != otherRank && worldSize == other.worldSize && worldSize > 1
    }

    /// Tells records of one name apart, whatever the order in which they came.
    var ordinals: [UInt64] {
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

/// Numbers of which there are mostly few: four are kept without an array of their own.
struct FewNumbers {
    private let few: (Double, Double, Double, Double)
    private let more: [Double]

    init(_ numbers: [Double]) {
        func number(_ place: Int) -> Double { place < numbers.count ? numbers[place] : 0 }
        few = (number(0), number(1), number(2), number(3))
        more = numbers.count > 4 ? Array(numbers[4...]) : []
    }

    /// The number at a place where there is one.
    subscript(place: Int) -> Double {
        switch place {
        case 0: few.0
        case 1: few.1
        case 2: few.2
        case 3: few.3
        default: more[place - 4]
        }
    }
}

/// How many runs came to a number, by metric.
struct ResultCounts {
    private var lists: [ObjectIdentifier: Int] = [:]
    private var counts: [(names: MetricNames, counts: [Int])] = []
    /// The list that was counted last, as most runs hold the same as the one before.
    private var last = 0

    mutating func take(_ names: MetricNames, _ values: FewNumbers) {
        if counts.isEmpty || counts[last].names !== names {
            let list = ObjectIdentifier(names)
            last = lists[list] ?? counts.count
            if last == counts.count {
                lists[list] = last
                counts.append((names, [Int](repeating: 0, count: names.all.count)))
            }
        }
        for number in names.all.indices where values[number].isFinite {
            counts[last].counts[number] += 1
        }
    }

    /// Those that some run came to.
    var byName: [String: Int] {
        var all: [String: Int] = [:]
        for list in counts {
            for (name, count) in zip(list.names.all, list.counts) where count > 0 {
                all[name, default: 0] += count
            }
        }
        return all
    }
}

/// What a program selects its result by, which all its runs share.
final class SelectedMetric {
    let selection: PrimaryMetric.Selection

    init(_ selection: PrimaryMetric.Selection) { self.selection = selection }
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
