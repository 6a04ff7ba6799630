import JouleQuantities
import Testing

@testable import JouleFile
@testable import JoulebookCommand

@Suite("What gains of a metric cost")
struct ProgressTests {
    /// A run of 100 J epochs with these values of `score`; nil: not validated.
    private func run(_ values: [Double?], unmeasured: Set<Int> = []) throws -> RunRecord {
        var run = RunRecord(id: try #require(RunID("0123456789abcdef")), status: .finished)
        run.epochs = values.enumerated().map { place, value in
            var epoch = EpochRecord(number: place + 1)
            epoch.energy = unmeasured.contains(place) ? nil : Energy(joules: 100)
            epoch.metrics = value.map { [Metric(name: "score", value: $0)] } ?? []
            return epoch
        }
        return run
    }

    private func progress(
        _ values: [Double?],
        _ goal: SelectCommand.Goal = .higher,
        unmeasured: Set<Int> = []
    ) throws -> Progress {
        let run = try run(values, unmeasured: unmeasured)
        return try #require(Progress(of: run, metric: "score", goal: goal))
    }

    @Test("A point costs the energy since the value before, by its gain")
    func cost() throws {
        let found = try progress([0.5, 0.6, nil, 0.7, 0.65, 0.66])
        #expect(found.steps.map(\.epoch) == [1, 2, 4, 5, 6])
        #expect(found.steps.map(\.joules) == [100, 100, 200, 100, 100])
        let costs = found.steps.map { $0.joulesPerPoint?.rounded() }
        // Nothing is said where nothing was gained.
        #expect(costs == [nil, 10, 20, nil, 100])
    }

    @Test("Of a metric that falls, lower is better: the same costs", arguments: [[0.9, 0.5, 0.45]])
    func mirrored(values: [Double]) throws {
        let lower = try progress(values, .lower).steps.map(\.joulesPerPoint)
        let higher = try progress(values.map { -$0 }, .higher).steps.map(\.joulesPerPoint)
        #expect(lower == higher && lower[1] != nil)
        #expect(try progress(values, .higher).steps.allSatisfy { $0.joulesPerPoint == nil })
    }

    @Test("An epoch that was not measured leaves the cost unknown, never zero")
    func missing() throws {
        let found = try progress([0.5, 0.6, nil, 0.7, 0.8], unmeasured: [2])
        #expect(found.steps.map(\.joules) == [100, 100, nil, 100])
        #expect(found.steps[2].joulesPerPoint == nil && found.plateau == nil)
    }

    @Test("The last epochs are a plateau when they used much for next to nothing")
    func plateau() throws {
        let values = [0.1, 0.5, 0.9] + (0..<9).map { 0.9 + Double($0) * 1e-5 }
        let plateau = try #require(try progress(values).plateau)
        #expect(plateau.epochs == 9 && plateau.firstEpoch == 4)
        #expect(plateau.joules == 900 && plateau.share == 0.75)
        #expect(abs(plateau.gain - 8e-5) < 1e-12)
        let page = RunPage(
            run: try run(values),
            attachments: [],
            integrity: Integrity(state: .clean),
            look: .plain,
            progress: try progress(values)
        ).lines()
        let note = "the last 9 epochs used 75.0 % of the energy for 0.0080 points"
        #expect(page.contains { $0.contains(note) }, "\(page)")
        #expect(page.allSatisfy { $0.count <= 80 })
    }

    @Test("A page tells the limits of a run and what came of them, in 80 columns")
    func budget() throws {
        var run = try run([0.5])
        run.extra["budget"] = [
            "energy_kwh": 5, "usd": 1.5, "usd_per_kwh": 0.3, "at": 1_772_447_700,
        ]
        run.extra["budget_events"] = [
            ["kind": "exceeded", "quantity": "usd", "value": 1.6, "at": 1_772_447_700], 7,
        ]
        func page() -> [String] {
            RunPage(
                run: run,
                attachments: [],
                integrity: Integrity(state: .clean),
                look: .plain
            ).lines()
        }
        #expect(page().contains("budget    5.00 kWh, 1.50 USD"))
        #expect(page().contains { $0.hasSuffix("UTC: exceeded, 1.60 usd") })
        #expect(page().allSatisfy { $0.count <= 80 })
        // Imported records may call anything so.
        run.extra["budget"] = "large"
        #expect(!page().contains { $0.contains("budget") })
    }

    @Test(
        "No plateau: still rising, too short, too cheap, a single value",
        arguments: [
            (0..<20).map { Double($0) }, [0, 1, 1, 1], [0.5],
            (0..<97).map { Double($0) } + [96, 96, 96],
        ]
    )
    func none(values: [Double]) throws {
        #expect(try progress(values).plateau == nil)
    }

    @Test("A run that never became better is a plateau from its second epoch on")
    func never() throws {
        let plateau = try #require(try progress([0.5, 0.4, 0.3, 0.2]).plateau)
        #expect(plateau.epochs == 3 && plateau.gain == 0)
    }

    @Test("What is no number is no value, and a metric that nobody logged is no progress")
    func unknown() throws {
        #expect(try progress([.nan, 0.5, .infinity, 0.6]).steps.map(\.epoch) == [2, 4])
        #expect(Progress(of: try run([0.5]), metric: "loss", goal: .lower) == nil)
        #expect(Progress(of: try run([.nan]), metric: "score", goal: .lower) == nil)
    }
}
