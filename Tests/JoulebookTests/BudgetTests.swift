import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import Joulebook

@Suite("Budget")
struct BudgetTests {
    @Test(
        "A budget that means nothing is refused, and the message names what is wrong",
        arguments: [
            (Budget(), "budget"), (Budget(energyKWh: -1), "energy_kwh"),
            (Budget(energyKWh: .nan), "energy_kwh"), (Budget(carbonKg: 1), "kg_per_kwh"),
            (Budget(usd: 1), "usd_per_kwh"), (Budget(usd: 1, usdPerKWh: .infinity), "usd_per_kwh"),
            (Budget(carbonKg: 1, usdPerKWh: 1), "kg_per_kwh"),
            (Budget(carbonKg: 1, kgPerKWh: 380), "not grams"), (Budget(kgPerKWh: 1), "budget"),
        ]
    )
    func refused(budget: Budget, named: String) throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let error = #expect(throws: RunError.self) { try run.budget(budget) }
        #expect(error?.description.contains(named) == true)
        try run.finish()
        #expect(try readBack(run).extra["budget"] == nil)
    }

    @Test("A limit is told of once, on the thread that ends the epoch, and the record keeps it")
    func toldOnce() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { _ in .fake })
        let here = pthread_self()
        let told = Mutex<[(BudgetEvent, Bool)]>([])
        try run.budget(Budget(energyKWh: 1e-12, usd: 1e9, usdPerKWh: 0.3, onExceed: .call)) {
            event in
            let isHere = pthread_equal(pthread_self(), here) != 0
            told.withLock { $0.append((event, isHere)) }
        }
        // What was used is known from the first reading on.
        for number in 1...200 where told.withLock({ $0.isEmpty }) {
            run.beginEpoch(number).end()
            usleep(5000)
        }
        for number in 201...203 { run.beginEpoch(number).end() }
        #expect(run.budgetExceeded && !run.shouldStop)
        try run.finish()
        let events = told.withLock { $0 }
        #expect(events.count == 1)
        let (event, isHere) = try #require(events.first)
        #expect(isHere && event.kind == .exceeded && event.quantity == .energy)
        #expect(event.value > event.limit)
        let record = try readBack(run)
        #expect(record.extra["budget"]?["energy_kwh"] == 1e-12)
        #expect(record.extra["budget"]?["on_exceed"] == "call")
        let kept = try #require(record.extra["budget_events"]?.array)
        #expect(kept.count == 1 && kept.first?["kind"] == "exceeded")
        #expect(kept.first?["action"] == "call" && kept.first?["at"]?.double != nil)
    }

    @Test("Only a budget that says so asks the loop to stop", arguments: Budget.Action.allCases)
    func stop(action: Budget.Action) throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { _ in .fake })
        #expect(!run.shouldStop && !run.budgetExceeded)
        try run.budget(Budget(carbonKg: 0, kgPerKWh: 1, onExceed: action))
        try run.finish()
        #expect(run.budgetExceeded && run.shouldStop == (action == .stop))
        try run.budget(Budget(energyKWh: 1e6, onExceed: .stop))
        #expect(!run.budgetExceeded && !run.shouldStop)
    }

    @Test("What is not measured exceeds nothing, which is said")
    func blind() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        try run.budget(Budget(energyKWh: 0, onExceed: .stop))
        run.beginEpoch(1).end()
        #expect(!run.budgetExceeded && !run.shouldStop && run.budgetEvents().isEmpty)
        #expect(run.warnings.contains { $0.contains("nothing is measured") })
        try run.finish()
    }

    @Test("A forecast above the limit warns before it is used up, once; then only the excess does")
    func forecast() throws {
        var state = Outlook()
        state.budget = Budget(energyKWh: 1, onExceed: .stop)
        state.limits = try Budget(energyKWh: 1).limits()
        #expect(state.review(joules: 1e6, atLeast: nil).isEmpty)
        #expect(state.review(joules: 1e6, atLeast: 3.6e6).isEmpty)
        let warned = state.review(joules: 1e6, atLeast: 4e6)
        #expect(warned.map(\.kind) == [.forecast] && warned.map(\.action) == [.warn])
        #expect(state.review(joules: 2e6, atLeast: 5e6).isEmpty)
        let exceeded = state.review(joules: 4e6, atLeast: 5e6)
        #expect(exceeded.map(\.kind) == [.exceeded] && exceeded.map(\.action) == [.stop])
        #expect(abs((exceeded.first?.value ?? 0) - 4 / 3.6) < 1e-9)
        #expect(state.review(joules: 5e6, atLeast: 6e6).isEmpty)
        #expect(state.events.count == 2)
    }

    @Test("A forecast is held against the limits once an epoch, while one lacks it, until the end")
    func seldom() throws {
        var state = Outlook()
        state.budget = Budget(energyKWh: 1, usd: 1, usdPerKWh: 0.5)
        state.limits = try #require(state.budget).limits()
        func end(_ number: Int) {
            let now = Stamp.now().instant
            state.add(number, Int64(number), from: now, to: now, start: now)
        }
        end(1)
        #expect(!state.needsForecast, "no plan")
        state.plan = 1...9
        #expect(state.needsForecast)
        // The energy of the first epoch is not known yet.
        _ = state.review(joules: 1, atLeast: nil)
        #expect(state.needsForecast)
        _ = state.review(joules: 1, atLeast: 4e6)
        #expect(!state.needsForecast, "told by this epoch")
        end(2)
        #expect(state.needsForecast, "the cost may be told of")
        _ = state.review(joules: 1, atLeast: 9e6)
        end(3)
        #expect(!state.needsForecast, "both are told")
        state.told = []
        #expect(state.needsForecast)
        end(10)
        #expect(!state.needsForecast, "beyond the plan")
        end(4)
        state.ended = Stamp.now().instant
        #expect(!state.needsForecast, "ended")
    }

    @Test("What only the last readings exceed is kept, and called for, without a forecast")
    func exceededAtTheEnd() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { _ in .fake })
        let called = Mutex(0)
        run.plan(epochs: 1...1000)
        let epoch = run.beginEpoch(1)
        usleep(20_000)
        epoch.end()
        // No epoch ends any more that would look at it.
        try run.budget(Budget(energyKWh: 1e-9, onExceed: .call)) { _ in
            called.withLock { $0 += 1 }
        }
        try run.finish()
        #expect(called.withLock { $0 } == 1)
        let kept = try readBack(run).extra["budget_events"]?.array
        #expect(kept?.map { $0["kind"]?.string } == ["exceeded"])
        #expect(run.budgetEvents().map(\.kind) == [.exceeded])
        #expect(!run.warnings.contains { $0.contains("budget:") })
        #expect(run.budgetEvents().isEmpty)
    }

    @Test("A limit that is used up before anything was foretold is told as that alone")
    func exceededFirst() throws {
        var state = Outlook()
        state.budget = Budget(energyKWh: 1)
        state.limits = try Budget(energyKWh: 1).limits()
        #expect(state.review(joules: 4e6, atLeast: 9e6).map(\.kind) == [.exceeded])
        #expect(state.review(joules: 4e6, atLeast: 9e6).isEmpty)
    }
}
