import JouleFormat
import JouleQuantities

/// A ledger as it was found in a directory.
struct FoundLedger {
    let place: LedgerDirectory.Place
    /// None where they were handed on.
    let runs: [RunRecord]
    /// In the order in which ledgers were read.
    var number = 0
    /// None when the ledger itself was not read.
    var attachments: [RunID: [Attachment]] = [:]
    /// Nil when the ledger itself was not read.
    var integrity: Integrity?
    /// The Merkle root in hexadecimal; nil when the ledger itself was not read.
    var root: String?
}

extension LedgerDirectory {
    /// Takes each run as it is read.
    struct Sink {
        /// Of rows of epochs in batches, the columns that are wanted; nil for all.
        var epochColumns: Set<UInt16>?
        /// With the number and the place of the run's ledger.
        let take: (RunFeed.Piece, _ ledger: Int, Place) -> Void
    }

    /// Reads one file, which may be a pack; `progress` is told of its members.
    ///
    /// With a `sink` nothing of the runs is kept.
    mutating func read(
        _ path: String,
        _ depth: Depth,
        into found: inout DistinctLedgers<FoundLedger>,
        sink: Sink? = nil,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(LedgerError) {
        try forEachLedger(of: path, depth, sink: sink, progress: progress) { found.add($0, $1) }
    }

    /// Reads the ledgers of one file, or of a pack those of its `members`, one after another.
    ///
    /// With a `sink` nothing of the runs is kept.
    mutating func forEachLedger(
        of path: String,
        _ depth: Depth = .everything,
        members: Set<String>? = nil,
        sink: Sink? = nil,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil,
        _ take: (FoundLedger, LedgerTraits) -> Void
    ) throws(LedgerError) {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        guard header.isPack else {
            let place = Place(path: path, member: nil)
            if let sink, let batches = try RunBatches(source, header, sink.epochColumns),
                feed(batches, at: place, sink, progress, take)
            {
                return
            }
            let ledger = try Ledger(reading: path)
            report(ledger, at: path, isFile: true)
            let isAlone = ledger.integrity.segments == 1
            let size = try isAlone ? source.size() : SegmentChain(of: path).size()
            take(found(ledger, at: place, sink), ledger.traits(size: size))
            return
        }
        let contents = try PackContents(of: source, header: header)
        for problem in contents.problems {
            problems.append(Problem(path: path, message: problem.line))
        }
        let listed =
            depth == .summaries ? try contents.listedRuns(of: source, salt: header.salt) : [:]
        for (number, group) in contents.ledgers(besides: Set(listed.keys)).enumerated()
        where members?.contains(group[0].path) ?? true {
            progress?(number, contents.members.count)
            let place = Place(path: path, member: group[0].path)
            if let runs = listed[group[0].number],
                group.allSatisfy({ $0.state?.isReadable == true })
            {
                take(.init(place: place, runs: runs), LedgerTraits(group, runs))
                continue
            }
            do throws(LedgerError) {
                if let sink, group.count == 1 {
                    let member = contents.source(of: group[0])
                    let header = try BlockScanner.header(of: member)
                    if !header.isPack,
                        let batches = try RunBatches(member, header, sink.epochColumns),
                        feed(batches, at: place, sink, progress, take)
                    {
                        continue
                    }
                }
                let ledger = try contents.ledger(of: group)
                report(ledger, at: contents.source(of: group[0]).path, isFile: false)
                let size = group.reduce(0) { $0 + $1.extent.size }
                take(found(ledger, at: place, sink), ledger.traits(size: size))
            } catch {
                problems.append(Problem(error))
            }
        }
    }

    /// Whether all runs of a ledger were handed on; if not, it is to be read as a whole.
    private mutating func feed(
        _ ledger: RunBatches,
        at place: Place,
        _ sink: Sink,
        _ progress: ((_ done: Int, _ of: Int) -> Void)?,
        _ take: (FoundLedger, LedgerTraits) -> Void
    ) -> Bool {
        let number = nextNumber()
        var batches = ledger
        do throws(RunBatches.Irregular) {
            while let batch = try batches.nextBatch() {
                sink.take(.batch(batch), number, place)
                progress?(batches.progress.done, batches.progress.of)
            }
        } catch {
            return false
        }
        let found = FoundLedger(
            place: place,
            runs: [],
            number: number,
            integrity: batches.integrity,
            root: batches.traits.root
        )
        take(found, batches.traits)
        return true
    }

    private mutating func found(_ ledger: Ledger, at place: Place, _ sink: Sink?) -> FoundLedger {
        let number = nextNumber()
        guard let sink else { return FoundLedger(ledger, at: place, number) }
        for run in ledger.runs { sink.take(.record(run), number, place) }
        return FoundLedger(
            place: place,
            runs: [],
            number: number,
            attachments: ledger.attachmentsByRun,
            integrity: ledger.integrity,
            root: ContentHash.hex(ledger.integrity.root)
        )
    }

    private mutating func report(_ ledger: Ledger, at path: String, isFile: Bool) {
        guard ledger.integrity.state == .damaged else { return }
        let (epochs, steps) = ledger.rowCounts
        if ledger.runs.isEmpty, epochs + steps > 0 {
            problems.append(.noRecord(of: path, isFile: isFile, epochs: epochs, steps: steps))
        }
        for problem in ledger.integrity.problems {
            problems.append(Problem(path: path, message: problem.line))
        }
    }
}

extension FoundLedger {
    fileprivate init(_ ledger: Ledger, at place: LedgerDirectory.Place, _ number: Int) {
        self.init(
            place: place,
            runs: ledger.runs,
            number: number,
            attachments: ledger.attachmentsByRun,
            integrity: ledger.integrity,
            root: ContentHash.hex(ledger.integrity.root)
        )
    }
}

extension Ledger {
    fileprivate func traits(size: UInt64) -> LedgerTraits {
        LedgerTraits(
            fileID: fileID,
            root: Digest.hex(integrity.root),
            isWhole: integrity.state != .damaged,
            size: size,
            segments: firstSegment..<(firstSegment + integrity.segments),
            runs: runs
        )
    }
}

extension LedgerTraits {
    /// Of what a pack lists of a ledger, which begins there.
    fileprivate init(_ segments: [PackContents.Member], _ runs: [RunRecord]) {
        let root = segments.last?.root ?? ""
        self.init(
            fileID: segments[0].fileID,
            root: root.isEmpty ? nil : root,
            isWhole: true,
            size: segments.reduce(0) { $0 + $1.extent.size },
            segments: segments.indices,
            runs: runs
        )
    }
}

extension MemberState {
    /// Whether what the pack lists of the runs is all that there is to know.
    fileprivate var isReadable: Bool { self == .clean || self == .live || self == .torn }
}
