import Glibc
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Whatever is logged is stored, or counted where readers see it.
@Suite("Losses")
struct LossTests {
    /// Something that a writer cannot keep.
    enum Kind: String, CaseIterable, Sendable {
        case longStep, longEpoch, longPhase
        case emptyName, longName, brokenName, nameOfEpochs, tooManyNames
        case fullBulk, fullReserved, fullForName

        /// What readers tell of it.
        var told: JSON {
            switch self {
            case .longStep, .emptyName, .longName, .brokenName: ["steps": ["refused": 1]]
            case .tooManyNames: ["steps": ["refused": 3]]
            case .longEpoch, .nameOfEpochs: ["epochs": ["refused": 1]]
            case .longPhase: ["phases": ["refused": 1]]
            case .fullBulk: ["steps": ["ring_full": 11]]
            case .fullReserved: ["epochs": ["ring_full": 11]]
            case .fullForName: ["steps": ["ring_full": 2]]
            }
        }
    }

    private static let start = WallTime(unixNanoseconds: 1_700_000_000_000_000_000)
    private static let ended = WallTime(unixNanoseconds: 1_700_000_100_000_000_000)

    private func name(_ bytes: [UInt8], _ writer: LedgerWriter, _ table: MetricTable = .steps) {
        #expect(writer.metric(bytes.span, of: table) == nil)
    }

    private func step(_ writer: LedgerWriter, _ cells: [MetricCell] = []) -> Bool {
        writer.appendStep(1, at: Self.start, cells: cells.span)
    }

    private func epoch(_ writer: LedgerWriter, _ cells: [MetricCell] = []) -> Bool {
        writer.appendEpoch(
            index: 0,
            number: 1,
            started: Self.start,
            durationNS: 1,
            cells: cells.span
        )
    }

    /// Loses what the kind says.
    private func lose(_ kind: Kind, _ writer: LedgerWriter) {
        let one = Fixture.cells(writer, .steps, [("loss", 1)])
        let long = Array(repeating: one[0], count: 4000)
        switch kind {
        case .longStep: #expect(!step(writer, long))
        case .longEpoch:
            #expect(!epoch(writer, long))
        case .longPhase:
            let name = String(repeating: "x", count: 40_000)
            #expect(
                !writer.appendPhase(
                    0,
                    name: name,
                    epochIndex: nil,
                    started: Self.start,
                    durationNS: 1
                )
            )
        case .emptyName: name([], writer)
        case .longName: name(Array(repeating: 120, count: 1025), writer)
        case .brokenName: name([0xFF], writer)
        case .nameOfEpochs: name([], writer, .epochs)
        case .tooManyNames:
            // The table has three columns of its own and one metric.
            for number in 0..<4092 { _ = Fixture.cells(writer, .steps, [("m\(number)", 1)]) }
            for number in 0..<3 { name(Array("n\(number)".utf8), writer) }
        case .fullBulk, .fullReserved, .fullForName:
            // While nobody takes rows out.
            writer.state.drain.withLock { _ in
                let area = kind == .fullReserved ? 0 : 1
                func push() -> Bool { area == 0 ? epoch(writer) : step(writer) }
                while push() {}
                let wanted = kind == .fullForName ? 0 : 10
                for _ in 0..<wanted { #expect(!push()) }
                if kind == .fullForName { name(Array("new".utf8), writer) }
            }
        }
    }

