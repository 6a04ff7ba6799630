import Glibc
import JouleFile

/// What has changed below a ledger directory since the catalog last looked.
///
/// A folder whose time has not changed holds the same names. A ledger that was closed is looked at
/// again where there are few, or where another file has its name; one that was not closed always is.
struct CatalogScan {
    /// So many files are all looked at each time.
    static let filesLookedAtMax: Int64 = 500
    /// A folder that changed less than this before it was listed may change again unseen.
    private static let settledNS: Int64 = 2_000_000_000

    /// A file that is known.
    struct Known {
        let id: Int64
        let state: FileState

        /// Of a row that has, behind the path, an id, size, time of change and inode.
        init?(_ row: Database.Row) {
            guard let id = row.integer(1) else { return nil }
            self.id = id
            state = FileState(
                size: row.integer(2) ?? 0,
                changedNS: row.integer(3) ?? 0,
                inode: row.integer(4) ?? 0
            )
        }
    }

    /// A folder as it was listed.
    struct Listed {
        let path: String
        let parent: String?
        let state: FileState
        let isSettled: Bool
        let last: String
        let sum: Int64
    }

    /// Files that are new or have changed, by their paths.
    private(set) var changed: [String: FileState] = [:]
    /// Files that are gone, by their paths.
    private(set) var gone: [String: Int64] = [:]
    /// Folders that were listed anew.
    private(set) var listed: [Listed] = []
    private(set) var foldersGone: [String] = []

    private let database: Database
    private let looksAtAll: Bool
    /// Folders as they were, by their paths, and which lie in which.
    private var before: [String: Listed] = [:]
    private var subfolders: [String: [String]] = [:]
    /// Files that are looked at each time, by folders.
    private var watched: [String: [String: Known]] = [:]

    /// Whether there is nothing to write down.
    var isEmpty: Bool { !touchesRuns && listed.isEmpty && foldersGone.isEmpty }
    /// Whether ledgers have come, gone or changed.
    var touchesRuns: Bool { !changed.isEmpty || !gone.isEmpty }

    init(_ database: Database, root: String) throws(CatalogFailure) {
        self.database = database
        let most = Self.filesLookedAtMax + 1
        let count = try database.integer(
            "SELECT count(*) FROM (SELECT 1 FROM files LIMIT ?)",
            [.integer(most)]
        )
        looksAtAll = count ?? 0 < most
        guard LedgerDirectory.isDirectory(root) else {
            compare(
                FileState(of: root).map { [(root, $0)] } ?? [],
                with: try known("SELECT path, id, size, changed, inode FROM files")
            )
            return
        }
        try recall()
        var pending = FoldersToList(below: root)
        var parents: [String: String] = [:]
        while let folder = pending.next() {
            let below = try look(into: folder, below: parents.removeValue(forKey: folder.path))
            for child in below { parents[child.path] = folder.path }
            pending.add(below)
        }
    }

    /// Reads what is known in one go: asking for each folder costs more than looking at it.
    private mutating func recall() throws(CatalogFailure) {
        try database.run(
            "SELECT path, parent, changed, inode, settled, last, sum FROM folders"
        ) { row in
            guard let path = row.text(0) else { return }
            let folder = Listed(
                path: path,
                parent: row.text(1),
                state: FileState(
                    size: 0,
                    changedNS: row.integer(2) ?? 0,
                    inode: row.integer(3) ?? 0
                ),
                isSettled: row.integer(4) == 1,
                last: row.text(5) ?? "",
                sum: row.integer(6) ?? 0
            )
            before[path] = folder
            if let parent = folder.parent { subfolders[parent, default: []].append(path) }
        }
        let which = looksAtAll ? "" : " WHERE open = 1"
        try database.run("SELECT path, id, size, changed, inode, folder FROM files" + which) {
            row in
            guard let path = row.text(0), let file = Known(row), let folder = row.text(5) else {
                return
            }
            watched[folder, default: [:]][path] = file
        }
    }

    /// The folders in it.
    private mutating func look(into folder: LedgerFolder, below parent: String?)
        throws(CatalogFailure) -> [LedgerFolder]
    {
        let path = folder.path
        let now = Self.nowNS()
        guard let state = FileState(of: path) else { throw CatalogFailure() }
        let then = before[path]
        let known = subfolders[path] ?? []
        let isSame =
            then?.state.changedNS == state.changedNS && then?.state.inode == state.inode
        if isSame, then?.isSettled == true {
            lookAgain(in: path)
            return known.map(folder.folder)
        }
        guard let contents = folder.contents() else { throw CatalogFailure() }
        try compare(contents.ledgers, in: folder, with: then)
        // A clock that runs ahead never settles, and its folder is listed each time.
        let isSettled = now &- state.changedNS > Self.settledNS
        if isSettled || !isSame {
            listed.append(
                Listed(
                    path: path,
                    parent: parent,
                    state: state,
                    isSettled: isSettled,
                    last: contents.ledgers.map(\.name).max() ?? "",
                    sum: Self.sum(contents.ledgers)
                )
            )
        }
        let here = Set(contents.folders.map(\.path))
        for lost in known where !here.contains(lost) { try lose(lost) }
        return contents.folders
    }

    /// Looks at files that are known to be there.
    private mutating func lookAgain(in folder: String) {
        guard let files = watched[folder] else { return }
        compare(
            files.keys.compactMap { path in FileState(of: path).map { (path, $0) } },
            with: files
        )
    }

