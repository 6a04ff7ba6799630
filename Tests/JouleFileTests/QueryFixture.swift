import FoundationEssentials
import JouleQuantities
import JouleTestSupport

@testable import JouleFile
@testable import JouleFormat

/// Ledgers to ask, and what a reader of everything answers.
enum QueryFixture {
    /// One cell: a pattern, a text, or nothing.
    enum Cell: Hashable {
        case word(UInt64)
        case text(String)
        case null
    }

    /// Every row, cell by cell, in the order of a scan.
    struct EveryRow: LedgerVisitor {
        var rows: [UInt16: [[Cell]]] = [:]

        mutating func visit(meta document: MetaDocument) {}

        mutating func visit(rows data: DataPayload, schema: TableSchema) {
            for row in 0..<data.rows {
                rows[schema.id, default: []].append(
                    schema.columns.enumerated().map { number, column in
                        guard let values = data.columns[UInt16(number)],
                            values.present?[row] ?? true
                        else { return .null }
                        return column.type == .string
                            ? .text(values.strings[row]) : .word(values.words[row])
                    }
                )
            }
        }

        /// Those of a table; early rows are filled up with nothing to that many columns.
        func rows(of table: LedgerTable, columns: Int) -> [[Cell]] {
            (rows[table.rawValue] ?? []).map { row in
                row + Array(repeating: .null, count: max(0, columns - row.count))
            }
        }
    }

    /// What a scan of everything finds.
    static func scan(_ path: String) throws -> EveryRow {
        var every = EveryRow()
        _ = try LedgerScan(path, visitor: &every)
        return every
    }

    /// Whether the same rows are in both, in whatever order.
    static func areSame(_ left: [[Cell]], _ right: [[Cell]]) -> Bool {
        var counts: [[Cell]: Int] = [:]
        for row in left { counts[row, default: 0] += 1 }
        for row in right { counts[row, default: 0] -= 1 }
        return counts.values.allSatisfy { $0 == 0 }
    }

    /// The rows that fulfil every condition.
    static func filtered(_ rows: [[Cell]], _ filters: [RowFilter]) -> [[Cell]] {
        rows.filter { row in filters.allSatisfy { keeps(row, $0) } }
    }

    /// What a query finds, with every column.
    static func ask(_ query: LedgerQuery, _ table: LedgerTable, _ filters: [RowFilter]) throws
        -> [[Cell]]
    {
        let columns = query.columns(of: table)
        var cursor = try query.rows(
            of: table,
            columns: Array(columns.indices),
            where: filters
        )
        var rows: [[Cell]] = []
        while let part = try cursor.next() {
            precondition(part.count > 0, "an empty answer")
            for row in 0..<part.count {
                rows.append(
                    zip(columns, part.columns).map { column, values in
                        if column.kind == .text {
                            return values.text(row).map(Cell.text) ?? .null
                        }
                        return values.hasValue(row) ? .word(values.words[row]) : .null
                    }
                )
            }
        }
        return rows
    }

    /// Whether a row fulfils a condition, said once more in other words.
    private static func keeps(_ row: [Cell], _ filter: RowFilter) -> Bool {
        func holds(_ order: (less: Bool, equal: Bool, greater: Bool)) -> Bool {
            switch filter.comparison {
            case .equal: order.equal
            case .notEqual: !order.equal
            case .less: order.less
            case .lessOrEqual: order.less || order.equal
            case .greater: order.greater
            case .greaterOrEqual: order.greater || order.equal
            }
        }
        switch (row[filter.column], filter.value) {
        case (.word(let word), .integer(let other)):
            let value = Int64(bitPattern: word)
            return holds((value < other, value == other, value > other))
        case (.word(let word), .number(let other)):
            let value = Double(bitPattern: word)
            let isEqual = value == other || (value.isNaN && other.isNaN)
            return holds((value < other, isEqual, value > other))
        case (.text(let value), .text(let other)):
            return holds((value < other, value == other, value > other))
        default: return false
        }
    }

