import Glibc
package import JouleFile
import JouleQuantities
import JouleSystem

/// The runs of a ledger directory in a form in which a question about one of them reads few.
///
/// A cache that can be made again at any time and says nothing that the ledgers do not: whatever goes
/// wrong with it, there is none, and who asks reads the ledgers themselves. `Schemas/catalog.md` says
/// what it keeps and when it looks at a file again.
package final class RunCatalog: Sendable {
    /// How far a catalog has come that reads ledgers.
    package typealias Progress = (_ done: Int, _ of: Int) -> Void

    let place: CatalogPlace
    let roles: KeyRoles
    /// Of the database's file.
    private let inode: Int64?
    /// How the user spells the directory.
    private let name: String
    private let open: Lock<(database: Database, memory: CatalogMemory)>

    /// How much may be read before an answer must be there; what is left is read another time.
    package struct Bounds: Sendable {
        /// Until when ledgers are read, on the clock that never goes back.
        var deadlineNS = Int64.max
        /// Larger files are left to somebody who has time.
        var fileBytesMax = Int64.max
        /// Where the ledgers lie that are read first.
        var first: String?
        /// How long another process that reads ledgers is waited for.
        var waitMilliseconds: Int32 = 5000

        package static let none = Bounds()

        /// For who has to begin in `seconds`.
        package static func soon(_ seconds: Double, fileBytesMax: Int64, first: String) -> Bounds {
            Bounds(
                deadlineNS: Self.nowNS() + Int64(seconds * 1e9),
                fileBytesMax: fileBytesMax,
                first: first,
                waitMilliseconds: 500
            )
        }

        func isOver(for bytes: Int64) -> Bool {
            bytes > fileBytesMax || deadlineNS != .max && Self.nowNS() > deadlineNS
        }

        private static func nowNS() -> Int64 {
            var time = timespec()
            unsafe clock_gettime(CLOCK_MONOTONIC, &time)
            return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
        }
    }

    /// The catalog of the ledgers at `path`, up to date; nil where there is none.
    ///
    /// One is made where there is much to read: `filesWorthIt` ledgers or some megabytes. `cache` is the
    /// folder for it, if not the user's.
    package init?(
        of path: String,
        rules: KeyRules,
        cache: String? = nil,
        filesWorthIt: Int = 200,
        bounds: Bounds = .none,
        progress: Progress? = nil
    ) {
        let update = Update(roles: KeyRoles(rules), bounds: bounds, progress: progress)
        var found = CatalogPlace(ledgers: path, rules: rules, in: cache, creates: false)
        if found.map({ unsafe access($0.path, F_OK) != 0 }) ?? true {
            guard Self.isWorthIt(path, filesWorthIt) else { return nil }
            found = CatalogPlace(ledgers: path, rules: rules, in: cache, creates: true)
        }
        guard let place = found, let database = update.database(at: place) else { return nil }
        self.place = place
        inode = FileState(of: place.path)?.inode
        name = path
        roles = update.roles
        open = Lock((database, CatalogMemory()))
    }

    /// Looks at the directory again; whether the catalog can still be used.
    package func refresh(_ bounds: Bounds = .none, progress: Progress? = nil) -> Bool {
        // A database that was deleted, or made anew, is not this one any more.
        guard FileState(of: place.path)?.inode == inode else { return false }
        let update = Update(roles: roles, bounds: bounds, progress: progress)
        let hasChanged = read { database, memory throws(CatalogFailure) in
            let hasChanged = try update.refresh(database, place)
            if hasChanged { memory.forget() }
            return hasChanged
        }
        return hasChanged != nil
    }

    /// Has `body` work on the database; nil when that failed.
    func read<Result>(
        _ body: (Database, inout CatalogMemory) throws(CatalogFailure) -> Result
    ) -> Result? {
        open.withLock { open in
            do throws(CatalogFailure) { return try body(open.database, &open.memory) } catch {
                if error.isDamage { place.remove() }
                return nil
            }
        }
    }

    /// What could not be read of the directory.
    package var problems: [LedgerDirectory.Problem] {
        let found = read { database, _ throws(CatalogFailure) in
            var found: [LedgerDirectory.Problem] = []
            try database.run("SELECT path, message FROM problems ORDER BY path, rowid") { row in
                found.append(
                    .init(path: spelt(row.text(0) ?? ""), message: spelt(row.text(1) ?? ""))
                )
            }
            return found
        }
        return found ?? []
    }

    /// A text in which paths begin as the user spells them.
    private func spelt(_ text: String) -> String {
        let given = name.hasSuffix("/") && name.count > 1 ? String(name.dropLast()) : name
        return given == place.root
            ? text
            : text.replacing(place.root + "/", with: given + "/").replacing(
                place.root,
                with: given
            )
    }

    /// Whether any run is of a project.
    package func knows(project: String) -> Bool {
        read { database, _ throws(CatalogFailure) in
            try database.integer("SELECT runs FROM projects WHERE name = ?", [.text(project)]) ?? 0
        } ?? 0 > 0
    }
}

extension RunCatalog {
    /// Fewer are read as quickly as a catalog.
    private static let bytesWorthIt: Int64 = 1 << 20

    private static func isWorthIt(_ root: String, _ filesWorthIt: Int) -> Bool {
        guard LedgerDirectory.isDirectory(root) else {
            return filesWorthIt <= 1 || FileState(of: root)?.size ?? 0 >= bytesWorthIt
        }
        var files = 0
        var bytes: Int64 = 0
        var pending = FoldersToList(below: root)
        while let folder = pending.next() {
            guard let contents = folder.contents() else { continue }
            files += contents.ledgers.count
            if files >= filesWorthIt { return true }
            for ledger in contents.ledgers {
                bytes += FileState(of: folder.path(of: ledger.name))?.size ?? 0
            }
            if bytes >= bytesWorthIt { return true }
            pending.add(contents.folders)
        }
        return false
    }
}
