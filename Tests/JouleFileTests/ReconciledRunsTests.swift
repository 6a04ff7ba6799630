import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Runs that shared meters")
struct ReconciledRunsTests {
    private typealias Fixture = SharingFixture

    @Test("Two jobs that overlap by half have equal parts of that half")
    func halves() throws {
        let runs = [try Fixture.run("a", 0, 10), try Fixture.run("b", 5, 15)]
        let reconciled = ReconciledRuns(runs)
        #expect(Fixture.joules(reconciled.runs) == [750, 750])
        let shared = try #require(reconciled.sharing[runs[0].id])
        #expect(shared.measured?.joules == 1000 && shared.counted?.joules == 750)
        #expect(shared.seconds == 5 && shared.reasons == [.divided])
        #expect(shared.others == [runs[1].id] && !shared.hasMore && shared.contradiction == nil)
    }

    @Test("Where two trackers watch the same time, they sum to what one saw")
    func together() throws {
        let runs = [try Fixture.run("a", 0, 10), try Fixture.run("b", 0, 10)]
        #expect(Fixture.joules(ReconciledRuns(runs).runs) == [500, 500])
    }

    @Test("A run within another has its time, at every depth")
    func enclosed() throws {
        let runs = [
            try Fixture.run("outer", 0, 10), try Fixture.run("a", 1, 5, inside: "outer"),
            try Fixture.run("b", 6, 8, inside: "outer"),
            try Fixture.run("a1", 2, 3, inside: "a"),
        ]
        let reconciled = ReconciledRuns(runs)
        #expect(Fixture.joules(reconciled.runs) == [400, 300, 200, 100])
        #expect(reconciled.sharing[runs[0].id]?.reasons == [.enclosed])
        #expect(reconciled.sharing[runs[0].id]?.seconds == 6)
        #expect(reconciled.sharing[runs[2].id] == nil, "what it measured is its own")
    }

    @Test("A run within another keeps what it measured itself, whatever power the outer one had")
    func innerKeepsItsOwn() throws {
        let runs = [
            try Fixture.run("outer", 0, 10, joules: [Fixture.zone: 1000]),
            try Fixture.run("inner", 4, 6, joules: [Fixture.zone: 700], inside: "outer"),
        ]
        #expect(Fixture.joules(ReconciledRuns(runs).runs) == [300, 700])
    }

    @Test("A program that its outer run left behind shares with nobody after its end")
    func leftBehind() throws {
        let runs = [
            try Fixture.run("outer", 0, 10), try Fixture.run("late", 10, 20, inside: "outer"),
            try Fixture.run("itself", 30, 40, inside: "itself"),
            try Fixture.run("orphan", 50, 60, inside: "gone"),
        ]
        #expect(ReconciledRuns(runs).runs == runs)
    }

    @Test("Runs that name each other as the outer one still hold each joule once")
    func cycle() throws {
        let runs = [
            try Fixture.run("a", 0, 10, inside: "b"), try Fixture.run("b", 0, 10, inside: "a"),
            try Fixture.run("c", 0, 10, inside: "b"),
        ]
        #expect(abs(Fixture.sum(ReconciledRuns(runs).runs) - 1000) < 1e-9)
    }

    @Test("Meters of other identities, as after a restart of the machine, never touch")
    func identities() throws {
        let runs = [
            try Fixture.run("a", 0, 10, joules: ["boot-1:rapl:cpu:0/package": 1000]),
            try Fixture.run("b", 0, 10, joules: ["boot-2:rapl:cpu:0/package": 900]),
        ]
        #expect(ReconciledRuns(runs).runs == runs)
        #expect(ReconciledRuns(runs).sharing.isEmpty)
    }

    @Test("Only the meters that both read are shared")
    func someMeters() throws {
        let runs = [
            try Fixture.run("a", 0, 10, joules: ["node/0": 1000, "gpu/0": 3000]),
            try Fixture.run("b", 0, 10, joules: ["node/0": 1000, "gpu/1": 4000]),
        ]
        #expect(Fixture.joules(ReconciledRuns(runs).runs) == [3500, 4500])
    }

    @Test("Without an identity, meters are one only where one run encloses the other")
    func unnamed() throws {
        func run(_ name: String, _ joules: Double, inside outer: String? = nil) throws -> RunRecord
        {
            var run = try Fixture.run(
                name,
                name == "inner" ? 2 : 0,
                name == "inner" ? 4 : 10,
                inside: outer
            )
            run.meters[0].identity = nil
            run.hardware = Hardware(host: "node")
            return run
        }
        let runs = [
            try run("outer", 1000), try run("inner", 200, inside: "outer"), try run("other", 1000),
        ]
        #expect(Fixture.joules(ReconciledRuns(runs).runs) == [800, 200, 1000])
    }

