import JouleFile
import JouleQuantities

/// Takes ledgers into the catalog, and out of it.
struct CatalogWriter {
    /// So much is gathered before it is written.
    private static let talliesMax = 200_000
    private static let runsRemovedMax = 100_000
    /// So many ledgers are read together where runs stand in several of them.
    private static let ledgersAtOnceMax = 256

    private let database: Database
    private let roles: KeyRoles
    private var tally = CatalogTally()
    private let copies: CatalogCopies
    private var courses: CatalogCourses
    private var teachers: CatalogTeachers
    private var rules: CatalogRules
    private var projects: [String: Int64] = [:]
    private var tasks: [RunTask: Int64] = [:]
    /// Hashes of the names of runs whose rows have come or gone.
    private var touched: Set<Int64> = []

    init(_ database: Database, roles: KeyRoles, isNew: Bool) throws(CatalogFailure) {
        self.database = database
        self.roles = roles
        copies = CatalogCopies(database)
        courses = CatalogCourses(database)
        teachers = CatalogTeachers(database, isNew: isNew)
        rules = try CatalogRules(database, roles.rules)
    }

    // MARK: Files

    /// Reads files that may be of one ledger.
    mutating func read(
        _ files: [(path: String, state: FileState)],
        progress: ((_ done: Int, _ of: Int) -> Void)?
    ) throws(CatalogFailure) {
        var ids: [String: Int64] = [:]
        for file in files { ids[file.path] = try note(file.path, file.state) }
        var isOpen = false
        for path in LedgerDirectory.withoutContinued(files.map(\.path)) {
            guard let id = ids[path] else { continue }
            if try !read(path, file: id, progress) { isOpen = true }
        }
        guard isOpen else { return }
        for id in ids.values {
            try database.run("UPDATE files SET open = 1 WHERE id = ?", [.integer(id)])
        }
    }

