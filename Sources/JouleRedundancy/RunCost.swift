import JouleFile
import JouleQuantities

/// What a run cost, as far as it is known.
struct RunCost: Sendable, Hashable {
    private var energy: UInt64
    private var time: UInt64
    /// The record's author assumed the energy, for example from a nominal power.
    var isAssumed: Bool
    /// The energy was computed by a model or declared, not measured.
    var isModelled: Bool

    /// Bits that no meter and no clock tells, in the place of a number that is not known.
    private static let unknown = UInt64.max

    /// Joules; nil when nothing is known, and never estimated from a duration.
    var joules: Double? {
        get { energy == Self.unknown ? nil : Double(bitPattern: energy) }
        set { energy = newValue?.bitPattern ?? Self.unknown }
    }

    /// Stands in where joules are missing; nil when unknown as well.
    var seconds: Double? {
        get { time == Self.unknown ? nil : Double(bitPattern: time) }
        set { time = newValue?.bitPattern ?? Self.unknown }
    }

    init(_ run: RunRecord) { self.init(run, lasting: Execution(run).durationSeconds) }

    /// `seconds` are the duration of the run's execution.
    init(_ run: RunRecord, lasting seconds: Double?) {
        energy = Self.unknown
        time = Self.unknown
        isModelled = false
        isAssumed = run.assumed.contains { $0.contains("energy") }
        joules = Self.joules(of: run)
        isModelled = joules != nil && run.energyProvenance?.isDoubtful == true
        self.seconds = seconds ?? Self.sum(run.epochs.map(\.durationSeconds))
    }

    /// Of a record that has no meters and declares nothing else: its energy is a statement.
    init(
        joules: Double?,
        seconds: Double?,
        isAssumed: Bool,
        _ epochs: @autoclosure () -> [RunDetails.Epoch]
    ) {
        energy = Self.unknown
        time = Self.unknown
        self.isAssumed = isAssumed
        isModelled = false
        self.joules = Self.believable(joules ?? Self.sum(epochs().map(\.joules)))
        isModelled = self.joules != nil
        self.seconds = seconds ?? Self.sum(epochs().map(\.seconds))
    }

    /// Of a run whose cost was told before.
    init(joules: Double?, seconds: Double?, isAssumed: Bool, isModelled: Bool) {
        energy = Self.unknown
        time = Self.unknown
        (self.isAssumed, self.isModelled) = (isAssumed, isModelled)
        (self.joules, self.seconds) = (joules, seconds)
    }

    private static func joules(of run: RunRecord) -> Double? {
        believable(
            run.energy?.joules ?? sum(run.epochs.map { $0.energy?.joules })
                ?? run.declared?.energy?.joules
        )
    }

    /// A negative or non-finite energy is a broken record, which must not spoil the sums.
    private static func believable(_ joules: Double?) -> Double? {
        joules.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }

    /// Nil unless every part is known.
    private static func sum(_ parts: [Double?]) -> Double? {
        let known = parts.compactMap { $0 }
        guard known.count == parts.count, !known.isEmpty else { return nil }
        let total = known.reduce(0, +)
        return total.isFinite && total >= 0 ? total : nil
    }

    /// The share of an unfinished or resumed run that was computed again: its epochs from
    /// `first` on, and what followed its last complete epoch when `tailIsLost`.
    func redone(_ epochs: [RunDetails.Epoch], from first: Int, tailIsLost: Bool) -> RunCost {
        var cost = self
        let kept = epochs.filter { $0.number < first }
        let lost = epochs.filter { $0.number >= first }
        let keptJoules = kept.isEmpty ? 0 : Self.sum(kept.map(\.joules))
        let keptSeconds = kept.isEmpty ? 0 : Self.sum(kept.map(\.seconds))
        if tailIsLost {
            cost.joules = Self.subtract(keptJoules, from: joules)
            cost.seconds = Self.subtract(keptSeconds, from: seconds)
        } else {
            let lostJoules = lost.isEmpty ? 0 : Self.sum(lost.map(\.joules))
            cost.joules = lostJoules.flatMap { lost in joules.map { min(lost, $0) } }
            cost.seconds = lost.isEmpty ? 0 : Self.sum(lost.map(\.seconds))
        }
        return cost
    }

    /// What the first `count` epochs of a run took.
    func share(_ epochs: [RunDetails.Epoch], first count: Int) -> RunCost {
        var cost = self
        let done = epochs.prefix(count)
        cost.joules = Self.sum(done.map(\.joules)).flatMap { part in joules.map { min(part, $0) } }
        cost.seconds = Self.sum(done.map(\.seconds))
        return cost
    }

    /// What the first `count` epochs of `run` took.
    static func share(of run: RunRecord, epochs count: Int) -> RunCost {
        RunCost(run).share(RunDetails.Epoch.all(of: run), first: count)
    }

    private static func subtract(_ part: Double?, from whole: Double?) -> Double? {
        guard let part, let whole else { return nil }
        return max(0, whole - part)
    }
}
