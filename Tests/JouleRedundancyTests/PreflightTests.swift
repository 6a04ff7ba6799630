import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Pre-flight")
struct PreflightTests {
    private func ask(_ run: RunRecord, _ history: [RunRecord]) -> PreflightAnswer {
        Preflight.check(PreflightQuestion(run), against: history)
    }

    @Test("A finished run with another spelling is found, and the key is named")
    func alreadyRun() {
        let done = Sample.run("done", hour: 1)
        let asked = Sample.run("now", #"{"width": 64.0, "optim": {"lr": "1e-3"}}"#, seed: "0")
        let answer = ask(asked, [done])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.verdict.exitCode == 3)
        #expect(answer.evidence.map(\.run) == [done.id])
        #expect(answer.evidence.first?.proof == .config)
        #expect(answer.explanation.contains(#"`optim.lr`: "1e-3" and 0.001"#))
        #expect(answer.expectation?.joules?.central == 3.6e6)
    }

    @Test("Exactly one key spelt differently is said in the words of the design page")
    func onlyKey() {
        let asked = Sample.run("now", #"{"optim": {"lr": "1e-3"}, "width": 64}"#)
        let answer = ask(asked, [Sample.run("done", hour: 1)])
        #expect(
            answer.explanation.contains(#"only `optim.lr` is spelt differently: "1e-3" and 0.001"#)
        )
    }

    @Test("A change of value, code, data, entry or framework is new")
    func new() {
        let done = Sample.run("done", hour: 1)
        var changes = [Sample.run("a", #"{"optim": {"lr": 0.002}, "width": 64}"#)]
        changes += Array(repeating: Sample.run("b"), count: 4)
        changes[1].code?.tree = "t2"
        changes[2].data?.fingerprint = "sha256:d2"
        changes[3].code?.entry = "other.py"
        changes[4].env = Sample.config(#"{"torch": "2.6"}"#)
        var withFramework = done
        withFramework.env = Sample.config(#"{"torch": "2.5"}"#)
        for change in changes {
            let answer = ask(change, [withFramework])
            #expect(answer.verdict == .new)
            #expect(answer.verdict.exitCode == 0)
        }
    }

    @Test("Another seed is a replicate, and the ones there are are listed")
    func replicates() {
        let history = (0..<3).map { Sample.run("r\($0)", seed: .integer($0), hour: Double($0)) }
        let answer = ask(Sample.run("now", seed: 7), history)
        #expect(answer.verdict == .new)
        #expect(answer.replicates == history.map(\.id))
        #expect(answer.expectation?.runs == 3)
    }

    @Test("A run with a live process is running now; its own ranks are not")
    func runningNow() {
        var live = Sample.run("live", hour: 1, status: .running)
        live.ended = nil
        let question = PreflightQuestion(Sample.run("now"))
        func verdict(_ liveness: Liveness) -> PreflightAnswer.Verdict {
            Preflight.check(question, against: [live], liveness: { _ in liveness }).verdict
        }
        #expect(verdict(.alive) == .runningNow)
        #expect(verdict(.alive).exitCode == 4)
        #expect(verdict(.dead) == .new)
        #expect(verdict(.unknown) == .new)
        let sibling = PreflightQuestion(Sample.run("live"))
        let answer = Preflight.check(sibling, against: [live], liveness: { _ in .alive })
        #expect(answer.verdict == .new)
    }

    @Test("A failed run is no evidence, but it is mentioned")
    func failed() {
        let answer = ask(Sample.run("now"), [Sample.run("bad", hour: 1, status: .failed)])
        #expect(answer.verdict == .new)
        #expect(answer.unfinished.map(\.run.description) == ["bad"])
    }

    @Test("A fact that is not given weakens the proof and is named")
    func missingFacts() {
        let question = PreflightQuestion(
            project: "digits",
            config: Sample.config(#"{"optim": {"lr": 1e-3}, "width": 64}"#)
        )
        let answer = Preflight.check(question, against: [Sample.run("done", hour: 1)])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .statistical)
        #expect(answer.missing == ["code", "data", "entry", "seed"])
    }

    @Test("Unseeded runs with different results make another one a replicate")
    func unseeded() {
        let first = Sample.run("a", seed: nil, hour: 1)
        let answer = ask(Sample.run("now", seed: nil), [first])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .statistical)
        #expect(answer.missing == ["seed"])
        let second = Sample.run("b", seed: nil, hour: 3, curve: 2)
        let later = ask(Sample.run("now", seed: nil), [first, second])
        #expect(later.verdict == .new)
        #expect(later.replicates == [first.id, second.id])
    }

    @Test("A few facts match a run on many ranks, but a full question does not")
    func partial() {
        var done = Sample.run("done", hour: 1)
        done.worldSize = 8
        #expect(ask(Sample.run("now"), [done]).verdict == .new)
        let question = PreflightQuestion(
            project: "digits",
            entry: "train.py",
            config: Sample.config(#"{"optim": {"lr": 1e-3}, "width": 64}"#),
            seed: "0",
            codeTree: "t1",
            dataFingerprint: "sha256:d1"
        )
        let answer = Preflight.check(question, against: [done])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.missing == ["world_size"])
    }

    private static func result(_ accuracy: Double) -> JSONObject {
        Sample.config(#"{"accuracy": \#(accuracy)}"#)
    }

    /// `count` configurations that differ in width, `seeds` of each, whose results differ little.
    private func configurations(_ count: Int, seeds: Int) -> [RunRecord] {
        (0..<count).flatMap { place in
            (0..<seeds).map { seed in
                var run = Sample.run(
                    "c\(place)s\(seed)",
                    #"{"optim": {"lr": 0.001}, "width": \#(100 + place)}"#,
                    seed: .integer(Int64(seed)),
                    hour: Double(place * seeds + seed),
                    curve: UInt64(1 + place * seeds + seed),
                    joules: Double(place + 1) * 3.6e6
                )
                let accuracy = 0.5 + Double(place) / 100 + Double(seed) / 10_000
                run.metrics = Self.result(accuracy)
                return run
            }
        }
    }

    @Test("A recipe that nobody ran is foretold from the program's others, which is said")
    func otherConfigurations() throws {
        let history = configurations(11, seeds: 1)
        let answer = ask(Sample.run("now"), history)
        let expected = try #require(answer.expectation)
        #expect(expected.source == .program && expected.runs == 11)
        #expect(expected.joules?.central == 6 * 3.6e6)
        #expect(expected.joules?.interval == 2 * 3.6e6...10 * 3.6e6)
        #expect(expected.seconds?.central == 3600)
        #expect(expected.metrics.map(\.name) == ["accuracy"])
        #expect(answer.explanation.contains("other configurations"))
        #expect(answer.explanation.contains("≈6 kWh (≈2 kWh to ≈10 kWh)"))
        let json = answer.json["expected"]
        #expect(json?["from"] == "program" && json?["energy_kwh_80"]?.array?.count == 2)
        // Its own runs are the better evidence.
        let known = ask(Sample.run("now", seed: 9), history + [Sample.run("own", hour: 50)])
        #expect(known.expectation?.source == .recipe && known.expectation?.runs == 1)
        #expect(known.expectation?.joules?.interval == nil)
    }

    @Test("Runs of another program, data or project, and unfinished ones, foretell nothing")
    func othersForetellNothing() {
        var history = (0..<4).map { number in
            Sample.run("r\(number)", #"{"width": 1}"#, hour: Double(number), curve: 9)
        }
        history[0].code?.entry = "other.py"
        history[1].data?.fingerprint = "sha256:d2"
        history[2].project = "letters"
        history[3].status = .failed
        let answer = ask(Sample.run("now"), history)
        #expect(answer.expectation == nil && answer.replicateBudget == nil)
        #expect(
            answer.json.object?["expected"] == JSON.null
                && answer.json.object?["replicate_budget"] == JSON.null
        )
    }

    @Test("Energy that nobody knows is null, not that of fewer runs or zero")
    func unknownEnergy() {
        var other = Sample.run("old", #"{"width": 1}"#, hour: 1, curve: 9, joules: nil)
        for place in other.epochs.indices { other.epochs[place].energy = nil }
        let json = ask(Sample.run("now"), [other]).json["expected"]?.object
        #expect(json?["runs"] == 1 && json?["energy_kwh"] == JSON.null)
        #expect(json?["energy_kwh_80"] == JSON.null && json?["duration_s"]?.double == 3600)
    }

    @Test("Results at the ends of what a double holds are as good as others")
    func extremes() {
        var history = configurations(6, seeds: 2)
        let largest = Double.greatestFiniteMagnitude
        for place in history.indices {
            history[place].metrics = Self.result(place.isMultiple(of: 3) ? -largest : largest)
            history[place].energy = Energy(joules: largest)
        }
        let answer = ask(Sample.run("now"), history)
        #expect(answer.expectation?.metrics.first?.value.central == largest)
        #expect(answer.replicateBudget == nil)
        let own = ask(Sample.run("now", history[0].config.map(JSON.object)?.text() ?? ""), history)
        #expect(own.expectation?.source == .recipe && own.expectation?.joules == nil)
    }

    @Test("The seeds of a recipe are counted against those that tell recipes apart")
    func replicateBudget() throws {
        let history = configurations(4, seeds: 2)
        func asked(_ place: Int, seed: Int64) -> PreflightAnswer {
            let config = #"{"optim": {"lr": 0.001}, "width": \#(100 + place)}"#
            return ask(Sample.run("now", config, seed: .integer(seed)), history)
        }
        let answer = asked(2, seed: 7)
        let budget = try #require(answer.replicateBudget)
        #expect(budget.metric == "accuracy" && budget.seeds == 2 && budget.enough == 2)
        #expect(
            budget.remaining == 0 && abs(budget.seedDeviation - 0.5e-4 * 2.0.squareRoot()) < 1e-9
        )
        #expect(answer.verdict == .new)
        #expect(answer.explanation.contains("2 seeds tell recipes apart, and all are done"))
        // A recipe that nobody ran has all of them before it, and no sentence about it.
        let new = asked(50, seed: 0)
        #expect(new.replicateBudget?.seeds == 0 && new.replicateBudget?.remaining == 2)
        #expect(!new.explanation.contains("seeds tell"))
        // The same seed twice is one seed.
        var again = history[4]
        again.id = Sample.id("again")
        let config = #"{"optim": {"lr": 0.001}, "width": 102}"#
        let twice = ask(Sample.run("now", config, seed: 7), history + [again])
        #expect(twice.replicateBudget?.seeds == 2)
        // Noise that is larger than what recipes differ by asks for more.
        let noisy = history.map { run in
            var run = run
            let seed = Double(run.seed?.integer ?? 0)
            let accuracy = run.metrics?["accuracy"]?.double ?? 0
            run.metrics = Self.result(accuracy + seed / 100)
            return run
        }
        let wide = ask(
            Sample.run("now", #"{"optim": {"lr": 0.001}, "width": 101}"#, seed: 7),
            noisy
        )
        let more = try #require(wide.replicateBudget?.enough)
        #expect(more > 2)
        #expect(wide.explanation.contains("2 of \(more) seeds that tell recipes apart are done."))
    }

    @Test("One recipe alone tells its noise, not how many seeds are enough")
    func oneRecipe() {
        let history = configurations(1, seeds: 3)
        let config = #"{"optim": {"lr": 0.001}, "width": 100}"#
        let answer = ask(Sample.run("now", config, seed: 9), history)
        #expect(answer.replicateBudget?.seeds == 3 && answer.replicateBudget?.enough == nil)
        #expect(answer.json["replicate_budget"]?.object?["remaining"] == JSON.null)
    }

    @Test("A run of which nothing is configured matches nothing")
    func unconfigured() {
        var asked = Sample.run("now")
        asked.config = nil
        #expect(ask(asked, [Sample.run("done", hour: 1)]).verdict == .new)
    }
}

@Suite("What a new run will probably come to")
struct PreflightHintTests {
    private func answer(_ config: String, seed: JSON = 0, to runs: [RunRecord]) -> PreflightAnswer {
        var asked = Sample.run("asked", config, seed: seed, status: .running)
        asked.epochs = []
        return Preflight.check(PreflightQuestion(asked), against: runs, liveness: { _ in .dead })
    }

    private func knobs(_ curves: [UInt64]) -> [RunRecord] {
        curves.enumerated().map { place, curve in
            Sample.run(
                "r\(place)",
                #"{"lr": 1, "knob": \#(place)}"#,
                hour: Double(place) * 2,
                curve: curve
            )
        }
    }

    @Test("A key that has changed nothing is named before the run, with what came out")
    func inertKey() throws {
        let answer = answer(#"{"lr": 1, "knob": 9}"#, to: knobs([1, 1]))
        #expect(answer.verdict == .new)
        let hint = try #require(answer.hint)
        #expect(hint.keys == ["knob"] && hint.evidence.run.description == "r0")
        #expect(answer.explanation.contains("only in `knob`"))
    }

    @Test("A key that changed a result once, or was never varied, gives no hint")
    func livelyKey() {
        #expect(answer(#"{"lr": 1, "knob": 9}"#, to: knobs([1, 1, 2])).hint == nil)
        #expect(answer(#"{"lr": 1, "knob": 9}"#, to: knobs([1])).hint == nil)
        #expect(answer(#"{"lr": 2, "knob": 9}"#, to: knobs([1, 1])).hint == nil)
    }

    @Test("A seed that has changed nothing in two runs is named, in one or with other results not")
    func inertSeed() {
        func runs(_ curves: [UInt64]) -> [RunRecord] {
            curves.enumerated().map { place, curve in
                Sample.run(
                    "s\(place)",
                    #"{"lr": 1}"#,
                    seed: .integer(Int64(place)),
                    hour: Double(place) * 2,
                    curve: curve
                )
            }
        }
        #expect(answer(#"{"lr": 1}"#, seed: 7, to: runs([1, 1])).hint?.keys == ["seed"])
        #expect(answer(#"{"lr": 1}"#, seed: 7, to: runs([1])).hint == nil)
        #expect(answer(#"{"lr": 1}"#, seed: 7, to: runs([1, 2])).hint == nil)
        #expect(answer(#"{"lr": 1}"#, seed: 1, to: runs([1, 1])).verdict == .alreadyRun)
    }
}
