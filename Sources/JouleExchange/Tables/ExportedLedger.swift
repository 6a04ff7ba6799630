import JouleFile
import JouleQuantities

/// The rows of one ledger, with what its runs and meters say beside them.
struct ExportedLedger {
    private let part: ExportPlan.Part
    private let query: LedgerQuery
    private let table: LedgerTable
    private let defined: [ExportTable.Defined]
    private let prefix: String?
    /// Columns of the ledger that are read, and where in what is read each is.
    private let places: [Int: Int]
    private var cursor: RowCursor

    /// Rows are put together up to so many before their energies are looked for.
    private static let chunkRows = 4096

    init(
        _ part: ExportPlan.Part,
        _ request: ExportRequest,
        _ defined: [ExportTable.Defined],
        _ conditions: [CellCondition]
    ) throws(LedgerError) {
        self.part = part
        self.defined = defined
        prefix = request.runPrefix
        query = try part.place.open()
        table = request.table.ledgerTable ?? .epochs
        let metrics = Dictionary(
            query.columns(of: table).filter(\.isMetric).map { ($0.name, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var needed: [Int] = [0]
        for (column, source) in defined {
            switch source {
            case .stored(let number), .meter(let number, _), .word(let number, _):
                needed.append(number)
            case .metric(let name):
                if let metric = metrics[name], column.kind == TableColumn.Kind(metric.kind) {
                    needed.append(metric.number)
                }
            case .energy, .evidence: needed += table == .epochs ? [1, 5] : [1]
            case .runID, .rank: break
            }
        }
        numbers = metrics.mapValues(\.number)
        var places: [Int: Int] = [:]
        var columns: [Int] = []
        for number in needed where places[number] == nil {
            places[number] = columns.count
            columns.append(number)
        }
        self.places = places
        cursor = try query.rows(
            of: table,
            columns: columns,
            where: conditions.compactMap { condition in
                let number: Int
                switch defined[condition.place].source {
                case .stored(let column): number = column
                // A ledger without the metric has no row that fulfils anything.
                case .metric(let name): number = metrics[name]?.number ?? Int(UInt16.max)
                default: return nil
                }
                return RowFilter(column: number, condition.comparison, condition.value)
            }
        )
    }

    /// Places of the metrics of this ledger.
    private let numbers: [String: Int]

    /// What was wrong with the ledger so far.
    var problems: [LedgerDirectory.Problem] {
        query.problems.map {
            .init(path: part.place.path, message: "damaged at byte \($0.offset): \($0.message)")
        }
    }

    /// Values of every column that is looked at, in some rows; nil at the end.
    mutating func next() throws(LedgerError) -> TableBatch? {
        var chunk: [LedgerRows] = []
        var count = 0
        while count < Self.chunkRows, let rows = try cursor.next() {
            chunk.append(rows)
            count += rows.count
        }
        guard count > 0 else { return nil }
        let join = try energies(of: chunk)
        var columns = defined.map { TableValues($0.column.kind) }
        var kept = 0
        for rows in chunk {
            let whole = defined.map { column, source in
                values(column, source, rows: rows, join: join)
            }
            let runs = rows.columns[0]
            let isEveryRun = prefix == nil && part.told.isEmpty
            let places = (0..<rows.count).filter { isEveryRun || isWanted(runs.integer($0)) }
            for place in columns.indices {
                for row in places { columns[place].append(row, of: whole[place]) }
            }
            kept += places.count
        }
        return TableBatch(count: kept, columns: columns)
    }

    private func isWanted(_ run: Int64?) -> Bool {
        guard let run else { return prefix == nil }
        guard !part.told.contains(run) else { return false }
        guard let prefix else { return true }
        return part.runs[run]?.id.description.hasPrefix(prefix) ?? false
    }

    private func energies(of chunk: [LedgerRows]) throws(LedgerError) -> EnergyJoin? {
        let isAsked = defined.contains { _, source in
            switch source {
            case .energy, .evidence: true
            default: false
            }
        }
        guard isAsked, let place = places[1] else { return nil }
        var runs: ClosedRange<Int64>?
        var numbers: ClosedRange<Int64>?
        for rows in chunk {
            for row in 0..<rows.count {
                runs = runs.extended(to: rows.columns[0].integer(row))
                numbers = numbers.extended(to: rows.columns[place].integer(row))
            }
        }
        guard let runs, let numbers else { return nil }
        return try EnergyJoin(
            query,
            kind: table == .epochs ? 1 : 2,
            runs: runs,
            numbers: numbers
        )
    }

    // MARK: Columns

    private func values(
        _ column: TableColumn,
        _ source: ExportTable.Source,
        rows: LedgerRows,
        join: EnergyJoin?
    ) -> TableValues {
        var values = TableValues(column.kind)
        let runs = rows.columns[0]
        let stored = { (number: Int?) in number.flatMap { places[$0] }.map { rows.columns[$0] } }
        switch source {
        case .stored(let number): values.append(stored(number), count: rows.count)
        case .metric(let name): values.append(stored(numbers[name]), count: rows.count)
        case .runID:
            for row in 0..<rows.count { values.append(text: run(runs, row)?.id.description) }
        case .rank:
            for row in 0..<rows.count {
                let rank = run(runs, row)?.rank
                values.append(word: rank.map { UInt64(bitPattern: Int64($0)) })
            }
        case .word(let number, let words):
            for row in 0..<rows.count {
                values.append(
                    text: stored(number)?.integer(row).map { code in
                        words.indices.contains(Int(clamping: code))
                            ? words[Int(code)] : String(code)
                    }
                )
            }
        case .meter(let number, let fact):
            for row in 0..<rows.count {
                let meter = stored(number)?.integer(row).flatMap { place in
                    run(runs, row)?.meters.element(at: place)
                }
                values.append(text: meter.flatMap(fact))
            }
        case .energy(let value):
            for row in 0..<rows.count {
                values.append(word: value(energy(rows, row, join))?.bitPattern)
            }
        case .evidence(let value):
            for row in 0..<rows.count { values.append(text: value(energy(rows, row, join))) }
        }
        return values
    }

    private func run(_ numbers: LedgerValues, _ row: Int) -> RunRecord? {
        numbers.integer(row).flatMap { part.runs[$0] }
    }

    private func energy(_ rows: LedgerRows, _ row: Int, _ join: EnergyJoin?) -> WindowEnergy {
        let run = rows.columns[0].integer(row)
        let number = places[1].flatMap { rows.columns[$0].integer(row) }
        let stored = places[5].flatMap { table == .epochs ? rows.columns[$0].number(row) : nil }
        let meters = run.flatMap { part.runs[$0]?.meters } ?? []
        return WindowEnergy(
            parts: join?.parts(of: run, number: number).filter { $0.meter < meters.count } ?? [],
            meters: meters,
            stored: stored
        )
    }
}

extension [MeterDescription] {
    fileprivate func element(at place: Int64) -> MeterDescription? {
        place >= 0 && place < Int64(count) ? self[Int(place)] : nil
    }
}

extension ClosedRange<Int64>? {
    fileprivate func extended(to number: Int64?) -> ClosedRange<Int64>? {
        guard let number else { return self }
        guard let self else { return number...number }
        return Swift.min(self.lowerBound, number)...Swift.max(self.upperBound, number)
    }
}

extension TableValues {
    /// Appends all values of a column that was read; nil has none.
    fileprivate mutating func append(_ values: LedgerValues?, count: Int) {
        if let values {
            append(contentsOf: values, count: count)
        } else {
            for _ in 0..<count { appendNull() }
        }
    }
}
