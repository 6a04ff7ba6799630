import JouleFile
import JouleQuantities
import JouleTestSupport

/// Ledgers to test on.
enum Fixture {
    static func run(_ id: String = "0123456789abcdef0123456789abcdef") throws -> RunRecord {
        var run = try RunRecord(json: [
            "run_id": .string(id), "project": "fixture", "stage": "training",
            "status": "running", "started": 1_700_000_000.5,
            "config": ["lr": 0.1, "seed": 0, "layers": [64, 64]],
            "process": ["host": "somewhere", "pid": 42],
        ])
        run.tags = ["test"]
        return run
    }

    static let meter = MeterDescription(
        device: DeviceID("cpu:0/package"),
        source: "rapl:powercap",
        provenance: .counter,
        boundary: .device
    )

    static func cells(_ writer: LedgerWriter, _ table: MetricTable, _ metrics: [(String, Double)])
        -> [MetricCell]
    {
        metrics.compactMap { name, value in
            let utf8 = Array(name.utf8)
            return writer.metric(utf8.span, of: table).map { MetricCell(id: $0, value: value) }
        }
    }

    static func loss(_ epoch: Int) -> Double { 2.3 / (1 + 0.37 * Double(epoch)) }

    /// Logs `epochs` epochs with two metrics, energy, a phase and three steps each.
    static func log(epochs: Int, to writer: LedgerWriter) {
        writer.describe(meters: [meter])
        for index in 0..<epochs {
            let started = WallTime(
                unixNanoseconds: 1_700_000_000_000_000_000 + Int64(index) * 5_000
            )
            for step in 0..<3 {
                let cells = cells(writer, .steps, [("loss", loss(index * 3 + step)), ("lr", 0.1)])
                writer.appendStep(Int64(index * 3 + step), at: started, cells: cells.span)
            }
            let cells = cells(
                writer,
                .epochs,
                [("loss", loss(index)), ("accuracy", Double(index) / 100)]
            )
            writer.appendEpoch(
                index: Int64(index),
                number: Int64(index + 1),
                started: started,
                durationNS: 4_000 + Int64(index),
                cells: cells.span
            )
            writer.appendPhase(
                Int64(index),
                name: "validation",
                epochIndex: Int64(index),
                started: started,
                durationNS: 1_000
            )
            writer.appendEnergy(
                .epoch(Int64(index)),
                meter: 0,
                MeasuredEnergy(
                    energy: Energy(joules: 10.5 + Double(index)),
                    coverage: 1,
                    uncertaintyRelative: 0.05
                )
            )
        }
    }

    /// A finished ledger of one run; its path.
    static func finished(in directory: borrowing TemporaryDirectory, epochs: Int = 5) throws
        -> String
    {
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: run())
        log(epochs: epochs, to: writer)
        let isDone = writer.finish(
            status: .finished,
            ended: WallTime(unixNanoseconds: 1_700_000_100_000_000_000),
            metrics: nil
        )
        precondition(isDone, "the fixture could not be written")
        return path
    }
}
