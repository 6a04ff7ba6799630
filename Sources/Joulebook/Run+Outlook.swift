import JouleFile
public import JouleQuantities
import JouleSystem

extension Run {
    /// Energy used so far, as of the last beat of the meters; after the end, of the whole run.
    ///
    /// Nil when nothing was measured: missing is never zero.
    public var energy: Energy? {
        guard isOurs else { return nil }
        return recorder?.energy?.soFar
    }

    /// The run in a few facts, as `{"run_id", "project", "path", "recording", "duration_s",
    /// "epochs", "energy_j", "provenance", "warnings"}`; what is not known is null.
    public func summary() -> JSON {
        guard isOurs else {
            return [
                "run_id": .string(id.description), "recording": false,
                "warnings": .array(warnings.map(JSON.string)),
            ]
        }
        let (ended, epochs) = outlook.withLock { ($0.ended, $0.epochs) }
        return [
            "run_id": .string(id.description),
            "project": .string(project),
            "path": .orNull(path),
            "recording": .bool(isRecording),
            "duration_s": .double((ended ?? Stamp.now().instant).seconds(since: started.instant)),
            "epochs": .integer(Int64(epochs)),
            "energy_j": .orNull(energy?.joules),
            "provenance": .orNull(recorder?.energy?.weakestProvenance?.rawValue),
            "warnings": .array(warnings.map(JSON.string)),
        ]
    }

    // MARK: Forecast

    /// States which epochs the run is going to have; a later call replaces the plan.
    ///
    /// The ledger keeps it, so that whoever follows the run can foretell its end.
    public func plan(epochs: ClosedRange<Int>) {
        guard isOurs else { return }
        let isNew = outlook.withLock { state in
            defer { state.plan = epochs }
            return state.plan != epochs
        }
        guard isNew else { return }
        active?.writer.annotate([
            "planned": [
                "first": .integer(Int64(epochs.lowerBound)),
                "last": .integer(Int64(epochs.upperBound)),
            ]
        ])
    }

    /// What the run will have taken at its end, judged by the epochs that have ended.
    ///
    /// `last` is the number of the last epoch, as the program counts; nil: that of the `plan`. The
    /// intensity and the price are those of the budget where they are not given. Nil without a
    /// last epoch, before the first epoch has ended, and when `last` is behind us.
    public func forecast(
        until last: Int? = nil,
        kgPerKWh: Double? = nil,
        usdPerKWh: Double? = nil
    ) -> Forecast? {
        guard isOurs else { return nil }
        let (plan, rows, epochs, ended, budget) = outlook.withLock {
            ($0.plan, $0.rows, $0.epochs, $0.ended, $0.budget)
        }
        guard let last = last ?? plan?.upperBound, let end = rows.last?.ended else { return nil }
        var forecaster = Forecaster(
            first: plan.map { Double($0.lowerBound) },
            forgotten: epochs - rows.count
        )
        let joules = recorder?.energy?.joules(ofEpochs: rows.map(\.index)) ?? [:]
        for row in rows {
            let share = joules[row.index].flatMap { row.throughout($0) }
            forecaster.add(epoch: Double(row.number), seconds: row.seconds, joules: share)
        }
        let now = ended ?? Stamp.now().instant
        // The meters' last beat may be older than the last epoch.
        let used = energy.map { max($0.joules, joules.values.reduce(0, +)) }
        return forecaster.forecast(
            until: Double(last),
            elapsed: now.seconds(since: started.instant),
            begun: now.seconds(since: end),
            used: used,
            kgPerKWh: kgPerKWh ?? budget?.kgPerKWh,
            usdPerKWh: usdPerKWh ?? budget?.usdPerKWh
        )
    }

    /// Takes note of an epoch that has ended.
    func noteEpoch(_ number: Int, _ index: Int64, from began: Instant, to ended: Instant) {
        let start = started.instant
        outlook.withLock { $0.add(number, index, from: began, to: ended, start: start) }
    }
}

/// What a run has learnt about its own course, and what it may use.
struct Outlook: Sendable {
    var plan: ClosedRange<Int>?
    var ended: Instant?
    /// Epochs that have ended.
    private(set) var epochs = 0
    /// The latest of them.
    var rows: ArraySlice<Row> { kept.suffix(Self.rowsMax) }
    private var kept: [Row] = []
    var budget: Budget?
    var limits: [Budget.Limit] = []
    var call: (@Sendable (BudgetEvent) -> Void)?
    /// What was told of the limits.
    var told: Set<BudgetEvent.Mark> = []
    /// How many epochs had ended when a forecast was last held against the limits.
    var foretold: Int?
    /// What the program has not asked for yet.
    var events: [BudgetEvent] = []

    private static let rowsMax = 1024

    /// One epoch.
    struct Row: Sendable {
        let number: Int
        let index: Int64
        /// From the end of the one before, or from the start of the run.
        let seconds: Double
        /// From its own begin.
        let within: Double
        let ended: Instant

        /// The energy since the end of the one before, taken to be used at the epoch's own power.
        func throughout(_ joules: Double) -> Double? {
            within > 0 ? joules * max(1, seconds / within) : nil
        }
    }

    mutating func add(
        _ number: Int,
        _ index: Int64,
        from began: Instant,
        to ended: Instant,
        start: Instant
    ) {
        let row = Row(
            number: number,
            index: index,
            seconds: ended.seconds(since: kept.last?.ended ?? start),
            within: ended.seconds(since: began),
            ended: ended
        )
        epochs += 1
        // Many at a time, because all others move up.
        if kept.count == 2 * Self.rowsMax { kept.removeFirst(Self.rowsMax) }
        kept.append(row)
    }
}
