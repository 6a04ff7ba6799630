import Glibc
import JouleFormat

/// The packs that hold what was packed in a ledger directory: `packs/LEVEL/NUMBER.joule` in it.
///
/// Level 0 has what a job packed. Eight packs of a level are merged into one of the next, or of the
/// last one when it has so many ledgers that it is not merged any more. So a ledger is written again
/// once for each eightfold of jobs. Numbers rise, whatever the level: the highest is that of the pack
/// that was written last.
///
/// Whoever has this has the lock of the folder: no other job packs meanwhile.
struct PackLevels: ~Copyable {
    static let folderName = "packs"
    static let mergedAtOnce = 8
    /// Of packs that are not merged.
    ///
    /// One digit, so that names are in the order of numbers.
    static let levelMax = 9
    /// A pack with more names of ledgers is not merged: eight would be too many for one.
    static let mergedMax = Limits.membersMax / mergedAtOnce

    /// One of the packs.
    struct Pack: Hashable {
        let level: Int
        let number: Int
        let path: String
    }

    private let folder: String
    /// Held until the job ends, however it does.
    private let lock: SystemFile
    /// By number.
    private(set) var packs: [Pack]

    /// Makes the folder where there is none.
    ///
    /// Throws `.beingPacked` while another job has it.
    init(in directory: String) throws(LedgerError) {
        let folder = Self.folder(in: directory)
        if !LedgerDirectory.isDirectory(folder) {
            try LedgerImport.makeDirectory(folder)
            LedgerDirectory.hideFromGit(folder)
            SystemFile.synchronizeDirectory(of: folder)
        }
        let lock = try SystemFile.opening(folder + "/lock")
        guard lock.lockExclusively() else { throw .beingPacked(path: directory) }
        self.folder = folder
        self.lock = lock
        packs = Self.packs(in: directory)
        for level in 0...Self.levelMax { Self.discardDrafts(in: "\(folder)/\(level)") }
    }

    /// The packs of a directory, whoever may be at work in it.
    static func packs(in directory: String) -> [Pack] {
        let folder = folder(in: directory)
        let found = (0...levelMax).flatMap { level in
            directoryEntries("\(folder)/\(level)").compactMap { name in
                Pack(level: level, name: name, in: folder)
            }
        }
        return found.sorted { $0.number < $1.number }
    }

    /// Where a member of the pack at `path` was; nil when it is no pack of this kind.
    static func original(_ member: String, in path: String) -> String? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[parts.count - 3] == folderName,
            parts[parts.count - 2].count == 1, PackExtraction.isSafe(member)
        else { return nil }
        return (parts.dropLast(3).map(String.init) + [member]).joined(separator: "/")
    }

    private static func folder(in directory: String) -> String {
        directory.hasSuffix("/") ? directory + folderName : "\(directory)/\(folderName)"
    }

    /// Where a file system has no files without a name, a job that was killed leaves its draft.
    private static func discardDrafts(in folder: String) {
        for name in directoryEntries(folder) where name.hasSuffix(".joule.part") {
            SystemFile.remove("\(folder)/\(name)")
        }
    }

    /// Whether the file at `path` is, or would be, one of the packs.
    func holds(_ path: String) -> Bool {
        (0...Self.levelMax).contains { path.hasPrefix("\(folder)/\($0)/") }
    }

    /// The next pack, of a level, which is not there yet.
    func next(at level: Int) throws(LedgerError) -> Pack {
        let number = (packs.last?.number ?? 0) + 1
        let place = "\(folder)/\(level)"
        try LedgerImport.makeDirectory(place)
        SystemFile.synchronizeDirectory(of: place)
        let digits = String(number)
        let zeros = String(repeating: "0", count: max(0, 8 - digits.count))
        return Pack(level: level, number: number, path: "\(place)/\(zeros)\(digits).joule")
    }

    /// Takes the next pack, which has appeared.
    mutating func take(_ pack: Pack) { packs.append(pack) }

    /// Leaves out packs whose ledgers are in another one; the next job removes them, so that whoever has
    /// just listed them can still read them.
    mutating func retire(_ merged: [Pack]) { packs.removeAll { merged.contains($0) } }

    /// Removes packs whose ledgers are in another one.
    mutating func remove(_ gone: [Pack]) {
        for pack in gone { SystemFile.remove(pack.path) }
        retire(gone)
    }
}

extension PackLevels.Pack {
    /// Nil for a name that is none of a pack.
    fileprivate init?(level: Int, name: String, in folder: String) {
        guard name.hasSuffix(".joule"), let number = Int(name.dropLast(".joule".utf8.count)),
            number > 0
        else { return nil }
        self.init(level: level, number: number, path: "\(folder)/\(level)/\(name)")
    }
}
