import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities

/// Whole inputs to spoil.
package struct Seeds {
    /// Finished ledgers, with packed and unpacked payloads.
    package let ledgers: [[UInt8]]
    /// A ledger that is still being written, and its ring up to where it is used.
    package let live: [UInt8]
    package let ring: [UInt8]
    /// A run record as JSON text.
    package let record: [UInt8]

    package init(in directory: String) throws {
        func bytes(_ path: String) throws -> [UInt8] {
            try Array(Data(contentsOf: URL(filePath: path)))
        }
        let json: JSON = [
            "run_id": "seed", "status": "running", "config": ["lr": 0.1, "deep": [[1, "a", nil]]],
            "process": ["host": "h", "pid": 1],
            "epochs": [
                [
                    "epoch": 1, "metrics": ["loss": 0.25, "odd": "NaN"], "duration_s": 1.5,
                    "energy_j": 7, "phases": [["name": "validation"]],
                ]
            ],
            "meters": [
                ["device": "m", "source": "s", "provenance": "model", "boundary": "device"]
            ],
        ]
        record = Array(json.text().utf8)
        let run = try RunRecord(json: json)
        var ledgers: [[UInt8]] = []
        for epochs in [1, 40, 3000] {
            let path = "\(directory)/seed-\(epochs).joule"
            let writer = try LedgerWriter.create(at: path, run: run)
            Self.log(epochs, to: writer)
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
            ledgers.append(try bytes(path))
        }
        ledgers.append(try bytes(Self.indexed(run, in: directory)))
        ledgers.append(try bytes(Self.sealed("\(directory)/seed-1.joule", in: directory)))
        let imported = try LedgerImport.write([run], into: directory + "/import", kind: "seed")
        if let path = imported.path { ledgers.append(try bytes(path)) }
        self.ledgers = ledgers + ledgers.map(Mutation.unpacked)
        let path = directory + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: run)
        Self.log(20, to: writer)
        live = try bytes(path)
        ring = try bytes(path + ".ring")
        writer.finish(status: .killed, ended: WallTime(unixNanoseconds: 1), metrics: nil)
    }

    /// A ledger of more than 64 small blocks of rows, so that it has an index.
    private static func indexed(_ run: RunRecord, in directory: String) throws -> String {
        let path = directory + "/indexed.joule"
        let writer = try LedgerWriter.create(at: path, run: run, ring: .memory)
        for _ in 0..<60 {
            let before = try Data(contentsOf: URL(filePath: path)).count
            Self.log(1, to: writer)
            // Until the writer's thread has made blocks of it.
            for _ in 0..<1000 {
                guard try Data(contentsOf: URL(filePath: path)).count == before else { break }
                usleep(1000)
            }
        }
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        let blocks = try Ledger(reading: path).integrity.blocks
        precondition(blocks > 80, "\(blocks) blocks are too few for an index")
        return path
    }

    /// The same ledger, sealed by a key and by an identity of many.
    private static func sealed(_ ledger: String, in directory: String) throws -> String {
        let path = directory + "/sealed.joule"
        try Data(contentsOf: URL(filePath: ledger)).write(to: URL(filePath: path))
        for count in [nil, 3] {
            let file = "\(directory)/key-\(count ?? 1)"
            let secret = try SecretKey.create(file, name: "example.org/seed", count: count)
            _ = try LedgerSeal.seal(path, with: secret)
        }
        return path
    }

    private static func log(_ epochs: Int, to writer: LedgerWriter) {
        writer.describe(meters: [
            MeterDescription(
                device: DeviceID("m"),
                source: "s",
                provenance: .model,
                boundary: .device
            )
        ])
        let name = Array("loss".utf8)
        for index in 0..<Int64(epochs) {
            let time = WallTime(unixNanoseconds: 1_700_000_000_000_000_000 + index * 999_999)
            let value = 1 / Double(index + 1)
            if let id = writer.metric(name.span, of: .steps) {
                let cells = [MetricCell(id: id, value: value)]
                writer.appendStep(index, at: time, cells: cells.span)
            }
            if let id = writer.metric(name.span, of: .epochs) {
                let cells = [MetricCell(id: id, value: value)]
                writer.appendEpoch(
                    index: index,
                    number: index,
                    started: time,
                    durationNS: index,
                    cells: cells.span
                )
            }
            writer.appendPhase(
                index,
                name: "phase \(index % 3)",
                epochIndex: index,
                started: time,
                durationNS: 5
            )
            writer.appendEnergy(
                .epoch(index),
                meter: 0,
                MeasuredEnergy(
                    energy: Energy(joules: value),
                    coverage: 1,
                    uncertaintyRelative: nil
                )
            )
        }
    }
}
