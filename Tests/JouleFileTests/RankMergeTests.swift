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

    /// Two ranks that read one meter, and a second attempt of the first one; each says that so many
    /// joules are its own.
    private func processes(_ joules: Double, scope: String, name: String? = nil) throws
        -> [RunRecord]
    {
        try [(0, 0.0), (1, 0), (0, 20)].map { number, start in
            var part = try rank(number, start, start + 10, joules: ["node": 1000])
            let device: JSON = [
                "device": "cpu:0/package", "rule": "cpu_time", "share": .double(joules / 1000),
                "attributed_j": .double(joules),
            ]
            part.extra["attribution"] = [
                "scope": .string(scope), "name": name.map(JSON.string) ?? .null,
                "devices": [device], "attributed_j": .double(joules),
                "unattributed_j": .double(1000 - joules),
            ]
            return part
        }
    }

    @Test("The parts of the machine that processes say are theirs add up, a job's are one")
    func partsOfTheMachine() throws {
        let trees = RankMerge.merged(try processes(200, scope: "process_tree"))
        #expect(trees.extra["attribution"]?["attributed_j"]?.double == 600)
        #expect(trees.extra["attribution"]?["unattributed_j"]?.double == 1400)
        let jobs = RankMerge.merged(try processes(200, scope: "slurm_job", name: "7"))
        #expect(jobs.extra["attribution"]?["attributed_j"]?.double == 400)
        #expect(jobs.extra["attribution"]?["name"] == "7")
        let share = jobs.extra["attribution"]?["devices"]?.array?.first?["share"]
        #expect(share?.double == 0.2)
        let most = RankMerge.merged(try processes(900, scope: "process_tree"))
        #expect(most.extra["attribution"]?["unattributed_j"]?.double == 0, "no more than all")
        var parts = try processes(200, scope: "process_tree")
        #expect(RankMerge.merged([parts[0]]) == parts[0], "one process is as it says")
        for (part, until) in [(1, 8.0), (2, 25)] {
            var told = parts[part].extra["attribution"]?.object
            told?["until"] = .double(until)
            parts[part].extra["attribution"] = told.map(JSON.object)
        }
        let running = RankMerge.merged(parts)
        #expect(running.extra["attribution"]?["until"] == 8.0, "the first one that fell silent")
        parts[2].extra["attribution"] = nil
        #expect(RankMerge.merged(parts).extra["attribution"] == nil, "an attempt that was killed")
        parts = try processes(200, scope: "process_tree")
        parts[1].extra["attribution"] = [
            "devices": [["device": "cpu:0/package", "rule": "sole_user", "attributed_j": 5.0]]
        ]
        #expect(RankMerge.merged(parts).extra["attribution"] == nil, "two rules for one meter")
    }

    @Test(
        "What no rank read is unread, and of a rank that does not tell nobody knows",
        arguments: [
            (["b", "a"], ["a", "c"], ["a"]), (["a"], ["b"], []), (["a"], nil, nil),
            (nil, ["a"], nil),
        ] as [([JSON]?, [JSON]?, [JSON]?)]
    )
    func unreadConfig(first: [JSON]?, second: [JSON]?, both: [JSON]?) throws {
        var ranks = try (0..<2).map { try rank($0, 0, 10, joules: [:]) }
        ranks[0].extra["config_unread"] = first.map(JSON.array)
        ranks[1].extra["config_unread"] = second.map(JSON.array)
        #expect(RankMerge.merged(ranks).extra["config_unread"]?.array == both)
    }

    @Test("Attempts with other imported files have no identity of them in common")
    func closures() throws {
        var parts = try [0, 20].map { try rank(0, $0, $0 + 10, joules: [:]) }
        for other in ["a", "b", nil] {
            for (index, hash) in ["a", other].enumerated() {
                parts[index].code = CodeIdentity(entry: "a.py")
                parts[index].code?.extra["closure"] = hash.map { ["sha256": .string($0)] }
            }
            let code = RankMerge.merged(parts).code
            #expect(code?.entry == "a.py")
            #expect(code?.extra["closure"]?["sha256"] == (other == "a" ? "a" : nil))
            // Other ranks do not look.
            parts[1].rank = 1
            #expect(RankMerge.merged(parts).code?.extra["closure"]?["sha256"] == "a")
            parts[1].rank = 0
        }
    }

    @Test("What recording cost adds up")
    func overhead() throws {
        // Two ranks, and a second attempt of the first one.
        var parts = try [(0, 0.0), (1, 0), (0, 20)].map { number, start in
            var part = try rank(number, start, start + 10, joules: ["node": 1000])
            part.extra["overhead"] = ["start_cpu_s": 0.25, "sampler_cpu_s": 1, "note": "by hand"]
            return part
        }
        let run = RankMerge.merged(parts)
        #expect(run.extra["overhead"] == ["start_cpu_s": 0.75, "sampler_cpu_s": 3.0])
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
