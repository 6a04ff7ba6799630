import JouleFormat

extension PackContents {
    /// Each member once, by its first name.
    var distinctMembers: [Member] {
        var seen: Set<UInt64> = []
        return members.filter { seen.insert($0.extent.start).inserted }
    }

    /// The members by ledger: of one that goes on in segments all of them, in their order.
    ///
    /// Members of which the pack lists runs begin a ledger, and are only read where another one may
    /// go on behind them.
    func ledgers(besides listed: Set<UInt32> = []) -> [[Member]] {
        let distinct = distinctMembers
        let isAnyLater = distinct.contains { member in
            guard !listed.contains(member.number) else { return false }
            let header = try? BlockScanner.header(of: source(of: member))
            return header.map { $0.segment > 0 } ?? false
        }
        guard isAnyLater else { return distinct.map { [$0] } }
        return SegmentChain.chains(of: distinct.map(source(of:))).map { $0.map { distinct[$0] } }
    }

    /// Reads a ledger, all of its segments as one.
    func ledger(of group: [Member]) throws(LedgerError) -> Ledger {
        let sources = group.map(source(of:))
        guard sources.count > 1 else { return try Ledger(sources[0]) }
        return try Ledger(path: sources[0].path, SegmentChain(sources))
    }
}
