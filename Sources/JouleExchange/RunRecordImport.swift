package import JouleFile
import JouleQuantities

/// Reads run records from JSON Lines (`import records`, `Schemas/run-record.schema.json`).
package enum RunRecordImport {
    /// All records of the file, in their order; empty lines are skipped.
    ///
    /// One bad line, or one run named twice, and the whole file is refused.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress = { _, _ in }
    ) throws(ExchangeError) -> [RunRecord] {
        var reader = try LineReader.opening(path)
        var work = HistoryWork(progress, of: try reader.sizeBytes())
        var records: [RunRecord] = []
        var lines: [RunID: Int] = [:]
        while let bytes = try reader.next() {
            work.add(UInt64(bytes.count) + 1)
            guard bytes.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else {
                continue
            }
            let record = try Self.record(bytes, path: path, line: reader.line)
            if let first = lines.updateValue(reader.line, forKey: record.id) {
                throw .duplicate(
                    path: path,
                    line: reader.line,
                    first: first,
                    runID: record.id.description
                )
            }
            records.append(record)
        }
        guard !records.isEmpty else {
            throw .unreadable(path: path, reason: "holds no run records, only empty lines")
        }
        return records
    }

    private static func record(
        _ bytes: [UInt8],
        path: String,
        line: Int
    ) throws(ExchangeError) -> RunRecord {
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw .badLine(path: path, line: line, field: "", reason: "not JSON: \(error)")
        }
        let record: RunRecord
        do {
            record = try RunRecord(json: json)
        } catch {
            throw .badLine(path: path, line: line, field: error.path, reason: error.reason)
        }
        let metrics = record.metricsOfEpochs.count
        guard metrics <= LedgerImport.metricsMax else {
            let reason = "\(metrics) metrics; a ledger has room for \(LedgerImport.metricsMax)"
            throw .badLine(path: path, line: line, field: "epochs", reason: reason)
        }
        return record
    }
}
