import JouleFile
import JouleQuantities

extension RunCatalog {
    /// Of runs with one work key so many are read with the question's seed, and as many with others.
    static let sameWorkMax = 2048
    /// Of runs with work that is like it so many.
    static let similarMax = 256
    /// Of so many tasks, the newest, runs show what keys do.
    private static let tasksMax = 256
    /// From so many finished runs of the program it is told what to expect.
    static let historyMax = 256
    /// Code that is taken to be equivalent is followed through so many links.
    private static let codesMax = 4096

    /// The projects whose runs may be compared with `asked`: its own, those without a name, and those
    /// that have its source tree; nil for all.
    func projects(for asked: RunRecord, _ database: Database) throws(CatalogFailure)
        -> [Int64]?
    {
        guard asked.project != nil else { return nil }
        var found: Set<Int64> = [0]
        if let own = try own(asked, database) { found.insert(own) }
        if let tree = asked.code?.tree {
            try database.run(
                "SELECT project FROM trees WHERE tree = ? AND runs > 0",
                [.integer(CatalogTally.hash(tree))]
            ) { row in
                if let project = row.integer(0) { found.insert(project) }
            }
        }
        return found.sorted()
    }

    func own(_ asked: RunRecord, _ database: Database) throws(CatalogFailure) -> Int64? {
        guard let name = asked.project else { return 0 }
        return try database.integer("SELECT id FROM projects WHERE name = ?", [.text(name)])
    }

    // MARK: Runs

    private struct Found {
        let run: RunRecord
        let name: Int64
        let isOpen: Bool
    }

    private static let columns = """
        SELECT kept, runs.name, files.open, path, size, changed, inode FROM runs
        JOIN ledgers ON ledgers.id = runs.ledger JOIN files ON files.id = ledgers.file
        WHERE stands < 2 AND
        """

    func sameWork(as asked: RunRecord, _ database: Database) throws(CatalogFailure)
        -> [RunRecord]
    {
        guard let key = WorkKey(asked, roles: roles) else { return [] }
        let columns = Self.columns + " work = ?1"
        let order = " ORDER BY finished DESC, started LIMIT \(Self.sameWorkMax)"
        let work = Database.Value.integer(key.work)
        guard let seed = key.seed else { return try runs(columns + order, [work], database) }
        let same = " AND (seed = ?2 OR seed IS NULL)"
        let other = " AND seed <> ?2"
        return try runs(columns + same + order, [work, .integer(seed)], database)
            + runs(columns + other + order, [work, .integer(seed)], database)
    }

    /// Runs whose work is that of `asked` but for what their program may be known, or taken, to pay no
    /// heed to.
    func similarWork(
        to asked: RunRecord,
        _ habits: ProgramHabits,
        _ database: Database
    ) throws(CatalogFailure) -> [RunRecord] {
        guard let own = WorkKey(asked, roles: roles) else { return [] }
        var found: [RunRecord] = []
        var seen: Set<RunID> = []
        for toggled in habits.toggles(of: asked, roles) {
            guard let key = WorkKey(asked, roles: roles, toggled: toggled) else { continue }
            var values: [Database.Value] = [
                .integer(key.loose), .optional(key.seed), .integer(own.work),
            ]
            var condition = " loose = ?1 AND work <> ?3"
            if !habits.hasNames {
                condition += " AND rest = ?4"
                values.append(.integer(key.rest))
            }
            let order = " ORDER BY seed IS ?2 DESC, finished DESC, started LIMIT \(Self.similarMax)"
            found += try runs(Self.columns + condition + order, values, database)
                .filter { seen.insert($0.id).inserted }
        }
        return found
    }

    /// Runs of the program that the question is about, which show what its keys do.
    func teachers(for asked: RunRecord, _ database: Database) throws(CatalogFailure) -> [RunRecord]
    {
        guard asked.project != nil || asked.code?.entry != nil else { return [] }
        var tasks: [Int64] = []
        try database.run(
            """
            SELECT tasks.id FROM tasks JOIN projects ON projects.id = project
            WHERE (?1 IS NULL OR name = ?1) AND (?2 IS NULL OR entry = ?2)
            ORDER BY tasks.id DESC LIMIT \(Self.tasksMax)
            """,
            [.optional(asked.project), .optional(RunTask(asked, project: 0).entry)]
        ) { row in
            if let id = row.integer(0) { tasks.append(id) }
        }
        return try CatalogTeachers.runs(of: tasks, database)
    }

    /// The runs of a query; those of ledgers that are being written, or have changed, as they are now.
    private func runs(
        _ text: String,
        _ values: [Database.Value],
        _ database: Database
    ) throws(CatalogFailure) -> [RunRecord] {
        var found: [Found] = []
        var states: [String: Bool] = [:]
        try database.run(text, values) { row throws(CatalogFailure) in
            guard let path = row.text(3) else { throw CatalogFailure(isDamage: true) }
            let run = try KeptRun.decode(row.bytes(0), .database(database))
            let known = FileState(
                size: row.integer(4) ?? 0,
                changedNS: row.integer(5) ?? 0,
                inode: row.integer(6) ?? 0
            )
            // One that was left for later has changed, and there is no time to read it now.
            let isChanged = states[path] ?? (known.size >= 0 && FileState(of: path) != known)
            states[path] = isChanged
            let isOpen = isChanged || row.integer(2) == 1 && run.status != .finished
            found.append(Found(run: run, name: row.integer(1) ?? 0, isOpen: isOpen))
        }
        var runs: [RunRecord] = []
        for one in found {
            guard one.isOpen else {
                runs.append(one.run)
                continue
            }
            var places: [LedgerDirectory.Place] = []
            var ledgers: [Int64] = []
            try database.run("SELECT ledger FROM runs WHERE name = ?", [.integer(one.name)]) {
                row in
                if let ledger = row.integer(0) { ledgers.append(ledger) }
            }
            for ledger in ledgers { places += try database.places(ofLedger: ledger) }
            runs += LedgerDirectory(of: places).runs.filter { $0.id == one.run.id }
                .map(KeptRun.reduced)
        }
        return runs
    }

