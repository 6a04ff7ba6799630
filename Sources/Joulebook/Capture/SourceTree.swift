import Glibc
import JouleFile

/// What `git` says about the tree that a program was started from.
package struct SourceTree: Sendable, Equatable {
    /// The absolute path of the tree; nil outside a repository.
    package var root: String?
    package var commit: String?
    package var dirty: Bool?
    /// `git:<tree id>` of a clean tree, `sha256:<digest>` over commit and changes of a dirty one.
    package var identity: String?
    /// Why something above is not known.
    package var absence: String?

    /// Finding out about a huge tree stops here; the rest is an absence.
    package static let limitNS: Int64 = 2_000_000_000

    package init() {}

    /// Takes in what `git` says of the tree around a directory.
    fileprivate mutating func take(
        _ git: Git,
        heads: Subprocess,
        status: Subprocess,
        ledgerDirectory: String
    ) throws(SourceTreeError) {
        var lines = try? git.lines(of: heads)
        if lines == nil {
            // A repository without a commit has no HEAD; its files still identify it.
            lines = try git.lines(["rev-parse", "--show-toplevel"])
        }
        let root = lines?.first ?? ""
        guard !root.isEmpty else { throw .git("git named no source tree") }
        self.root = root
        let exclusion = LedgerExclusion(ledgerDirectory: ledgerDirectory, root: root)
        let heads = lines?.dropFirst() ?? []
        commit = heads.first
        let git = Git(directory: root, deadlineNS: git.deadlineNS)
        let entries = try git.output(of: status).split(separator: 0)
        let changes = try git.changes(entries, hasHead: commit != nil)
            .filter { !exclusion.covers($0) }
        dirty = !changes.isEmpty
        let headTree = try heads.last.map { tree throws(SourceTreeError) in
            try identity(ofHead: tree, git, exclusion)
        }
        if let headTree, changes.isEmpty {
            identity = headTree
        } else {
            identity = try WorkingTree(root: root, deadlineNS: git.deadlineNS)
                .identity(head: headTree ?? "none", changes: changes)
        }
    }

    /// HEAD's own tree id, unless ledgers were committed into it: then one without them.
    private func identity(
        ofHead tree: String,
        _ git: Git,
        _ exclusion: LedgerExclusion
    ) throws(SourceTreeError) -> String {
        guard let folder = exclusion.folder, pathExists("\(git.directory)/\(folder)") else {
            return "git:\(tree)"
        }
        let tracked = try git.output(["ls-tree", "-r", "-z", "HEAD", "--", folder])
        guard !tracked.isEmpty else { return "git:\(tree)" }
        let entries = try git.output(["ls-tree", "-r", "-z", "--full-tree", "HEAD"])
            .split(separator: 0)
            .filter { entry in
                let path = entry.split(separator: UInt8(ascii: "\t"), maxSplits: 1).last ?? []
                return !exclusion.covers(String(decoding: path, as: UTF8.self))
            }
        return "sha256:" + hex(ContentHash.sha256(Array(entries.joined(separator: [0]))))
    }
}

/// `git` at work on a source tree; something else can be done until `finish`.
package struct SourceTreeLook: Sendable {
    private let git: Git
    private let heads: Subprocess
    private let status: Subprocess
    private let ledgerDirectory: String

    /// Starts to look at the repository around `directory`.
    package init(
        around directory: String,
        ledgerDirectory: String
    ) throws(SourceTreeError) {
        let deadlineNS = MonotonicClock.nowNS() &+ SourceTree.limitNS
        git = Git(directory: directory, deadlineNS: deadlineNS)
        heads = try git.start(["rev-parse", "--show-toplevel", "HEAD", "HEAD^{tree}"])
        status = try git.start(Git.status)
        self.ledgerDirectory = ledgerDirectory
    }

    /// Waits for `git`, and hashes what the working tree changes.
    ///
    /// Two equal working trees give equal identities, whatever is staged. The ledger directory and
    /// ledger files never count, tracked or not.
    package func finish() -> SourceTree {
        var tree = SourceTree()
        do {
            try tree.take(git, heads: heads, status: status, ledgerDirectory: ledgerDirectory)
        } catch {
            tree.absence = error.description
        }
        return tree
    }
}

/// Why a source tree has no identity.
package enum SourceTreeError: Error, Equatable, CustomStringConvertible {
    case git(String)
    case tooLarge
    case tooSlow

    package var description: String {
        switch self {
        case .git(let reason): reason
        case .tooLarge:
            "the changed and untracked files exceed what is hashed (64 MiB, 10000 files); "
                + "add outputs to .gitignore"
        case .tooSlow: "hashing the changed and untracked files took more than 2 s"
        }
    }
}

/// Calls `git` so that it neither asks, writes, nor runs what a repository configures.
struct Git: Sendable {
    let directory: String
    let deadlineNS: Int64

    /// Paths that differ from HEAD, and untracked ones that are not ignored, from the root: each after
    /// the state of index and working tree and a space.
    static let status = [
        "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all",
    ]

