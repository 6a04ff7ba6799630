/// Reads all runs of a directory or a file one after the other, and holds on to none.
///
/// Each is told as its ledger has it: ranks are not merged, copies of a ledger not left out and what
/// several runs read of one meter not divided. `LedgerDirectory` does all that, of whatever needs it.
package struct RunFeed: Sendable {
    /// A run, or several.
    package enum Piece: Sendable {
        case record(RunRecord)
        /// Of a ledger of many runs, not yet put together.
        case batch(RunBatch)
    }

    /// Files that could not be read, or not fully.
    package let problems: [LedgerDirectory.Problem]
    /// Numbers of the ledgers that count, in the order of their roots: those of others are copies, or
    /// were told again under another number.
    package let counted: [Int]
    /// By number of a ledger where it is.
    package let places: [Int: LedgerDirectory.Place]
    /// The ledgers that count.
    package let inputs: LedgerInputs

    /// Hands all runs in their order to `take`, with the number of their ledger; `progress` is told how
    /// far this has come.
    ///
    /// Rows of epochs in batches have no other columns than `epochColumns`, where these are given.
    /// Throws when `path` is not there or, being a file, is no ledger. A bad file in a directory is
    /// a problem of its own and no error.
    package init(
        reading path: String,
        epochColumns: Set<UInt16>? = nil,
        progress: ((LedgerDirectory.Progress) -> Void)? = nil,
        take: @escaping (Piece, _ ledger: Int) -> Void
    ) throws(LedgerError) {
        var directory = LedgerDirectory()
        let found = try directory.found(
            at: path,
            .everything,
            sink: .init(epochColumns: epochColumns) { piece, ledger, _ in take(piece, ledger) },
            progress
        )
        self.init(found, directory.problems)
    }

    /// Of ledgers that were found.
    init(_ found: DistinctLedgers<FoundLedger>, _ problems: [LedgerDirectory.Problem]) {
        self.problems = problems
        let ledgers = found.counted
        inputs = LedgerInputs(roots: ledgers.compactMap(\.root))
        counted = ledgers.map { ($0.root ?? "", $0.number) }.sorted { $0 < $1 }.map(\.1)
        places = Dictionary(
            ledgers.map { ($0.number, $0.place) },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
