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
    /// Each once: as they were written, by ledger in the order of the roots of these, and behind them
    /// in the order of their names those that have to do with each other.
    ///
    /// So no sum over them depends on where files lie, and they are gone through as they are in memory.
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
        try self.init(feed, reading, of: path, on: workers)
    }

    /// Of the ledgers at `path`, what others have read of them into `facts` (`GatheredFacts`).
    ///
    /// Records of runs that have to do with each other are read here. Throws for facts that nobody wrote.
    package init(
        gatheredIn facts: String,
        of path: String,
        on workers: Workers = .all
    ) throws(LedgerError) {
        let reading = Reading()
        var parser = RunFactsParser(reading.frames)
        let gathered = try GatheredFacts(in: facts, of: path, for: .lifecycle) {
            parser = RunFactsParser(reading.frames)
        } run: { read, ledger throws(FactsError) in
            let (run, readings) = try parser.run(&read)
            reading.take(run, readings, ledger)
        }
        for problem in gathered.problems { reading.take([], [problem], 0) }
        try self.init(gathered.feed, reading, of: path, on: workers)
    }

    /// Tells the runs of some ledgers, for others to gather.
    package static func facts(of share: [LedgerPortion]) -> FactsExtract {
        let extract = FactsExtract(.lifecycle)
        var reader = RunFactsReader(SharedFrames())
        var writer = RunFactsWriter()
        extract.read(share, epochColumns: RunFactsReader.epochColumns) { piece, ledger in
            switch piece {
            case .record(let record):
                let run = reader.facts(of: record, keepingRecord: false)
                extract.put(runOf: ledger) { writer.put(run, record.datedReadings, to: &$0) }
            case .batch(let batch):
                reader.facts(of: batch, fail: { extract.put($0) }) { run in
                    extract.put(runOf: ledger) { writer.put(run, run.datedReadings, to: &$0) }
                }
            }
        }
        return extract
    }

    private init(_ feed: RunFeed, _ reading: Reading, of path: String, on workers: Workers)
        throws(LedgerError)
    {
        problems = feed.problems + reading.problems
        inputs = feed.inputs
        let counted = reading.places(of: feed.counted)
        let jobs = reading.jobs(of: feed.counted)
        if jobs > 0, jobs < counted.count {
            // Only records tell which runs were logged in which jobs.
            let directory = try LedgerDirectory(reading: path)
            problems.add(foundAgain: directory.problems)
            let whole = directory.reconciled()
            sharing = whole.sharing
            runs = whole.runs.map { reading.reader.facts(of: $0, keepingRecord: false) }
            runs.sort { $0.id < $1.id }
            return
        }
        let all = reading.takeRuns()
        let entangled = reading.names.runs(among: counted) { all[$0].id }
            .union(reading.overlaps.runs(among: counted, on: workers))
        guard !entangled.isEmpty else {
            runs = counted == Array(all.indices) ? all : counted.map { all[$0] }
            return
        }
        let names = Set(entangled.map { all[$0].id })
        runs = counted.compactMap { names.contains(all[$0].id) ? nil : all[$0] }
        let places = Set(entangled.compactMap { feed.places[Int(reading.ledgers[$0])] })
        let directory = LedgerDirectory(of: places, keeping: names)
        problems.add(foundAgain: directory.problems)
        let together = directory.reconciled()
        sharing = together.sharing
        let merged = together.runs.map { reading.reader.facts(of: $0, keepingRecord: false) }
        runs += merged.sorted { $0.id < $1.id }
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
        let frames = reading.frames
        if relay.start({ give in unpack(path, frames, isBehind: { relay.isFull }, give) }) {
            while let part = relay.next() { take(part) }
        } else {
            withoutActuallyEscaping(take) { unpack(path, frames, isBehind: { false }, $0) }
        }
        switch outcome {
        case .success(let feed): return feed
        case .failure(let error): throw error
        case nil: preconditionFailure("the reading has an end")
        }
    }

    private static func unpack(
        _ path: String,
        _ frames: SharedFrames,
        isBehind: @escaping () -> Bool,
        _ give: @escaping (Part) -> Void
    ) {
        var reader = RunFactsReader(frames)
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
        let frames: SharedFrames
        var reader: RunFactsReader
        private var runs: [RunFacts] = []
        private(set) var ledgers: [Int32] = []
        private(set) var problems: [LedgerDirectory.Problem] = []
        private(set) var overlaps = MeterOverlaps()
        private(set) var names = RunNames()
        /// Places of the jobs of a scheduler.
        private var jobs: [Int] = []

        init() {
            frames = SharedFrames()
            reader = RunFactsReader(frames)
        }

        func take(_ piece: RunFeed.Piece, _ ledger: Int) {
            switch piece {
            case .record(let record):
                overlaps.note(record.datedReadings, of: runs.count)
                append(reader.facts(of: record, keepingRecord: false), ledger)
            case .batch(let batch):
                reader.facts(of: batch, fail: { problems.append($0) }) { add($0, ledger) }
            }
        }

        func take(_ facts: [RunFacts], _ problems: [LedgerDirectory.Problem], _ ledger: Int) {
            self.problems += problems
            for run in facts { add(run, ledger) }
        }

        func take(_ run: RunFacts, _ readings: [MeterOverlaps.NamedReading], _ ledger: Int) {
            overlaps.note(readings, of: runs.count)
            append(run, ledger)
        }

        private func add(_ run: RunFacts, _ ledger: Int) {
            run.note(in: &overlaps, as: runs.count)
            append(run, ledger)
        }

        private func append(_ run: RunFacts, _ ledger: Int) {
            if run.isJob { jobs.append(runs.count) }
            names.note(run.id)
            runs.append(run)
            ledgers.append(Int32(ledger))
        }

        /// The runs as they were read, which are then held no more.
        func takeRuns() -> [RunFacts] {
            defer { runs = [] }
            return runs
        }

        /// Places of the runs of such ledgers, one behind the other.
        func places(of numbers: [Int]) -> [Int] {
            if numbers.count == 1, let first = ledgers.first, first == ledgers.last {
                return numbers == [Int(first)] ? Array(runs.indices) : []
            }
            // Those of a ledger follow each other.
            var ranges: [Int: Range<Int>] = [:]
            for (place, ledger) in ledgers.enumerated() {
                let start = ranges[Int(ledger)]?.lowerBound ?? place
                ranges[Int(ledger)] = start..<place + 1
            }
            return numbers.flatMap { ranges[$0] ?? 0..<0 }
        }

        /// How many runs of such ledgers are jobs of a scheduler.
        func jobs(of numbers: [Int]) -> Int {
            guard !jobs.isEmpty else { return 0 }
            let numbers = Set(numbers)
            return jobs.count { numbers.contains(Int(ledgers[$0])) }
        }
    }
}
