import CJouleSystem
import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities

/// Where the catalog of a ledger directory lies: on this machine, in a folder of this user alone.
struct CatalogPlace {
    /// Written into each database and into its name; another one is another file.
    static let version: Int64 = 4

    /// The ledgers' directory or file without links.
    let root: String
    /// Of the database.
    let path: String

    /// Nil where there is no such folder, or it lies on a file system that machines share; it is made
    /// where `creates` says so.
    init?(ledgers: String, rules: KeyRules, in cache: String? = nil, creates: Bool) {
        guard let root = Self.resolved(ledgers) else { return nil }
        let folders = cache.map { [$0] } ?? Self.cacheFolders
        guard let cache = folders.first(where: { Self.isUsable($0, creates: creates) }) else {
            return nil
        }
        self.root = root
        let name = ContentHash.sha256Hex(root).prefix(24)
        let keys = rules == .none ? "" : "-" + ContentHash.sha256Hex(Self.text(rules)).prefix(12)
        path = "\(cache)/runs-\(name)\(keys)-v\(Self.version).sqlite"
    }

    private init(root: String, path: String) {
        self.root = root
        self.path = path
    }

    /// Where one is made before it is there; each time elsewhere.
    func draft() -> CatalogPlace {
        CatalogPlace(root: root, path: "\(path)\(Self.draftMark)\(UInt64.random(in: 0 ... .max))")
    }

    private static let draftMark = ".draft-"
    private static let day: Int64 = 86_400 * 1_000_000_000
    private static let unusedNS = 90 * day

    /// Notes that the catalog is used; a note a day is enough.
    func touch() {
        guard let state = FileState(of: path), Self.age(of: state) > Self.day else { return }
        unsafe utimensat(AT_FDCWD, path, nil, 0)
    }

    /// Removes catalogs that nobody has used for a long time, and drafts that were left behind.
    func sweep() {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("runs-") {
            let file = "\(folder)/\(name)"
            let limit = name.contains(Self.draftMark) ? Self.day : Self.unusedNS
            guard let state = FileState(of: file), Self.age(of: state) > limit else { continue }
            let base = name.hasSuffix(".sqlite") || name.contains(Self.draftMark)
            if base { CatalogPlace(root: root, path: file).remove() }
        }
    }

    private static func age(of state: FileState) -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &- state.changedNS
    }

    /// All files that belong to the database.
    var files: [String] { [path, path + "-wal", path + "-shm", path + "-journal"] }

    func remove() {
        for file in files { unsafe unlink(file) }
    }

    /// The rules in words that are the same in every process.
    private static func text(_ rules: KeyRules) -> String {
        let lists = [rules.ignored, rules.seeds, rules.semantic, rules.protected, rules.budget]
        let defaults = rules.defaults.sorted { $0.key < $1.key }
            .map { JSON.array([.string($0.key), $0.value]).text() }
        return "\(lists) \(defaults)"
    }

    private static func resolved(_ path: String) -> String? {
        guard let found = unsafe realpath(path, nil) else { return nil }
        // SAFETY: `realpath` gave memory of its own that ends with a zero.
        defer { unsafe free(found) }
        return unsafe String(cString: found)
    }

    // MARK: The folder

    /// `$XDG_CACHE_HOME/joulebook`, else `~/.cache/joulebook`; where that is shared by machines
    /// `/var/tmp/joulebook-UID`.
    private static var cacheFolders: [String] {
        let environment = ProcessInfo.processInfo.environment
        var bases: [String] = []
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") {
            bases.append(base + "/joulebook")
        } else if let home = environment["HOME"], home.hasPrefix("/") {
            bases.append(home + "/.cache/joulebook")
        }
        bases.append("/var/tmp/joulebook-\(geteuid())")
        return bases
    }

    /// Whether the folder is there, this user's alone, and this machine's.
    private static func isUsable(_ folder: String, creates: Bool) -> Bool {
        if creates {
            let parent = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
            unsafe mkdir(parent, 0o700)
            unsafe mkdir(folder, 0o700)
        }
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0, unsafe access(folder, W_OK) == 0
        else { return false }
        return !sharedTypes.contains(joule_file_system_type(descriptor))
    }

    /// From linux/magic.h and the file systems themselves: NFS, SMB, CIFS, SMB2, FUSE, 9P, AFS, Ceph,
    /// Lustre, GPFS, BeeGFS.
    private static let sharedTypes: Set<Int64> = [
        0x6969, 0x517B, 0xFF53_4D42, 0xFE53_4D42, 0x6573_5546, 0x0102_1997, 0x5346_414F,
        0x00C3_6400, 0x0BD0_0BD0, 0x4750_4653, 0x1983_0326,
    ]
}
