import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Classes beyond equal inputs")
struct ClassTests {
    private func audit(_ runs: [RunRecord]) -> Audit {
        Audit(ReconciledRuns(runs), liveness: { _ in .dead })
    }

    private func verdicts(_ runs: [RunRecord]) -> [String: String] {
        let findings = audit(runs).findings.filter {
            $0.line != .notWaste || $0.class != .recordCopy
        }
        return Dictionary(
            findings.map { ($0.run.description, "\($0.class.rawValue) \($0.line.rawValue)") },
            uniquingKeysWith: { "\($0), \($1)" }
        )
    }

    // MARK: Seeds that change nothing

    @Test("The second seed discovers that seeds change nothing; from the third on it was known")
    func inertSeed() {
        let runs = (0..<4).map { Sample.run("s\($0)", seed: .integer($0), hour: Double($0) * 2) }
        #expect(
            verdicts(runs) == [
                "s1": "seed_inert hindsight", "s2": "seed_inert avoidable",
                "s3": "seed_inert avoidable",
            ]
        )
        #expect(audit(runs).groups.map(\.class) == [.seedInert])
    }

    @Test("Seeds with other results are replicates, and one that agrees with none stays one")
    func replicates() {
        let runs = (0..<4).map {
            Sample.run("s\($0)", seed: .integer($0), hour: Double($0) * 2, curve: UInt64($0) + 1)
        }
        #expect(verdicts(runs).isEmpty)
        #expect(audit(runs).groups.map(\.class) == [.seedReplicate])
    }

    @Test("A seed that started while the two others ran could not know")
    func inertSeedMeanwhile() {
        let runs = [
            Sample.run("a", seed: 0, hour: 0), Sample.run("b", seed: 1, hour: 0.5),
            Sample.run("c", seed: 2, hour: 1.2),
        ]
        #expect(
            verdicts(runs) == ["b": "seed_inert hindsight", "c": "seed_inert concurrent"]
        )
    }

    @Test("Without dates inert seeds are found and their waste is not known")
    func inertSeedUndated() {
        let found = audit((0..<3).map { Sample.run("s\($0)", seed: .integer($0)) }).findings
        #expect(found.count == 2)
        #expect(found.allSatisfy { $0.line == .undetermined && $0.wasteJoules == nil })
    }

    // MARK: Keys that change nothing

    private func knob(_ name: String, _ value: Int, hour: Double, curve: UInt64 = 1, rest: Int = 1)
        -> RunRecord
    {
        Sample.run(name, #"{"freeze": \#(value), "width": \#(rest)}"#, hour: hour, curve: curve)
    }

    @Test("The first pair discovers a dead knob; a third value was known")
    func deadKnob() {
        let runs = [knob("a", 1, hour: 0), knob("b", 2, hour: 2), knob("c", 3, hour: 4)]
        #expect(verdicts(runs) == ["b": "dead_knob hindsight", "c": "dead_knob avoidable"])
    }

    @Test("A knob once found dead is known for the rest of the program, until it does something")
    func deadKnobElsewhere() {
        let found = [knob("a", 1, hour: 0), knob("b", 2, hour: 2)]
        let elsewhere = [
            knob("c", 1, hour: 4, curve: 7, rest: 2), knob("d", 2, hour: 6, curve: 7, rest: 2),
        ]
        #expect(verdicts(found + elsewhere)["d"] == "dead_knob avoidable")
        let contrary = [
            knob("e", 1, hour: 2.5, curve: 8, rest: 3), knob("f", 2, hour: 2.6, curve: 9, rest: 3),
        ]
        #expect(verdicts(found + contrary + elsewhere)["d"] == "dead_knob hindsight")
    }

    @Test("A protected key is never called dead", arguments: ["fold", "dataset", "split"])
    func protected(key: String) {
        let runs = (0..<3).map {
            Sample.run("r\($0)", #"{"data": {"\#(key)": \#($0)}}"#, hour: Double($0) * 2)
        }
        #expect(verdicts(runs).isEmpty)
    }

    @Test("A result of few digits shows nothing")
    func fewDigits() {
        let runs = (0..<3).map { place in
            var run = knob("r\(place)", place, hour: Double(place) * 2)
            for epoch in run.epochs.indices {
                run.epochs[epoch].metrics = [Metric(name: "accuracy", value: 0.5)]
            }
            return run
        }
        #expect(verdicts(runs).isEmpty)
    }

    // MARK: Budgets

    private func budget(_ name: String, _ epochs: Int, hour: Double, checkpoints: [Int]?)
        -> RunRecord
    {
        var run = Sample.run(
            name,
            #"{"lr": 0.1, "epochs": \#(epochs)}"#,
            hour: hour,
            epochs: 1...epochs,
            joules: Double(epochs) * 3.6e5
        )
        if let checkpoints {
            run.extra["artifacts"] = .array(
                checkpoints.map { ["kind": "checkpoint", "epoch": .integer(Int64($0))] }
            )
        }
        return run
    }

    @Test("A longer run with equal epochs could have gone on from the last checkpoint")
    func prefix() throws {
        let runs = [
            budget("a", 10, hour: 0, checkpoints: [5, 8]),
            budget("b", 20, hour: 2, checkpoints: nil),
        ]
        let finding = try #require(audit(runs).findings.first)
        #expect(finding.class == .prefixExtension && finding.line == .avoidable)
        #expect(finding.proof == .bit && finding.epochsIdentical == 10)
        #expect(finding.wasteJoules == 8 * 3.6e5)
        #expect(audit(runs).totals.avoidableLow.joules == 8 * 3.6e5)
    }

    @Test(
        "Without a checkpoint the epochs were not avoidable, and where nobody says it is not known"
    )
    func prefixWithoutCheckpoint() throws {
        let none = [
            budget("a", 10, hour: 0, checkpoints: []), budget("b", 20, hour: 2, checkpoints: []),
        ]
        #expect(verdicts(none) == ["b": "prefix_extension not_waste"])
        let unknown = [
            budget("a", 10, hour: 0, checkpoints: nil), budget("b", 20, hour: 2, checkpoints: nil),
        ]
        #expect(verdicts(unknown) == ["b": "prefix_extension undetermined"])
        #expect(audit(unknown).findings.first?.wasteJoules == nil)
    }

    @Test("A schedule that depends on the number of epochs makes other epochs, and other work")
    func noPrefix() {
        var longer = budget("b", 20, hour: 2, checkpoints: [])
        longer.epochs = Sample.run("b", curve: 5, epochs: 1...20).epochs
        #expect(verdicts([budget("a", 10, hour: 0, checkpoints: [10]), longer]).isEmpty)
    }

    // MARK: Evaluations

    private func evaluation(_ name: String, of checkpoint: String, hour: Double) -> RunRecord {
        var run = Sample.run(name, #"{"batch": 8}"#, seed: nil, hour: hour, epochs: 1...1)
        run.stage = .evaluation
        run.parents = [Parent(id: Sample.id(checkpoint), relation: "evaluates")]
        return run
    }

    @Test("The same checkpoint evaluated again is waste, another one is not")
    func evaluations() {
        let runs = [
            evaluation("a", of: "m1", hour: 0), evaluation("b", of: "m1", hour: 2),
            evaluation("c", of: "m2", hour: 4),
        ]
        #expect(verdicts(runs)["b"] == "re_evaluation avoidable")
        #expect(verdicts(runs)["c"] == nil)
    }

    // MARK: Information

    @Test("The same configuration on other data, with other code or framework, is information")
    func contexts() {
        var runs = (0..<4).map {
            Sample.run("r\($0)", hour: Double($0) * 2, curve: UInt64($0) + 1)
        }
        runs[1].data?.fingerprint = "sha256:d2"
        runs[2].code?.tree = "t2"
        runs[3].env = Sample.config(#"{"torch": "2.9"}"#)
        #expect(verdicts(runs).isEmpty)
        let groups = audit(runs).groups
        #expect(groups.map(\.class) == [.newData, .newCode, .newEnvironment])
        #expect(
            groups.map { $0.runs.map(\.description) } == [
                ["r0", "r1"], ["r0", "r2"], ["r0", "r3"],
            ]
        )
    }
}

@Suite("Command lines beside equal inputs")
struct CommandLineDifferenceTests {
    @Test(
        "The command line is named where equal inputs gave other results, and only there",
        arguments: [1, 2]
    )
    func arguments(curve: UInt64) throws {
        let runs = [1, curve].enumerated().map { place, curve in
            var run = Sample.run("r\(place)", hour: Double(place) * 2, curve: curve)
            run.extra["argv"] = ["train.py", .string("--switch\(place)")]
            return run
        }
        let finding = try #require(
            Audit(ReconciledRuns(runs), liveness: { _ in .dead }).findings.first
        )
        #expect(finding.differences.map(\.path) == (curve == 1 ? [] : ["argv"]))
        #expect(finding.explanation.contains("Equal inputs gave different results") == (curve != 1))
    }
}
