import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Ranks of one run")
struct RankMergeTests {
    private typealias Fixture = SharingFixture

    private func rank(
        _ number: Int?,
        _ start: Double,
        _ end: Double,
        joules: [String: Double],
        coverage: Double = 1
    ) throws -> RunRecord {
        var run = try Fixture.run("run", start, end, joules: joules, coverage: coverage)
        run.rank = number
        run.process = ProcessIdentity(host: "node", bootID: nil, pid: 1, startTicks: nil)
        return run
    }

    private func epoch(_ number: Int, joules: [Double], coverage: Double = 1) -> EpochRecord {
        var epoch = EpochRecord(number: number)
        epoch.deviceEnergy = joules.enumerated().map {
            DeviceEnergy(meter: $0, measured: Fixture.energy($1, coverage: coverage))
        }
        epoch.energy = Energy(joules: joules.reduce(0, +))
        return epoch
    }

    @Test("Ranks of one node have its energy once, over all the time in which any of them ran")
    func union() throws {
        let ranks = try (0..<4).map { number in
            let start = Double(number)
            return try rank(number, start, start + 10, joules: ["node": 1000])
        }
        for order in [ranks, ranks.reversed()] {
            let run = RankMerge.merged(order)
            #expect(Fixture.joules([run]) == [1300])
            #expect(run.meters.count == 1 && run.durationSeconds == 13 && run.rank == nil)
            #expect(run.deviceEnergy[0].measured.coverage == 1)
        }
    }

    @Test("Ranks of other nodes add")
    func nodes() throws {
        let run = RankMerge.merged([
            try rank(0, 0, 10, joules: ["a/0": 1000]), try rank(1, 0, 10, joules: ["a/0": 1000]),
            try rank(2, 0, 10, joules: ["b/0": 700]), try rank(3, 0, 10, joules: ["b/0": 700]),
        ])
        #expect(Fixture.joules([run]) == [1700])
        #expect(run.meters.map(\.device.description) == ["cpu:0/package", "cpu:0/package@rank2"])
    }

    @Test("A restarted rank follows itself, and what lies between is nobody's")
    func attempts() throws {
        var parts: [RunRecord] = []
        for number in 0..<2 {
            var first = try rank(number, 0, 10, joules: ["node": 1000])
            first.status = .failed
            first.epochs = [epoch(1, joules: [400]), epoch(2, joules: [600])]
            var second = try rank(number, 100, 110, joules: ["node": 1000])
            second.epochs = [epoch(2, joules: [500]), epoch(3, joules: [500])]
            parts += [first, second]
        }
        let run = RankMerge.merged(parts)
        #expect(Fixture.joules([run]) == [2000] && run.status == .finished)
        #expect(run.epochs.map(\.number) == [1, 2, 2, 3])
        #expect(run.epochs.map { $0.energy?.joules } == [400, 600, 500, 500])
        let other = try Fixture.run("other", 20, 90, joules: ["node": 7000])
        #expect(ReconciledRuns([run, other]).runs == [run, other])
    }

    @Test("Of an epoch the reading with the fewest gaps stands, and other meters add")
    func epochs() throws {
        var first = try rank(0, 0, 10, joules: ["node": 1000])
        first.epochs = [epoch(1, joules: [400], coverage: 0.5), epoch(2, joules: [500])]
        var second = try rank(1, 0, 10, joules: ["gpu": 300, "node": 1000])
        second.epochs = [epoch(1, joules: [100, 490]), epoch(2, joules: [100, 510])]
        let run = RankMerge.merged([second, first])
        #expect(run.epochs.map { $0.energy?.joules } == [590, 600])
        #expect(Fixture.joules([run]) == [1300])
    }

    @Test("A rank with gaps costs the run nothing that another one saw")
    func gaps() throws {
        let run = RankMerge.merged([
            try rank(0, 0, 10, joules: ["node": 200], coverage: 0.2),
            try rank(1, 0, 10.001, joules: ["node": 1000.1]),
        ])
        #expect(Fixture.joules([run]) == [1000.1])
        #expect(run.deviceEnergy[0].measured.coverage == 1)
    }

    @Test("No process's part of the machine stands for the run's, and what recording cost adds up")
    func partsOfTheMachine() throws {
        // Two ranks, and a second attempt of the first one.
        var parts = try [(0, 0.0), (1, 0), (0, 20)].map { number, start in
            var part = try rank(number, start, start + 10, joules: ["node": 1000])
            part.extra["attribution"] = ["attributed_j": 400, "unattributed_j": 600, "devices": []]
            part.extra["overhead"] = ["start_cpu_s": 0.25, "sampler_cpu_s": 1, "note": "by hand"]
            return part
        }
        let run = RankMerge.merged(parts)
        #expect(run.extra["attribution"] == nil)
        #expect(run.extra["overhead"] == ["start_cpu_s": 0.75, "sampler_cpu_s": 3.0])
        #expect(RankMerge.merged([parts[0]]) == parts[0], "one process is as it says")
        parts[1].extra["overhead"] = ["start_cpu_s": 0.25, "sampler_cpu_s": nil]
        #expect(RankMerge.merged(parts).extra["overhead"] == ["start_cpu_s": 0.75])
        parts[2].extra["overhead"] = nil
        #expect(RankMerge.merged(parts).extra["overhead"] == nil, "an attempt that was killed")
    }

    @Test("A run of many ranks is one of two that share a meter")
    func shared() throws {
        let ranks = try (0..<8).map { try rank($0, 0, 10, joules: ["node": 1000]) }
        let runs = [
            RankMerge.merged(ranks), try Fixture.run("other", 5, 15, joules: ["node": 1000]),
        ]
        #expect(Fixture.joules(ReconciledRuns(runs).runs) == [750, 750])
    }
}
