package import JouleFile
import JouleQuantities
import JouleSystem

/// The runs of a ledger or a directory as an audit needs them, read one after the other.
///
/// Only of runs that have to do with each other before anything is compared, because they have one
/// name or read one meter at one time, records are held in memory: these are merged and divided as
/// `LedgerDirectory` does it.
package struct AuditFeed {
    /// Files that could not be read, or not fully.
    package private(set) var problems: [LedgerDirectory.Problem]
    private(set) var runs: [AuditedRun] = []
    private(set) var sharing: ReconciledRuns
    private(set) var maker: AuditedRun.Maker

    /// Throws when `path` is not there or, being a file, is no ledger.
    package init(
        reading path: String,
        rules: KeyRules = .none,
        liveness: @escaping (RunRecord) -> Liveness = { Liveness($0) },
        progress: ((LedgerDirectory.Progress) -> Void)? = nil
    ) throws(LedgerError) {
        let reading = Reading(AuditedRun.Maker(KeyRoles(rules), liveness: liveness))
        let feed = try Self.read(path, into: reading, progress)
        try self.init(feed, reading, of: path)
    }

    /// Of the ledgers at `path`, what others have read of them by the same rules into `facts`
    /// (`GatheredFacts`).
    ///
    /// Records of runs that have to do with each other are read here. Throws for facts that nobody wrote.
    package init(
        gatheredIn facts: String,
        of path: String,
        rules: KeyRules = .none,
        liveness: @escaping (RunRecord) -> Liveness = { Liveness($0) }
    ) throws(LedgerError) {
        let reading = Reading(AuditedRun.Maker(KeyRoles(rules), liveness: liveness))
        var parser = AuditedRunParser()
        let gathered = try GatheredFacts(in: facts, of: path, for: .audit) {
            parser = AuditedRunParser()
        } run: { read, ledger throws(FactsError) in
            reading.take(try parser.run(&read, &reading.maker), ledger)
        }
        reading.problems += gathered.problems
        try self.init(gathered.feed, reading, of: path)
    }

    /// Tells the runs of some ledgers, for others to gather.
    package static func facts(of share: [LedgerPortion], _ rules: KeyRules) -> FactsExtract {
        let extract = FactsExtract(.audit)
        // Only who gathers them knows where the audit runs, and so which processes it can ask for.
        var maker = AuditedRun.Maker(KeyRoles(rules)) { _ in .unknown }
        var reader = BatchReader(maker.vocabulary.roles)
        var writer = AuditedRunWriter()
        func put(_ run: AuditedRun, _ record: RunRecord?, _ ledger: Int) {
            extract.put(runOf: ledger) { writer.put(run, record, &maker, to: &$0) }
        }
        extract.read(share) { piece, ledger in
            switch piece {
            case .record(let record): put(maker.run(record), record, ledger)
            case .batch(let batch):
                var runs: [(AuditedRun, RunRecord?)] = []
                maker.runs(of: reader.read(batch), fail: { extract.put($0) }) {
                    runs.append(($0, $1))
                }
                for (run, record) in runs { put(run, record, ledger) }
            }
        }
        return extract
    }

    private init(_ feed: RunFeed, _ reading: Reading, of path: String) throws(LedgerError) {
        problems = feed.problems + reading.problems
        maker = reading.maker
        let counted = reading.counted(Set(feed.counted))
        if reading.jobCount > 0, reading.jobCount < counted.count {
            // Only records tell which runs were logged in which jobs.
            let directory = try LedgerDirectory(reading: path)
            problems.add(foundAgain: directory.problems)
            sharing = directory.reconciled()
            runs = sharing.runs.map { maker.run($0) }
            return
        }
        let entangled = reading.entangled(among: counted)
        let names = Set(entangled.map { reading.runs[$0].id })
        sharing = ReconciledRuns([])
        runs.reserveCapacity(counted.count)
        for place in counted where names.isEmpty || !names.contains(reading.runs[place].id) {
            runs.append(reading.runs[place])
        }
        guard !names.isEmpty else { return }
        let places = Set(entangled.compactMap { feed.places[Int(reading.ledgers[$0])] })
        let directory = LedgerDirectory(of: places, keeping: names)
        problems.add(foundAgain: directory.problems)
        sharing = directory.reconciled()
        runs += sharing.runs.map { maker.run($0) }
    }

    /// For programs that are about to end.
    package func keepUntilTheEnd() { JouleSystem.keepUntilTheEnd(runs) }

    /// What the reading of ledgers comes to, piece by piece.
    private enum Part: Sendable {
        case run(RunRecord, ledger: Int)
        case runs(ReadBatch, ledger: Int)
        case progress(LedgerDirectory.Progress)
        case end(Result<RunFeed, LedgerError>)
    }

    /// Ledgers and what they hold are read on a thread of their own, as far as there is one, while this
    /// one makes runs of it.
    ///
    /// Rows are read by whichever has less to do.
    private static func read(
        _ path: String,
        into reading: Reading,
        _ progress: ((LedgerDirectory.Progress) -> Void)?
    ) throws(LedgerError) -> RunFeed {
        var outcome: Result<RunFeed, LedgerError>?
        func take(_ part: Part) {
            switch part {
            case .run(let record, let ledger): reading.take(record, ledger)
            case .runs(let batch, let ledger): reading.take(batch, ledger)
            case .progress(let state): progress?(state)
            case .end(let result): outcome = result
            }
        }
        let relay = Relay<Part>(room: 4)
        let roles = reading.maker.vocabulary.roles
        if relay.start({ give in decode(path, roles, isAhead: { relay.isFull }, give) }) {
            while let part = relay.next() { take(part) }
        } else {
            withoutActuallyEscaping(take) { decode(path, roles, isAhead: { true }, $0) }
        }
        switch outcome {
        case .success(let feed): return feed
        case .failure(let error): throw error
        case nil: preconditionFailure("the reading has an end")
        }
    }

    private static func decode(
        _ path: String,
        _ roles: KeyRoles,
        isAhead: @escaping () -> Bool,
        _ give: @escaping (Part) -> Void
    ) {
        var reader = BatchReader(roles)
        let result = Result { () throws(LedgerError) in
            try RunFeed(reading: path, progress: { give(.progress($0)) }) { piece, ledger in
                switch piece {
                case .record(let record): give(.run(record, ledger: ledger))
                case .batch(let batch):
                    give(.runs(reader.read(batch, rows: isAhead()), ledger: ledger))
                }
            }
        }
        give(.end(result))
    }

    /// Takes runs in as they are read.
    private final class Reading {
        var maker: AuditedRun.Maker
        private(set) var runs: [AuditedRun] = []
        private(set) var ledgers: [Int32] = []
        var problems: [LedgerDirectory.Problem] = []
        private var overlaps = MeterOverlaps()
        private var names = RunNames()
        /// Jobs of Slurm.
        private(set) var jobCount = 0

        init(_ maker: AuditedRun.Maker) { self.maker = maker }

        func take(_ record: RunRecord, _ ledger: Int) {
            let run = maker.run(record)
            note(record)
            add(run, ledger)
        }

        func take(_ batch: ReadBatch, _ ledger: Int) {
            maker.runs(of: batch, fail: { problems.append($0) }) { run, record in
                if let record { note(record) }
                add(run, ledger)
            }
        }

        func take(_ told: AuditedRunParser.Told, _ ledger: Int) {
            overlaps.note(told.readings, of: runs.count)
            if told.isJob { jobCount += 1 }
            add(told.run, ledger)
        }

        private func add(_ run: AuditedRun, _ ledger: Int) {
            names.note(run.id)
            runs.append(run)
            ledgers.append(Int32(ledger))
        }

        private func note(_ record: RunRecord) {
            overlaps.note(record.datedReadings, of: runs.count)
            if record.isJob { jobCount += 1 }
        }

        /// Places of the runs whose ledger counts.
        func counted(_ numbers: Set<Int>) -> [Int] {
            runs.indices.filter { numbers.contains(Int(ledgers[$0])) }
        }

        /// Places of runs that share a name or a meter with others.
        func entangled(among counted: [Int]) -> Set<Int> {
            names.runs(among: counted) { runs[$0].id }.union(overlaps.runs(among: counted))
        }
    }
}
