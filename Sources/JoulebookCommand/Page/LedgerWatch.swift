import Glibc
import JouleFile

/// Finds the ledgers below a path, and which of them have changed since it last looked.
///
/// A folder whose time has not changed holds the same names. Of many ledgers those that are written to
/// are looked at each time, others a part at a time.
struct LedgerWatch {
    /// A folder as it was listed.
    private struct Folder {
        let state: FileState
        let isSettled: Bool
        let ledgers: [String]
        let below: [LedgerFolder]
    }

    /// Files that are read together, by the path of the first.
    struct Group {
        let name: String
        let states: [FileState]
    }

    private let root: String
    private var folders: [String: Folder] = [:]
    /// The paths of the files that are read together, by the first of them.
    private var groups: [String: [String]] = [:]
    private var names: [String] = []
    private var seen: [String: [FileState]] = [:]
    /// Where the next look at a part begins.
    private var next = 0

    /// A folder that changed less than this before it was listed may change again unseen.
    private static let settledNS: Int64 = 2_000_000_000
    /// So many ledgers are looked at in one look.
    private static let lookedAtMax = 4096

    init(_ root: String) {
        self.root = root
    }

    /// Ledgers that are new or have changed, `open` ones among them in any case, and those gone.
    mutating func look(open: Set<String>) -> (changed: [Group], gone: [String]) {
        let gone = list()
        for name in gone { seen[name] = nil }
        var changed: [Group] = []
        for name in wanted(open) {
            let states = (groups[name] ?? []).compactMap { FileState(of: $0) }
            guard seen[name] != states || open.contains(name) else { continue }
            seen[name] = states
            changed.append(Group(name: name, states: states))
        }
        return (changed, gone)
    }

    private mutating func wanted(_ open: Set<String>) -> [String] {
        guard names.count > Self.lookedAtMax else { return names }
        let new = names.filter { seen[$0] == nil }
        let part = (0..<Self.lookedAtMax).map { names[(next + $0) % names.count] }
        next = (next + Self.lookedAtMax) % names.count
        return Array(Set(new).union(part).union(open.filter { groups[$0] != nil })).sorted()
    }

    // MARK: Names

    /// Lists the folders that have changed; the names that are there no more.
    private mutating func list() -> [String] {
        guard LedgerDirectory.isDirectory(root) else {
            guard names.isEmpty else { return [] }
            groups = [root: [root]]
            names = [root]
            return []
        }
        var isChanged = false
        var found: [String: Folder] = [:]
        var pending = FoldersToList(below: root)
        while let folder = pending.next() {
            guard let state = FileState(of: folder.path) else { continue }
            let listed = relisted(folder, state, &isChanged)
            found[folder.path] = listed
            pending.add(listed.below)
        }
        isChanged = isChanged || found.count != folders.count
        folders = found
        return isChanged ? regroup() : []
    }

    private func relisted(_ folder: LedgerFolder, _ state: FileState, _ isChanged: inout Bool)
        -> Folder
    {
        let known = folders[folder.path]
        if let known, known.isSettled, known.state == state { return known }
        let contents = folder.contents()
        let ledgers = (contents?.ledgers ?? []).map { folder.path(of: $0.name) }.sorted()
        if ledgers != known?.ledgers { isChanged = true }
        return Folder(
            state: state,
            isSettled: Self.nowNS() &- state.changedNS > Self.settledNS,
            ledgers: ledgers,
            below: contents?.folders ?? []
        )
    }

    private mutating func regroup() -> [String] {
        let paths = folders.values.flatMap(\.ledgers)
        let all = Set(paths)
        var now: [String: [String]] = [:]
        for path in paths.sorted() {
            let first = LedgerDirectory.firstSegment(of: path).flatMap {
                all.contains($0) ? $0 : nil
            }
            now[first ?? path, default: []].append(path)
        }
        let gone = groups.keys.filter { now[$0] == nil }
        groups = now
        names = now.keys.sorted()
        return gone
    }

    private static func nowNS() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
