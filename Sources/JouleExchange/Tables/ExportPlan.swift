import JouleFile
import JouleQuantities

/// Which ledgers an export reads, what their runs are, and the columns of the whole.
struct ExportPlan {
    /// One ledger.
    struct Part {
        let place: LedgerPlace
        /// By number in the file, without what rows tell.
        var runs: [Int64: RunRecord]
        /// Numbers of runs that another ledger tells better.
        var told: Set<Int64> = []
    }

    private(set) var parts: [Part] = []
    /// The columns that programs named, of all ledgers.
    private(set) var metrics: [ExportTable.Defined] = []
    private(set) var problems: [LedgerDirectory.Problem] = []

    /// Opens every ledger once, which reads its summary and its runs, but no rows.
    init(of path: String, table: ExportTable, progress: (Int, Int) -> Void) throws(LedgerError) {
        let (places, bad) = try LedgerPlace.all(below: path)
        problems = bad
        var copies = LedgerCopies()
        var columns: [[LedgerColumn]] = []
        for (number, place) in places.enumerated() {
            progress(number, places.count)
            let query: LedgerQuery
            do throws(LedgerError) { query = try place.open() } catch {
                problems.append(.init(path: place.path, message: error.description))
                continue
            }
            guard let part = copies.add(query) else { continue }
            let found = table.ledgerTable.map { query.columns(of: $0) } ?? []
            if part < parts.count {
                parts[part] = Part(place: place, runs: query.runs)
                columns[part] = found
            } else {
                parts.append(Part(place: place, runs: query.runs))
                columns.append(found)
            }
        }
        let kept = parts.indices.filter { !copies.isRewritten($0) }
        parts = kept.map { parts[$0] }
        var metrics = ExportedMetrics()
        if table.hasMetrics { for place in kept { metrics.add(columns[place]) } }
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

/// Which of several copies of a ledger counts, as for every reader of runs: the longest of those with
/// one file id, a whole one before a damaged one, and what was rewritten instead of what it names.
private struct LedgerCopies {
    private struct Copy {
        let isWhole: Bool
        let size: UInt64
        let root: String?
        let rewrites: [String]
    }

    private var kept: [Copy] = []
    private var places: [[UInt8]: Int] = [:]

    /// The place of the ledger among those that count; nil when a better copy is there.
    mutating func add(_ query: LedgerQuery) -> Int? {
        let copy = Copy(
            isWhole: query.problems.isEmpty,
            size: query.size,
            root: query.closedRoot,
            rewrites: query.runs.values.compactMap(\.rewrittenFrom)
        )
        guard let place = places[query.fileID] else {
            places[query.fileID] = kept.count
            kept.append(copy)
            return kept.count - 1
        }
        let known = kept[place]
        guard
            (copy.isWhole ? 1 : 0, copy.size) > (known.isWhole ? 1 : 0, known.size)
        else { return nil }
        kept[place] = copy
        return place
    }

    /// Whether another ledger was made from this one.
    func isRewritten(_ place: Int) -> Bool {
        kept[place].root.map { root in kept.contains { $0.rewrites.contains(root) } } ?? false
    }
}