    @Test(
        "Each kind of loss is counted, and told while the run lives and for ever",
        arguments: Kind.allCases
    )
    func counted(kind: Kind) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        lose(kind, writer)
        #expect(writer.drops == kind.told.object)
        if writer.isCrashProof {
            #expect(
                try Ledger(reading: path).runs.first?.drops == kind.told.object,
                "of a live run"
            )
        }
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean)
        #expect(ledger.runs.first?.drops == kind.told.object)
        #expect(writer.lateRows == 0)
    }

    @Test("Of a run that never ended the last reading of each meter counts, however many meters")
    func manyMeters() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        let count = 70
        let meters = (0..<count).map {
            MeterDescription(
                device: DeviceID("gpu:\($0)"),
                source: "nvml",
                provenance: .counter,
                boundary: .device
            )
        }
        writer.describe(meters: meters)
        for beat in 0..<3 {
            for meter in 0..<count {
                // The last beat is of an earlier time, and tells no energy of each third meter.
                let joules = Double(meter * 10 + beat)
                writer.appendTelemetry(
                    meter: meter,
                    at: WallTime(unixNanoseconds: 1_700_000_010_000_000_000 - Int64(beat)),
                    energyJoules: beat == 2 && meter % 3 == 0 ? nil : joules,
                    powerWatts: 1
                )
            }
        }
        let run = try #require(try Ledger(reading: path).runs.first)
        let told: [Double] = run.deviceEnergy.map { $0.measured.energy.joules }
        let last: [Double] = (0..<count).map { meter in
            Double(meter * 10 + (meter % 3 == 0 ? 1 : 2))
        }
        #expect(told == last)
        #expect(run.durationSeconds == 9.5)
        writer.finish(status: .finished, ended: Self.ended, metrics: nil)
    }

    @Test("What comes behind the end is refused and counted, and changes nothing")
    func late() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
        #expect(!step(writer))
        #expect(!epoch(writer))
        #expect(!writer.appendTelemetry(meter: 0, at: Self.start, energyJoules: 1, powerWatts: nil))
        #expect(writer.lateRows == 2, "what a meter says is nobody's call")
        #expect(writer.drops == nil)
        #expect(try Ledger(reading: path).runs.first?.stepCount == 0)
    }

    @Test("Threads that log while another one finishes: what was accepted is stored, to the row")
    func finishing() throws {
        var random = SplitMix(seed: 21)
        var stored = 0
        var lost = 0
        for round in 0..<60 {
            let directory = TemporaryDirectory()
            let path = directory.path + "/run.joule"
            let kind: RingKind = round % 3 == 0 ? .memory : .automatic
            let writer = try LedgerWriter.create(
                at: path,
                run: try Fixture.run(),
                ring: kind,
                timing: .hasty
            )
            let accepted = Atomic(0)
            let refused = Atomic(0)
            let cell = try #require(Fixture.cells(writer, .steps, [("loss", 0)]).first)
            let started = Atomic(0)
            withThreads(4) { thread in
                started.wrappingAdd(1, ordering: .relaxed)
                var step = Int64(thread) << 32
                while writer.isActive {
                    let cells = [MetricCell(id: cell.id, value: Double(step))]
                    let isKept = writer.appendStep(step, at: Self.start, cells: cells.span)
                    if isKept { accepted.wrappingAdd(1, ordering: .relaxed) }
                    if !isKept { refused.wrappingAdd(1, ordering: .relaxed) }
                    step += 1
                }
            } meanwhile: {
                while started.load(ordering: .relaxed) < 4 { usleep(50) }
                usleep(UInt32.random(in: 0...3000, using: &random))
                if round % 20 == 0 {
                    // The ring fills up, so that rows are dropped as well.
                    writer.state.drain.withLock { _ in
                        for _ in 0..<20_000 where refused.load(ordering: .relaxed) == 0 {
                            usleep(1000)
                        }
                    }
                }
                #expect(writer.finish(status: .finished, ended: Self.ended, metrics: nil))
            }
            let ledger = try Ledger(reading: path, verifies: true)
            #expect(ledger.integrity.state == .clean)
            let drops = ledger.runs.first?.drops?["steps"]?["ring_full"]?.integer ?? 0
            #expect(ledger.runs.first?.stepCount == accepted.load(ordering: .relaxed))
            #expect(Int(drops) + writer.lateRows == refused.load(ordering: .relaxed))
            try expectOrder(of: path)
            stored += accepted.load(ordering: .relaxed)
            lost += Int(drops)
        }
        #expect(stored > 0 && lost > 0)
        print("\(stored) rows stored, \(lost) counted as lost")
    }

    /// That the rows of each thread stand in their order, and none twice.
    private func expectOrder(of path: String) throws {
        var last: [Int64: Int64] = [:]
        for step in try Ledger.steps(reading: path) {
            let thread = step.step >> 32
            #expect(last[thread] ?? -1 < step.step)
            last[thread] = step.step
        }
    }

    /// Runs `body` on so many threads, and `meanwhile` on this one.
    private func withThreads(
        _ count: Int,
        _ body: @escaping @Sendable (Int) -> Void,
        meanwhile: () -> Void
    ) {
        let workers = (0..<count).map { number in Worker { body(number) } }
        meanwhile()
        for worker in workers { worker.join() }
    }

    @Test("Ranks of one run add up what they lost, table by table and cause by cause")
    func ranks() throws {
        func rank(_ number: Int, _ drops: JSON) throws -> RunRecord {
            var run = try Fixture.run()
            run.rank = number
            run.drops = drops.object
            return run
        }
        let merged = RankMerge.merged([
            try rank(0, ["steps": ["ring_full": 3]]),
            try rank(1, .null),
            try rank(2, ["steps": ["ring_full": 4, "refused": 1], "epochs": ["write_failed": 2]]),
        ])
        let all: JSON = [
            "steps": ["ring_full": 7, "refused": 1], "epochs": ["write_failed": 2],
        ]
        #expect(merged.drops == all.object)
        #expect(RankMerge.merged([try rank(0, .null), try rank(1, .null)]).drops == nil)
        let huge: JSON = ["steps": ["ring_full": .integer(.max)]]
        let sum = RankMerge.merged([try rank(0, huge), try rank(1, huge)]).drops
        #expect(sum == huge.object, "and never wraps")
    }

    @Test("What went wrong in any rank is told of the run")
    func troubles() throws {
        func rank(_ number: Int, late: Int64?, fault: String?) throws -> RunRecord {
            var run = try Fixture.run()
            run.rank = number
            run.extra["late_calls"] = late.map(JSON.integer)
            let list = fault.map { [["at": 1.5, "what": .string($0)]] as JSON }
            for name in ["faults", "budget_events"] { run.extra[name] = list }
            return run
        }
        let merged = RankMerge.merged([
            try rank(0, late: nil, fault: nil), try rank(1, late: 3, fault: "disk full"),
            try rank(2, late: 4, fault: "disk slow"),
        ])
        #expect(merged.extra["late_calls"] == 7)
        for name in ["faults", "budget_events"] {
            let told = merged.extra[name]?.array?.compactMap { $0["what"]?.string }
            #expect(told == ["disk full", "disk slow"])
        }
        let none = RankMerge.merged([
            try rank(0, late: nil, fault: nil), try rank(1, late: nil, fault: nil),
        ])
        #expect(none.extra["late_calls"] == nil && none.extra["faults"] == nil)
    }

    @Test("A document that comes when the last blocks are written is counted, not lost unseen")
    func lateDocument() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        writer.annotate(["before": 1])
        // Where another thread's `finish` has come when it is just about to write the last blocks.
        writer.closeRing()
        writer.annotate(["after": 1])
        #expect(writer.lateRows == 1)
        #expect(writer.state.finish())
        let run = try #require(try Ledger(reading: path).runs.first)
        #expect(run.extra["before"] == 1 && run.extra["after"] == nil)
    }
}
