import JouleFile
import JouleFormat
import JouleQuantities

/// What the segments of a ledger hold together.
struct DocumentChain: LedgerVisitor {
    private var tables: [UInt16: Table] = [:]

    private struct Table {
        var name = ""
        var rows = 0
        /// In the order in which they come up, with those that have no value.
        var columns: [(definition: ColumnDefinition, values: [JSON])] = []
    }

    /// Null for a ledger that is one file.
    static func json(of path: String) throws(LedgerError) -> JSON {
        var reading = DocumentChain()
        guard let (scan, files, fits) = try LedgerScan.segments(of: path, visitor: &reading) else {
            return .null
        }
        return [
            "files": .array(files.map { .hex($0.fileID) }), "fits": .array(fits.map(JSON.bool)),
            "state": .string(scan.integrity.state.rawValue),
            "tables": .array(reading.tables.sorted { $0.key < $1.key }.map(json)),
            "records": scan.documents.json, "gaps": .array(scan.losses.map(\.json)),
            "attachments": .array(scan.attachments.all.map(ConformanceDocument.attachment)),
        ]
    }

    private static func json(_ id: UInt16, _ table: Table) -> JSON {
        [
            "id": .count(id), "name": .string(table.name.isEmpty ? "table-\(id)" : table.name),
            "rows": .count(table.rows),
            "columns": .array(
                table.columns.filter { $0.values.contains { $0 != .null } }.map {
                    definition,
                    values in
                    [
                        "type": .count(definition.type.rawValue),
                        "role": .count(definition.role.rawValue), "name": .string(definition.name),
                        "unit": .string(definition.unit), "values": .array(values),
                    ]
                }
            ),
        ]
    }

    mutating func visit(meta document: MetaDocument) {}

    /// Columns of two files are one when they are told in the same way.
    mutating func visit(rows: DataPayload, schema: TableSchema) {
        var table = tables[schema.id] ?? Table()
        table.name = schema.name
        var free = Array(table.columns.indices)
        for (number, definition) in schema.columns.enumerated() {
            let known = free.firstIndex { table.columns[$0].definition == definition }
            if known == nil {
                let nulls = [JSON](repeating: .null, count: table.rows)
                free.append(table.columns.count)
                table.columns.append((definition, nulls))
            }
            let place = free.remove(at: known ?? free.count - 1)
            let values = DocumentTable.values(of: rows, in: UInt16(number), definition.type)
            table.columns[place].values += values
        }
        table.rows += rows.rows
        for place in free {
            table.columns[place].values += [JSON](repeating: .null, count: rows.rows)
        }
        tables[schema.id] = table
    }
}

extension DocumentTable {
    /// The values of one column of a block, null where it has none.
    fileprivate static func values(of rows: DataPayload, in number: UInt16, _ type: ColumnType)
        -> [JSON]
    {
        (0..<rows.rows).map { row in
            guard let values = rows.columns[number], values.present?[row] ?? true else {
                return .null
            }
            guard values.strings.isEmpty else { return .string(values.strings[row]) }
            let word = values.words[row]
            return type == .int64 ? .integer(Int64(bitPattern: word)) : .pattern(word)
        }
    }
}
