import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

/// Runs that are alike are added up before factors are applied; that must come to what they come to one by
/// one, with every word about them.
@Suite("Runs added up before any factor")
struct RunGroupsTests {
    /// Of few machines, with everything that may be odd about a run's energy.
    private func runs(_ count: Int, seed: UInt64) throws -> [RunRecord] {
        var random = SeededGenerator(seed: seed)
        func one(of sides: Int) -> Bool { Int.random(in: 0..<sides, using: &random) == 0 }
        func amount() -> Double { Double.random(in: 1...1e6, using: &random) }
        return try (0..<count).map { number in
            var run = try makeRun("run-\(number)", joules: nil)
            let machine = number % 5
            run.env = JSONObject()
            run.meters = [
                makeMeter("gpu:0", identity: "g\(machine)"),
                makeMeter("cpu:0/package", provenance: machine == 1 ? .model : .counter),
                makeMeter("cpu:0/dram", enclosedBy: machine == 2 ? "cpu:0/package" : nil),
            ]
            if machine == 3 { run.meters.append(makeMeter("room", boundary: .facility)) }
            run.hardware = Hardware(host: "node\(machine)")
            run.hardware?.devices = [.init(kind: "gpu", name: "NVIDIA H100", count: 1)]
            run.env?["JOULEBOOK_REGION"] = .string(["FR", "DE", "aws:eu-west-1"][machine % 3])
            if machine == 4, one(of: 9) { run.env?["pue"] = 0.2 }
            run.stage = one(of: 9) ? nil : Stage.allCases.randomElement(using: &random)
            run.status = one(of: 4) ? .failed : one(of: 9) ? .running : .finished
            // One after the other, so that none shares a meter.
            run.started = WallTime(unixSeconds: 1.6e9 + 2e5 * Double(number))
            run.durationSeconds = one(of: 20) ? nil : Double.random(in: 1...1e5, using: &random)
            run.deviceEnergy = run.meters.indices.map { meter in
                let joules = one(of: 30) ? -1 : one(of: 30) ? 0 : amount()
                return makeReading(
                    meter,
                    joules,
                    coverage: one(of: 5) ? Double.random(in: 0...1, using: &random) : 1,
                    // Nothing has no error; for even seeds all else has one.
                    uncertainty: joules == 0 || (seed % 2 == 1 && one(of: 9)) ? nil : 0.03
                )
            }
            if one(of: 20) { run.deviceEnergy.removeLast() }
            if one(of: 20) { run.deviceEnergy.append(makeReading(0, 5)) }
            if one(of: 20) { run.deviceEnergy.reverse() }
            if one(of: 20) { run.deviceEnergy[0] = makeReading(0, 1e12, uncertainty: 0.03) }
            if one(of: 10), seed % 2 == 1 { run.energy = Energy(joules: amount()) }
            if one(of: 10), seed % 2 == 1 {
                run.epochs = [EpochRecord(number: 1)]
                run.epochs[0].energy = Energy(joules: amount())
            }
            if one(of: 30) { run.declared = DeclaredEnergy() }
            if one(of: 9) { run.extra["selected"] = ["reason": "best"] }
            if number > 3, one(of: 30) {
                run.parents = [Parent(id: try requireID("run-\(number / 2)"), relation: "resumes")]
            }
            return run
        }
    }

