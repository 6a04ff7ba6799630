import JouleFormat
import JouleQuantities

/// Collects the steps of a ledger.
struct StepAssembly: LedgerVisitor {
    private(set) var steps: [StepRecord] = []

    func keptRowsFloor(of table: UInt16) -> Int? { table == TableID.steps ? 1 << 18 : nil }

    /// What documents say, the scan puts together.
    mutating func visit(meta document: MetaDocument) {}

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        guard schema.id == TableID.steps else { return }
        for row in 0..<rows.rows {
            guard let run = rows.columns[0]?.words[row], let step = rows.columns[1]?.words[row],
                let time = rows.columns[2]?.words[row]
            else { continue }
            let metrics = schema.columns.enumerated().compactMap { number, column -> Metric? in
                guard column.role == .metric, let values = rows.columns[UInt16(number)],
                    values.present?[row] ?? true
                else { return nil }
                return Metric(name: column.name, value: Double(bitPattern: values.words[row]))
            }
            steps.append(
                StepRecord(
                    run: Int(truncatingIfNeeded: run),
                    step: Int64(bitPattern: step),
                    time: WallTime(unixNanoseconds: Int64(bitPattern: time)),
                    metrics: metrics
                )
            )
        }
    }
}

extension Ledger {
    /// The steps of the ledger at `path`, in the order in which they were logged.
    package static func steps(reading path: String) throws(LedgerError) -> [StepRecord] {
        var assembly = StepAssembly()
        _ = try LedgerScan(path, visitor: &assembly)
        return assembly.steps
    }
}
