import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("A model in use")
struct ServingTests {
    /// A run that served `model` in two windows, of `uses` each; nil: nobody counted.
    private func service(
        _ id: String,
        of model: String,
        uses: Double?,
        joules: Double?,
        unit: String = "requests"
    ) throws -> RunRecord {
        var run = try makeRun(id, stage: .inference, joules: joules)
        run.parents = [Parent(id: try requireID(model), relation: "serves")]
        run.epochs = (1...2).map { number in
            var epoch = EpochRecord(number: number)
            epoch.metrics = uses.map { [Metric(name: unit, value: $0)] } ?? []
            return epoch
        }
        return run
    }

    private func summary(_ runs: [RunRecord], model: String?) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = 1
        options.model = model
        return try LifecycleSummary(runs: runs, options: options)
    }

    private func child(_ id: String, of parent: String, _ relation: String, joules: Double) throws
        -> RunRecord
    {
        var run = try makeRun(id, joules: joules)
        run.parents = [Parent(id: try requireID(parent), relation: relation)]
        return run
    }

    @Test("Energy of a use, the share of training, and the uses that take as much")
    func uses() throws {
        // Made for 3 kWh, 1 of them inherited; 4,000 requests took 1 kWh.
        let runs = try [
            makeRun("base"), child("model", of: "base", "initialises", joules: 7.2e6),
            service("s1", of: "model", uses: 1500, joules: 2.7e6),
            service("s2", of: "model", uses: 500, joules: 0.9e6),
            service("else", of: "base", uses: 7, joules: 9e9),
        ]
        let told = try summary(runs, model: "model").json["inference"]
        #expect(told?["unit"]?.string == "requests")
        #expect(told?["uses"]?.double == 4000 && told?["runs"]?.double == 2)
        #expect(closeTo(told?["it_j_per_use"]?.double, 900))
        #expect(closeTo(told?["location_g_per_use"]?.double, 44.179 / 4000))
        #expect(closeTo(told?["training_share"]?.double, 0.75))
        #expect(closeTo(told?["training_in_uses"]?.double, 12_000))
        // What served a model is none of its ancestors.
        #expect(try summary(runs, model: "model").totals.runs == 2)
        let text = try summary(runs, model: "model").tableText(width: 200)
        #expect(text.contains("250.0 mWh each") && text.contains("F11"), "\(text)")
    }

    @Test("Quantisation pays back after a number of uses, or never")
    func payback() throws {
        func runs(after: Double) throws -> [RunRecord] {
            try [
                makeRun("big"), child("small", of: "big", "quantizes", joules: 3.6e5),
                service("s1", of: "big", uses: 500, joules: 1000),
                service("s2", of: "small", uses: 50, joules: after * 100),
            ]
        }
        // A use takes 1 J, then 0.4 J.
        let found = try summary(runs(after: 0.4), model: "small").json["inference"]?[
            "compressions"
        ]?.array?.first
        #expect(found?["of"]?.string == "big" && found?["relation"]?.string == "quantizes")
        #expect(closeTo(found?["pays_back_after_uses"]?.double, 3.6e5 / 0.6, relative: 1e-9))
        for worse in [1.0, 2] {
            let summary = try summary(runs(after: worse), model: "small")
            let found = summary.json["inference"]?["compressions"]?.array?.first?.object
            #expect(found?["never"] == .bool(true) && found?["pays_back_after_uses"] == .null)
            #expect(summary.tableText(width: 200).contains("never pays back"))
        }
    }

    @Test("Uses that nobody counted, or of unknown energy, are left out and said to be")
    func unknown() throws {
        let made = try makeRun("model")
        let silent = try service("s1", of: "model", uses: nil, joules: 10)
        let dark = try service("s2", of: "model", uses: 5, joules: nil)
        let none = try summary([made, silent, dark], model: "model")
        #expect(none.json.object?["inference"] == .null)
        #expect(none.notMeasured.contains { $0.kind == "inference" })
        let known = try service("s3", of: "model", uses: 5, joules: 100)
        let some = try summary([made, silent, dark, known], model: "model")
        #expect(some.json["inference"]?["runs_left_out"]?.double == 2)
        #expect(closeTo(some.json["inference"]?["it_j_per_use"]?.double, 10))
        #expect(some.notMeasured.contains { $0.kind == "inference" })
        // Nobody served it, or no model is named.
        #expect(try summary([made], model: "model").json.object?["inference"] == .null)
        let all = try summary([made, known], model: nil)
        #expect(all.json.object?["inference"] == .null)
        #expect(!all.notMeasured.contains { $0.kind == "inference" })
    }

    @Test("Tokens are never taken for requests")
    func units() throws {
        let runs = try [
            makeRun("big"), child("small", of: "big", "prunes", joules: 3.6e5),
            service("s1", of: "big", uses: 500, joules: 1000, unit: "tokens"),
            service("s2", of: "small", uses: 50, joules: 10),
        ]
        let told = try summary(runs, model: "small").json["inference"]
        #expect(
            told?["unit"]?.string == "requests" && told?["compressions"]?.array?.isEmpty == true
        )
        let big = try summary(runs, model: "big").json["inference"]
        #expect(big?["unit"]?.string == "tokens" && closeTo(big?["it_j_per_use"]?.double, 1))
    }

    @Test("Uses of a model bear nothing of it, and those who build on it nothing of its uses")
    func allocation() throws {
        let runs = try [
            makeRun("model"), service("s1", of: "model", uses: 5, joules: 3.6e6),
            child("tuned", of: "model", "initialises", joules: 3.6e6),
        ]
        let allocation = RecordAllocation(among: runs.sorted { $0.id < $1.id })
        let (model, use) = (try requireID("model"), try requireID("s1"))
        let tuned = allocation.shares(of: try requireID("tuned"))
        #expect(tuned[model] == 1 && tuned[use] == 0)
        let all = allocation.shares()
        #expect(all[model] == 1 && all[use] == 1)
    }
}
