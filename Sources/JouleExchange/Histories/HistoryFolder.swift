import Glibc
import JouleFile

/// The regular files below a folder, those of one folder together; links are not followed.
struct HistoryFolder {
    struct File {
        /// From the folder on, without its own name.
        let folder: String
        let name: String
        let path: String
        let sizeBytes: UInt64
    }

    private(set) var files: [File] = []
    private var seen = 0

    private static let depthMax = 32
    private static let entriesMax = 1_000_000

    /// Those whose name, in the folder of that path, is `wanted`; folders that are `skipped` are not
    /// looked into.
    init(
        _ root: String,
        skipping skipped: (_ folder: String, _ name: String) -> Bool = { _, _ in false },
        wanted: (_ folder: String, _ name: String) -> Bool
    ) throws(ExchangeError) {
        try look(into: root, under: "", depth: 0, skipped, wanted)
        files.sort { ($0.folder, $0.name) < ($1.folder, $1.name) }
    }

    private mutating func look(
        into path: String,
        under folder: String,
        depth: Int,
        _ skipped: (String, String) -> Bool,
        _ wanted: (String, String) -> Bool
    ) throws(ExchangeError) {
        guard depth <= Self.depthMax else {
            throw .unreadable(path: path, reason: "folders nest deeper than \(Self.depthMax)")
        }
        for name in directoryEntries(path, max: Self.entriesMax).sorted()
        where name != "." && name != ".." {
            seen += 1
            guard seen < Self.entriesMax else {
                let reason = "more than \(Self.entriesMax) files and folders; import parts of it"
                throw .unreadable(path: path, reason: reason)
            }
            let inner = "\(path)/\(name)"
            var facts = stat()
            guard unsafe lstat(inner, &facts) == 0 else { continue }
            switch facts.st_mode & S_IFMT {
            case S_IFDIR where !skipped(folder, name):
                let below = folder.isEmpty ? name : "\(folder)/\(name)"
                try look(into: inner, under: below, depth: depth + 1, skipped, wanted)
            case S_IFREG where wanted(folder, name):
                let size = UInt64(clamping: facts.st_size)
                files.append(File(folder: folder, name: name, path: inner, sizeBytes: size))
            default: break
            }
        }
    }

    static func isFolder(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// Without the slashes at its end.
    static func trimmed(_ path: String) -> String {
        var path = path[...]
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return String(path)
    }

    /// The path from the root on, without links; nil where the system does not tell.
    static func real(_ path: String) -> String? {
        // SAFETY: realpath returns a string that ends, which is ours to free.
        guard let real = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }
}
