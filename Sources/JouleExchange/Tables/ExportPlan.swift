import JouleFile
import JouleQuantities

/// Which ledgers an export reads, what their runs are, and the columns of the whole.
struct ExportPlan {
    /// One ledger.
    struct Part {
        let place: LedgerPlace
        /// By number in the file, without what rows tell.
        let runs: [Int64: RunRecord]
        /// Bytes of the ledger.
        let size: UInt64
        /// Whether a stretch of it can be read without going through the rest.
        let isIndexed: Bool
        /// Numbers of runs that another ledger tells better.
        var told: Set<Int64> = []
    }

    private(set) var parts: [Part] = []
    /// The columns that programs named, of all ledgers.
    private(set) var metrics: [ExportTable.Defined] = []
    private(set) var problems: [LedgerDirectory.Problem] = []
    private(set) var damage = OpeningDamage()

    /// Opens every ledger once, which reads its summary and its runs, but no rows.
    init(of path: String, table: ExportTable, progress: (Int, Int) -> Void) throws(LedgerError) {
        try self.init(LedgerPlace.all(below: path), table: table, progress: progress)
    }

    /// The same of ledgers that were found, with what was wrong with others.
    init(
        _ found: (places: [LedgerPlace], problems: [LedgerDirectory.Problem]),
        table: ExportTable,
        progress: (Int, Int) -> Void = { _, _ in }
    ) {
        let places = found.places
        problems = found.problems
        var distinct = DistinctLedgers<(part: Part, columns: [LedgerColumn])>()
        for (number, place) in places.enumerated() {
            progress(number, places.count)
            let query: LedgerQuery
            do throws(LedgerError) { query = try place.open() } catch {
                problems.append(.init(error))
                continue
            }
            damage.add(query, at: place)
            let columns = table.ledgerTable.map { query.columns(of: $0) } ?? []
            let part = Part(
                place: place,
                runs: query.runs,
                size: query.size,
                isIndexed: query.isIndexed
            )
            distinct.add((part, columns), query.traits)
        }
        let counted = distinct.counted
        parts = counted.map(\.part)
        var metrics = ExportedMetrics()
        if table.hasMetrics { for ledger in counted { metrics.add(ledger.columns) } }
        self.metrics = metrics.columns(besides: table.columns)
        leaveOutTold()
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
