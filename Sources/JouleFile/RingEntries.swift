import JouleFormat

extension [RingEntry] {
    /// Adds columns that no block has told.
    func takeColumns(into schemas: inout [UInt16: TableSchema]) {
        for entry in self {
            guard case .column(let table, let number, let definition) = entry.content else {
                continue
            }
            var schema = schemas[table] ?? .undefined(table)
            guard schema.columns.count == Int(number) else { continue }
            schema.columns.append(definition)
            schemas[table] = schema
        }
    }

    /// Hands over the documents that no block holds.
    func takeDocuments(covered: UInt64, into documents: inout RunDocuments) {
        for entry in self where entry.slot >= covered {
            guard case .meta(let document) = entry.content,
                let document = try? MetaDocument(parsing: document)
            else { continue }
            documents.take(document)
        }
    }

    /// The rows of a table that no block holds; nil when there are none.
    func rows(of table: UInt16, covered: UInt64, schema: TableSchema) -> DataPayload? {
        var batch = RowBatch()
        for entry in self where entry.slot >= covered {
            guard case .row(table, let cells) = entry.content else { continue }
            batch.append(cells)
        }
        guard batch.rows > 0 else { return nil }
        return DataPayload(
            covered: 0,
            firstRow: 0,
            rows: batch.rows,
            columns: batch.values(fitting: schema)
        )
    }
}