    @Test("What is not dated, and runs of one name, are left as they are")
    func undated() throws {
        var undated = try Fixture.run("undated", 0, 10)
        undated.started = nil
        let runs = [
            undated, try Fixture.run("twice", 0, 10), try Fixture.run("twice", 0, 10),
            try Fixture.run("alone", 0, 10),
        ]
        #expect(ReconciledRuns(runs).runs == runs)
    }

    @Test(
        "Energies and dates that cannot be true change no other run's",
        arguments: [(0.0, 10.0, 1e300), (0, 10, .infinity), (-9e9, 9e9, 500), (10, 0, 500)]
    )
    func hostile(start: Double, end: Double, joules: Double) throws {
        let sane = [try Fixture.run("a", 0, 10), try Fixture.run("b", 5, 15)]
        var absurd = try Fixture.run("c", 0, 10, joules: [Fixture.zone: joules])
        absurd.started = WallTime(unixSeconds: start)
        absurd.ended = WallTime(unixSeconds: end)
        var epoch = EpochRecord(number: 1)
        epoch.started = WallTime(unixSeconds: end - 1)
        epoch.durationSeconds = 1
        epoch.deviceEnergy = absurd.deviceEnergy
        absurd.epochs = [epoch]
        let reconciled = ReconciledRuns(sane + [absurd]).runs
        #expect(Fixture.joules(reconciled).prefix(2) == [750, 750])
        #expect(reconciled[2] == absurd)
    }

    @Test("Epochs and their phases keep their proportions, and never exceed their run")
    func epochs() throws {
        var run = try Fixture.run("a", 0, 10)
        for (number, joules) in [(1, 600.0), (2, 400.0)] {
            var epoch = EpochRecord(number: number)
            let part = DeviceEnergy(meter: 0, measured: Fixture.energy(joules))
            epoch.deviceEnergy = [part]
            epoch.energy = Energy(joules: joules)
            epoch.phases = [PhaseRecord(name: "validation")]
            epoch.phases[0].deviceEnergy = [part]
            run.epochs.append(epoch)
        }
        let counted = ReconciledRuns([run, try Fixture.run("b", 0, 10)]).runs[0]
        #expect(counted.epochs.map { $0.energy?.joules } == [300, 200])
        #expect(counted.epochs[0].phases[0].deviceEnergy[0].measured.energy.joules == 300)
    }

    @Test("Without telemetry, epochs tell when the energy was used")
    func epochsTellTheCourse() throws {
        var run = try Fixture.run("a", 0, 10, joules: [Fixture.zone: 1000])
        for (number, joules) in [(0, 100.0), (1, 900.0)] {
            var epoch = EpochRecord(number: number)
            epoch.started = WallTime(unixSeconds: 5 * Double(number))
            epoch.durationSeconds = 5
            epoch.deviceEnergy = [DeviceEnergy(meter: 0, measured: Fixture.energy(joules))]
            run.epochs.append(epoch)
        }
        let other = try Fixture.run("b", 5, 20, joules: [Fixture.zone: 900 + 50])
        #expect(Fixture.joules(ReconciledRuns([run, other]).runs) == [550, 500])
    }

    @Test("A reading with gaps takes nothing from what another saw in full")
    func gaps() throws {
        let whole = try Fixture.run("a", 0, 100)
        let half = try Fixture.run(
            "b",
            0.1,
            100.05,
            joules: [Fixture.zone: 4000],
            coverage: 0.4
        )
        let reconciled = ReconciledRuns([whole, half]).runs
        #expect(abs(Fixture.sum(reconciled) - 10_000) < 10)
        #expect(reconciled.allSatisfy { abs(($0.energy?.joules ?? 0) - 5000) < 20 })
    }

    @Test("Readings of one meter that contradict each other are told, close ones are not")
    func contradiction() throws {
        func contradiction(_ joules: Double) throws -> [Double?] {
            let runs = [
                try Fixture.run("a", 0, 10, joules: [Fixture.zone: 1000]),
                try Fixture.run("b", 0, 10, joules: [Fixture.zone: joules]),
            ]
            let reconciled = ReconciledRuns(runs)
            return runs.map { reconciled.sharing[$0.id]?.contradiction }
        }
        #expect(try contradiction(1010) == [nil, nil])
        #expect(try contradiction(2000).compactMap { $0 } == [0.5])
    }
}
