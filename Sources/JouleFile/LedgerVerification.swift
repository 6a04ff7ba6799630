import JouleFormat

/// What `verify` finds out about a file, without keeping what is in it.
package struct LedgerVerification: Sendable {
    /// Of a pack that of its own blocks.
    package var integrity: Integrity
    /// The ledgers of a pack.
    package let members: [PackedLedger]
    /// The files in which the ledger goes on behind this one, in their order.
    package let segments: [Segment]
    /// What the runs of the file say of their having been thinned; of a pack nothing.
    package let thinnings: [ThinningNote]
    /// Whether rows were decoded, too, and compared with what is derived from them.
    package let isDeep: Bool

    /// A file in which a ledger goes on.
    package struct Segment: Sendable {
        package let path: String
        package let integrity: Integrity
    }

    /// Ledgers up to this size are always checked to the last row.
    private static let deepSizeMax: UInt64 = 16 << 20

    /// Compares everything that is stored twice, also in the segments behind this file, and what a
    /// segment says of the file before it.
    ///
    /// Rows of a large ledger are read only where `deeply` says so, those of a pack always. `named`
    /// is whom seals should be from. `progress` is told how many bytes of the file are read.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable.
    package init(
        of path: String,
        deeply: Bool = false,
        sealedBy named: PublicKey? = nil,
        progress: ((_ done: UInt64) -> Void)? = nil
    ) throws(LedgerError) {
        let source = try LedgerSource(path)
        if try BlockScanner.header(of: source).isPack {
            let pack = try PackScan(
                source,
                verifies: true,
                sealedBy: named?.identity,
                progress: progress
            ) { _ in }
            integrity = pack.integrity
            members = pack.members
            segments = []
            thinnings = []
            isDeep = true
            return
        }
        members = []
        let own = try Self.verify(source, deeply, named, progress)
        (integrity, isDeep, thinnings) = own
        let chain = try SegmentChain(of: path)
        let place = chain.segments.firstIndex { $0.path == path } ?? 0
        try integrity.check(place, of: chain)
        try integrity.checkRing(place, of: chain)
        // The ring lies beside the first file, and later ones may hold its rows.
        let hasNews = chain.segments.count > 1 ? try chain.hasNewsInRing() : false
        if place > 0 { integrity.hasNewsInRing = hasNews }
        var segments: [Segment] = []
        for (place, segment) in chain.segments.enumerated().dropFirst(place + 1) {
            var found = try Self.verify(segment.source, deeply, named).integrity
            try found.check(place, of: chain)
            try found.checkRing(place, of: chain)
            found.hasNewsInRing = hasNews
            segments.append(Segment(path: segment.path, integrity: found))
        }
        let last = chain.segments[chain.segments.count - 1]
        if let lost = SegmentChain.stranded(behind: last) {
            let found = try Self.verify(lost, deeply, named).integrity
            segments.append(Segment(path: lost.path, integrity: found))
        }
        self.segments = segments
    }

    private static func verify(
        _ source: LedgerSource,
        _ deeply: Bool,
        _ named: PublicKey?,
        _ progress: ((_ done: UInt64) -> Void)? = nil
    ) throws(LedgerError) -> (integrity: Integrity, isDeep: Bool, thinnings: [ThinningNote]) {
        let size = try source.size()
        let isDeep = deeply || size <= deepSizeMax
        let ledger = try Ledger(
            source,
            verifies: isDeep,
            readsRows: isDeep,
            sealedBy: named?.identity,
            progress: progress
        )
        var integrity = ledger.integrity
        if !isDeep { try integrity.checkEnd(of: source) }
        return (integrity, isDeep, ledger.runs.compactMap(ThinningNote.init))
    }
}

extension Integrity {
    /// Compares INDEX and SUMMARY behind a seal with the blocks that they are about: queries believe
    /// them, and nobody signed them.
    ///
    /// Those before the seal are as worthy of belief as everything that is signed.
    fileprivate mutating func checkEnd(of source: LedgerSource) throws(LedgerError) {
        guard sealed, let seal else { return }
        let header = try BlockScanner.header(of: source)
        do throws(LedgerError) {
            var budget = try ReadingBudget(of: source)
            var last: LastSummary?
            if let offset = seal.summaryOffset {
                last = try LastSummary(
                    at: offset,
                    in: source,
                    salt: header.salt,
                    spending: &budget
                )
            }
            _ = try LedgerEnd(of: source, header: header, behind: last)
        } catch {
            guard case .damaged(_, let offset, let reason) = error else { throw error }
            state = .damaged
            self.seal = nil
            problems.append(Problem(kind: .summary, offset: offset, message: reason))
        }
    }
}
