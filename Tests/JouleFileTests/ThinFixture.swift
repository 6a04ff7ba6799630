import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

/// Old ledgers with many readings, and thinning them.
enum ThinFixture {
    static let begin: Int64 = 1_700_000_000

    static func time(_ seconds: Double) -> WallTime {
        WallTime(unixNanoseconds: begin * 1_000_000_000 + Int64(seconds * 1e9))
    }

    /// Behind everything that is written here.
    static var later: WallTime {
        WallTime(unixNanoseconds: LedgerWriter.wallClockNS() + 3_600_000_000_000)
    }

    static func meters(_ count: Int) -> [MeterDescription] {
        (0..<count).map { SharingFixture.meter("boot/zone:\($0)", device: "cpu:\($0)/package") }
    }

    /// Logs a run from `start` to `end` whose meters are read each second, and whose epochs are ten
    /// seconds long.
    @discardableResult
    static func write(
        _ path: String,
        id: String = "run-a",
        from start: Double = 0,
        to end: Double = 300,
        meters count: Int = 2,
        isFinished: Bool = true
    ) throws -> LedgerWriter {
        let run = try RunRecord(json: [
            "run_id": .string(id), "project": "fixture", "stage": "training", "status": "running",
            "started": .double(time(start).unixSeconds),
            "process": ["host": "somewhere", "pid": 42],
        ])
        let writer = try LedgerWriter.create(at: path, run: run)
        writer.describe(meters: meters(count))
        var random = SplitMix(seed: UInt64(start * 1000) &+ UInt64(count))
        var joules = [Double](repeating: 0, count: count)
        for second in 1...max(1, Int(end - start)) {
            for meter in 0..<count {
                let watts = 40 + Double(random.next() % 1000) / 7
                joules[meter] += watts
                writer.appendTelemetry(
                    meter: meter,
                    at: time(start + Double(second)),
                    energyJoules: joules[meter],
                    powerWatts: second == 1 ? nil : watts
                )
            }
            if second % 10 == 0 { log(epoch: second / 10 - 1, from: start, count, to: writer) }
        }
        guard isFinished else { return writer }
        for meter in 0..<count {
            writer.appendEnergy(.run, meter: meter, SharingFixture.energy(joules[meter]))
        }
        _ = writer.attach(name: "notes.bin", mediaType: "", bytes: [1, 2, 3])
        #expect(writer.finish(status: .finished, ended: time(end), metrics: nil))
        return writer
    }

    static func log(epoch: Int, from start: Double, _ meters: Int, to writer: LedgerWriter) {
        let cells = Fixture.cells(writer, .epochs, [("loss", Fixture.loss(epoch))])
        writer.appendEpoch(
            index: Int64(epoch),
            number: Int64(epoch + 1),
            started: time(start + Double(epoch) * 10),
            durationNS: 10_000_000_000,
            cells: cells.span
        )
        for meter in 0..<meters {
            let energy = SharingFixture.energy(1000 + Double(epoch) / 3)
            writer.appendEnergy(.epoch(Int64(epoch)), meter: meter, energy)
        }
        let steps = Fixture.cells(writer, .steps, [("loss", Fixture.loss(epoch) / 2)])
        writer.appendStep(Int64(epoch), at: time(start + Double(epoch)), cells: steps.span)
    }

    static func thin(_ path: String, each seconds: Int = 60, isDry: Bool = false) throws
        -> ThinJob
    {
        try ThinJob(at: path, endedBefore: later, intervalSeconds: seconds, isDry: isDry)
    }

    static func folder(_ directory: borrowing TemporaryDirectory) throws -> String {
        let folder = directory.path + "/ledgers"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return folder
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }
}
