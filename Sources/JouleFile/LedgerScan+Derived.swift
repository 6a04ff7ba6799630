import JouleFormat

extension [UInt16: TableSchema] {
    /// Takes a table with more columns, unless those of all tables, which `told` counts as far as the
    /// format does not fix them, become too many.
    mutating func adopt(_ grown: TableSchema, counting told: inout Int) throws(FormatError) {
        let known = self[grown.id] ?? .undefined(grown.id)
        let count = told + grown.columns.count - known.columns.count
        guard count <= Limits.toldColumnsMax else {
            throw .limitExceeded(at: 0, "\(count) columns of all tables")
        }
        told = count
        self[grown.id] = grown
    }

    /// Columns that the format does not fix.
    var toldColumns: Int { values.reduce(0) { $0 + $1.toldColumns } }
}

/// What blocks and trailers say of those before them, compared with these.
extension LedgerScan {
    func schema(of table: UInt16) -> TableSchema { schemas[table] ?? .undefined(table) }

    mutating func check(_ trailer: Trailer, at offset: UInt64) {
        if trailer.blocks != tree.size || trailer.root != tree.root
            || trailer.summaryOffset != summaryOffset
        {
            damage(.trailer, at: offset, "the trailer does not fit the blocks before it")
        }
    }

    /// Adds columns to known tables; what is known already must stay as it is.
    mutating func grow(_ payload: SchemaPayload, _ offset: UInt64) {
        if !isDamaged { _ = tally?.note(payload) }
        for table in payload.tables {
            guard let grown = schema(of: table.id).adding(table) else {
                let what = "table \(table.name) lacks columns or changes those it had"
                damage(.payload, at: offset, what)
                continue
            }
            do throws(FormatError) { try schemas.adopt(grown, counting: &toldColumns) } catch {
                damage(.payload, at: offset, "\(error)")
            }
        }
    }

    /// A summary must say what the blocks before it say.
    mutating func check(_ summary: SummaryPayload, at offset: UInt64) {
        finalSchemas = Dictionary(
            summary.tables.map { ($0.schema.id, $0.schema) },
            uniquingKeysWith: { $1 }
        )
        guard !isDamaged else { return }
        let rows = Dictionary(
            summary.tables.lazy.filter { $0.rows > 0 }
                .map { ($0.schema.id, Int(clamping: $0.rows)) },
            uniquingKeysWith: { $1 }
        )
        let isTold = summary.tables.allSatisfy { schema(of: $0.schema.id) == $0.schema }
        let isFitting =
            tally.map { $0.isIndexWhole && $0.summary(tree: tree) == summary }
            ?? (summary.tree == tree && rows == rowCounts.filter { $0.value > 0 } && isTold)
        guard isFitting else {
            damage(.summary, at: offset, "the summary does not fit the blocks before it")
            return
        }
        seals.note(summary, at: offset)
    }

    /// An index must list the blocks since the one before it.
    mutating func check(_ index: IndexPayload, at offset: UInt64) {
        guard !isDamaged, let tally else { return }
        if tally.pendingIndex(atLeast: 1) != index {
            damage(.index, at: offset, "the index does not fit the blocks before it")
        }
        self.tally?.noteIndex(at: offset)
    }
}
