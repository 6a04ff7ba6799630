import Glibc
import JouleFile

extension RunCatalog {
    /// How a catalog is brought up to date.
    struct Update {
        let roles: KeyRoles
        let bounds: Bounds
        let progress: Progress?
    }
}

extension RunCatalog.Update {
    /// The database, made where there is none, up to date; nil where that is not possible.
    func database(at place: CatalogPlace) -> Database? {
        // Twice: a damaged one is made anew.
        for _ in 0..<2 {
            do throws(CatalogFailure) {
                if unsafe access(place.path, F_OK) != 0 { try make(place) }
                let database = try opened(place.path, creates: false)
                try refresh(database, place)
                place.touch()
                return database
            } catch {
                guard error.isDamage else { return nil }
                place.remove()
            }
        }
        return nil
    }

    private func opened(_ path: String, creates: Bool) throws(CatalogFailure) -> Database {
        let database = try Database(
            path,
            creates: creates,
            waitMilliseconds: bounds.waitMilliseconds
        )
        let version = try database.integer("PRAGMA user_version")
        guard creates || version == CatalogPlace.version else {
            throw CatalogFailure(isDamage: true)
        }
        try database.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0")
        return database
    }

    /// Makes a catalog beside its place, where nobody sees it before it is done.
    private func make(_ place: CatalogPlace) throws(CatalogFailure) {
        place.sweep()
        let draft = place.draft()
        defer { draft.remove() }
        try fill(draft, of: place)
        // Whoever was quicker has made the same.
        _ = unsafe link(draft.path, place.path)
    }

    /// Makes a database and closes it again.
    private func fill(_ draft: CatalogPlace, of place: CatalogPlace) throws(CatalogFailure) {
        let database = try opened(draft.path, creates: true)
        unsafe chmod(draft.path, 0o600)
        try database.execute("PRAGMA journal_mode = OFF")
        try database.execute("PRAGMA synchronous = OFF")
        try database.execute("PRAGMA cache_size = -65536")
        try database.execute(CatalogSchema.tables)
        try database.run("INSERT INTO projects VALUES (0, NULL, 0)")
        try refresh(database, place, isNew: true)
        try database.execute("PRAGMA user_version = \(CatalogPlace.version)")
        try database.execute("PRAGMA journal_mode = WAL")
    }

    /// Takes in what has changed, within the bounds; whether any ledger has.
    @discardableResult
    func refresh(
        _ database: Database,
        _ place: CatalogPlace,
        isNew: Bool = false
    ) throws(CatalogFailure) -> Bool {
        // Without a lock first: mostly nothing has changed.
        var seen: (scan: CatalogScan, version: Int64?)?
        if !isNew {
            let version = try database.integer(Self.dataVersion)
            let scan = try CatalogScan(database, root: place.root)
            if scan.isEmpty { return false }
            seen = (scan, version)
        }
        defer { if !isNew { shortenLog(of: database, place) } }
        return try database.transaction { () throws(CatalogFailure) in
            let scan: CatalogScan
            // What was seen holds unless another process has written meanwhile.
            if let seen, try database.integer(Self.dataVersion) == seen.version {
                scan = seen.scan
            } else {
                scan = try CatalogScan(database, root: place.root)
            }
            var writer = try CatalogWriter(database, roles: roles, isNew: isNew)
            let groups = ordered(try CatalogGroup.all(of: scan, in: database))
            var isAnyLeft = false
            for (number, group) in groups.enumerated() {
                let bytes = group.now.reduce(0) { $0 + $1.state.size }
                // What is gone may have moved to where nobody has looked yet.
                if bounds.isOver(for: bytes) || isAnyLeft && group.now.isEmpty {
                    try writer.postpone(group)
                    isAnyLeft = true
                    continue
                }
                for file in group.before { try writer.remove(file: file) }
                try writer.read(group.now) { done, total in
                    if groups.count == 1 { progress?(done, total) }
                }
                progress?(number + 1, groups.count)
            }
            if isNew { try database.execute(CatalogSchema.indices) }
            try writer.finish()
            try scan.note(in: database)
            return scan.touchesRuns
        }
    }

    /// Changes when another connection has written.
    private static let dataVersion = "PRAGMA data_version"

    /// Each process that opens a catalog reads all of its log, and none can tell how much of that an
    /// earlier one has written back.
    private static let logSizeMax: Int64 = 4 << 20

    /// Writes a long log back; one that somebody reads from stays for the next who changes something, as
    /// nobody waits for that.
    private func shortenLog(of database: Database, _ place: CatalogPlace) {
        guard FileState(of: place.path + "-wal")?.size ?? 0 > Self.logSizeMax else { return }
        try? database.execute(
            """
            PRAGMA busy_timeout = 0; PRAGMA wal_checkpoint(TRUNCATE);
            PRAGMA busy_timeout = \(bounds.waitMilliseconds)
            """
        )
    }

    /// Those that are read first where there may be no time for all: the newest, whose names begin with
    /// their dates.
    ///
    /// What is gone comes last, when it is known where else it lies.
    private func ordered(_ groups: [CatalogGroup]) -> [CatalogGroup] {
        let there = groups.filter { !$0.now.isEmpty }
        let gone = groups.filter(\.now.isEmpty)
        guard let first = bounds.first else { return there + gone }
        let isFirst = { (group: CatalogGroup) in group.name.hasPrefix(first + "/") }
        let newestFirst = there.sorted { left, right in
            isFirst(left) != isFirst(right) ? isFirst(left) : left.name > right.name
        }
        return newestFirst + gone
    }
}