    private mutating func compare(
        _ entries: [LedgerFolder.Entry],
        in folder: LedgerFolder,
        with then: Listed?
    ) throws(CatalogFailure) {
        if looksAtAll, entries.count <= Int(Self.filesLookedAtMax) {
            let found = entries.compactMap { entry -> (String, FileState)? in
                let path = folder.path(of: entry.name)
                return FileState(of: path).map { (path, $0) }
            }
            compare(found, with: watched[folder.path] ?? [:])
            return
        }
        lookAgain(in: folder.path)
        // Names begin with dates, so that mostly all that is new comes last.
        var new = entries.filter { $0.name > then?.last ?? "" }
        if Self.sum(entries) &- Self.sum(new) != then?.sum ?? 0 {
            var left = try known(in: folder.path)
            new = entries.filter { entry in
                left.removeValue(forKey: folder.path(of: entry.name))?.state.inode != entry.inode
            }
            for (path, file) in left { gone[path] = file.id }
        }
        for entry in new {
            let path = folder.path(of: entry.name)
            changed[path] = FileState(of: path)
        }
    }

    /// Does not depend on the order.
    private static func sum(_ entries: [LedgerFolder.Entry]) -> Int64 {
        let sum = entries.reduce(UInt64(0)) { sum, entry in
            let inode = UInt64(bitPattern: entry.inode)
            return sum &+ Fingerprint64.combine(Fingerprint64.of(entry.name), inode)
        }
        return Int64(bitPattern: sum)
    }

    private mutating func compare(_ found: [(String, FileState)], with known: [String: Known]) {
        var left = known
        for (path, state) in found {
            if left.removeValue(forKey: path)?.state != state { changed[path] = state }
        }
        for (path, file) in left { gone[path] = file.id }
    }

    /// Takes a folder that is gone with everything below it.
    private mutating func lose(_ path: String) throws(CatalogFailure) {
        foldersGone.append(path)
        for (path, file) in try known(in: path) { gone[path] = file.id }
        for below in subfolders[path] ?? [] { try lose(below) }
    }

    /// All files of a folder.
    private func known(in folder: String) throws(CatalogFailure) -> [String: Known] {
        try known(
            "SELECT path, id, size, changed, inode FROM files WHERE folder = ?",
            [.text(folder)]
        )
    }

    private func known(_ text: String, _ values: [Database.Value] = []) throws(CatalogFailure)
        -> [String: Known]
    {
        var found: [String: Known] = [:]
        try database.run(text, values) { row in
            if let path = row.text(0) { found[path] = Known(row) }
        }
        return found
    }

    private static func nowNS() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Writes down how the folders were.
    func note(in database: Database) throws(CatalogFailure) {
        for path in foldersGone {
            try database.run("DELETE FROM folders WHERE path = ?", [.text(path)])
        }
        for folder in listed {
            try database.run(
                "INSERT OR REPLACE INTO folders VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    .text(folder.path), .optional(folder.parent), .integer(folder.state.changedNS),
                    .integer(folder.state.inode), .integer(folder.isSettled ? 1 : 0),
                    .text(folder.last), .integer(folder.sum),
                ]
            )
        }
    }
}

/// Files of which each may go on where another one ends, and which are therefore read together.
struct CatalogGroup {
    /// The path of the first one.
    let name: String
    /// As the catalog knows them.
    let before: [Int64]
    let now: [(path: String, state: FileState)]

    /// The groups in which something has changed, ordered by their first paths.
    static func all(of scan: CatalogScan, in database: Database) throws(CatalogFailure)
        -> [CatalogGroup]
    {
        var changed: [String: [String]] = [:]
        for path in Array(scan.changed.keys) + Array(scan.gone.keys) {
            changed[try first(of: path, scan, database), default: []].append(path)
        }
        var groups: [CatalogGroup] = []
        for name in changed.keys.sorted() {
            var before: [Int64] = []
            var now: [String: FileState] = [:]
            for path in changed[name] ?? [] { now[path] = scan.changed[path] }
            let stem = String(name.dropLast(".joule".utf8.count))
            // What lies between them begins with the stem and a point.
            try database.run(
                """
                SELECT id, path, size, changed, inode FROM files WHERE path = ?1 OR path > ?2 AND path < ?3
                """,
                [.text(name), .text(stem + "."), .text(stem + "/")]
            ) { row in
                guard let id = row.integer(0), let path = row.text(1),
                    path == name || LedgerDirectory.firstSegment(of: path) == name
                else { return }
                before.append(id)
                guard scan.gone[path] == nil, now[path] == nil else { return }
                now[path] = FileState(
                    size: row.integer(2) ?? 0,
                    changedNS: row.integer(3) ?? 0,
                    inode: row.integer(4) ?? 0
                )
            }
            let files = now.map { (path: $0.key, state: $0.value) }.sorted { $0.path < $1.path }
            groups.append(CatalogGroup(name: name, before: before, now: files))
        }
        return groups
    }

    /// The path that names the group of `path`: of the first segment, where that is or was there.
    private static func first(
        of path: String,
        _ scan: CatalogScan,
        _ database: Database
    ) throws(CatalogFailure) -> String {
        guard let first = LedgerDirectory.firstSegment(of: path) else { return path }
        if scan.changed[first] != nil || scan.gone[first] != nil { return first }
        let isKnown = try database.integer("SELECT 1 FROM files WHERE path = ?", [.text(first)])
        return isKnown == nil ? path : first
    }
}
