import JouleFile
import JouleQuantities
import Joulebook

/// The ledger of a program that runs under `joulebook run` and logs epochs itself; of several, one
/// after the other, the one that was begun last.
struct ChildLedger {
    private let parent: RunID
    /// The directory of ledgers, and the name of the parent's own; nil where it keeps none.
    private let place: (directory: String, name: String)?
    /// Those that were followed, and those of other programs.
    private var known: Set<String> = []
    private var follower: Follower?
    private var progress = TailStatus()
    /// Updates until ledgers are looked through again, longer and longer while none is found.
    private var pause = 1
    private var untilLook = 1

    private static let pauseMax = 32
    /// Ledgers that are opened in one look.
    private static let openedMax = 16

    /// A tail that is followed, which cannot be copied.
    private final class Follower {
        var tail: LedgerTail

        init(_ tail: consuming LedgerTail) { self.tail = tail }
    }

    init(of run: Run) {
        parent = run.id
        let parts = run.path?.split(separator: "/", omittingEmptySubsequences: false) ?? []
        place =
            parts.count > 2
            ? (parts.dropLast(2).joined(separator: "/"), String(parts[parts.count - 1])) : nil
    }

    /// Where the program is; nil while it has logged nothing.
    var status: StatusLine? {
        follower.flatMap { progress.line(of: $0.tail) }
    }

    /// Reads what is new.
    mutating func update() {
        if let follower, !follower.tail.isOver { return Self.read(follower, into: &progress) }
        untilLook -= 1
        guard untilLook <= 0, let place else { return }
        untilLook = pause
        pause = min(2 * pause, Self.pauseMax)
        look(place.directory, since: place.name)
    }

    /// Looks for the program's ledger among those that were begun since the parent's.
    private mutating func look(_ directory: String, since own: String) {
        let began = own.prefix { $0 != "-" }
        let files = (try? LedgerDirectory.ledgers(below: directory)) ?? []
        let new = files.filter { path in
            let name = path.split(separator: "/").last ?? ""
            return name >= began && name != own && !known.contains(path)
        }
        for path in new.suffix(Self.openedMax) {
            guard let tail = try? LedgerTail(path, steps: false, readings: false) else { continue }
            let found = Follower(tail)
            var status = TailStatus()
            Self.read(found, into: &status)
            let runs = found.tail.runs.values
            // What has no record yet may become it.
            if !runs.isEmpty { known.insert(path) }
            guard runs.contains(where: { $0.enclosingRun == parent }) else { continue }
            (follower, progress) = (found, status)
            // The next one is looked for as soon as this one has ended.
            (pause, untilLook) = (1, 1)
            return
        }
    }

    private static func read(_ follower: Follower, into status: inout TailStatus) {
        while let rows = try? follower.tail.next() { status.take(rows, of: follower.tail) }
    }
}
