import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Directories and imports")
struct DirectoryTests {
    static let record: JSON = [
        "run_id": "r-1", "project": "p", "status": "finished", "seed": "0x7",
        "config": ["a": ["b": [1, 1.0, "1"]]],
        "epochs": [
            [
                "epoch": 3, "metrics": ["loss": 0.1, "odd": "NaN"],
                "duration_s": 407.98299999999995,
                "energy_j": 1223948.9999999998, "note": "kept",
            ],
            ["epoch": 3, "metrics": ["other": 1]], ["epoch": 3.0499947],
        ],
        "metrics": ["test": ["score": 0.7]], "unknown": [1, 2], "energy_j": 5,
        "declared": ["energy_kwh": 1.5, "grid": "x"], "hardware": ["host": "h", "rack": 7],
    ]

    @Test("What the kernel makes up is told from what a disk holds")
    func pseudoFileSystems() {
        let directory = TemporaryDirectory()
        #expect(LedgerDirectory.isPseudo("/proc"))
        #expect(LedgerDirectory.isPseudo("/sys"))
        #expect(!LedgerDirectory.isPseudo(directory.path))
        #expect(!LedgerDirectory.isPseudo(directory.path + "/missing"))
    }

    @Test("An imported record comes back as it was, unknown fields and bits included")
    func importKeeps() throws {
        let directory = TemporaryDirectory()
        let record = try RunRecord(json: Self.record)
        let result = try LedgerImport.write(
            [record],
            into: directory.path + "/a/b",
            kind: "records"
        )
        #expect(result.written == 1)
        let back = try LedgerDirectory(reading: directory.path).runs
        #expect(back == [record])
        #expect(back.first?.epochs.first?.durationSeconds == 407.98299999999995)
        let again = try LedgerImport.write([record], into: directory.path, kind: "records")
        #expect(again.path == nil && again.written == 0 && again.alreadyThere == 1)
    }

    @Test("A metric of its own for each of thousands of runs: no block outgrows its readers")
    func manyMetrics() throws {
        let directory = TemporaryDirectory()
        // As one block these would be 2950 rows of as many columns: more than 64 MiB.
        let records = try (0..<2950).map { number -> RunRecord in
            var record = try RunRecord(json: ["run_id": .string("r\(number)")])
            var epoch = EpochRecord(number: 0)
            epoch.metrics = [Metric(name: "m\(number)", value: Double(number) / 3)]
            record.epochs = [epoch]
            return record
        }
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        let back = try LedgerDirectory(reading: directory.path)
        #expect(Set(back.runs) == Set(records))
        #expect(back.problems.isEmpty)
    }

    @Test("Thousands of runs in one ledger come back in full")
    func manyRuns() throws {
        let directory = TemporaryDirectory()
        let records = try (0..<3000).map { number -> RunRecord in
            var record = try RunRecord(json: [
                "run_id": .string("r\(number)"), "status": "finished",
            ])
            record.epochs = (0..<3).map { index in
                var epoch = EpochRecord(number: index)
                epoch.metrics = [Metric(name: "m\(number % 7)", value: Double(number) / 3)]
                return epoch
            }
            return record
        }
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        let back = try LedgerDirectory(reading: directory.path)
        #expect(Set(back.runs) == Set(records))
        #expect(back.problems.isEmpty)
    }

    @Test(
        "A record that is wrong is refused with the path of the field",
        arguments: [
            ([:], "run_id"), (["run_id": "a", "status": "done"], "status"),
            (["run_id": "a", "epochs": [[:]]], "epochs[0].epoch"),
            (["run_id": "a", "epochs": [["epoch": 1, "energy_j": -1]]], "epochs[0].energy_j"),
            (
                ["run_id": "a", "epochs": [["epoch": 1, "metrics": ["x": "y"]]]],
                "epochs[0].metrics.x"
            ),
            (["run_id": "a\u{7}"], "run_id"), (["run_id": "a", "started": 1e300], "started"),
            (["run_id": "a", "config": 3], "config"), (["run_id": "a", "tags": [1]], "tags"),
            (["run_id": "a", "parents": [["relation": "x"]]], "parents[0].run_id"),
        ] as [(JSON, String)]
    )
    func refused(json: JSON, path: String) {
        #expect {
            try RunRecord(json: json)
        } throws: { error in
            (error as? RecordError)?.path == path
        }
    }

    @Test("A damaged or foreign file in a directory is told and does not hide the others")
    func problems() throws {
        let directory = TemporaryDirectory()
        _ = try Fixture.finished(in: directory, epochs: 1)
        try Data("text".utf8).write(to: URL(filePath: directory.path + "/text.joule"))
        let back = try LedgerDirectory(reading: directory.path)
        #expect(back.runs.count == 1)
        #expect(back.problems.map(\.path) == [directory.path + "/text.joule"])
    }

    @Test("A copied ledger is one run")
    func copies() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 2)
        try FileManager.default.copyItem(atPath: path, toPath: directory.path + "/copy.joule")
        let back = try LedgerDirectory(reading: directory.path).runs
        #expect(back.count == 1)
        #expect(back.first?.epochs.count == 2)
    }

    @Test("Ranks that read one meter count its energy once; their own meters add")
    func ranks() throws {
        let directory = TemporaryDirectory()
        for rank in 0..<4 {
            var run = try Fixture.run()
            run.rank = rank
            run.worldSize = 4
            let path = "\(directory.path)/r\(rank).joule"
            let writer = try LedgerWriter.create(at: path, run: run)
            var shared = Fixture.meter
            shared.identity = "boot/package-0"
            let own = MeterDescription(
                device: DeviceID("gpu:\(rank)"),
                source: "nvml",
                provenance: .counter,
                boundary: .device,
                identity: "GPU-\(rank)"
            )
            writer.describe(meters: [shared, own])
            for (meter, joules) in [100.0 + Double(rank), 10].enumerated() {
                writer.appendEnergy(
                    .run,
                    meter: meter,
                    MeasuredEnergy(
                        energy: Energy(joules: joules),
                        coverage: 1,
                        uncertaintyRelative: nil
                    )
                )
            }
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        }
        let runs = try LedgerDirectory(reading: directory.path).runs
        #expect(runs.count == 1)
        #expect(runs.first?.energy?.joules == 143.0)
        #expect(runs.first?.meters.count == 5)
    }
}
