import JouleQuantities

/// What several readers found in the ledgers of one directory (`FactsExtract`), put together as
/// `RunFeed` would have found it.
package struct GatheredFacts {
    package private(set) var feed = RunFeed(DistinctLedgers(), [])
    /// Runs whose documents could not be read.
    package private(set) var problems: [LedgerDirectory.Problem] = []

    private struct Found {
        let file: UInt64
        let place: UInt64
        let ledger: FoundLedger
        let traits: LedgerTraits
    }

    private struct Told {
        let file: UInt64
        let extent: FactsExtract.Extent
        let problem: LedgerDirectory.Problem
    }

    private var found: [Found] = []
    private var told: [Told] = []
    /// Of ledgers that were read so far, counted over all pieces.
    private var ledgersRead = 0

    /// Reads the pieces that lie in `file` one behind the other, each behind its size in eight bytes,
    /// least first.
    ///
    /// `begin` is told of each piece, and `run` takes what was put of each run, with the number of its
    /// ledger. Throws for what no reader has written, and where a `path` that is no directory could not
    /// be read.
    package init(
        in file: String,
        of path: String,
        for purpose: FactsExtract.Purpose,
        begin: () -> Void,
        run: (inout FactsReader, _ ledger: Int) throws(FactsError) -> Void
    ) throws(LedgerError) {
        let bytes = try SystemFile.reading(file)
        let end = try bytes.size()
        var offset: UInt64 = 0
        while offset < end {
            let head = try bytes.read(at: offset, count: 8)
            let size = head.reversed().reduce(0) { $0 << 8 | UInt64($1) }
            let left = end - offset
            do throws(FactsError) {
                guard head.count == 8, size <= left - 8 else { throw .damaged }
                begin()
                try take(try piece(of: bytes, at: offset + 8, size), purpose, run)
            } catch {
                throw .unusable(path: file, reason: error.description)
            }
            offset += 8 + size
        }
        try finish(path)
    }

    private func piece(of file: borrowing SystemFile, at offset: UInt64, _ size: UInt64)
        throws(FactsError) -> FactsReader
    {
        guard let bytes = try? file.read(at: offset, count: Int(size)) else { throw .damaged }
        return FactsReader(bytes)
    }

    private mutating func take(
        _ piece: consuming FactsReader,
        _ purpose: FactsExtract.Purpose,
        _ run: (inout FactsReader, Int) throws(FactsError) -> Void
    ) throws(FactsError) {
        var read = piece
        guard Array(try read.raw()) == FactsExtract.magic else { throw .otherVersion }
        guard try read.word(FactsExtract.Purpose.self) == purpose else { throw .damaged }
        let first = ledgersRead
        while !read.isAtEnd {
            let part = try read.word(FactsExtract.Part.self)
            if part == .problem {
                try takeProblem(&read)
                continue
            }
            let number = first + (try read.number())
            guard number < Int32.max else { throw .damaged }
            ledgersRead = max(ledgersRead, number + 1)
            switch part {
            case .run: try run(&read, number)
            default: try takeLedger(number, &read)
            }
        }
    }

    private mutating func takeLedger(
        _ number: Int,
        _ read: inout FactsReader
    ) throws(FactsError) {
        let (file, place) = (try read.word(), try read.word())
        let origin = LedgerDirectory.Place(
            path: try read.recurringText(),
            member: try read.optional { read throws(FactsError) in try read.text() }
        )
        let traits = try LedgerTraits(&read)
        let ledger = FoundLedger(place: origin, runs: [], number: number, root: traits.root)
        found.append(Found(file: file, place: place, ledger: ledger, traits: traits))
    }

    private mutating func takeProblem(_ read: inout FactsReader) throws(FactsError) {
        let extent = try read.word(FactsExtract.Extent.self)
        let file = try read.word()
        let problem = LedgerDirectory.Problem(
            path: try read.recurringText(),
            message: try read.text()
        )
        told.append(Told(file: file, extent: extent, problem: problem))
    }

    private mutating func finish(_ path: String) throws(LedgerError) {
        if !LedgerDirectory.isDirectory(path),
            let failure = told.first(where: { $0.extent == .file })
        {
            throw .unusable(path: path, reason: failure.problem.message)
        }
        var distinct = DistinctLedgers<FoundLedger>()
        for one in found.sorted(by: { ($0.file, $0.place) < ($1.file, $1.place) }) {
            distinct.add(one.ledger, one.traits)
        }
        let ordered = told.enumerated().sorted { left, right in
            (left.element.file, left.offset) < (right.element.file, right.offset)
        }.map(\.element)
        feed = RunFeed(distinct, ordered.filter { $0.extent != .run }.map(\.problem))
        problems = ordered.filter { $0.extent == .run }.map(\.problem)
        (found, told) = ([], [])
    }
}
