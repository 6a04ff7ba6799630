import JouleFormat
import JouleQuantities

/// Collects the steps of a ledger.
struct StepAssembly: LedgerVisitor {
    private(set) var steps: [StepRecord] = []

    /// What documents say, the scan puts together.
    mutating func visit(meta document: MetaDocument) {}

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        guard schema.id == TableID.steps else { return }
        steps += rows.steps(schema)
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
