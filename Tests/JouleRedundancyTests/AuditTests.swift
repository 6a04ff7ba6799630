import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Audit verdicts")
struct AuditTests {
    private func audit(_ runs: [RunRecord]) -> Audit {
        Audit(ReconciledRuns(runs), liveness: { _ in .dead })
    }

    @Test("A repeat of a finished run is avoidable; equal bits count in the low case")
    func exactRerun() throws {
        let audit = audit([Sample.run("a", hour: 1), Sample.run("b", hour: 5)])
        let finding = try #require(audit.findings.first)
        #expect(audit.findings.count == 1)
        #expect(finding.class == .exactRerun)
        #expect(finding.proof == .bit)
        #expect(finding.line == .avoidable)
        #expect(finding.run.description == "b")
        #expect(finding.wasteJoules == 3.6e6)
        #expect(finding.epochsIdentical == 10)
        #expect(audit.totals.avoidableLow.joules == 3.6e6)
        #expect(audit.totals.notWaste.joules == 3.6e6)
        #expect(audit.hasAvoidableWaste)
        #expect(finding.explanation.contains("identical, bit for bit, over all 10 epochs"))
    }

    @Test("Other results under the same configuration count from the central case on")
    func otherBits() {
        let audit = audit([Sample.run("a", hour: 1), Sample.run("b", hour: 5, curve: 2)])
        #expect(audit.findings.map(\.proof) == [.config])
        #expect(audit.totals.avoidableLow.joules == 0)
        #expect(audit.totals.avoidableCentral.joules == 3.6e6)
    }

