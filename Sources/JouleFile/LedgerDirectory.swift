import CJouleSystem
import Glibc
package import JouleQuantities
import JouleSystem

/// All runs of a directory tree of ledgers, or of one ledger file.
package struct LedgerDirectory: Sendable {
    /// How far the reading has come.
    package enum Progress: Sendable {
        case looking(folders: Int)
        case reading(done: Int, of: Int)
    }

    /// How much is read of each run.
    package enum Depth: Sendable {
        case everything
        /// Enough for a list of runs: packs tell that without reading the epochs of their members.
        case summaries
    }

    /// The file that holds a run.
    package struct Place: Sendable, Hashable {
        package let path: String
        /// Of a run in a pack, the path of its ledger there.
        package let member: String?

        package init(path: String, member: String?) {
            self.path = path
            self.member = member
        }
    }

    /// The runs, ranks of one run merged, by start (unknown starts first) and then by name.
    package private(set) var runs: [RunRecord] = []
    package var problems: [Problem] = []
    private var places: [RunID: Place] = [:]
    private var states: [RunID: Integrity] = [:]
    private var attached: [RunID: [Attachment]] = [:]
    private var ledgersRead = 0
    private var roots: [String] = []
    /// Of runs with several ledgers, where the record of each process is.
    private(set) var processes: [RunID: [MeterSpan.Origin.Process: Place]] = [:]

    /// Reads every `.joule` file below `path`, members of packs included; `progress` is told how far
    /// this has come.
    ///
    /// Throws when `path` is not there or, being a file, is no ledger. A bad file in a directory is
    /// a problem of its own and no error.
    package init(
        reading path: String,
        _ depth: Depth = .everything,
        progress: ((Progress) -> Void)? = nil
    ) throws(LedgerError) {
        let found = try found(at: path, depth, sink: nil, progress)
        for ledger in found.counted { take(ledger) }
        finish()
    }

    /// Reads the ledgers at `path`, which may be a directory, and hands on what `sink` takes.
    mutating func found(
        at path: String,
        _ depth: Depth,
        sink: Sink?,
        _ progress: ((Progress) -> Void)?
    ) throws(LedgerError) -> DistinctLedgers<FoundLedger> {
        var found = DistinctLedgers<FoundLedger>()
        if Self.isDirectory(path) {
            var files = ListedFiles(below: [path])
            while let file = try files.next(progress) {
                do throws(LedgerError) { try read(file, depth, into: &found, sink: sink) } catch {
                    if !files.isGone(error) { problems.append(Problem(error)) }
                }
                progress?(.reading(done: files.done, of: files.count))
            }
        } else {
            try read(path, depth, into: &found, sink: sink) { done, total in
                progress?(.reading(done: done, of: total))
            }
        }
        return found
    }

    /// Of nothing yet.
    init() {}

    /// Of the next ledger that is read.
    mutating func nextNumber() -> Int {
        defer { ledgersRead += 1 }
        return ledgersRead
    }

    /// The runs that some ledgers tell together, as if nothing else were there; all, or those that are
    /// `wanted`.
    ///
    /// Ledgers that have moved into a pack since they were found, or on to a larger one, are read there.
    /// Those that are gone or cannot be read are problems, and no error.
    package init(of ledgers: some Sequence<Place>, keeping wanted: Set<RunID>? = nil) {
        var found = DistinctLedgers<FoundLedger>()
        var left = Array(ledgers)
        for _ in 0..<Self.movesMax where !left.isEmpty {
            let gone = read(left, into: &found)
            let moved = PackLevels.moved(gone)
            left = moved.found
            note(missing: moved.missing)
        }
        note(missing: left)
        for ledger in found.counted { take(ledger, keeping: wanted) }
        finish()
    }

    /// A ledger that moves more often while it is read is missing.
    private static let movesMax = 16

    /// Those of `ledgers` that are not there any more.
    private mutating func read(
        _ ledgers: [Place],
        into found: inout DistinctLedgers<FoundLedger>
    ) -> [Place] {
        var gone: [Place] = []
        for (path, places) in Dictionary(grouping: ledgers, by: \.path).sorted(by: {
            $0.key < $1.key
        }) {
            // Asked here, since whoever opens one that is not there asks all packs for it.
            guard unsafe access(path, F_OK) == 0 || errno != ENOENT else {
                gone += places
                continue
            }
            let members = Set(places.compactMap(\.member))
            do throws(LedgerError) {
                try forEachLedger(of: path, members: members) { found.add($0, $1) }
            } catch .system(path, _, ENOENT) {
                gone += places
            } catch {
                problems.append(Problem(error))
            }
        }
        return gone
    }

    private mutating func note(missing places: [Place]) {
        for path in Set(places.map(\.path)).sorted() {
            problems.append(Problem(.system(path: path, operation: "open", errno: ENOENT)))
        }
    }

    /// What one file holds, ledger by ledger, as a catalog takes it in; of a ledger of many runs some
    /// thousand at a time, and of a pack only its `members`, where they are named.
    ///
    /// Returns what could not be read of it.
    package static func forEachLedger(
        of path: String,
        members: Set<String>? = nil,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil,
        _ body: (Portion) -> Void
    ) -> [Problem] {
        withoutActuallyEscaping(body) { body in
            feed(path, members, on: Workers(count: 1), progress, body)
        }
    }

    /// Some runs of a ledger, in their order.
    package struct Portion {
        package let place: Place
        package let runs: [RunRecord]
        package let isClosed: Bool
        /// Of the last portion of a ledger: what tells whether another one is a copy of it.
        package var traits: LedgerTraits?
        /// The same: its state, and what its runs brought along.
        package var integrity: Integrity?
        package var attachments: [RunID: [Attachment]] = [:]
    }

    /// The same, with what tells copies of a ledger; on all processors.
    package static func forEachPortion(of path: String, _ body: (Portion) -> Void) -> [Problem] {
        withoutActuallyEscaping(body) { feed(path, nil, on: .all, nil, $0) }
    }

    private static func feed(
        _ path: String,
        _ members: Set<String>?,
        on workers: Workers,
        _ progress: ((_ done: Int, _ of: Int) -> Void)?,
        _ body: @escaping (Portion) -> Void
    ) -> [Problem] {
        var directory = LedgerDirectory()
        var runs: [RunRecord] = []
        var problems: [Problem] = []
        let sink = Sink { piece, _, place in
            switch piece {
            case .record(let run): runs.append(run)
            case .batch(let batch):
                let records = workers.map(batch.count) { number in
                    Result { () throws(RecordError) in try batch.record(number) }
                }
                for (number, record) in records.enumerated() {
                    switch record {
                    case .success(let run): runs.append(run)
                    case .failure(let error): problems.append(batch.problem(number, error))
                    }
                }
                // Only a whole ledger is read so.
                guard runs.count >= runsAtOnce else { return }
                body(Portion(place: place, runs: runs, isClosed: true))
                runs.removeAll(keepingCapacity: true)
            }
        }
        do throws(LedgerError) {
            try directory.forEachLedger(
                of: path,
                members: members,
                sink: sink,
                progress: progress
            ) { found, traits in
                let isClosed = found.integrity.map { $0.state == .clean } ?? true
                var portion = Portion(place: found.place, runs: runs, isClosed: isClosed)
                portion.traits = traits
                portion.integrity = found.integrity
                portion.attachments = found.attachments
                body(portion)
                runs = []
            }
        } catch {
            directory.problems.append(Problem(error))
        }
        return directory.problems + problems
    }

    private static let runsAtOnce = 4096

    /// The ledgers that its runs are from, without those of which only summaries were read.
    package var inputs: LedgerInputs { LedgerInputs(roots: roots) }

    /// The ledger file that holds a run, that of its first rank.
    package func path(of id: RunID) -> String? { places[id]?.path }

    /// The same, with the member of a pack.
    package func place(of id: RunID) -> Place? { places[id] }

    /// The state of the ledger that holds a run; nil when only summaries were read.
    package func integrity(of id: RunID) -> Integrity? { states[id] }

    /// What a run brought along, of all its ranks; none when only summaries were read.
    package func attachments(of id: RunID) -> [Attachment] { attached[id] ?? [] }

    // MARK: Finding files

    /// The folder of a ledger directory that holds claims and no ledgers.
    package static let claimFolderName = ".claims"

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Paths of all `.joule` files below a directory, sorted.
    ///
    /// Those that `LedgerFolder` finds.
    package static func ledgers(
        below directory: String,
        progress: ((Progress) -> Void)? = nil
    ) throws(LedgerError) -> [String] {
        var files: [String] = []
        var folders = 0
        var pending = FoldersToList(below: directory)
        while let folder = pending.next() {
            progress?(.looking(folders: folders))
            folders += 1
            guard let contents = folder.contents() else {
                // Only the directory that was asked for must be readable.
                guard folder.depth == 0 else { continue }
                throw .system(path: folder.path, operation: "read the directory", errno: errno)
            }
            files += contents.ledgers.map { folder.path(of: $0.name) }
            pending.add(contents.folders)
        }
        return files.sorted()
    }

    /// Whether a directory lies in a file system that the kernel makes up.
    static func isPseudo(_ path: String) -> Bool {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return pseudoTypes.contains(joule_file_system_type(descriptor))
    }

    /// From linux/magic.h: proc, sysfs, devpts, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf,
    /// pstore, configfs, selinuxfs, binfmt_misc.
    private static let pseudoTypes: Set<Int64> = [
        0x9FA0, 0x6265_6572, 0x1CD1, 0x27_E0EB, 0x6367_7270, 0x6462_6720, 0x7472_6163, 0x7363_6673,
        0xCAFE_4A11, 0x6165_676C, 0x6265_6570, 0xF97C_FF8C, 0x4249_4E4D,
    ]

    // MARK: Putting runs together

    private var parts: [RunID: [RunRecord]] = [:]

    private mutating func take(_ ledger: FoundLedger, keeping wanted: Set<RunID>? = nil) {
        if let root = ledger.root { roots.append(root) }
        attached.merge(ledger.attachments, uniquingKeysWith: +)
        for run in ledger.runs where wanted?.contains(run.id) ?? true {
            let known = parts[run.id]?.map { $0.rank ?? 0 }.min()
            if known.map({ (run.rank ?? 0) < $0 }) ?? true {
                places[run.id] = ledger.place
                states[run.id] = ledger.integrity
            }
            processes[run.id, default: [:]][run.processName] = ledger.place
            parts[run.id, default: []].append(run)
        }
    }

    private mutating func finish() {
        runs = parts.values.map(RankMerge.merged)
        runs.sort { left, right in
            let leftStart = left.started?.unixNanoseconds ?? Int64.min
            let rightStart = right.started?.unixNanoseconds ?? Int64.min
            return (leftStart, left.id) < (rightStart, right.id)
        }
        processes = processes.filter { $0.value.count > 1 }
        parts = [:]
    }
}
