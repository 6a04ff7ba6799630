import CJouleSystem
import Glibc

/// What one folder of a ledger directory holds: ledgers, and folders with more of them.
///
/// Links to directories are not followed, and what only looks like files, such as `/proc`, is not
/// entered.
package struct LedgerFolder {
    package let path: String
    /// How far it lies below the directory that was asked for.
    package let depth: Int
    private let device: dev_t?
    /// Whether it is a folder of packs or lies in one.
    fileprivate let isOfPacks: Bool

    /// A ledger by what its folder says of it.
    package struct Entry {
        package let name: String
        package let inode: Int64
    }

    package init(_ path: String) {
        self.path = path
        depth = 0
        device = nil
        isOfPacks = false
    }

    private init(_ path: String, in parent: LedgerFolder, device: dev_t?) {
        self.path = path
        depth = parent.depth + 1
        self.device = device
        isOfPacks = parent.isOfPacks || path.hasSuffix("/" + PackLevels.folderName)
    }

    /// A folder below it that is known to be one.
    package func folder(_ path: String) -> LedgerFolder {
        LedgerFolder(path, in: self, device: device)
    }

    /// The path of a thing in it.
    package func path(of name: String) -> String {
        path.hasSuffix("/") ? path + name : "\(path)/\(name)"
    }

    /// The ledgers in it, in no order, and the folders; nil when it cannot be read.
    package func contents() -> (ledgers: [Entry], folders: [LedgerFolder])? {
        guard let listing = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(listing) }
        var ledgers: [Entry] = []
        var folders: [LedgerFolder] = []
        while let entry = unsafe readdir(listing) {
            let name = unsafe Self.name(of: entry)
            guard name != ".", name != "..", name != LedgerDirectory.claimFolderName else {
                continue
            }
            let isLedger = name.hasSuffix(".joule")
            let type = Int32(unsafe entry.pointee.d_type)
            let inode = Int64(bitPattern: UInt64(unsafe entry.pointee.d_ino))
            // Nearly everything is a ledger, of which the folder says enough.
            if isLedger, type == Int32(DT_REG) {
                ledgers.append(Entry(name: name, inode: inode))
                continue
            }
            guard isLedger || type == Int32(DT_DIR) || type == Int32(DT_UNKNOWN) else { continue }
            let path = path(of: name)
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                let isMount = device.map { $0 != status.st_dev } ?? true
                guard depth < 32, !(isMount && LedgerDirectory.isPseudo(path)) else { continue }
                folders.append(LedgerFolder(path, in: self, device: status.st_dev))
            } else if isLedger {
                ledgers.append(Entry(name: name, inode: inode))
            }
        }
        return (ledgers, folders)
    }

    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        // SAFETY: the system ends a name with a zero within its field.
        unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
            unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        }
    }
}

/// The folders of a tree that are still to be listed.
///
/// Folders of packs come last, those within them in the order of their names. A ledger only ever moves
/// to a folder that comes later, and appears there before it goes from where it was: whoever lists
/// folders in this order misses none that moves meanwhile.
package struct FoldersToList {
    private var plain: [LedgerFolder]
    private var ofPacks: [LedgerFolder] = []

    package init(below root: String) {
        plain = [LedgerFolder(root)]
    }

    package var isEmpty: Bool { plain.isEmpty && ofPacks.isEmpty }

    /// The one that is to be listed now.
    package mutating func next() -> LedgerFolder? {
        if let folder = plain.popLast() { return folder }
        let first = ofPacks.indices.min { ofPacks[$0].path < ofPacks[$1].path }
        return first.map { ofPacks.remove(at: $0) }
    }

    package mutating func add(_ folders: [LedgerFolder]) {
        for folder in folders {
            if folder.isOfPacks { ofPacks.append(folder) } else { plain.append(folder) }
        }
    }
}

extension LedgerDirectory {
    /// Has git take no notice of what is in a directory: it would count as code that has changed.
    package static func hideFromGit(_ directory: String) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open("\(directory)/.gitignore", flags, 0o664)
        guard descriptor >= 0 else { return }
        // A failure leaves the file empty, which only means that git shows the directory.
        _ = unsafe write(descriptor, "*\n", 2)
        close(descriptor)
    }

    /// Where `path` is named like a further file of a ledger, the path of its first one.
    package static func firstSegment(of path: String) -> String? { SegmentChain.numbered(path) }

    /// The paths without those that are read with another one of them.
    package static func withoutContinued(_ paths: [String]) -> [String] {
        SegmentChain.withoutContinued(paths)
    }
}