    @Test("A repeat is split by text, commit and sweep")
    func classes() {
        let first = Sample.run("a", hour: 1)
        let spelt = Sample.run("b", #"{"optim.lr": "1e-3", "width": 64}"#, hour: 3)
        var committed = Sample.run("c", hour: 5)
        committed.code?.commit = "c2"
        var (swept, other) = (Sample.run("d", hour: 7), first)
        swept.sweep = "s2"
        other.sweep = "s1"
        #expect(audit([first, spelt]).findings.map(\.class) == [.configEquivalent])
        #expect(audit([first, committed]).findings.map(\.class) == [.codeEquivalent])
        #expect(audit([other, swept]).findings.map(\.class) == [.gridOverlap])
    }

    @Test("Only finished evidence makes a run avoidable; an overlap is concurrent")
    func concurrent() {
        let audit = audit([Sample.run("a", hour: 1), Sample.run("b", hour: 1.5)])
        #expect(audit.findings.map(\.line) == [.concurrent])
        #expect(audit.totals.concurrent.joules == 3.6e6)
        #expect(!audit.hasAvoidableWaste)
    }

    @Test("Other seeds are replicates and never waste")
    func replicates() throws {
        let runs = (0..<5).map {
            Sample.run("r\($0)", seed: .integer($0), hour: Double($0) * 2, curve: UInt64($0))
        }
        let audit = audit(runs)
        #expect(audit.findings.isEmpty)
        let group = try #require(audit.groups.first)
        #expect(group.class == .seedReplicate)
        #expect(group.runs == runs.map(\.id))
        #expect(audit.totals.notWaste.joules == audit.totals.total.joules)
    }

    @Test("Runs without any seed whose results differ are replicates as well")
    func unseeded() {
        let runs = (0..<4).map {
            Sample.run("r\($0)", seed: nil, hour: Double($0) * 2, curve: UInt64($0))
        }
        let audit = audit(runs)
        #expect(audit.findings.isEmpty)
        #expect(audit.groups.map(\.runs.count) == [4])
    }

    @Test("Without a seed equal results are hindsight at first and knowable from the third run")
    func unseededEqual() {
        let runs = (0..<3).map { Sample.run("r\($0)", seed: nil, hour: Double($0) * 2) }
        let lines = Dictionary(grouping: audit(runs).findings, by: \.run.description)
            .mapValues { $0.map(\.line) }
        #expect(lines == ["r1": [.hindsight], "r2": [.avoidable]])
    }

    @Test("A retry after a failure makes lost work of the failed run, not waste")
    func failedRetry() throws {
        let failed = Sample.run("a", hour: 1, status: .failed, epochs: 1...4, joules: 1e6)
        let audit = audit([failed, Sample.run("b", hour: 3)])
        let finding = try #require(audit.findings.first)
        #expect(finding.class == .failedRetry)
        #expect(finding.wasteJoules == 1e6)
        #expect(audit.totals.lostWork.joules == 1e6)
        #expect(!audit.hasAvoidableWaste)
    }

    @Test("A resumed run loses only the epochs that it does again")
    func resume() throws {
        let killed = Sample.run("a", hour: 1, status: .killed, epochs: 1...6, joules: 6 * 3.6e5)
        let audit = audit([killed, Sample.run("b", hour: 3, epochs: 5...10)])
        let finding = try #require(audit.findings.first)
        #expect(finding.class == .resume)
        #expect(abs((finding.wasteJoules ?? 0) - 2 * 3.6e5) < 1)
    }

    @Test("Going on from a finished run is a resume without loss")
    func prolonged() {
        let audit = audit([
            Sample.run("a", hour: 1, epochs: 1...10), Sample.run("b", hour: 3, epochs: 11...20),
        ])
        #expect(audit.findings.map(\.class) == [.resume])
        #expect(audit.findings.map(\.wasteJoules) == [0])
        #expect(audit.totals.notWaste.joules == audit.totals.total.joules)
    }

    @Test("A copy of a record is not waste and its energy counts once")
    func recordCopy() {
        let original = Sample.run("a", hour: 1)
        var copy = original
        copy.id = Sample.id("copy")
        copy.project = "imported"
        let audit = audit([original, copy])
        #expect(audit.findings.map(\.class) == [.recordCopy])
        #expect(audit.findings.map(\.wasteJoules) == [0])
        #expect(audit.totals.total.joules == 3.6e6)
        #expect(audit.executionCount == 1)
    }

    @Test("Ranks of one run are one run; their energies add")
    func ranks() {
        let ranks = (0..<4).map { rank in
            var run = Sample.run("a", hour: 1)
            run.rank = rank
            return run
        }
        let audit = audit(ranks)
        #expect(audit.findings.isEmpty)
        #expect(audit.executionCount == 1)
        #expect(audit.totals.total.joules == 4 * 3.6e6)
    }

    @Test("Without a start the pair is reported and its waste is null, not zero")
    func unknownOrder() throws {
        var (a, b) = (Sample.run("a"), Sample.run("b", curve: 2))
        a.durationSeconds = 10.5
        b.durationSeconds = 11.25
        let audit = audit([a, b])
        let finding = try #require(audit.findings.first)
        #expect(finding.line == .undetermined)
        #expect(finding.wasteJoules == nil)
        #expect(finding.json["waste_j"] == nil)
        #expect(audit.json["undetermined_j"]?.double == 3.6e6)
        #expect(audit.totals.avoidableHigh.joules == 0)
    }

    @Test("A start that somebody assumed proves no order")
    func assumedStart() {
        var (a, b) = (Sample.run("a", hour: 1), Sample.run("b", hour: 5, curve: 2))
        b.durationSeconds = 3599.5
        a.assumed = ["started"]
        b.assumed = ["started"]
        #expect(audit([a, b]).findings.map(\.line) == [.undetermined])
    }

    @Test("A missing identity of code or data weakens the proof by one step")
    func weakened() {
        var (a, b) = (Sample.run("a", hour: 1), Sample.run("b", hour: 5))
        a.code?.tree = nil
        a.code?.dirty = true
        b.code = a.code
        #expect(audit([a, b]).findings.map(\.proof) == [.config])
        b.epochs = Sample.run("b", hour: 5, curve: 2).epochs
        let audit = audit([a, b])
        #expect(audit.findings.map(\.proof) == [.statistical])
        #expect(audit.totals.avoidableCentral.joules == 0)
        #expect(audit.totals.avoidableHigh.joules == 3.6e6)
        #expect(audit.findings.first?.missing == ["code"])
    }

    @Test("Without energy the duration stands in, marked")
    func withoutEnergy() throws {
        let runs = [Sample.run("a", hour: 1, joules: nil), Sample.run("b", hour: 5, joules: nil)]
            .map { run in
                var run = run
                for place in run.epochs.indices { run.epochs[place].energy = nil }
                return run
            }
        let audit = audit(runs)
        let finding = try #require(audit.findings.first)
        #expect(finding.wasteJoules == nil)
        #expect(finding.wasteSeconds == 3600)
        #expect(audit.json["avoidable_j"]?["high"]?.double == 0)
        #expect(audit.json["without_energy"]?["avoidable_s"]?["low"]?.double == 3600)
        #expect(audit.hasAvoidableWaste)
    }

    @Test("The tag verify exempts a repetition")
    func verify() {
        var again = Sample.run("b", hour: 5)
        again.tags = ["verify"]
        let audit = audit([Sample.run("a", hour: 1), again])
        #expect(audit.findings.map(\.line) == [.notWaste])
        #expect(!audit.hasAvoidableWaste)
        #expect(audit.totals.notWaste.joules == audit.totals.total.joules)
    }

    @Test("Seeds of parts belong to the seed: another data seed is a replicate")
    func partSeeds() {
        let audit = audit([
            Sample.run("a", #"{"data": {"seed": 1}, "seed": 0}"#, hour: 1),
            Sample.run("b", #"{"data": {"seed": 2}, "seed": 0}"#, hour: 5, curve: 2),
        ])
        #expect(audit.findings.isEmpty)
        #expect(audit.groups.map(\.runs.count) == [2])
    }

    @Test("Energy from a model is marked in words, energy from a counter is not")
    func modelledEnergy() throws {
        func runs(_ provenance: Provenance) -> [RunRecord] {
            [Sample.run("a", hour: 1), Sample.run("b", hour: 5)].map { run in
                var run = run
                run.meters = [
                    MeterDescription(
                        device: DeviceID("cpu:0"),
                        source: "x",
                        provenance: provenance,
                        boundary: .device
                    )
                ]
                let measured = MeasuredEnergy(
                    energy: Energy(joules: 3.6e6),
                    coverage: 1,
                    uncertaintyRelative: nil
                )
                run.deviceEnergy = [DeviceEnergy(meter: 0, measured: measured)]
                return run
            }
        }
        for (provenance, mark) in [(Provenance.model, "≈"), (.counter, "")] {
            let runs = runs(provenance)
            let finding = try #require(audit(runs).findings.first)
            #expect(finding.explanation.contains("It cost \(mark)1 kWh"))
            #expect(finding.json["energy_modelled"] == .bool(!mark.isEmpty))
            let answer = Preflight.check(PreflightQuestion(runs[1]), against: [runs[0]])
            #expect(answer.explanation.contains(": \(mark)1 kWh"))
        }
    }

    @Test("Two digits of accuracy are no proof that results are equal")
    func coincidence() {
        func rounded(_ name: String, hour: Double) -> RunRecord {
            var run = Sample.run(name, hour: hour)
            run.epochs = []
            run.metrics = Sample.config(#"{"test": {"accuracy": 0.91}}"#)
            return run
        }
        #expect(
            audit([rounded("a", hour: 1), rounded("b", hour: 5)]).findings.map(\.proof) == [.config]
        )
    }
}
