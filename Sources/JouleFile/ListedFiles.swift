import Glibc

/// The files of ledgers below some paths, each once, by name; those that are read with another left out.
///
/// What goes while they are read has moved into a pack, which was there before: then the paths are
/// listed again, and what is new comes behind. So it is with a pack that went into a larger one.
struct ListedFiles {
    private let paths: [String]
    private var pending: ArraySlice<String> = []
    private var known: Set<String> = []
    private var listings = 0
    /// Whether to list, since something is not where it was or nothing was listed yet.
    private var isStale = true

    /// Enough where jobs pack every minute; a directory that changes faster tells what is missing.
    private static let listingsMax = 16

    /// So many files were handed on.
    var done: Int { known.count - pending.count }
    /// So many were found until now.
    var count: Int { known.count }

    /// Files among `paths` need not be named as ledgers are.
    init(below paths: [String]) { self.paths = paths }

    /// Throws when a directory among the paths cannot be read.
    mutating func next(_ progress: ((LedgerDirectory.Progress) -> Void)? = nil) throws(LedgerError)
        -> String?
    {
        if pending.isEmpty, isStale { try list(progress) }
        return pending.popFirst()
    }

    /// Whether a file could not be read because it is not there any more, and its runs are still to come.
    mutating func isGone(_ error: LedgerError) -> Bool {
        guard case .system(let path, _, ENOENT) = error, known.contains(path),
            listings < Self.listingsMax
        else { return false }
        isStale = true
        return true
    }

    private mutating func list(_ progress: ((LedgerDirectory.Progress) -> Void)?)
        throws(LedgerError)
    {
        isStale = false
        listings += 1
        var files: Set<String> = []
        for path in paths {
            if LedgerDirectory.isDirectory(path) {
                files.formUnion(try LedgerDirectory.ledgers(below: path, progress: progress))
            } else if listings == 1 {
                files.insert(path)
            }
        }
        let found = SegmentChain.withoutContinued(files.sorted())
        pending = found.filter { known.insert($0).inserted }[...]
    }
}