    func start(
        _ arguments: [String],
        sizeBytesMax: Int = 16 << 20
    ) throws(SourceTreeError) -> Subprocess {
        let options = ["-C", directory, "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"]
        do {
            return try Subprocess(
                ["git"] + options + arguments,
                environment: Self.environment,
                deadlineNS: deadlineNS,
                sizeBytesMax: sizeBytesMax
            )
        } catch {
            throw .git(error.description)
        }
    }

    func output(of process: Subprocess) throws(SourceTreeError) -> [UInt8] {
        do {
            return try process.finish()
        } catch {
            if case .failed = error { throw .git("\(directory) is in no readable git repository") }
            throw .git(error.description)
        }
    }

    func output(_ arguments: [String], sizeBytesMax: Int = 16 << 20)
        throws(SourceTreeError) -> [UInt8]
    {
        try output(of: start(arguments, sizeBytesMax: sizeBytesMax))
    }

    func lines(of process: Subprocess) throws(SourceTreeError) -> [String] {
        try output(of: process).split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    func lines(_ arguments: [String]) throws(SourceTreeError) -> [String] {
        try lines(of: start(arguments))
    }

    /// The paths of the entries of `status` that differ from HEAD or are untracked.
    func changes(
        _ entries: [ArraySlice<UInt8>],
        hasHead: Bool
    ) throws(SourceTreeError) -> Set<String> {
        let isUntracked: (ArraySlice<UInt8>) -> Bool = { $0.first == UInt8(ascii: "?") }
        let isStaged: (ArraySlice<UInt8>) -> Bool = { !isUntracked($0) && $0.first != 0x20 }
        let path: (ArraySlice<UInt8>) -> String = {
            String(decoding: $0.dropFirst(3), as: UTF8.self)
        }
        guard hasHead, entries.contains(where: isStaged) else { return Set(entries.map(path)) }
        // What is staged may have been undone in the working tree, which alone is run.
        let differing = try output(["diff", "--name-only", "-z", "--no-renames", "HEAD"])
            .split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
        return Set(entries.filter(isUntracked).map(path) + differing)
    }

    /// Only what git needs to find itself and its configuration; no GIT_DIR of a surrounding hook.
    private static let environment: [String] =
        ["PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CEILING_DIRECTORIES"].compactMap { name in
            ProcessEnvironment.value(of: name).map { "\(name)=\($0)" }
        } + ["GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"]
}

/// Which paths of a tree belong to ledgers and not to the source.
struct LedgerExclusion {
    /// The ledger directory from the root; nil when it lies outside, or is the tree itself.
    let folder: String?

    init(ledgerDirectory: String, root: String) {
        let ledgers = resolvedPath(ledgerDirectory)
        let prefix = root.hasSuffix("/") ? root : root + "/"
        folder = ledgers.hasPrefix(prefix) ? String(ledgers.dropFirst(prefix.count)) : nil
    }

    func covers(_ path: String) -> Bool {
        if path.hasSuffix(".joule") || path.hasSuffix(".joule.ring") { return true }
        guard let folder else { return false }
        return path == folder || path.hasPrefix(folder + "/")
    }
}

/// Hashes what a working tree changes with respect to its commit.
struct WorkingTree {
    let root: String
    let deadlineNS: Int64
    static let filesMax = 10_000
    static let sizeBytesMax = 64 << 20

    /// SHA-256 over HEAD's identity and, in the order of their paths, kind and content of `changes`.
    func identity(head: String, changes: Set<String>) throws(SourceTreeError) -> String {
        guard changes.count <= Self.filesMax else { throw .tooLarge }
        var manifest = Array("joulebook.tree/1\0\(head)\0".utf8)
        var leftBytes = Self.sizeBytesMax
        for path in changes.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            guard MonotonicClock.nowNS() < deadlineNS else { throw .tooSlow }
            manifest += Array(path.utf8) + [0]
            manifest += try state(of: "\(root)/\(path)", leftBytes: &leftBytes) + [0]
        }
        return "sha256:" + hex(ContentHash.sha256(manifest))
    }

    /// A letter for the kind of file, and the digest of its content.
    private func state(
        of path: String,
        leftBytes: inout Int
    ) throws(SourceTreeError) -> [UInt8] {
        var facts = stat()
        guard unsafe lstat(path, &facts) == 0 else { return Array("deleted".utf8) }
        let mode = facts.st_mode
        switch mode & S_IFMT {
        case S_IFLNK:
            return Array("link ".utf8) + linkTarget(path)
        case S_IFREG:
            let size = Int(facts.st_size)
            guard size <= leftBytes else { throw .tooLarge }
            guard let content = fileContent(path, sizeBytesMax: leftBytes) else {
                return Array("unreadable".utf8)
            }
            leftBytes -= content.count
            let kind = mode & S_IXUSR != 0 ? "program " : "file "
            return Array(kind.utf8) + ContentHash.sha256(content)
        case S_IFDIR:
            // A nested repository or submodule: its own commit is what git compares.
            return Array("directory".utf8)
        default:
            return Array("special".utf8)
        }
    }
}
