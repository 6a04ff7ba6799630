import JouleFile
import JouleQuantities
import JouleSystem
import Synchronization

extension Run {
    /// Sets what the run may use; a later call replaces the budget.
    ///
    /// It is looked at whenever an epoch ends, when the run ends, and by `shouldStop`, on the thread
    /// that calls. Once a limit, an exceeded one and a forecast above one is kept in the ledger and
    /// told on standard error; with `Budget.Action.call` an exceeded one is not told there but by
    /// `call`, which is called for each exceeded limit whatever the action. It counts what this
    /// process measures; without a meter nothing is ever exceeded, which is a warning.
    ///
    /// - Parameters:
    ///   - budget: The limits, and what happens when one is exceeded.
    ///   - call: Called on the thread that ended the epoch or the run, or asked.
    /// - Throws: `RunError.argumentInvalid` for no limit, a negative one, carbon without an intensity
    ///   and cost without a price.
    public func budget(
        _ budget: Budget,
        call: (@Sendable (BudgetEvent) -> Void)? = nil
    ) throws(RunError) {
        let limits = try budget.limits()
        guard isOurs else { return }
        outlook.withLock { state in
            state.budget = budget
            state.limits = limits
            state.call = call
            state.told = []
            state.foretold = nil
            state.events = []
        }
        hasBudget.store(true, ordering: .releasing)
        guard let recorder = active else { return }
        recorder.writer.annotate(["budget": budget.json(at: .now())])
        if recorder.energy == nil {
            say("budget: nothing is measured here, so no limit can be exceeded")
        }
    }

    /// Whether the run has used more than a limit of its budget; false without a budget or a meter.
    public var budgetExceeded: Bool {
        guard isOurs, let energy else { return false }
        return outlook.withLock { state in
            state.limits.contains { energy.joules * $0.perJoule > $0.amount }
        }
    }

    /// Whether the training loop should end: a limit is exceeded, and the budget says so; or the run
    /// is a replay, and `RunOptions.onDuplicate` is `raise` or `mayGoOn` said no.
    ///
    /// Looks at the budget, so that a loop over steps may ask within an epoch.
    public var shouldStop: Bool {
        reviewBudget()
        return mustStop
    }

    /// The same without looking for what is new.
    package var mustStop: Bool {
        guard isOurs else { return false }
        return stopsForReplay.load(ordering: .relaxed)
            || outlook.withLock { $0.budget?.onExceed == .stop } && budgetExceeded
    }

    /// Looks at the budget, and returns what of it was not returned before.
    package func budgetEvents() -> [BudgetEvent] {
        guard isOurs else { return [] }
        reviewBudget()
        return outlook.withLock { state in
            defer { state.events = [] }
            return state.events
        }
    }

    /// The carbon intensity that the budget states.
    package var budgetKgPerKWh: Double? {
        isOurs ? outlook.withLock { $0.budget?.kgPerKWh } : nil
    }

    /// Tells, and keeps, what is new about the budget; once the ledger is closed, nothing is.
    func reviewBudget() {
        guard isOurs, hasBudget.load(ordering: .acquiring), !isClosed, let energy else { return }
        let low = outlook.withLock { $0.needsForecast } ? forecast()?.joules?.low : nil
        let (found, call) = outlook.withLock { state in
            (state.review(joules: energy.joules, atLeast: low), state.call)
        }
        for event in found {
            if event.action != .call { say(event.text) }
            recorder?.keep(event)
            if event.kind == .exceeded { call?(event) }
        }
    }
}

extension Recorder {
    fileprivate func keep(_ event: BudgetEvent) {
        var object = event.json
        object["at"] = .double(WallTime.now().unixSeconds)
        writer.annotate([:], appending: ["budget_events": [.object(object)]])
    }
}

extension Outlook {
    /// Whether a forecast may tell of a limit something that was not told.
    ///
    /// Not again before another epoch has ended, nor after the end: what was used is known then.
    var needsForecast: Bool {
        guard ended == nil, foretold != epochs, let plan, let row = rows.last,
            row.number <= plan.upperBound
        else { return false }
        return limits.contains { !told.contains(.init(kind: .forecast, quantity: $0.quantity)) }
    }

    /// What is new when so much was used, and so much will be at the least.
    mutating func review(joules: Double, atLeast low: Double?) -> [BudgetEvent] {
        if low != nil { foretold = epochs }
        var found: [BudgetEvent] = []
        for limit in limits {
            let used = joules * limit.perJoule
            let coming = (low ?? 0) * limit.perJoule
            if used > limit.amount {
                // What was used up needs no forecast.
                told.insert(.init(kind: .forecast, quantity: limit.quantity))
                note(.exceeded, limit, used, in: &found)
            } else if coming > limit.amount {
                note(.forecast, limit, coming, in: &found)
            }
        }
        events += found
        return found
    }

    private mutating func note(
        _ kind: BudgetEvent.Kind,
        _ limit: Budget.Limit,
        _ value: Double,
        in found: inout [BudgetEvent]
    ) {
        let isNew = told.insert(.init(kind: kind, quantity: limit.quantity)).inserted
        guard isNew, let budget else { return }
        let event = BudgetEvent(
            kind: kind,
            quantity: limit.quantity,
            limit: limit.amount,
            value: value,
            action: kind == .forecast ? .warn : budget.onExceed
        )
        found.append(event)
    }
}
