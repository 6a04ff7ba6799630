import JouleFormat

/// What the blocks of a ledger say together, so that a writer can go on behind them.
///
/// A writer keeps it as it appends, a re-opened ledger gets it from its last SUMMARY and the blocks
/// behind that; both then write the same SUMMARY.
struct LedgerTally: Sendable {
    private var tables: [UInt16: SummaryPayload.Table] = [:]
    /// How many of a table's columns a SCHEMA block has told.
    private var toldColumns: [UInt16: Int] = [:]
    private var headOffsets: [UInt64] = []
    private var metaCovered: UInt64 = 0
    private(set) var gaps: [GapPayload] = []
    private var index = IndexBuilder()

    init() {}

    /// Goes on from a summary and the last index before it, which lists all blocks of rows.
    init(_ summary: SummaryPayload, index: IndexPayload) {
        for table in summary.tables {
            tables[table.schema.id] = table
            toldColumns[table.schema.id] = table.schema.columns.count
        }
        headOffsets = summary.headOffsets
        metaCovered = summary.metaCovered
        gaps = summary.gaps
        if let offset = summary.indexOffset {
            self.index = IndexBuilder(after: index, at: offset) { [tables] table in
                tables[table]?.schema ?? .undefined(table)
            }
        }
    }

    func schema(of table: UInt16) -> TableSchema { tables[table]?.schema ?? .undefined(table) }

    /// One more than the ring slot of the last entry that a block holds; `TableID.none` is META.
    func covered(of table: UInt16) -> UInt64 {
        table == TableID.none ? metaCovered : tables[table]?.covered ?? 0
    }

    /// The same of all tables.
    var covered: [UInt16: UInt64] {
        tables.mapValues(\.covered).merging([TableID.none: metaCovered], uniquingKeysWith: max)
    }

    private mutating func withTable<Result>(
        _ id: UInt16,
        _ body: (inout SummaryPayload.Table) -> Result
    ) -> Result {
        body(&tables[id, default: Self.undefined(id)])
    }

    private static func undefined(_ id: UInt16) -> SummaryPayload.Table {
        let schema = TableSchema.undefined(id)
        return SummaryPayload.Table(
            schema: schema,
            covered: 0,
            rows: 0,
            columns: schema.columns.map { .none(of: $0.type) }
        )
    }

    // MARK: Columns

    /// Defines column `number` of a table; columns come in the order of their numbers, and one that
    /// is known already is left as it is.
    mutating func define(_ definition: ColumnDefinition, number: UInt16, table id: UInt16) {
        // A table of which nothing new is said stays unknown: no summary lists it.
        guard schema(of: id).columns.count == Int(number) else { return }
        withTable(id) { table in
            table.schema.columns.append(definition)
            table.columns.append(.none(of: definition.type))
        }
    }

    /// The columns of a table that no SCHEMA block has told yet; nil when there is none.
    func untold(of id: UInt16) -> SchemaPayload.Table? {
        guard let schema = tables[id]?.schema else { return nil }
        let told = toldColumns[id] ?? TableSchema.undefined(id).columns.count
        guard schema.columns.count > told else { return nil }
        return SchemaPayload.Table(
            id: id,
            name: schema.name,
            firstColumn: told,
            columns: Array(schema.columns[told...])
        )
    }

    /// All tables with such columns.
    var untoldTables: [SchemaPayload.Table] { tables.keys.sorted().compactMap(untold(of:)) }

    /// Takes a SCHEMA block; false when it leaves a hole or changes a column.
    mutating func note(_ schema: SchemaPayload) -> Bool {
        for told in schema.tables {
            let isFitting = withTable(told.id) { table in
                guard let grown = table.schema.adding(told) else { return false }
                for column in grown.columns.dropFirst(table.schema.columns.count) {
                    table.columns.append(.none(of: column.type))
                }
                table.schema = grown
                return true
            }
            guard isFitting else { return false }
            toldColumns[told.id] = max(
                toldColumns[told.id] ?? 0,
                told.firstColumn + told.columns.count
            )
        }
        return true
    }

    // MARK: Blocks

    func rows(of table: UInt16) -> UInt64 { tables[table]?.rows ?? 0 }

    /// Takes a DATA block of a table whose columns are known.
    mutating func note(_ data: DataPayload, table id: UInt16, at offset: UInt64) {
        var zones: [IndexPayload.Zone] = []
        let time = schema(of: id).timeColumn
        var span = IndexPayload.Span.empty
        withTable(id) { table in
            table.covered = max(table.covered, data.covered)
            table.rows &+= UInt64(data.rows)
            for (number, values) in data.columns.sorted(by: { $0.key < $1.key }) {
                let type = table.schema.columns[Int(number)].type
                let block = SummaryPayload.Column(of: values, type: type)
                table.columns[Int(number)].add(block, type: type)
                if number == time, let bounds = block.bounds { span = bounds.span }
                zones.append(.init(column: number, count: block.count, bounds: block.bounds))
            }
        }
        index.add(
            IndexPayload.Entry(
                offset: offset,
                table: id,
                rows: UInt64(data.rows),
                firstRow: data.firstRow,
                zones: zones
            ),
            span: span
        )
    }

    /// Takes a block that is neither rows nor derived.
    mutating func noteHead(at offset: UInt64, metaCovered covered: UInt64 = 0) {
        headOffsets.append(offset)
        metaCovered = max(metaCovered, covered)
    }

    mutating func note(_ gap: GapPayload) {
        let place = gaps.firstIndex { $0.table == gap.table && $0.cause == gap.cause }
        guard let place else {
            gaps.append(gap)
            return
        }
        gaps[place].rows = GapPayload.sum(gaps[place].rows, gap.rows)
    }

    // MARK: Derived blocks

    var hasIndex: Bool { index.lastOffset != nil }

    /// Whether every block of rows is found by an INDEX, where there is one at all.
    var isIndexWhole: Bool { !hasIndex || index.entries.isEmpty }

    /// The index over the blocks since the last one; nil while they are fewer than `count`.
    func pendingIndex(atLeast count: Int) -> IndexPayload? {
        index.entries.count >= count ? index.payload : nil
    }

    /// Takes the pending index, written at `offset`, or one that was read.
    mutating func noteIndex(at offset: UInt64) {
        index.commit(at: offset)
    }

    func summary(tree: MerkleTree) -> SummaryPayload {
        SummaryPayload(
            tree: tree,
            indexOffset: index.lastOffset,
            headOffsets: headOffsets,
            metaCovered: metaCovered,
            gaps: gaps,
            tables: tables.values.filter { $0.rows > 0 || $0.schema.toldColumns > 0 }
                .sorted { $0.schema.id < $1.schema.id }
        )
    }
}

extension SummaryPayload.Column {
    /// Of a column without values.
    static func none(of type: ColumnType) -> Self {
        var column = Self()
        if type == .string { column.sum = nil }
        return column
    }
}
