import JouleFormat
import JouleQuantities

extension LedgerScan {
    /// Notes that a writer died whose ring is not there: only a close deletes it, and who packs a ledger
    /// drains it.
    mutating func noteMissingRing() {
        guard integrity.state == .torn, !wasClosed else { return }
        integrity.lacksRing = documents.all.contains { _, record in
            let durability = record["durability"]?.string.flatMap(Durability.init(rawValue:))
            guard let durability, durability != .none else { return false }
            return record["absent"]?["ring"] == nil
        }
    }

    /// Adds the rows that no block covers yet.
    mutating func merge(_ ring: RingSnapshot, visitor: inout some LedgerVisitor) {
        integrity.hasNewsInRing = drops.formUnion(ring.drops)
        var batches: [UInt16: RowBatch] = [:]
        // What only the ring defines is not told by the ledger.
        var schemas = schemas
        func known(_ table: UInt16) -> TableSchema { schemas[table] ?? .undefined(table) }
        for entry in ring.entries {
            switch entry.content {
            case .column(let table, let number, let definition):
                var schema = known(table)
                guard schema.columns.count == Int(number) else { continue }
                schema.columns.append(definition)
                schemas[table] = schema
            case .meta(let document):
                guard entry.slot >= covered[TableID.none] ?? 0 else { continue }
                // Whoever left the ring may have written anything.
                guard let document = try? MetaDocument(parsing: document) else { continue }
                documents.take(document)
                integrity.hasNewsInRing = true
                visitor.visit(meta: document)
            case .row(let table, let cells):
                guard entry.slot >= covered[table] ?? 0 else { continue }
                batches[table, default: RowBatch()].append(cells)
            }
        }
        for (table, batch) in batches.sorted(by: { $0.key < $1.key }) {
            let schema = known(table)
            let columns = batch.values(fitting: schema)
            rowCounts[table, default: 0] += batch.rows
            integrity.ringRows += batch.rows
            integrity.hasNewsInRing = true
            visitor.visit(
                rows: DataPayload(covered: 0, firstRow: 0, rows: batch.rows, columns: columns),
                schema: schema
            )
        }
    }
}
