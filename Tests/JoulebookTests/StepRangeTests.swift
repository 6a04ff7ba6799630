import Glibc
import JouleFile
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Ranges of steps")
struct StepRangeTests {
    private static let watts = 100.0

    private func measured(in directory: String) throws -> Run {
        let meter = FakeMeter("cpu:0/package", watts: Self.watts)
        return try start(
            in: directory,
            meters: { _ in MeterInventory(meters: [meter], absent: []) }
        )
    }

    private func joules(_ part: PhaseRecord) -> Double {
        part.deviceEnergy.reduce(0) { $0 + $1.measured.energy.joules }
    }

    @Test("Ranges that tile a phase, and phases that tile an epoch, add up to it")
    func tiling() throws {
        let directory = TemporaryDirectory()
        let run = try measured(in: directory.path)
        let epoch = run.beginEpoch(1)
        for part in ["training", "validation"] {
            let phase = epoch.phase(part)
            for first in stride(from: 0, to: 300, by: 100) {
                let range = phase.steps(from: first, through: first + 99)
                usleep(3_000)
                range.end()
            }
            phase.end()
        }
        epoch.end(["loss": 1])
        try run.finish()
        let kept = try #require(try readBack(run).epochs.first)
        #expect(kept.phases.map(\.name) == ["training", "validation"])
        #expect(kept.stepRanges.isEmpty)
        for phase in kept.phases {
            #expect(phase.stepRanges.map(\.steps) == [0...99, 100...199, 200...299])
            try addsUp(phase.stepRanges, joules(phase), phase.durationSeconds)
        }
        try addsUp(kept.phases, try #require(kept.energy?.joules), kept.durationSeconds)
    }

    /// Between the end of one part and the beginning of the next time passes, whose energy is known.
    private func addsUp(_ parts: [PhaseRecord], _ whole: Double, _ seconds: Double?) throws {
        let tiled = parts.compactMap(\.durationSeconds).reduce(0, +)
        let between = try #require(seconds) - tiled
        #expect(between >= 0)
        let sum = parts.map(joules).reduce(0, +)
        // Energies are kept to a millionth of a joule.
        #expect(abs(whole - sum - between * Self.watts) < 1e-6 * Double(parts.count + 1))
    }

    @Test("What is open ends with what it is part of")
    func open() throws {
        let directory = TemporaryDirectory()
        let run = try measured(in: directory.path)
        let ended = run.beginEpoch(1)
        _ = ended.steps(from: 0, through: 9)
        let phase = ended.phase("training")
        let late = phase.steps(from: 10, through: 19)
        phase.end()
        late.end()
        ended.end(["loss": 1])
        let left = run.beginEpoch(2)
        left.log(["loss": 1])
        _ = left.phase("training").steps(from: 20, through: 29)
        _ = run.steps(from: -5, through: -5)
        _ = run.phase("export").steps(from: .min, through: .max)
        try run.finish()
        let record = try readBack(run)
        #expect(record.epochs.map { $0.stepRanges.map(\.steps) } == [[0...9], []])
        #expect(
            record.epochs.map { $0.phases.map { $0.stepRanges.map(\.steps) } }
                == [[[10...19]], [[20...29]]]
        )
        #expect(record.stepRanges.map(\.steps) == [-5 ... -5])
        #expect(record.phases.map(\.name) == ["export"])
        #expect(record.phases.first?.stepRanges.map(\.steps) == [.min ... .max])
        let phases = record.epochs.flatMap(\.phases) + record.phases
        let ranges =
            phases.flatMap(\.stepRanges) + record.epochs.flatMap(\.stepRanges) + record.stepRanges
        #expect(ranges.count == 5)
        for range in ranges { #expect(range.deviceEnergy.count == 1) }
        for phase in phases {
            // The range that was left open ends at the moment of its phase.
            let range = try #require(phase.stepRanges.first)
            let end = { (part: PhaseRecord) in
                (part.started?.unixSeconds ?? 0) + (part.durationSeconds ?? 0)
            }
            #expect(abs(end(range) - end(phase)) < 1e-6)
        }
        #expect(run.warnings.isEmpty)
    }

    @Test("A range that is none is one warning, and nothing is kept of it")
    func refused() throws {
        let directory = TemporaryDirectory()
        var silent = options(directory.path)
        silent.isQuiet = true
        let run = try start(options: silent)
        let epoch = run.beginEpoch(1)
        let phase = epoch.phase("training")
        for _ in 0..<2 {
            run.steps(from: 5, through: 4).end()
            epoch.steps(from: 5, through: 4).end()
            phase.steps(from: 5, through: 4).end()
        }
        #expect(
            run.warnings == ["steps: the last one, 4, is before the first, 5; give both in order"]
        )
        let range = phase.steps(from: 7, through: 7)
        range.steps(from: 7, through: 7).end()
        #expect(
            run.warnings.dropFirst() == ["steps: a range of steps has no ranges; it is left out"]
        )
        range.end()
        epoch.phase("").steps(from: 1, through: 2).end()
        #expect(run.warnings.count == 3)
        phase.end()
        epoch.end(["loss": 1])
        try run.finish()
        let kept = try #require(try readBack(run).epochs.first)
        #expect(kept.phases.map(\.name) == ["training"])
        #expect(kept.phases.first?.stepRanges.map(\.steps) == [7...7])
        #expect(kept.stepRanges.isEmpty)
    }
}
