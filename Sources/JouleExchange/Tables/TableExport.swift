package import JouleFile
import JouleQuantities

/// Gives a table of all runs below a path, batch by batch.
///
/// Memory is bounded by a few blocks of rows, whatever the number of rows; of runs, by their records.
package struct TableExport {
    package let columns: [TableColumn]
    /// What could not be read, or not fully.
    package private(set) var problems: [LedgerDirectory.Problem]
    /// Rows that were given so far.
    package private(set) var rowCount = 0

    private let request: ExportRequest
    /// All columns that are looked at, those given first.
    private let defined: [ExportTable.Defined]
    private let conditions: [CellCondition]
    private var parts: ArraySlice<ExportPlan.Part>
    private var ledger: ExportedLedger?
    /// Of the table of runs, what is left.
    private var runs: [RunRecord] = []

    /// Rows of a batch, unless there are fewer.
    private static let batchRows = 16_384

    /// Reads what the ledgers are, and no rows yet.
    ///
    /// `path` is a ledger or a directory of ledgers.
    package init(
        of path: String,
        _ request: ExportRequest,
        progress: (Int, Int) -> Void = { _, _ in }
    ) throws(ExportError) {
        self.request = request
        var all: [ExportTable.Defined]
        if request.table == .runs {
            all = RunTable.columns.map { ($0.column, .runID) }
            do throws(LedgerError) {
                let directory = try LedgerDirectory(reading: path)
                problems = directory.problems
                runs = directory.runs
            } catch {
                throw .ledger(error)
            }
            parts = []
            if let prefix = request.runPrefix {
                runs.removeAll { !$0.id.description.hasPrefix(prefix) }
                guard !runs.isEmpty else { throw .noRun(prefix: prefix) }
            }
        } else {
            do throws(LedgerError) {
                let plan = try ExportPlan(of: path, table: request.table, progress: progress)
                problems = plan.problems
                parts = plan.parts[...]
                all = request.table.sources
                all += plan.metrics.map { ($0.column, .metric($0.name)) }
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
        columns = chosen.map(\.column)
        var conditions: [CellCondition] = []
        var asked = request.conditions
        asked += try Self.timeConditions(request)
        for condition in asked {
            let place = chosen.count
            chosen.append(try Self.column(condition.column, of: all))
            conditions.append(try CellCondition(condition, of: chosen[place].column, at: place))
        }
        defined = chosen
        self.conditions = conditions
    }

    private static func column(_ name: String, of all: [ExportTable.Defined])
        throws(ExportError) -> ExportTable.Defined
    {
        guard let column = all.first(where: { $0.column.name == name }) else {
            throw .noColumn(name, known: all.map(\.column.name))
        }
        return column
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
        var batch = columns.map { TableValues($0.kind) }
        var count = 0
        while count < Self.batchRows, let part = try nextPart() {
            let kept = (0..<part.count).filter { row in
                conditions.allSatisfy { $0.holds(part.columns[$0.place], row) }
            }
            for place in batch.indices {
                for row in kept { batch[place].append(row, of: part.columns[place]) }
            }
            count += kept.count
        }
        guard count > 0 else { return nil }
        rowCount += count
        return TableBatch(count: count, columns: batch)
    }

    /// Values of every column that is looked at, in some rows; nil at the end.
    private mutating func nextPart() throws(ExportError) -> TableBatch? {
        if request.table == .runs {
            guard !runs.isEmpty else { return nil }
            let whole = RunTable.batch(of: runs)
            runs = []
            let places = defined.compactMap { column in
                RunTable.columns.firstIndex { $0.column.name == column.column.name }
            }
            return TableBatch(count: whole.count, columns: places.map { whole.columns[$0] })
        }
        do throws(LedgerError) {
            while true {
                if let part = try ledger?.next() { return part }
                if let done = ledger { problems += done.problems }
                guard let part = parts.popFirst() else {
                    ledger = nil
                    return nil
                }
                ledger = try ExportedLedger(part, request, defined, conditions)
            }
        } catch {
            throw .ledger(error)
        }
    }
}

/// A condition on a column of an exported table.
struct CellCondition {
    /// Of the column among those that are looked at.
    let place: Int
    let comparison: RowFilter.Comparison
    let value: LedgerValue

    init(_ condition: ExportRequest.Condition, of column: TableColumn, at place: Int)
        throws(ExportError)
    {
        self.place = place
        comparison = condition.comparison
        switch column.kind {
        case .text: value = .text(condition.operand)
        case .integer:
            guard let integer = Int64(condition.operand) else {
                throw .badOperand(condition, "a whole number")
            }
            value = .integer(integer)
        case .number:
            guard let number = Double(condition.operand) else {
                throw .badOperand(condition, "a number")
            }
            value = .number(number)
        case .time:
            guard let time = Int64(condition.operand) else {
                throw .badOperand(condition, "nanoseconds since 1970, or use --since and --until")
            }
            value = .integer(time)
        }
    }

    func holds(_ values: TableValues, _ row: Int) -> Bool {
        guard values.hasValue(row) else { return false }
        return switch value {
        case .text(let other): comparison.holds(values.texts[row], other)
        case .integer(let other):
            comparison.holds(Int64(bitPattern: values.words[row]), other)
        case .number(let other): comparison.holds(Double(bitPattern: values.words[row]), other)
        }
    }
}
