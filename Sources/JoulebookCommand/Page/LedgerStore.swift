import JouleFile
import JouleQuantities
import Joulebook

/// The runs below a path as the table shows them, brought up to date piece by piece.
///
/// One thread at a time has it.
struct LedgerStore {
    /// A ledger as it was last read.
    private struct Known {
        let place: LedgerDirectory.Place
        let traits: LedgerTraits
        let rows: [RunRow]

        /// Whether the table shows the same of both.
        func tells(asMuchAs other: Known) -> Bool {
            rows.elementsEqual(other.rows) { $0.tells(asMuchAs: $1) }
        }
    }

    /// A run that took long to read.
    struct Whole: Sendable {
        let record: RunRecord
        let integrity: Integrity
        let attachments: [Attachment]
    }

    /// What one file, or several that belong together, hold.
    private struct File {
        var ledgers: [Known] = []
        /// Of a file that took long to read, and holds one run.
        var whole: Whole?
        var problems: [LedgerDirectory.Problem] = []
        /// Tells two readings apart.
        var reading = 0
    }

    /// What everybody may look at.
    struct View: Sendable {
        /// Changes with what is there; another one for each server.
        var version: Int64
        var rows: [RunRow] = []
        var words: [String] = []
        var problems: [LedgerDirectory.Problem] = []
        /// By run where its ledgers are; more than one where several processes wrote it.
        var homes: [RunID: [Home]] = [:]
        /// Some of which one process wrote, and that take long to read.
        var whole: [RunID: Whole] = [:]

        /// Whether the lifecycle tells what was repetition, as the command does.
        var isAudited: Bool { rows.count <= LifecycleCommand.auditedMax }
    }

    /// A ledger, and how many runs it holds.
    struct Home: Sendable {
        let place: LedgerDirectory.Place
        let runs: Int

        /// Whether it is gone through for one run, instead of being held.
        var isLarge: Bool { runs > 64 }
    }

    private(set) var view: View
    private var watch: LedgerWatch
    private var words = Words()
    private var files: [String: File] = [:]
    /// Ledgers that are written to, and when they are read again.
    private var open: [String: ContinuousClock.Instant] = [:]
    private var merged: [RunID: (key: [Int], row: RunRow)] = [:]
    private var readings = 0

    /// A ledger that is written to is read again after so many times of what reading it took.
    private static let patience = 8
    /// What took longer to read is kept, as far as there are not many.
    private static let longRead: Duration = .milliseconds(250)
    private static let wholeMax = 8

    init(_ path: String) {
        watch = LedgerWatch(path)
        view = View(version: Int64(WallTime.now().unixSeconds * 1000))
    }

    /// Looks for changes, and reads what has changed; `progress` is told of how many ledgers.
    mutating func refresh(progress: (_ done: Int, _ of: Int) -> Void) {
        let now = ContinuousClock.now
        let due = Set(open.filter { $0.value <= now }.keys)
        let (changed, gone) = watch.look(open: due)
        var isChanged = false
        for name in gone {
            files[name] = nil
            open[name] = nil
            isChanged = true
        }
        for (place, group) in changed.enumerated() {
            progress(place, changed.count)
            if read(group.name) { isChanged = true }
        }
        if isChanged { assemble() }
    }

    /// Reads a file; whether it holds something else than before.
    private mutating func read(_ name: String) -> Bool {
        let began = ContinuousClock.now
        var file = File()
        var rows: [RunRow] = []
        file.problems = LedgerDirectory.forEachPortion(of: name) { portion in
            rows += portion.runs.map { RunRow($0, &words) }
            guard let traits = portion.traits else { return }
            if let integrity = portion.integrity, rows.count == 1, let run = portion.runs.first {
                file.whole = Whole(
                    record: run,
                    integrity: integrity,
                    attachments: portion.attachments[run.id] ?? []
                )
            }
            file.ledgers.append(Known(place: portion.place, traits: traits, rows: rows))
            rows = []
        }
        let isOpen = file.ledgers.contains { $0.rows.contains(where: \.isLive) }
        let ended = ContinuousClock.now
        if ended - began < Self.longRead || file.ledgers.count != 1 { file.whole = nil }
        open[name] = isOpen ? ended + (ended - began) * Self.patience : nil
        let before = files[name]
        if let before, before.problems == file.problems,
            before.ledgers.elementsEqual(file.ledgers, by: { $0.tells(asMuchAs: $1) })
        {
            return false
        }
        readings += 1
        file.reading = readings
        files[name] = file
        return true
    }

    // MARK: Putting together

    /// Copies of a ledger count once, and what several processes wrote of one run is one run.
    private mutating func assemble() {
        var next = View(version: view.version + 1)
        var found = DistinctLedgers<(known: Known, reading: Int)>()
        var problems: [LedgerDirectory.Problem] = []
        for (_, file) in files.sorted(by: { $0.key < $1.key }) {
            problems += file.problems
            for known in file.ledgers { found.add((known, file.reading), known.traits) }
            if let whole = file.whole, next.whole.count < Self.wholeMax {
                next.whole[whole.record.id] = whole
            }
        }
        var keys: [RunID: [Int]] = [:]
        for (known, reading) in found.counted {
            // The same list for all of its runs that are nowhere else.
            let home = [Home(place: known.place, runs: known.rows.count)]
            for row in known.rows {
                next.homes[row.id] = next.homes[row.id].map { $0 + home } ?? home
                keys[row.id, default: []].append(reading)
                // The first of several keeps its place until they are merged.
                if keys[row.id]?.count == 1 { next.rows.append(row) }
            }
        }
        merge(keys.filter { $0.value.count > 1 }, in: &next)
        next.rows.sort { left, right in
            let (first, second) = (left.started, right.started)
            let starts = (first.isNaN ? -.infinity : first, second.isNaN ? -.infinity : second)
            return starts.0 == starts.1 ? left.id < right.id : starts.0 < starts.1
        }
        next.words = words.texts
        next.problems = problems
        view = next
    }

    private mutating func merge(_ keys: [RunID: [Int]], in next: inout View) {
        merged = merged.filter { keys[$0.key] == $0.value.key }
        let wanted = Set(keys.keys.filter { merged[$0] == nil })
        if !wanted.isEmpty {
            let places = Set(wanted.flatMap { next.homes[$0] ?? [] }.map(\.place))
            for run in LedgerDirectory(of: places, keeping: wanted).runs {
                merged[run.id] = (keys[run.id] ?? [], RunRow(run, &words))
            }
        }
        guard !merged.isEmpty else { return }
        next.rows = next.rows.map { merged[$0.id]?.row ?? $0 }
    }
}
