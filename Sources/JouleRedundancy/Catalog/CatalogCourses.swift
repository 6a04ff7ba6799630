import JouleFile
import JouleQuantities

/// How the newest runs of each project went, which only the replay alarm asks.
struct CatalogCourses {
    private let database: Database
    /// Of a project: what ended before is not among the newest, and how many came since that was known.
    private var states: [Int64: (least: Int64, added: Int)] = [:]

    init(_ database: Database) { self.database = database }

    /// When a run ended, as far as that is known, by which runs are ordered.
    static func end(of kept: RunRecord) -> Int64 {
        (kept.ended ?? kept.started)?.unixNanoseconds ?? .min
    }

    mutating func keep(
        _ course: RunCourse,
        of kept: RunRecord,
        row: Int64,
        project: Int64
    ) throws(CatalogFailure) {
        let end = Self.end(of: kept)
        var state = states[project] ?? (.min, 0)
        guard end >= state.least else { return }
        try database.run(
            "INSERT INTO courses VALUES (?, ?, ?, ?)",
            [.integer(project), .integer(end), .integer(row), .bytes(course.encoded)]
        )
        state.added += 1
        states[project] = state
        if state.added >= ReplayTable.runsMax { try prune(project) }
    }

    func remove(of kept: RunRecord, row: Int64, project: Int64) throws(CatalogFailure) {
        try database.run(
            "DELETE FROM courses WHERE project = ? AND ended = ? AND run = ?",
            [.integer(project), .integer(Self.end(of: kept)), .integer(row)]
        )
    }

    /// Leaves the newest ones of the projects to which any were added.
    mutating func prune() throws(CatalogFailure) {
        for project in states.keys { try prune(project) }
    }

    private mutating func prune(_ project: Int64) throws(CatalogFailure) {
        let least = try database.integer(
            "SELECT ended FROM courses WHERE project = ? ORDER BY ended DESC LIMIT 1 OFFSET ?",
            [.integer(project), .integer(Int64(ReplayTable.runsMax - 1))]
        )
        states[project] = (least ?? .min, 0)
        guard let least else { return }
        try database.run(
            "DELETE FROM courses WHERE project = ? AND ended < ?",
            [.integer(project), .integer(least)]
        )
    }
}