    /// Writes blocks of random rows: several runs, times that repeat, run backwards or are missing.
    static func write(
        at path: String,
        blocks: Int,
        closes: Bool = true,
        random: inout SplitMix
    ) throws {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"zero"}}"#.utf8)])
        try append(blocks, to: &appender, random: &random)
        if closes { try appender.close() }
    }

    static func append(
        _ blocks: Int,
        to appender: inout LedgerAppender,
        random: inout SplitMix
    ) throws {
        for block in 0..<blocks {
            guard let table = LedgerTable.allCases.randomElement(using: &random) else { continue }
            let metrics = table == .epochs || table == .steps ? 2 : 0
            let fixed = TableSchema.undefined(table.rawValue).columns
            for metric in 0..<metrics {
                appender.define(
                    ColumnDefinition("metric-\(metric)", .float64, role: .metric),
                    number: UInt16(fixed.count + metric),
                    table: table.rawValue
                )
            }
            var batch = RowBatch()
            let schema = appender.tally.schema(of: table.rawValue)
            for row in 0..<Int.random(in: 1...40, using: &random) {
                let place = block * 40 + row
                batch.append(cells(of: schema, at: place, random: &random))
            }
            try appender.append(batch, table: table.rawValue)
            if random.next() % 40 == 0 {
                let text = #"{"run":\#(block),"set":{"run_id":"run-\#(block)"}}"#
                try appender.append(meta: [Array(text.utf8)])
            }
        }
    }

    private static func cells(of schema: TableSchema, at place: Int, random: inout SplitMix)
        -> [RingCell]
    {
        var cells: [RingCell] = []
        for (number, column) in schema.columns.enumerated() where random.next() % 12 != 0 {
            let column = (number: UInt16(number), definition: column)
            switch column.definition.type {
            case .int64 where column.definition.unit == "ns":
                let jitter = Int64.random(in: -300...300, using: &random)
                let time = random.next() % 4 == 0 ? Int64(place) / 100 * 100 : Int64(place) + jitter
                cells.append(RingCell(column: column.number, word: UInt64(bitPattern: time)))
            case .int64:
                let value = random.next() % 30 == 0 ? Int64.min : Int64(place / 400)
                cells.append(RingCell(column: column.number, word: UInt64(bitPattern: value)))
            case .float64:
                cells.append(RingCell(column: column.number, word: double(place, &random)))
            case .string:
                let text = "phase-\(random.next() % 5)"
                cells.append(
                    RingCell(column: column.number, word: UInt64(text.utf8.count), text: text)
                )
            }
        }
        return cells
    }

    private static func double(_ place: Int, _ random: inout SplitMix) -> UInt64 {
        switch random.next() % 20 {
        case 0: Double.nan.bitPattern
        case 1: Double.infinity.bitPattern
        case 2: (-0.0).bitPattern
        case 3: random.next()
        default: (Double(place) / 8).bitPattern
        }
    }

    /// Conditions that a random row of the ledger may fulfil.
    static func filters(_ query: LedgerQuery, _ table: LedgerTable, random: inout SplitMix)
        -> [RowFilter]
    {
        let columns = query.columns(of: table)
        var filters: [RowFilter] = []
        if let time = query.timeColumn(of: table), random.next() % 3 != 0 {
            let from = Int64.random(in: -500...20_000, using: &random)
            let length = Int64.random(in: 0...2_000, using: &random)
            filters.append(RowFilter(column: time, .greaterOrEqual, .integer(from)))
            filters.append(RowFilter(column: time, .less, .integer(from + length)))
        }
        while random.next() % 3 == 0 || filters.isEmpty {
            guard let column = columns.randomElement(using: &random),
                let comparison = RowFilter.Comparison.allCases.randomElement(using: &random)
            else { break }
            let place = Int64.random(in: 0...20_000, using: &random)
            let value: LedgerValue =
                switch column.kind {
                case .integer: .integer(column.unit == "ns" ? place : place / 400)
                case .number: .number(place % 8 == 0 ? .nan : Double(place) / 8)
                case .text: .text("phase-\(place % 6)")
                }
            filters.append(RowFilter(column: column.number, comparison, value))
        }
        return filters
    }

    /// Writes every block of a ledger anew after `change` has changed its indexes, and `summing` its
    /// summaries.
    ///
    /// Offsets, hashes and checksums fit again, so that nothing but the change is false.
    static func rewrite(
        _ path: String,
        to target: String,
        change: (inout IndexPayload) -> Void,
        summing: (inout SummaryPayload) -> Void = { _ in }
    ) throws {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        var bytes = BlockEncoder.encode(header)
        var encoder = BlockEncoder(salt: header.salt)
        var moved: [UInt64: UInt64] = [:]
        var summaryOffset: UInt64 = 0
        var scanner = try BlockScanner(source, header: header)
        while let item = try scanner.next() {
            switch item {
            case .damage, .torn: preconditionFailure("only whole ledgers are changed")
            case .trailer:
                bytes += encoder.trailer(summaryOffset: summaryOffset)
            case .block(let header, let payload, _, let offset):
                moved[offset] = UInt64(bytes.count)
                var encoded = EncodedPayload(
                    type: header.type,
                    flags: header.flags,
                    table: header.table,
                    rows: header.rows,
                    rawSize: header.rawSize,
                    bytes: Array(payload)
                )
                if header.type == BlockType.index {
                    var index = try PayloadDecoder.index(payload, header: header)
                    for place in index.entries.indices {
                        index.entries[place].offset = moved[index.entries[place].offset] ?? 0
                    }
                    for place in index.pointers.indices {
                        index.pointers[place].offset = moved[index.pointers[place].offset] ?? 0
                    }
                    change(&index)
                    encoded = PayloadEncoder.encode(index)
                } else if header.type == BlockType.summary {
                    var summary = try PayloadDecoder.summary(payload, header: header, at: 0)
                    summary.tree = encoder.tree
                    summary.indexOffset = summary.indexOffset.flatMap { moved[$0] }
                    summary.headOffsets = summary.headOffsets.compactMap { moved[$0] }
                    summaryOffset = UInt64(bytes.count)
                    summing(&summary)
                    encoded = PayloadEncoder.encode(summary)
                }
                bytes += encoder.block(encoded)
            }
        }
        try Data(bytes).write(to: URL(filePath: target))
    }
}
