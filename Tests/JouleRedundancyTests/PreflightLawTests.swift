import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// What a check says of a configuration is what an audit says of that run once it is in the directory.
@Suite("Pre-flight: laws")
struct PreflightLawTests {
    /// Repetitions that what goes into a run shows.
    private static let classes: Set<Finding.Class> = [
        .exactRerun, .gridOverlap, .configEquivalent, .codeEquivalent, .reEvaluation,
    ]

    @Test("Planted runs: what the audit finds of a run, a check before it would have said")
    func planted() throws {
        let folder = TemporaryDirectory()
        try PlantedRuns.generate(count: 1000, seed: 11, into: folder.path)
        let all = try PlantedRuns.records(in: folder.path)
        let isAssumed = { (finding: Finding) in
            finding.differences.contains { $0.kind == .assumed }
        }
        let repetitions = Audit(ReconciledRuns(all)).findings
            .filter { Self.classes.contains($0.class) }
        let assumed = Set(repetitions.filter(isAssumed).map(\.run))
        try #require(assumed.count > 5)
        let others = Set(repetitions.map(\.run)).subtracting(assumed).sorted().prefix(10)
        let plain = Set(all.map(\.id)).subtracting(repetitions.map(\.run)).sorted().prefix(10)
        for run in all where assumed.union(others).union(plain).contains(run.id) {
            try agree(run, among: all)
        }
    }

    /// Asks about `run` when those had finished that had.
    private func agree(_ run: RunRecord, among all: [RunRecord]) throws {
        guard let started = run.started, run.status == .finished, SeedKey(run, .shipped).isKnown
        else { return }
        let earlier = all.filter { other in
            other.id != run.id && Execution(other).ended.map { $0 <= started } ?? false
        }
        let answer = Preflight.check(PreflightQuestion(run), against: earlier)
        let finding = Audit(ReconciledRuns(earlier + [run])).findings
            .first { $0.run == run.id && Self.classes.contains($0.class) }
        #expect((answer.verdict == .alreadyRun) == (finding != nil), "\(run.id)")
        guard let finding, let evidence = answer.evidence.first else { return }
        #expect(evidence.run == finding.evidence, "\(run.id)")
        #expect(evidence.missing == finding.missing, "\(run.id)")
        // Before the run no result of its own can show anything.
        #expect(
            finding.proof != .statistical || evidence.proof == .statistical,
            "\(run.id)"
        )
    }

    private func verdict(_ configuration: String, _ runs: [RunRecord]) -> PreflightAnswer {
        let asked = Sample.run("asked", configuration)
        return Preflight.check(PreflightQuestion(asked), against: runs)
    }

    private func runs(_ count: Int, curve: (Int) -> UInt64, _ config: (Int) -> String)
        -> [RunRecord]
    {
        (0..<count).map {
            Sample.run("r\($0)", config($0), hour: Double($0) * 2, curve: curve($0))
        }
    }

    @Test("A text that names the run is known to change nothing once a pair has shown it")
    func naming() {
        let config = { (place: Int) in #"{"width": \#(place / 2), "place": "here/\#(place)"}"# }
        let shown = runs(6, curve: { UInt64($0 / 2) + 1 }, config)
        let answer = verdict(#"{"width": 2, "place": "elsewhere"}"#, shown)
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .config)
        #expect(answer.evidence.map(\.run.description) == ["r4", "r5"])
        #expect(answer.explanation.contains("`place`"))
        let other = verdict(#"{"width": 7, "place": "elsewhere"}"#, shown)
        #expect(other.verdict == .new)
        let random = runs(6, curve: { UInt64($0) + 1 }, config)
        #expect(verdict(#"{"width": 2, "place": "elsewhere"}"#, random).verdict == .new)
    }

    @Test(
        "What a switch that is off switches off is taken to change nothing until a result differs"
    )
    func switches() {
        let config = { (place: Int) in
            #"{"ema": {"enabled": false, "decay": 0.\#(place + 1)}, "width": \#(place / 2)}"#
        }
        let asked = #"{"ema": {"enabled": false, "decay": 0.9}, "width": 0}"#
        let first = verdict(asked, runs(1, curve: { _ in 1 }, config))
        #expect(first.verdict == .alreadyRun)
        #expect(first.evidence.first?.proof == .statistical)
        #expect(first.evidence.first?.differences.map(\.kind) == [.assumed])
        #expect(first.explanation.contains("No result has shown yet"))
        let shown = verdict(asked, runs(4, curve: { UInt64($0 / 2) + 1 }, config))
        #expect(shown.evidence.first?.proof == .config)
        #expect(!shown.explanation.contains("No result has shown yet"))
        let refuted = verdict(asked, runs(2, curve: { UInt64($0) + 1 }, config))
        #expect(refuted.verdict == .new)
        let on = #"{"ema": {"enabled": true, "decay": 0.9}, "width": 0}"#
        #expect(verdict(on, runs(4, curve: { UInt64($0 / 2) + 1 }, config)).verdict == .new)
    }

    @Test("What the program takes by itself may be said or not")
    func defaults() {
        let config = { (place: Int) in
            place % 2 == 0
                ? #"{"width": \#(place / 2)}"# : #"{"width": \#(place / 2), "beta": 0.9}"#
        }
        let shown = runs(4, curve: { UInt64($0 / 2) + 1 }, config)
        let answer = verdict(#"{"width": 1}"#, Array(shown[..<2]) + [shown[3]])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .config)
        #expect(verdict(#"{"width": 1, "beta": 0.8}"#, shown).verdict == .new)
        // One run alone that says a value may have wanted another result.
        let once = verdict(#"{"width": 0}"#, [shown[1], shown[2]])
        #expect(once.verdict == .new)
    }

    @Test("Who names no entry point is told of each program what its results have shown")
    func unnamedEntry() {
        let config = { (place: Int) in #"{"width": \#(place / 2), "place": "here/\#(place)"}"# }
        let question = PreflightQuestion(
            project: "digits",
            config: Sample.config(#"{"width": 2, "place": "elsewhere"}"#),
            seed: 0
        )
        let shown = runs(6, curve: { UInt64($0 / 2) + 1 }, config)
        let answer = Preflight.check(question, against: shown)
        #expect(answer.verdict == .alreadyRun)
        var other = runs(6, curve: { UInt64($0) + 1 }, config)
        for place in other.indices { other[place].code?.entry = "other.py" }
        #expect(Preflight.check(question, against: other).verdict == .new)
    }
}
