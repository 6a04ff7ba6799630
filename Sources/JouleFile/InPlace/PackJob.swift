import Glibc
import JouleFormat
package import JouleQuantities

/// Puts the ended ledgers of a directory into packs in it, in whose place they are then.
///
/// Others may write and read there at any time. A pack appears as a whole; what it replaces goes only
/// when it is on disk, every block of it holds, and it has the very bytes that are there. So each run
/// is in some file at every moment, and in two for a while, of which readers count one. A job that is
/// killed leaves nothing but such a pair, which the next one completes.
package struct PackJob: Sendable {
    /// Packs that became one.
    package struct Merge: Sendable {
        package let packs: Int
        package let into: LedgerPack
        package let path: String
    }

    /// Of the ledgers that were packed now; nil where there was none to pack.
    package private(set) var packed: LedgerPack?
    /// Where they are.
    package private(set) var path: String?
    package private(set) var merges: [Merge] = []
    /// Files of ledgers that are gone because a pack has them, those of an earlier job included.
    package private(set) var removed = 0
    /// Ledgers that still have a writer.
    package private(set) var live = 0
    /// What stays as it is, and why.
    package private(set) var problems: [LedgerDirectory.Problem] = []

    private let directory: String

    /// Packs what was last written to before `moment`; `progress` is told of ledgers.
    ///
    /// Throws `.beingPacked` where another job is at work, and when something cannot be read or
    /// written; what was done until then holds.
    package init(
        in directory: String,
        until moment: WallTime,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(LedgerError) {
        self.directory = directory
        var levels = try PackLevels(in: directory)
        try complete(&levels)
        try pack(endedBefore: moment, into: &levels, progress)
        for level in 0..<PackLevels.levelMax { try merge(level, of: &levels) }
    }

    /// Removes what the pack that was written last replaces: packs that were merged into it, and ledgers
    /// if whoever packed them was killed before.
    private mutating func complete(_ levels: inout PackLevels) throws(LedgerError) {
        guard let last = levels.packs.last else { return }
        let contents = try PackContents(at: last.path)
        if last.level == 0 {
            let isAnyLeft = contents.members.contains { member in
                unsafe access("\(directory)/\(member.path)", F_OK) == 0
            }
            if isAnyLeft { try removeOriginals(of: last) }
            return
        }
        let roots = Set(contents.members.map(\.root))
        for pack in levels.packs where pack.level < last.level {
            let merged = try PackContents(at: pack.path)
            guard merged.members.allSatisfy({ roots.contains($0.root) }) else { continue }
            if try WholePack(last.path).covers(merged) { levels.remove([pack]) }
        }
    }

    private mutating func removeOriginals(of pack: PackLevels.Pack) throws(LedgerError) {
        let (count, found) = try WholePack(pack.path).removeOriginals(below: directory)
        removed += count
        problems += found
    }

    // MARK: Ledgers

    private mutating func pack(
        endedBefore moment: WallTime,
        into levels: inout PackLevels,
        _ progress: ((_ done: Int, _ of: Int) -> Void)?
    ) throws(LedgerError) {
        let files = try LedgerDirectory.ledgers(below: directory).filter { !levels.holds($0) }
        let target = try levels.next(at: 0)
        var writer = try PackWriter(target.path, of: [.clean])
        for (number, file) in files.enumerated() where writer.result.ledgers < PackLevels.mergedMax
        {
            progress?(number, files.count)
            guard isEnded(file, before: moment) else { continue }
            try writer.add(file, as: relative(file)) { _ in }
        }
        problems += writer.result.damaged
        guard writer.result.ledgers > 0 else { return }
        packed = try writer.close()
        path = target.path
        levels.take(target)
        try removeOriginals(of: target)
    }

    /// Whether a file is a ledger that nobody writes any more; one of a killed writer is closed.
    ///
    /// One bad file is no reason to leave the others.
    private mutating func isEnded(_ path: String, before moment: WallTime) -> Bool {
        guard isOld(path, before: moment) else { return false }
        do throws(LedgerError) {
            let source = try LedgerSource(path)
            guard try !BlockScanner.header(of: source).isPack else { return false }
            guard !source.isLive() else {
                live += 1
                return false
            }
            guard try SegmentChain.ofSeveral(path) == nil else { return false }
            try ReopenedLedger.closing(path)
            return true
        } catch .busy {
            // Somebody has just begun to annotate it.
            live += 1
            return false
        } catch {
            problems.append(.init(error))
            return false
        }
    }

    /// Whether it is a file that this process may remove, last written to before `moment`.
    private func isOld(_ path: String, before moment: WallTime) -> Bool {
        guard let status = SystemFile.replaceable(path) else { return false }
        return FileState(status).changedNS < moment.unixNanoseconds
    }

    private func relative(_ file: String) -> String {
        String(file.dropFirst(directory.hasSuffix("/") ? directory.count : directory.count + 1))
    }

    // MARK: Packs

    /// Merges the packs of a level while there are enough of them.
    private mutating func merge(_ level: Int, of levels: inout PackLevels) throws(LedgerError) {
        var pending = levels.packs.filter { $0.level == level }
        while pending.count >= PackLevels.mergedAtOnce {
            let taken = Array(pending.prefix(PackLevels.mergedAtOnce))
            pending.removeFirst(taken.count)
            let sources = try taken.map { pack throws(LedgerError) in try WholePack(pack.path) }
            let names = sources.reduce(0) { $0 + $1.contents.members.count }
            let isLast = names > PackLevels.mergedMax
            let target = try levels.next(at: isLast ? PackLevels.levelMax : level + 1)
            var writer = try PackWriter(target.path)
            for source in sources { try writer.merge(source) }
            let merged = try writer.close()
            let whole = try WholePack(target.path)
            for source in sources where try !whole.covers(source.contents) {
                throw .changed(path: target.path)
            }
            levels.take(target)
            levels.retire(taken)
            merges.append(Merge(packs: taken.count, into: merged, path: target.path))
        }
    }
}