    /// Whether all ledgers in it were closed.
    private mutating func read(
        _ path: String,
        file: Int64,
        _ progress: ((_ done: Int, _ of: Int) -> Void)?
    ) throws(CatalogFailure) -> Bool {
        let members = try copies.note(in: path, file: file)
        if members?.isEmpty == true { return true }
        var failure: CatalogFailure?
        var isClosed = true
        var ledger: Int64?
        let problems = LedgerDirectory.forEachLedger(
            of: path,
            members: members,
            progress: progress
        ) { portion in
            guard failure == nil else { return }
            isClosed = isClosed && portion.isClosed
            do throws(CatalogFailure) {
                if ledger == nil { ledger = try note(portion.place, file: file) }
                guard let row = ledger else { return }
                try add(portion.runs, ledger: row)
                guard let traits = portion.traits else { return }
                if portion.isClosed { try note(traits.content, ofLedger: row) }
                ledger = nil
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        for problem in problems {
            try database.run(
                "INSERT INTO problems VALUES (?, ?, ?)",
                [.integer(file), .text(problem.path), .text(problem.message)]
            )
        }
        return isClosed
    }

    /// Leaves files to somebody who has time; what they told before stays.
    func postpone(_ group: CatalogGroup) throws(CatalogFailure) {
        for file in group.before {
            try database.run(
                "UPDATE files SET size = -1, open = 1 WHERE id = ?",
                [.integer(file)]
            )
        }
        guard group.before.isEmpty else { return }
        for file in group.now {
            let unread = FileState(size: -1, changedNS: 0, inode: 0)
            let id = try note(file.path, unread)
            try database.run("UPDATE files SET open = 1 WHERE id = ?", [.integer(id)])
        }
    }

    private func note(_ path: String, _ state: FileState) throws(CatalogFailure) -> Int64 {
        try database.run(
            """
            INSERT INTO files (path, folder, size, changed, inode, open)
            VALUES (?, ?, ?, ?, ?, 0)
            """,
            [
                .text(path), .text(Self.folder(of: path)), .integer(state.size),
                .integer(state.changedNS), .integer(state.inode),
            ]
        )
        return database.lastRow
    }

    static func folder(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    private func note(_ place: LedgerDirectory.Place, file: Int64) throws(CatalogFailure) -> Int64 {
        try database.run(
            "INSERT INTO ledgers (file, member) VALUES (?, ?)",
            [.integer(file), .optional(place.member)]
        )
        return database.lastRow
    }

    /// Notes by what another file that has the ledger can be told.
    private func note(_ content: LedgerContent?, ofLedger id: Int64) throws(CatalogFailure) {
        try database.run(
            "UPDATE ledgers SET content = ? WHERE id = ?",
            [.optional(content?.number), .integer(id)]
        )
    }

    private mutating func add(_ runs: [RunRecord], ledger: Int64) throws(CatalogFailure) {
        var order: [RunID] = []
        var parts: [RunID: [RunRecord]] = [:]
        for run in runs {
            if parts[run.id] == nil { order.append(run.id) }
            parts[run.id, default: []].append(run)
        }
        for id in order {
            guard let same = parts[id] else { continue }
            try insert(RankMerge.merged(same), ledger: ledger)
        }
    }

    /// Has a new row tell `run`, or the one that is numbered so.
    private mutating func insert(
        _ run: RunRecord,
        row: Int64? = nil,
        ledger: Int64,
        stands: Int64 = 0
    ) throws(CatalogFailure) {
        let kept = KeptRun.reduced(run)
        let key = WorkKey(kept, roles: roles)
        let course = RunCourse(run)
        let name = Self.name(of: run.id)
        let project = try project(kept.project)
        let task = try task(RunTask(kept, project: project))
        tally.count(kept, in: project, 1)
        if tally.count > Self.talliesMax { try tally.write(to: database) }
        try database.run(
            """
            INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)
            """,
            [
                .optional(row), .integer(name), .integer(ledger), .integer(stands),
                .optional(key?.work), .optional(key?.seed), .optional(key?.rest),
                .optional(key?.loose), .optional(CatalogTeachers.result(of: kept, course)),
                .integer(task),
                .integer(kept.status == .finished ? 1 : 0),
                .optional(kept.started?.unixNanoseconds), .integer(CatalogCourses.end(of: kept)),
                .bytes(try KeptRun.encode(kept, database)),
            ]
        )
        touched.insert(name)
        let number = row ?? database.lastRow
        teachers.note(key, of: kept)
        rules.take(kept)
        guard let course else { return }
        try courses.keep(course, of: kept, row: number, project: project)
    }

    /// A hash by which runs of one name are found.
    static func name(of id: RunID) -> Int64 {
        Int64(bitPattern: Fingerprint64.of(id.description))
    }

    private mutating func project(_ name: String?) throws(CatalogFailure) -> Int64 {
        guard let name else { return 0 }
        if let known = projects[name] { return known }
        let found = "SELECT id FROM projects WHERE name = ?"
        var id = try database.integer(found, [.text(name)])
        if id == nil {
            try database.run("INSERT INTO projects (name, runs) VALUES (?, 0)", [.text(name)])
            id = database.lastRow
        }
        projects[name] = id
        return id ?? 0
    }

    private mutating func task(_ task: RunTask) throws(CatalogFailure) -> Int64 {
        if let known = tasks[task] { return known }
        let values: [Database.Value] = [
            .integer(task.project), .optional(task.entry), .optional(task.data),
            .optional(task.stage),
        ]
        var id = try database.integer(
            "SELECT id FROM tasks WHERE project = ? AND entry IS ? AND data IS ? AND stage IS ?",
            values
        )
        if id == nil {
            try database.run(
                "INSERT INTO tasks (project, entry, data, stage) VALUES (?, ?, ?, ?)",
                values
            )
            id = database.lastRow
        }
        if tasks.count > 10_000 { tasks = [:] }
        tasks[task] = id
        return id ?? 0
    }

    /// Takes out everything that a file told and no other one holds.
    mutating func remove(file: Int64) throws(CatalogFailure) {
        try copies.move(from: file)
        let count = try database.integer(
            """
            SELECT count(*) FROM ledgers JOIN runs ON runs.ledger = ledgers.id
            WHERE ledgers.file = ?
            """,
            [.integer(file)]
        )
        // Making all anew takes no longer, and little memory.
        guard count ?? 0 <= Self.runsRemovedMax else { throw CatalogFailure(isDamage: true) }
        var rows: [(id: Int64, name: Int64)] = []
        try database.run(
            """
            SELECT runs.id, name, stands, kept FROM ledgers JOIN runs ON runs.ledger = ledgers.id
            WHERE ledgers.file = ?
            """,
            [.integer(file)]
        ) { row throws(CatalogFailure) in
            rows.append((row.integer(0) ?? 0, row.integer(1) ?? 0))
            guard row.integer(2) != 2 else { return }
            let kept = try KeptRun.decode(row.bytes(3), .database(database))
            toldBefore.append((row.integer(0) ?? 0, kept))
        }
        try countOut()
        for row in rows {
            touched.insert(row.name)
            try database.run("DELETE FROM runs WHERE id = ?", [.integer(row.id)])
        }
        try database.run("DELETE FROM ledgers WHERE file = ?", [.integer(file)])
        try database.run("DELETE FROM problems WHERE file = ?", [.integer(file)])
        try database.run("DELETE FROM files WHERE id = ?", [.integer(file)])
    }

    /// What rows told, by their numbers, that is to be counted out.
    private var toldBefore: [(row: Int64, kept: RunRecord)] = []

    private mutating func countOut() throws(CatalogFailure) {
        for (row, kept) in toldBefore {
            let project = try project(kept.project)
            tally.count(kept, in: project, -1)
            try courses.remove(of: kept, row: row, project: project)
        }
        toldBefore = []
    }

    // MARK: Runs in several ledgers

    /// Puts runs together that several ledgers tell, and writes what was counted.
    mutating func finish() throws(CatalogFailure) {
        var waiting: [[Row]] = []
        var ledgers: Set<Int64> = []
        for name in touched.sorted() {
            let rows = try self.rows(called: name)
            guard rows.count > 1 || rows.contains(where: { $0.stands != 0 }) else { continue }
            waiting.append(rows)
            ledgers.formUnion(rows.map(\.ledger))
            if ledgers.count >= Self.ledgersAtOnceMax {
                try settle(waiting, ledgers)
                waiting = []
                ledgers = []
            }
        }
        if !waiting.isEmpty { try settle(waiting, ledgers) }
        touched = []
        try teachers.mark()
        try rules.write()
        try courses.prune()
        try tally.write(to: database)
    }

    private struct Row {
        let id: Int64
        let ledger: Int64
        let stands: Int64
        let kept: RunRecord
    }

    private func rows(called name: Int64) throws(CatalogFailure) -> [Row] {
        var rows: [Row] = []
        // Nearly all names have one row, whose bytes nobody needs to look at.
        let count = try database.integer(
            "SELECT count(*) + max(stands) FROM runs WHERE name = ?",
            [.integer(name)]
        )
        guard count ?? 0 > 1 else { return [] }
        try database.run(
            "SELECT id, ledger, stands, kept FROM runs WHERE name = ? ORDER BY id",
            [.integer(name)]
        ) { row throws(CatalogFailure) in
            let kept = try KeptRun.decode(row.bytes(3), .database(database))
            rows.append(
                Row(
                    id: row.integer(0) ?? 0,
                    ledger: row.integer(1) ?? 0,
                    stands: row.integer(2) ?? 0,
                    kept: kept
                )
            )
        }
        return rows
    }

    /// Reads the ledgers together, as if the directory held nothing else.
    private mutating func settle(_ names: [[Row]], _ ledgers: Set<Int64>) throws(CatalogFailure) {
        var places: [LedgerDirectory.Place] = []
        for ledger in ledgers { places += try database.places(ofLedger: ledger) }
        let told = Dictionary(
            LedgerDirectory(of: places).runs.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        for rows in names {
            for row in rows where row.stands != 2 { toldBefore.append((row.id, row.kept)) }
            try countOut()
            var seen: Set<RunID> = []
            let isAlone = rows.count == 1
            for row in rows {
                if let run = told[row.kept.id], seen.insert(run.id).inserted {
                    try insert(run, row: row.id, ledger: row.ledger, stands: isAlone ? 0 : 1)
                } else {
                    try database.run("UPDATE runs SET stands = 2 WHERE id = ?", [.integer(row.id)])
                }
            }
        }
    }
}

extension Database {
    /// Where a ledger is.
    func places(ofLedger id: Int64) throws(CatalogFailure) -> [LedgerDirectory.Place] {
        var places: [LedgerDirectory.Place] = []
        try run(
            """
            SELECT path, member FROM ledgers JOIN files ON files.id = ledgers.file
            WHERE ledgers.id = ?
            """,
            [.integer(id)]
        ) { row in
            guard let path = row.text(0) else { return }
            places.append(.init(path: path, member: row.text(1)))
        }
        return places
    }
}
