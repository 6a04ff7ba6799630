package import JouleFile
import JouleQuantities

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
        let feed = try RunFeed(reading: path, progress: progress) { piece, ledger in
            reading.take(piece, ledger)
        }
        problems = feed.problems + reading.problems
        maker = reading.maker
        let counted = reading.counted(feed.counted)
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
        sharing = directory.reconciled()
        runs += sharing.runs.map { maker.run($0) }
    }

    /// Takes runs in as they are read.
    private final class Reading {
        var maker: AuditedRun.Maker
        private(set) var runs: [AuditedRun] = []
        private(set) var ledgers: [Int32] = []
        private(set) var problems: [LedgerDirectory.Problem] = []
        private var readings: [MeterReading] = []

        /// When one run read a meter.
        private struct MeterReading {
            /// A hash of what names the meter: two that fall together cost a look, no more.
            let meter: Int
            let startNS: Int64
            let endNS: Int64
            let run: Int32
        }

        init(_ maker: AuditedRun.Maker) { self.maker = maker }

        func take(_ piece: RunFeed.Piece, _ ledger: Int) {
            let run: AuditedRun
            switch piece {
            case .record(let record):
                run = maker.run(record)
                note(record)
            case .item(let item):
                do throws(RecordError) {
                    switch try maker.run(item) {
                    case (let made, let record?):
                        run = made
                        note(record)
                    case (let made, nil): run = made
                    }
                } catch {
                    return problems.append(item.problem(error))
                }
            }
            runs.append(run)
            ledgers.append(Int32(ledger))
        }

        private func note(_ record: RunRecord) {
            for reading in record.datedReadings {
                readings.append(
                    MeterReading(
                        meter: reading.meter,
                        startNS: reading.startNS,
                        endNS: reading.endNS,
                        run: Int32(runs.count)
                    )
                )
            }
        }

        /// Places of the runs whose ledger counts.
        func counted(_ numbers: Set<Int>) -> [Int] {
            runs.indices.filter { numbers.contains(Int(ledgers[$0])) }
        }

        /// Places of runs that share a name or a meter with others.
        func entangled(among counted: [Int]) -> Set<Int> {
            var entangled: Set<Int> = []
            var first: [RunID: Int] = [:]
            first.reserveCapacity(counted.count)
            for place in counted {
                if let other = first.updateValue(place, forKey: runs[place].id) {
                    entangled.formUnion([place, other])
                }
            }
            let isCounted = Set(readings.isEmpty ? [] : counted)
            let ordered = readings.filter { isCounted.contains(Int($0.run)) }
                .sorted { ($0.meter, $0.startNS) < ($1.meter, $1.startNS) }
            // Where a reading begins before the last one of its meter has ended, both share it.
            var last: MeterReading?
            for reading in ordered {
                if let last, last.meter == reading.meter, last.endNS > reading.startNS,
                    last.run != reading.run
                {
                    entangled.formUnion([Int(last.run), Int(reading.run)])
                }
                let isLonger = last.map { $0.meter != reading.meter || $0.endNS < reading.endNS }
                if isLonger ?? true { last = reading }
            }
            return entangled
        }
    }
}
