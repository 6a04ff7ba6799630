package import JouleFile
import JouleQuantities

/// Gives a table of all runs below a path, batch by batch.
///
/// Memory is bounded by a few blocks of rows, whatever the number of rows; of runs, by their records.
package struct TableExport {
    package let columns: [TableColumn]
    /// What could not be read, or not fully.
    package private(set) var problems: [LedgerDirectory.Problem]
    /// The same, unless it is given as rows.
    package var untoldProblems: [LedgerDirectory.Problem] {
        request.share?.problemColumn == nil ? problems : []
    }
    /// Rows that were given so far.
    package private(set) var rowCount = 0

    private let request: ExportRequest
    /// All columns that are looked at, those given first.
    private let defined: [ExportTable.Defined]
    private let conditions: [CellCondition]
    private var parts: ArraySlice<ExportPlan.Part> = []
    /// Of one of several readers, what is left.
    private var portions: ArraySlice<TableShare.Portion> = []
    private var portionPlaces = PortionPlaces()
    /// Whether what could not be read was given as rows, or need not be.
    private var areProblemsGiven: Bool
    private var ledger: ExportedLedger?
    /// Of the table of runs, what is left.
    private var runs: ArraySlice<RunRecord> = []
    /// Batches that are ready, the next one last.
    private var waiting: [TableBatch] = []

    /// Rows of a batch, unless there are fewer.
    private let batchRows: Int
    private static let batchRowsMax = 16_384
    /// Values of a batch.
    private static let batchValuesMax = 4 << 20
    /// Of the table of runs, whose texts are long.
    private static let batchRuns = 1024
    /// Of a batch with more text only one row is given at a time.
    private static let batchTextBytes = 64 << 20

    /// Reads what the ledgers are, and no rows yet.
    ///
    /// `path` is a ledger or a directory of ledgers.
    package init(
        of path: String,
        _ request: ExportRequest,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ExportError) {
        self.request = request
        areProblemsGiven = request.share?.problemColumn == nil
        var all: [ExportTable.Defined]
        if request.table == .runs {
            all = RunTable.columns.map { ($0.column, .runID) }
            do throws(LedgerError) {
                let directory: LedgerDirectory
                if let share = request.share {
                    directory = LedgerDirectory(of: share.portions.map(\.place))
                } else {
                    directory = try LedgerDirectory(reading: path)
                }
                problems = directory.problems
                runs = directory.runs[...]
            } catch {
                throw .ledger(error)
            }
            if let prefix = request.runPrefix {
                runs.removeAll { !$0.id.description.hasPrefix(prefix) }
                guard request.share != nil || !runs.isEmpty else { throw .noRun(prefix: prefix) }
            }
        } else if let share = request.share {
            all = request.table.sources + share.metrics
            portions = share.portions[...]
            problems = []
        } else {
            do throws(LedgerError) {
                let plan = try ExportPlan(of: path, table: request.table, progress: progress)
                problems = plan.problems
                parts = plan.parts[...]
                all = request.table.sources + plan.metrics
            } catch {
                throw .ledger(error)
            }
            if let prefix = request.runPrefix {
                parts.removeAll { part in
                    !part.runs.values.contains { $0.id.description.hasPrefix(prefix) }
                }
                guard !parts.isEmpty else { throw .noRun(prefix: prefix) }
            }
        }
        let names = request.columns ?? all.map(\.column.name)
        var chosen: [ExportTable.Defined] = []
        for name in names { chosen.append(try Self.column(name, of: all)) }
        let problemColumn = request.share?.problemColumn.map { TableColumn(name: $0, kind: .text) }
        columns = chosen.map(\.column) + (problemColumn.map { [$0] } ?? [])
        var conditions: [CellCondition] = []
        var asked = try Self.timeConditions(request)
        let ids = Set(runs.map(\.id) + parts.flatMap { $0.runs.values.map(\.id) })
        for condition in request.conditions {
            let isShare = request.share != nil
            asked.append(isShare ? condition : try Self.withWholeID(condition, of: ids))
        }
        for condition in asked {
            let place = chosen.count
            chosen.append(try Self.column(condition.column, of: all))
            conditions.append(try CellCondition(condition, of: chosen[place].column, at: place))
        }
        defined = chosen
        self.conditions = conditions
        batchRows = max(1, min(Self.batchRowsMax, Self.batchValuesMax / max(1, chosen.count)))
    }

    /// The column of that name; one whose letters are put together otherwise where there is none.
    private static func column(_ name: String, of all: [ExportTable.Defined])
        throws(ExportError) -> ExportTable.Defined
    {
        let known = all.map(\.column.name)
        let place = known.firstIndex { $0.isExactly(name) } ?? known.firstIndex(of: name)
        guard let place else { throw .noColumn(name, known: known) }
        return all[place]
    }

    /// A run may be named by the beginning of its id, in which no other run's begins.
    private static func withWholeID(_ condition: ExportRequest.Condition, of ids: Set<RunID>)
        throws(ExportError) -> ExportRequest.Condition
    {
        let (column, comparison) = (condition.column, condition.comparison)
        let isChoice = comparison == .equal || comparison == .notEqual
        guard column == "run_id", isChoice else { return condition }
        let found = ids.map(\.description).filter { $0.hasPrefix(condition.operand) }
        guard !found.contains(condition.operand) else { return condition }
        guard let id = found.first else { throw .noRun(prefix: condition.operand) }
        guard found.count == 1 else {
            throw .badOperand(condition, "more of the id, with which \(found.count) runs begin")
        }
        return .init(column: column, comparison: comparison, operand: id)
    }

    private static func timeConditions(_ request: ExportRequest)
        throws(ExportError) -> [ExportRequest.Condition]
    {
        guard request.since != nil || request.until != nil else { return [] }
        guard let time = request.table.timeColumn else { throw .noTime(request.table) }
        var conditions: [ExportRequest.Condition] = []
        if let since = request.since {
            conditions.append(
                .init(column: time, comparison: .greaterOrEqual, operand: String(since))
            )
        }
        if let until = request.until {
            conditions.append(.init(column: time, comparison: .less, operand: String(until)))
        }
        return conditions
    }

    // MARK: Batches

    /// The next rows, at least one; nil at the end.
    package mutating func next() throws(ExportError) -> TableBatch? {
        while true {
            if let batch = waiting.popLast() {
                rowCount += batch.count
                return batch
            }
            guard let batch = try gathered() else { return nil }
            cut(batch)
        }
    }

    /// Enough rows for a batch; nil at the end.
    private mutating func gathered() throws(ExportError) -> TableBatch? {
        var batch = columns.map { TableValues($0.kind) }
        let hasProblems = request.share?.problemColumn != nil
        let places = batch.indices.dropLast(hasProblems ? 1 : 0)
        var count = 0
        while count < batchRows, let part = try nextPart() {
            let chosen = chosen(of: part)
            for place in places { batch[place].append(contentsOf: chosen.columns[place]) }
            count += chosen.count
        }
        if count == 0, !areProblemsGiven {
            areProblemsGiven = true
            for problem in problems {
                for place in places { batch[place].appendNull() }
                batch[places.endIndex].append(text: "\(problem.path): \(problem.message)")
            }
            count = problems.count
        } else if hasProblems {
            batch[places.endIndex].appendNull(count: count)
        }
        return count > 0 ? TableBatch(count: count, columns: batch) : nil
    }

    /// The rows that fulfil every condition.
    private func chosen(of part: TableBatch) -> TableBatch {
        guard !conditions.isEmpty else { return part }
        let rows = (0..<part.count).filter { row in
            conditions.allSatisfy { $0.holds(part.columns[$0.place], row) }
        }
        return rows.count == part.count ? part : part.rows(rows)
    }

    /// Puts a batch by, in halves where its texts are too long: the last half first.
    private mutating func cut(_ batch: TableBatch) {
        guard batch.count > 1, batch.textBytes > Self.batchTextBytes else {
            return waiting.append(batch)
        }
        let half = batch.count / 2
        cut(batch.rows(half..<batch.count))
        cut(batch.rows(0..<half))
    }

    /// Values of every column that is looked at, in some rows; nil at the end.
    private mutating func nextPart() throws(ExportError) -> TableBatch? {
        if request.table == .runs {
            guard !runs.isEmpty else { return nil }
            let some = Array(runs.prefix(Self.batchRuns))
            runs = runs.dropFirst(some.count)
            let whole = RunTable.batch(of: some)
            let places = defined.compactMap { column in
                RunTable.columns.firstIndex { $0.column.name == column.column.name }
            }
            return TableBatch(count: whole.count, columns: places.map { whole.columns[$0] })
        }
        if request.share != nil { return nextOfPortions() }
        do throws(LedgerError) {
            while true {
                if let part = try ledger?.next() { return part }
                endLedger()
                guard let part = parts.popFirst() else { return nil }
                ledger = try ExportedLedger(
                    part,
                    request,
                    defined,
                    conditions,
                    rowsMax: batchRows
                )
            }
        } catch {
            throw .ledger(error)
        }
    }

    /// The same of portions, of which one that fails gives way to the next.
    private mutating func nextOfPortions() -> TableBatch? {
        while true {
            do throws(LedgerError) {
                if let part = try ledger?.next() { return part }
                endLedger()
                guard let portion = portions.popFirst() else { return nil }
                ledger = try ExportedLedger(
                    portion,
                    at: portionPlaces.place(of: portion),
                    request,
                    defined,
                    conditions,
                    rowsMax: batchRows
                )
            } catch {
                endLedger()
                problems.append(.init(error))
            }
        }
    }

    private mutating func endLedger() {
        if let ledger { problems += ledger.problems }
        ledger = nil
    }
}
