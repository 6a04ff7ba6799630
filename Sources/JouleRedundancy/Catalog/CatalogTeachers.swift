import JouleFile
import JouleQuantities

/// Runs that show what keys do: those that are equal but for texts and for what may be switched off.
///
/// A question that learns from them, and from the newest runs, learns what all runs would teach. They are
/// marked as runs come: by 3 those that differ from others only in what is switched off, by 2 where two of
/// them came to one result, by 1 where none did.
struct CatalogTeachers {
    private let database: Database
    private let isNew: Bool
    /// Where runs have come.
    private var touched: Set<Work> = []

    private struct Work: Hashable {
        let loose: Int64
        let seed: Int64
    }

    /// All runs of a database that is new are looked at together.
    init(_ database: Database, isNew: Bool) {
        self.database = database
        self.isNew = isNew
    }

    mutating func note(_ key: WorkKey?, of kept: RunRecord) {
        guard !isNew, kept.status == .finished, let key, let seed = key.seed else { return }
        touched.insert(Work(loose: key.loose, seed: seed))
    }

    mutating func mark() throws(CatalogFailure) {
        if isNew {
            try mark("1", [])
        } else {
            for work in touched {
                try mark("loose = ?1 AND seed = ?2", [.integer(work.loose), .integer(work.seed)])
            }
        }
        touched = []
    }

    private func mark(_ which: String, _ values: [Database.Value]) throws(CatalogFailure) {
        let runs = "\(which) AND finished = 1 AND stands < 2 AND seed IS NOT NULL"
        for (level, grouping) in [
            (1, "loose, seed"), (2, "loose, seed, result"), (3, "loose, seed, rest"),
        ] {
            try database.run(
                """
                UPDATE runs SET teaches = \(level) WHERE \(runs) AND (loose, seed) IN (
                SELECT loose, seed FROM runs WHERE \(runs) AND result IS NOT NULL
                GROUP BY \(grouping) HAVING min(work) <> max(work))
                """,
                values
            )
        }
    }

    /// A hash of what a finished run came to; nil where nothing is known of it.
    static func result(of kept: RunRecord, _ course: RunCourse?) -> Int64? {
        guard kept.status == .finished else { return nil }
        if let last = course?.hashes.last { return Int64(bitPattern: last) }
        return kept.metrics.map { Int64(bitPattern: Fingerprint64.of(JSON.object($0).text())) }
    }

    /// Runs of a program from which a question learns.
    static func runs(
        of tasks: [Int64],
        _ database: Database
    ) throws(CatalogFailure) -> [RunRecord] {
        var runs: [RunRecord] = []
        for (level, most) in [(Int64(3), idleMax), (2, equalMax), (1, otherMax)] {
            var room = most
            for task in tasks where room > 0 {
                try database.run(
                    """
                    SELECT kept FROM runs WHERE task = ? AND teaches = ? AND teaches > 0
                    ORDER BY loose, seed LIMIT ?
                    """,
                    [.integer(task), .integer(level), .integer(Int64(room))]
                ) { row throws(CatalogFailure) in
                    runs.append(try KeptRun.decode(row.bytes(0), .database(database)))
                    room -= 1
                }
            }
        }
        return runs
    }

    /// So many runs show what keys do.
    private static let idleMax = 128
    private static let equalMax = 96
    private static let otherMax = 32
}
