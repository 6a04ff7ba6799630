import JouleFile
import JouleQuantities

/// The rows of one ledger, with what its runs and meters say beside them.
struct ExportedLedger {
    private let path: String
    /// By number in the file, without what rows tell.
    private let runs: [Int64: RunRecord]
    /// Numbers of runs that another ledger tells better.
    private let leftOut: Set<Int64>
    /// Offsets of the blocks of rows that are read.
    private let extent: Range<UInt64>
    private let query: LedgerQuery
    private let table: LedgerTable
    private let defined: [ExportTable.Defined]
    private let prefix: String?
    /// Metrics of this ledger.
    private let metrics: [MetricKey: LedgerColumn]
    /// What it has of the columns that only some ledgers have.
    private let told: [String: LedgerColumn]
    /// Of the phases only those that are ranges of steps, or are none; nil where all rows count.
    private let wantsRanges: Bool?
    /// Columns of the ledger that are read, and where in what is read each is.
    private let places: [Int: Int]
    /// The one with the number of the meter, where one is asked for.
    private let meterColumn: Int?
    /// Whether the energies of windows are asked for.
    private let hasEnergies: Bool
    private var cursor: RowCursor
    /// The rows that were read last, and how many of them were given.
    private var read: (rows: LedgerRows, given: Int)?
    /// So many are given at a time: a small block may have a million rows of thousands of columns.
    private let rowsMax: Int

    /// Of a ledger of a plan.
    init(
        _ part: ExportPlan.Part,
        _ request: ExportRequest,
        _ defined: [ExportTable.Defined],
        _ conditions: [CellCondition],
        rowsMax: Int
    ) throws(LedgerError) {
        try self.init(
            part.place.open(),
            of: part.place.path,
            (part.runs, part.told, LedgerQuery.everything),
            request,
            defined,
            conditions,
            rowsMax: rowsMax
        )
    }

    /// Of a portion of a ledger.
    init(
        _ portion: TableShare.Portion,
        at place: LedgerPlace,
        _ request: ExportRequest,
        _ defined: [ExportTable.Defined],
        _ conditions: [CellCondition],
        rowsMax: Int
    ) throws(LedgerError) {
        let query = try place.open()
        try self.init(
            query,
            of: place.path,
            (query.runs, portion.leftOut, portion.extent),
            request,
            defined,
            conditions,
            rowsMax: rowsMax
        )
    }

    private init(
        _ query: LedgerQuery,
        of path: String,
        _ part: (runs: [Int64: RunRecord], leftOut: Set<Int64>, extent: Range<UInt64>),
        _ request: ExportRequest,
        _ defined: [ExportTable.Defined],
        _ conditions: [CellCondition],
        rowsMax: Int
    ) throws(LedgerError) {
        self.query = query
        self.path = path
        (runs, leftOut, extent) = part
        self.rowsMax = rowsMax
        self.defined = defined
        prefix = request.runPrefix
        table = request.table.ledgerTable ?? .epochs
        metrics = Dictionary(
            MetricKey.metrics(of: query.columns(of: table)),
            uniquingKeysWith: { first, _ in first }
        )
        wantsRanges = table == .phases ? request.table == .stepRanges : nil
        told = wantsRanges == nil ? [:] : query.stepRangeColumns
        var needed: [Int] = [0] + told.values.map(\.number)
        var meterColumn: Int?
        var hasEnergies = false
        for (_, source) in defined {
            switch source {
            case .stored(let number), .word(let number, _): needed.append(number)
            case .meter(let number, _):
                meterColumn = number
                needed.append(number)
            case .metric(let key): if let metric = metrics[key] { needed.append(metric.number) }
            case .energy, .evidence:
                hasEnergies = true
                needed += table == .epochs ? [1, 5] : [1]
            case .told, .runID, .rank: break
            }
        }
        self.meterColumn = meterColumn
        self.hasEnergies = hasEnergies
        var places: [Int: Int] = [:]
        var columns: [Int] = []
        for number in needed where places[number] == nil {
            places[number] = columns.count
            columns.append(number)
        }
        self.places = places
        var filters = Self.filters(of: prefix, in: part.runs)
        for condition in conditions {
            let (column, source) = defined[condition.place]
            if let filter = Self.filter(condition, column, source, metrics) {
                filters.append(filter)
            }
        }
        cursor = try query.rows(of: table, columns: columns, where: filters, within: extent)
    }

    /// What the numbers of the runs have to be whose ids begin with `prefix`.
    private static func filters(of prefix: String?, in runs: [Int64: RunRecord]) -> [RowFilter] {
        guard let prefix else { return [] }
        let numbers = runs.filter { $0.value.id.description.hasPrefix(prefix) }.keys
        guard let first = numbers.min(), let last = numbers.max() else { return [] }
        return [
            RowFilter(column: 0, .greaterOrEqual, .integer(first)),
            RowFilter(column: 0, .lessOrEqual, .integer(last)),
        ]
    }

    /// A condition that the ledger itself can check; nil where only the exported value can.
    private static func filter(
        _ condition: CellCondition,
        _ column: TableColumn,
        _ source: ExportTable.Source,
        _ metrics: [MetricKey: LedgerColumn]
    ) -> RowFilter? {
        let number: Int
        switch source {
        case .stored(let stored): number = stored
        case .metric(let key):
            let metric = metrics[key]
            if let metric, TableColumn.Kind(metric.kind) != column.kind { return nil }
            // A ledger without the metric has no row that fulfils anything.
            number = metric?.number ?? Int(UInt16.max)
        default: return nil
        }
        return RowFilter(column: number, condition.comparison, condition.value)
    }