    /// The newest finished runs of what the question is about.
    func newest(
        for question: PreflightQuestion,
        _ projects: [Int64]?,
        _ database: Database
    ) throws(CatalogFailure) -> [RunRecord] {
        let asked = question.run
        guard asked.project != nil || asked.code?.entry != nil else { return [] }
        let task = RunTask(asked, project: 0)
        var condition = "1"
        var values: [Database.Value] = []
        for (column, value) in [("entry", task.entry), ("data", task.data), ("stage", task.stage)] {
            if question.isPartial, value == nil { continue }
            condition += " AND \(column) IS ?"
            values.append(.optional(value))
        }
        if let name = asked.project {
            condition += " AND project = (SELECT id FROM projects WHERE name = ?)"
            values.append(.text(name))
        } else if !question.isPartial {
            condition += " AND project = 0"
        }
        var tasks: [Int64] = []
        try database.run("SELECT id FROM tasks WHERE \(condition)", values) { row in
            if let id = row.integer(0) { tasks.append(id) }
        }
        return try newest(ofTasks: tasks, Self.historyMax, database)
    }

    /// The newest finished runs of some tasks, at most so many.
    func newest(ofTasks tasks: [Int64], _ most: Int, _ database: Database) throws(CatalogFailure)
        -> [RunRecord]
    {
        var dated: [(ended: Int64, id: Int64)] = []
        for task in tasks {
            try database.run(
                """
                SELECT ended, id FROM runs WHERE task = ? AND finished = 1 AND stands < 2
                ORDER BY ended DESC LIMIT ?
                """,
                [.integer(task), .integer(Int64(most))]
            ) { row in
                dated.append((row.integer(0) ?? .min, row.integer(1) ?? 0))
            }
        }
        var runs: [RunRecord] = []
        for one in dated.sorted(by: { $0 > $1 }).prefix(most) {
            try database.run("SELECT kept FROM runs WHERE id = ?", [.integer(one.id)]) {
                row throws(CatalogFailure) in
                runs.append(try KeptRun.decode(row.bytes(0), .database(database)))
            }
        }
        return runs
    }

    // MARK: What all runs teach

    static func condition(_ projects: [Int64]?) -> String {
        guard let projects else { return "1" }
        return "project IN (\(projects.map(String.init).joined(separator: ",")))"
    }

    /// Three records that hold each key with the kinds of value that it has anywhere.
    func kinds(of projects: [Int64]?, _ database: Database) throws(CatalogFailure)
        -> [RunRecord]
    {
        var numbers: [JSONObject.Member] = []
        var truths: [JSONObject.Member] = []
        var nulls: [JSONObject.Member] = []
        try database.run(
            """
            SELECT path, sum(numbers), sum(truths), sum(nulls) FROM kinds
            WHERE \(Self.condition(projects)) GROUP BY path
            """
        ) { row in
            guard let path = row.text(0) else { return }
            if row.integer(1) ?? 0 > 0 { numbers.append(.init(name: path, value: .integer(0))) }
            if row.integer(2) ?? 0 > 0 { truths.append(.init(name: path, value: .bool(true))) }
            if row.integer(3) ?? 0 > 0 { nulls.append(.init(name: path, value: .null)) }
        }
        return [numbers, truths, nulls].map { members in
            var lesson = Self.lesson
            lesson.config = JSONObject(uniqueMembers: members)
            return lesson
        }
    }

    /// Pairs of a tree and a closure that lead from `codes` to other trees and closures.
    func codeLinks(
        of codes: [CodeIdentity],
        _ projects: [Int64]?,
        _ database: Database
    ) throws(CatalogFailure) -> [RunRecord] {
        guard try database.integer("SELECT 1 FROM codes LIMIT 1") != nil else { return [] }
        var pending: [String] = []
        for code in codes {
            pending += [code.tree, code.extra["closure"]?["sha256"]?.string].compactMap { $0 }
        }
        var seen = Set(pending)
        var links: Set<[String]> = []
        while let name = pending.popLast() {
            try database.run(
                """
                SELECT tree, closure FROM codes WHERE (tree = ?1 OR closure = ?1) AND runs > 0
                AND \(Self.condition(projects))
                """,
                [.text(name)]
            ) { row in
                let pair = [row.text(0) ?? "", row.text(1) ?? ""]
                links.insert(pair)
                for other in pair where seen.insert(other).inserted { pending.append(other) }
            }
            guard links.count <= Self.codesMax else { throw CatalogFailure() }
        }
        return links.sorted { $0.lexicographicallyPrecedes($1) }.map { pair in
            var lesson = Self.lesson
            lesson.code = CodeIdentity(tree: pair[0])
            lesson.code?.extra["closure"] = ["sha256": .string(pair[1])]
            return lesson
        }
    }

    private static var lesson: RunRecord {
        guard let id = RunID("-") else { preconditionFailure("\"-\" is a valid name") }
        return RunRecord(id: id, status: .finished)
    }

    func population(of projects: [Int64]?, _ database: Database) throws(CatalogFailure)
        -> Int
    {
        let condition = Self.condition(projects).replacing("project", with: "id")
        return Int(try database.integer("SELECT sum(runs) FROM projects WHERE \(condition)") ?? 0)
    }
}
