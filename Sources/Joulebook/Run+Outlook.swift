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

    /// Sets how much energy the run may use; `budgetExceeded` tells when it has.
    ///
    /// Nothing stops by itself. A later call replaces the budget.
    public func budget(energyKWh: Double) {
        guard isOurs else { return }
        outlook.withLock { $0.budget = Energy(kilowattHours: energyKWh) }
    }

    /// Whether the run has used more than its budget; false without a budget or a meter.
    public var budgetExceeded: Bool {
        guard isOurs, let budget = outlook.withLock({ $0.budget }), let energy else { return false }
        return energy > budget
    }

    /// What `epochs` epochs will have taken, judged by those that have ended.
    ///
    /// Nil before the first epoch has ended, or when `epochs` are behind us.
    public func forecast(epochs: Int) -> Forecast? {
        guard isOurs else { return nil }
        let ended = outlook.withLock { $0.epochSeconds }
        let elapsed = Stamp.now().instant.seconds(since: started.instant)
        return Forecast(epochSeconds: ended, of: epochs, elapsed: elapsed, energy: energy)
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
        let state = outlook.withLock { $0 }
        let ended = state.ended ?? Stamp.now().instant
        return [
            "run_id": .string(id.description),
            "project": .string(project),
            "path": .orNull(path),
            "recording": .bool(isRecording),
            "duration_s": .double(ended.seconds(since: started.instant)),
            "epochs": .integer(Int64(state.epochSeconds.count)),
            "energy_j": .orNull(energy?.joules),
            "provenance": .orNull(recorder?.energy?.weakestProvenance?.rawValue),
            "warnings": .array(warnings.map(JSON.string)),
        ]
    }
}

/// What a run has learnt about its own course.
struct Outlook: Sendable {
    var budget: Energy?
    /// Durations of the epochs that have ended.
    var epochSeconds = Moments()
    var ended: Instant?
}

/// Count, mean and spread of numbers that are not kept (Welford's recurrence).
package struct Moments: Sendable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var squares = 0.0

    package init() {}

    package mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / Double(count)
        squares += distance * (value - mean)
    }

    /// Standard deviation of one value; nil below two values.
    package var deviation: Double? {
        count < 2 ? nil : (squares / Double(count - 1)).squareRoot()
    }
}

/// What a run will have taken at its end, if it goes on as it did.
public struct Forecast: Sendable, Hashable {
    /// Seconds until the end.
    public let secondsLeft: Double
    /// Energy of the whole run; nil when nothing was measured.
    public let energy: Energy?
    /// Half-width of an interval of two standard errors relative to what is left, from the spread
    /// of the epochs' durations; nil after a single epoch.
    public let uncertaintyRelative: Double?

    package init?(epochSeconds: Moments, of epochs: Int, elapsed: Double, energy: Energy?) {
        let left = epochs.subtractingReportingOverflow(epochSeconds.count)
        guard epochSeconds.count > 0, !left.overflow, left.partialValue >= 0, elapsed > 0 else {
            return nil
        }
        let remaining = Double(left.partialValue)
        secondsLeft = remaining * epochSeconds.mean
        // Energy goes on as the time does: what lies between epochs is part of the rate.
        let rate = energy.map { $0.joules / elapsed }
        self.energy = energy.flatMap { used in
            rate.map { Energy(joules: used.joules + $0 * remaining * epochSeconds.mean) }
        }
        // Both the mean's own error and that of the epochs to come.
        uncertaintyRelative = epochSeconds.deviation.flatMap { deviation in
            guard remaining > 0, epochSeconds.mean > 0 else { return nil }
            let share = 1 / Double(epochSeconds.count) + 1 / remaining
            return 2 * deviation / epochSeconds.mean * share.squareRoot()
        }
    }
}