    /// What was wrong with the extent so far.
    var problems: [LedgerDirectory.Problem] {
        query.problems.filter { extent.contains($0.offset) }.map {
            .init(path: path, message: $0.line)
        }
    }

    /// Values of every column that is looked at, in some rows; nil at the end.
    mutating func next() throws(LedgerError) -> TableBatch? {
        let slices = try nextSlices()
        guard !slices.isEmpty else { return nil }
        let join = try energies(of: slices)
        var columns = defined.map { TableValues($0.column.kind) }
        var kept = 0
        for (rows, slice) in slices {
            let part = RowStretch(
                rows,
                slice,
                kept: wanted(of: rows, slice),
                meters: meterColumn.flatMap { places[$0] }
            )
            let energies = hasEnergies ? energies(of: part, join) : []
            for (place, definition) in defined.enumerated() {
                append(definition.source, of: part, energies, to: &columns[place])
            }
            kept += part.count
        }
        return TableBatch(count: kept, columns: columns)
    }

    private typealias Slice = (rows: LedgerRows, slice: Range<Int>)

    /// As many rows as are given at a time, unless there are fewer.
    private mutating func nextSlices() throws(LedgerError) -> [Slice] {
        var slices: [Slice] = []
        var free = rowsMax
        while free > 0 {
            if read == nil { read = try cursor.next().map { ($0, 0) } }
            guard let (rows, given) = read else { break }
            let end = min(rows.count, given + free)
            slices.append((rows, given..<end))
            free -= end - given
            read = end < rows.count ? (rows, end) : nil
        }
        return slices
    }

    /// The rows of the table and of runs that are asked for; nil for all.
    private func wanted(of rows: LedgerRows, _ slice: Range<Int>) -> [Int]? {
        guard prefix != nil || !leftOut.isEmpty || wantsRanges != nil else { return nil }
        let wanted = slice.filter { row in
            isWanted(rows.columns[0].integer(row))
                && (wantsRanges.map { $0 == isRange(rows, row) } ?? true)
        }
        return wanted.count == slice.count ? nil : wanted
    }

    /// Whether a phase is a range of steps, as for every reader of runs.
    private func isRange(_ rows: LedgerRows, _ row: Int) -> Bool {
        guard let first = told["first_step"].flatMap({ places[$0.number] }),
            let last = told["last_step"].flatMap({ places[$0.number] }),
            let first = rows.columns[first].integer(row), let last = rows.columns[last].integer(row)
        else { return false }
        return first <= last
    }

    private func isWanted(_ run: Int64?) -> Bool {
        guard let run else { return prefix == nil }
        guard !leftOut.contains(run) else { return false }
        guard let prefix else { return true }
        return runs[run]?.id.description.hasPrefix(prefix) ?? false
    }

    private func energies(of slices: [Slice]) throws(LedgerError) -> EnergyJoin? {
        guard hasEnergies, let place = places[1] else { return nil }
        var runs: ClosedRange<Int64>?
        var numbers: ClosedRange<Int64>?
        for (rows, slice) in slices {
            for row in slice {
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

    private func append(
        _ source: ExportTable.Source,
        of part: RowStretch,
        _ energies: [WindowEnergy],
        to values: inout TableValues
    ) {
        switch source {
        case .stored(let number):
            values.append(stored(number, of: part), of: part)
        case .metric(let key): append(metrics[key], of: part, to: &values)
        case .told(let name): append(told[name], of: part, to: &values)
        case .runID:
            for group in part.groups {
                values.append(text: run(group.run)?.id.description, count: group.count)
            }
        case .rank:
            for group in part.groups {
                values.append(integer: run(group.run)?.rank.map(Int64.init), count: group.count)
            }
        case .meter(_, let fact):
            for group in part.groups {
                let meter = group.meter.flatMap { run(group.run)?.meters.element(at: $0) }
                values.append(text: meter.flatMap(fact), count: group.count)
            }
        case .word(let number, let words):
            let codes = stored(number, of: part)
            for place in 0..<part.count {
                let word = codes.integer(part.row(place)).map { code in
                    words.indices.contains(Int(clamping: code)) ? words[Int(code)] : String(code)
                }
                values.append(text: word)
            }
        case .energy(let value): for energy in energies { values.append(number: value(energy)) }
        case .evidence(let value): for energy in energies { values.append(text: value(energy)) }
        }
    }

    /// A column that is among those that are read.
    private func stored(_ number: Int, of part: RowStretch) -> LedgerValues {
        part.rows.columns[places[number] ?? 0]
    }

    private func append(
        _ metric: LedgerColumn?,
        of part: RowStretch,
        to values: inout TableValues
    ) {
        guard let metric else { return values.appendNull(count: part.count) }
        let found = stored(metric.number, of: part)
        guard metric.kind == .integer, values.kind == .number else {
            return values.append(found, of: part)
        }
        for place in 0..<part.count {
            values.append(number: found.integer(part.row(place)).map(Double.init))
        }
    }

    private func run(_ number: Int64?) -> RunRecord? { number.flatMap { runs[$0] } }

    /// The energy of each window that is wanted.
    private func energies(of part: RowStretch, _ join: EnergyJoin?) -> [WindowEnergy] {
        (0..<part.count).map { place in
            let row = part.row(place)
            let run = part.rows.columns[0].integer(row)
            let meters = self.run(run)?.meters ?? []
            let parts = join?.parts(of: run, number: stored(1, of: part).integer(row)) ?? []
            return WindowEnergy(
                parts: parts.filter { $0.meter < meters.count },
                meters: meters,
                stored: table == .epochs ? stored(5, of: part).number(row) : nil
            )
        }
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
