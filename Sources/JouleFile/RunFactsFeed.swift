package import JouleQuantities
package import JouleSystem

/// The runs of a ledger or a directory as facts, with every joule of a meter that several read in one
/// of them.
///
/// Runs are read one after the other. Only of those that have to do with each other, because they have
/// one name or read one meter at one time, records are held in memory: these are merged and divided as
/// `LedgerDirectory` does it.
package struct RunFactsFeed: Sendable {
    /// Files that could not be read, or not fully.
    package private(set) var problems: [LedgerDirectory.Problem]
    /// In the order of their names, each once.
    package private(set) var runs: [RunFacts]
    /// Of the runs that shared a meter.
    package private(set) var sharing: [RunID: SharedEnergy] = [:]
    /// The ledgers that the runs are from.
    package let inputs: LedgerInputs

    /// Throws when `path` is not there or, being a file, is no ledger.
    package init(
        reading path: String,
        on workers: Workers = .all,
        progress: ((LedgerDirectory.Progress) -> Void)? = nil
    ) throws(LedgerError) {
        let reading = Reading()
        let feed = try Self.read(path, into: reading, progress)
        problems = feed.problems + reading.problems
        inputs = feed.inputs
        let counted = reading.counted(feed.counted)
        let jobs = counted.count { reading.runs[$0].isJob }
        if jobs > 0, jobs < counted.count {
            // Only records tell which runs were logged in which jobs.
            let whole = try LedgerDirectory(reading: path).reconciled()
            sharing = whole.sharing
            runs = whole.runs.map { reading.reader.facts(of: $0, keepingRecord: false) }
            runs.sort { $0.id < $1.id }
            return
        }
        let ordered = Self.ordered(counted, of: reading.runs, on: workers)
        let entangled = Self.sharingNames(ordered, of: reading.runs)
            .union(reading.overlaps.runs(among: counted))
        let names = Set(entangled.map { reading.runs[$0].id })
        runs = ordered.compactMap { name in
            let run = reading.runs[name.place]
            return names.isEmpty || !names.contains(run.id) ? run : nil
        }
        guard !names.isEmpty else { return }
        let places = Set(entangled.compactMap { feed.places[Int(reading.ledgers[$0])] })
        let together = LedgerDirectory(of: places, keeping: names).reconciled()
        sharing = together.sharing
        runs += together.runs.map { reading.reader.facts(of: $0, keepingRecord: false) }
        runs.sort { $0.id < $1.id }
    }

    /// What the reading of ledgers comes to, piece by piece.
    private enum Part: Sendable {
        case piece(RunFeed.Piece, ledger: Int)
        case facts([RunFacts], [LedgerDirectory.Problem], ledger: Int)
        case progress(LedgerDirectory.Progress)
        case end(Result<RunFeed, LedgerError>)
    }

    /// Ledgers are read and unpacked on a thread of their own, as far as there is one, while this one
    /// makes facts of what they hold; where this one is behind, the other one does that, too.
    private static func read(
        _ path: String,
        into reading: Reading,
        _ progress: ((LedgerDirectory.Progress) -> Void)?
    ) throws(LedgerError) -> RunFeed {
        var outcome: Result<RunFeed, LedgerError>?
        func take(_ part: Part) {
            switch part {
            case .piece(let piece, let ledger): reading.take(piece, ledger)
            case .facts(let facts, let problems, let ledger):
                reading.take(facts, problems, ledger)
            case .progress(let state): progress?(state)
            case .end(let result): outcome = result
            }
        }
        let relay = Relay<Part>(room: 3)
        if relay.start({ give in unpack(path, isBehind: { relay.isFull }, give) }) {
            while let part = relay.next() { take(part) }
        } else {
            withoutActuallyEscaping(take) { unpack(path, isBehind: { false }, $0) }
        }
        switch outcome {
        case .success(let feed): return feed
        case .failure(let error): throw error
        case nil: preconditionFailure("the reading has an end")
        }
    }

    private static func unpack(
        _ path: String,
        isBehind: @escaping () -> Bool,
        _ give: @escaping (Part) -> Void
    ) {
        var reader = RunFactsReader()
        let result = Result { () throws(LedgerError) in
            try RunFeed(
                reading: path,
                epochColumns: RunFactsReader.epochColumns,
                progress: { give(.progress($0)) },
                take: { piece, ledger in
                    guard case .batch(let batch) = piece, isBehind() else {
                        return give(.piece(piece, ledger: ledger))
                    }
                    var facts: [RunFacts] = []
                    var problems: [LedgerDirectory.Problem] = []
                    reader.facts(of: batch, fail: { problems.append($0) }) { facts.append($0) }
                    give(.facts(facts, problems, ledger: ledger))
                }
            )
        }
        give(.end(result))
    }

    /// Takes runs in as they are read.
    private final class Reading {
        var reader = RunFactsReader()
        private(set) var runs: [RunFacts] = []
        private(set) var ledgers: [Int32] = []
        private(set) var problems: [LedgerDirectory.Problem] = []
        private(set) var overlaps = MeterOverlaps()

        func take(_ piece: RunFeed.Piece, _ ledger: Int) {
            switch piece {
            case .record(let record):
                overlaps.note(record.datedReadings, of: runs.count)
                runs.append(reader.facts(of: record, keepingRecord: false))
                ledgers.append(Int32(ledger))
            case .batch(let batch):
                reader.facts(of: batch, fail: { problems.append($0) }) { add($0, ledger) }
            }
        }

        func take(_ facts: [RunFacts], _ problems: [LedgerDirectory.Problem], _ ledger: Int) {
            self.problems += problems
            for run in facts { add(run, ledger) }
        }

        private func add(_ run: RunFacts, _ ledger: Int) {
            overlaps.note(run, as: runs.count)
            runs.append(run)
            ledgers.append(Int32(ledger))
        }

        /// Places of the runs whose ledger counts.
        func counted(_ numbers: Set<Int>) -> [Int] {
            runs.indices.filter { numbers.contains(Int(ledgers[$0])) }
        }
    }

    // MARK: Names

    /// A run by its name.
    private struct Named {
        /// Of the name; all are alike where names are not ordered by their bytes.
        let prefix: UInt64
        let place: Int
    }

    /// By name, those of one name as they were read.
    private static func ordered(_ counted: [Int], of runs: [RunFacts], on workers: Workers)
        -> [Named]
    {
        // Beyond ASCII, names are not ordered by their bytes.
        let isASCII = counted.allSatisfy { runs[$0].id.description.utf8.allSatisfy { $0 < 0x80 } }
        let names = counted.map { Named(prefix: isASCII ? runs[$0].id.prefix : 0, place: $0) }
        return workers.sorted(names) { left, right in
            if left.prefix != right.prefix { return left.prefix < right.prefix }
            let ids = (runs[left.place].id, runs[right.place].id)
            return ids.0 == ids.1 ? left.place < right.place : ids.0 < ids.1
        }
    }

    private static func sharingNames(_ ordered: [Named], of runs: [RunFacts]) -> Set<Int> {
        var shared: Set<Int> = []
        for (one, next) in zip(ordered, ordered.dropFirst())
        where one.prefix == next.prefix && runs[one.place].id == runs[next.place].id {
            shared.formUnion([one.place, next.place])
        }
        return shared
    }
}

extension RunID {
    /// The first eight bytes as a number that orders as they do.
    fileprivate var prefix: UInt64 {
        var prefix: UInt64 = 0
        var count = 0
        for byte in description.utf8.prefix(8) {
            prefix = prefix << 8 | UInt64(byte)
            count += 1
        }
        return prefix << UInt64(8 * (8 - count))
    }
}
