import JouleFile
import JouleQuantities

/// Which ledgers an export reads, what their runs are, and the columns of the whole.
struct ExportPlan {
    /// One ledger.
    struct Part {
        let path: String
        /// By number in the file, without what rows tell.
        var runs: [Int64: RunRecord]
        /// Numbers of runs that another ledger tells better.
        var told: Set<Int64> = []
    }

    private(set) var parts: [Part] = []
    /// Metrics of all ledgers, in the order in which they come up.
    private(set) var metrics: [(column: TableColumn, name: String)] = []
    private(set) var problems: [LedgerDirectory.Problem] = []

    /// Opens every ledger once, which reads its summary and its runs, but no rows.
    ///
    /// `isAlone`: what keeps the only one from being read is an error.
    init(
        _ paths: [String],
        table: ExportTable,
        isAlone: Bool,
        progress: (Int, Int) -> Void
    ) throws(LedgerError) {
        var roots: Set<[UInt8]> = []
        var names: Set<String> = []
        let fixed = Set(table.columns.map(\.name))
        for (place, path) in paths.enumerated() {
            progress(place, paths.count)
            let query: LedgerQuery
            do throws(LedgerError) { query = try LedgerQuery(opening: path) } catch {
                guard !isAlone else { throw error }
                problems.append(.init(path: path, message: error.description))
                continue
            }
            // A copy under another name is no second experiment.
            if let root = query.closedRoot, !roots.insert(root).inserted { continue }
            parts.append(Part(path: path, runs: query.runs))
            guard table.hasMetrics, let rows = table.ledgerTable else { continue }
            for column in query.columns(of: rows) where column.isMetric {
                guard names.insert(column.name).inserted else { continue }
                metrics.append((Self.column(column, besides: fixed), column.name))
            }
        }
        leaveOutTold()
    }

    /// A metric called like another column is told apart by a prefix.
    private static func column(_ metric: LedgerColumn, besides fixed: Set<String>) -> TableColumn {
        let name = fixed.contains(metric.name) ? "metrics.\(metric.name)" : metric.name
        return TableColumn(name: name, kind: TableColumn.Kind(metric.kind))
    }

    /// A run that was logged and imported as well is one run: what was logged is better, and of
    /// several imports the first counts, as for every reader of runs.
    private mutating func leaveOutTold() {
        var logged: Set<RunID> = []
        for part in parts {
            for run in part.runs.values where run.process != nil { logged.insert(run.id) }
        }
        var imported: Set<RunID> = []
        for place in parts.indices {
            for (number, run) in parts[place].runs.sorted(by: { $0.key < $1.key })
            where run.process == nil {
                if logged.contains(run.id) || !imported.insert(run.id).inserted {
                    parts[place].told.insert(number)
                }
            }
        }
    }
}

extension TableColumn.Kind {
    init(_ kind: LedgerColumn.Kind) {
        self =
            switch kind {
            case .integer: .integer
            case .number: .number
            case .text: .text
            }
    }
}