    @Test("Come to what they come to one by one", arguments: 0..<20 as Range<UInt64>)
    func law(seed: UInt64) throws {
        let summary = try LifecycleSummary(runs: try runs(800, seed: seed))
        let shares = Allocation(among: summary.runs.map(\.run)).shares()
        var (all, gaps, overhead) = (Impact(), GapCounts(), OverheadSums())
        var (allocated, unallocated) = (Portion(), Portion())
        for (place, run) in summary.runs.enumerated() {
            all.add(run)
            gaps.add(run)
            overhead.add(run)
            allocated.add(run, share: shares.share(of: run.run, at: place))
            unallocated.add(run, share: 1 - shares.share(of: run.run, at: place))
        }
        var options = LifecycleOptions()
        let runs = LifecycleRuns(ReconciledRuns(try runs(800, seed: seed)))
        let part = SummaryPart.all(
            try Selection(of: runs, options: options),
            shares,
            options,
            .shipped
        )
        #expect(isSame(part.totals, all))
        #expect((all.uncertaintyRelative != nil) == (seed % 2 == 0))
        #expect(GapCounts.Kind.allCases.allSatisfy { part.gaps[$0] == gaps[$0] })
        #expect(part.gaps.runs == 800 && part.gaps.unmetered == gaps.unmetered)
        #expect(isSame(part.overhead.searching, overhead.searching))
        #expect(isSame(part.overhead.failing, overhead.failing))
        #expect(isSame(part.overhead.selected, overhead.selected))
        #expect(isSame(part.allocated, allocated) && isSame(part.unallocated, unallocated))
        #expect(
            Set(part.remarks) == Set(summary.runs.flatMap(\.remarks)) && !part.remarks.isEmpty
        )
        // Most are really added up first: with that, no run needs an impact of its own.
        var groups = RunGroups(tellingSites: true)
        var maker = ImpactMaker(options, .shipped)
        let taken = runs.all.count { groups.take($0) { maker.view($0) } }
        #expect(taken > 150 && taken < 800)
        // A life of the hardware is shared by the time of each run.
        options.life = try HardwareLife(years: 4)
        #expect(!ImpactMaker(options, .shipped).addsUp)
    }

    @Test("A meter that saw nothing leaves the sum its uncertainty")
    func nothing() throws {
        let runs = try (0..<4).map { number in
            var run = try makeRun("run-\(number)", joules: nil)
            run.meters = [makeMeter("gpu:0"), makeMeter("cpu:0/package", provenance: .model)]
            let isIdle = number % 2 == 0
            run.deviceEnergy = [
                makeReading(0, 10, uncertainty: 0.03),
                makeReading(1, isIdle ? 0 : 5, uncertainty: isIdle ? nil : 0.03),
            ]
            return run
        }
        let totals = try LifecycleSummary(runs: runs).totals
        // 40 and 10 J, each of one error.
        let expected = 0.03 * (40.0 * 40 + 10 * 10).squareRoot() / 50
        #expect(closeTo(totals.uncertaintyRelative, expected))
    }

    @Test("Energies that are too much to be added up take no other run's with them")
    func tooMuch() throws {
        let runs = try (0..<7).map { number in
            let isHuge = number < 3
            return try makeRun(
                "run-\(number)",
                joules: isHuge ? 1e308 : 100,
                seconds: isHuge ? 1e305 : 10
            )
        }
        let summary = try LifecycleSummary(runs: runs)
        #expect(summary.totals.runsWithEnergy == 7)
        #expect(!summary.anomalies.contains { $0.kind == "implausible_energy" })
    }

    private func isSame(_ left: Impact, _ right: Impact) -> Bool {
        left.runs == right.runs && left.runsWithEnergy == right.runsWithEnergy
            && isSame(left.it, right.it) && isSame(left.facility, right.facility)
            && isSame(left.carbon, right.carbon)
            && isSame(left.coverage, right.coverage)
            && isSame(left.uncertaintyRelative, right.uncertaintyRelative)
            && isSame(left.evidence.measured, right.evidence.measured)
            && isSame(left.evidence.model, right.evidence.model)
            && isSame(left.evidence.declared, right.evidence.declared)
    }

    private func isSame(_ left: Portion, _ right: Portion) -> Bool {
        left.runs == right.runs && left.runsWithEnergy == right.runsWithEnergy
            && isSame(left.it, right.it) && isSame(left.facility, right.facility)
            && isSame(left.carbon, right.carbon)
    }

    private func isSame<Side>(
        _ left: Estimate<SiteEnergy<Side>>?,
        _ right: Estimate<SiteEnergy<Side>>?
    ) -> Bool {
        isSame(left?.point?.joules, right?.point?.joules)
            && isSame(left?.low.joules, right?.low.joules)
            && isSame(left?.high.joules, right?.high.joules)
    }

    private func isSame(
        _ left: Estimate<CarbonMass<LocationAverage>>?,
        _ right: Estimate<CarbonMass<LocationAverage>>?
    ) -> Bool {
        isSame(left?.point?.grams, right?.point?.grams)
            && isSame(left?.low.grams, right?.low.grams)
            && isSame(left?.high.grams, right?.high.grams)
    }

    private func isSame(_ left: Double?, _ right: Double?) -> Bool {
        right.map { closeTo(left, $0) } ?? (left == nil)
    }
}
