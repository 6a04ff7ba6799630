import Glibc
import JouleFile
import JouleFormat
import JouleQuantities

/// A ledger written row by row, as a training loop does it.
struct WrittenLedger {
    let path: String

    /// Rows that fit the ring while its thread moves the ones before into blocks.
    private static let burst = 4096

    init(of table: RawTable, in directory: String) throws {
        path = "\(directory)/\(table.name).joule"
        unsafe unlink(path)
        let run = try RunRecord(json: [
            "run_id": "0123456789abcdef0123456789abcdef", "project": "benchmark",
            "stage": "training", "status": "running", "started": 1_700_000_000,
            "config": ["lr": 0.001, "seed": 0],
        ])
        let writer = try LedgerWriter.create(at: path, run: run)
        if table.name == "run" {
            writer.describe(meters: [
                MeterDescription(
                    device: DeviceID("gpu:0"),
                    source: "benchmark",
                    provenance: .counter,
                    boundary: .device
                )
            ])
            for row in 0..<table.rows { Self.appendEpoch(row, of: table, to: writer) }
        } else {
            for row in 0..<table.rows {
                if row % Self.burst == 0 { usleep(60_000) }
                Self.appendStep(row, of: table, to: writer)
            }
        }
        let ended = WallTime(unixNanoseconds: 1_700_009_000_000_000_000)
        guard writer.finish(status: .finished, ended: ended, metrics: nil), writer.drops == nil
        else { throw BenchmarkError.differs("rows were lost") }
    }

    /// Bytes of the closed file.
    var size: Int {
        get throws { try bytes.count }
    }

    var bytes: [UInt8] {
        get throws { try RawTable.bytes(of: path) }
    }

    private static func appendStep(_ row: Int, of table: RawTable, to writer: LedgerWriter) {
        let cells = cells(row, of: table, .steps, writer)
        writer.appendStep(
            Int64(bitPattern: table[1, row]),
            at: WallTime(unixNanoseconds: Int64(bitPattern: table[2, row])),
            cells: cells.span
        )
    }

    private static func appendEpoch(_ row: Int, of table: RawTable, to writer: LedgerWriter) {
        let cells = cells(row, of: table, .epochs, writer)
        let seconds = Double(bitPattern: table[4, row])
        writer.appendEpoch(
            index: Int64(bitPattern: table[1, row]),
            number: Int64(bitPattern: table[2, row]),
            started: WallTime(unixNanoseconds: Int64(bitPattern: table[3, row])),
            durationNS: Int64((seconds * 1e9).rounded()),
            cells: cells.span
        )
        writer.appendEnergy(
            .epoch(Int64(bitPattern: table[1, row])),
            meter: 0,
            MeasuredEnergy(
                energy: Energy(joules: Double(bitPattern: table[5, row])),
                coverage: 1,
                uncertaintyRelative: 0.05
            )
        )
    }

    private static func cells(
        _ row: Int,
        of table: RawTable,
        _ kind: MetricTable,
        _ writer: LedgerWriter
    ) -> [MetricCell] {
        table.schema.columns.enumerated().compactMap { number, column in
            guard column.role == .metric else { return nil }
            let name = Array(column.name.utf8)
            return writer.metric(name.span, of: kind).map {
                MetricCell(id: $0, value: Double(bitPattern: table[number, row]))
            }
        }
    }
}
