package import JouleFormat
import JouleQuantities

extension LedgerScan {
    /// Reads the segments of a ledger as one, what two of them hold only once.
    ///
    /// The ring lies beside the first segment, and its slots count through all of them. That an
    /// earlier segment was not closed says nothing: its file failed.
    init(
        _ chain: SegmentChain,
        readsRing: Bool = true,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        let first = chain.segments[0]
        let ring = readsRing ? chain.ring : nil
        var scan = try Self.reading(first, after: nil, visitor: &visitor)
        for (place, segment) in chain.segments.enumerated().dropFirst() {
            var next = try Self.reading(segment, after: scan, visitor: &visitor)
            next.follow(scan)
            try next.integrity.check(place, of: chain)
            next.isDamaged = next.integrity.state == .damaged
            scan = next
        }
        if let ring {
            visitor.visit(ring: ring)
            scan.merge(ring, visitor: &visitor)
        } else if readsRing {
            scan.noteMissingRing()
        }
        scan.integrity.segments = chain.segments.count
        scan.header = first.header
        self = scan
    }

    /// Reads the blocks, and no ring, of a ledger that goes on in segments; nil of any other.
    ///
    /// `fits` tells of each segment but the first whether it continues what the file before it has.
    package static func segments(of path: String, visitor: inout some LedgerVisitor)
        throws(LedgerError) -> (scan: LedgerScan, files: [FileHeader], fits: [Bool])?
    {
        guard let chain = try SegmentChain.ofSeveral(path) else { return nil }
        var fits: [Bool] = []
        for place in chain.segments.indices.dropFirst() { fits.append(try chain.doesFit(place)) }
        let scan = try LedgerScan(chain, readsRing: false, visitor: &visitor)
        return (scan, chain.segments.map(\.header), fits)
    }

    /// Rows that were lost, by table and cause.
    package var losses: [GapPayload] { drops.gaps }

    /// Where damage took the names of columns, a SUMMARY behind it may still know them.
    private static func reading(
        _ segment: SegmentChain.Segment,
        after before: LedgerScan?,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) -> LedgerScan {
        let untouched = visitor
        let scan = try LedgerScan(segment, after: before, visitor: &visitor)
        guard scan.hasNamelessColumns, !scan.finalSchemas.isEmpty else { return scan }
        visitor = untouched
        var again = try LedgerScan(
            segment,
            after: before,
            schemas: scan.finalSchemas,
            visitor: &visitor
        )
        again.integrity.state = scan.integrity.state
        again.integrity.problems = scan.integrity.problems
        return again
    }
}

extension LedgerAppender {
    /// A new segment behind a ledger whose last one is damaged: nothing is ever appended to that.
    static func following(_ chain: SegmentChain) throws(LedgerError) -> LedgerAppender {
        let last = chain.segments[chain.segments.count - 1]
        guard let number = last.header.nextSegment else {
            throw .limitExceeded(
                path: last.path,
                reason: "segment \(last.header.segment) is damaged, and none can follow it"
            )
        }
        var nobody = Nobody()
        let all = try LedgerScan(chain, visitor: &nobody)
        let own = try LedgerScan(last, after: nil, visitor: &nobody)
        let root = own.integrity.root
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        header.segment = number
        header.previousRoot = Digest(bytes: root)?.prefix64 ?? 0
        let base = SegmentChain.base(of: last.path, segment: last.header.segment)
        let path = SegmentChain.path(header.segment, of: base)
        var next = try LedgerAppender(creating: path, header: header)
        let continuation = Continuation(
            file: last.header.fileID,
            root: root,
            blocks: UInt64(own.integrity.blocks),
            again: 0
        )
        try next.append(meta: continuation.documents(segment: header.segment, all.documents.all))
        for schema in all.schemas.values {
            for (number, column) in schema.columns.enumerated() {
                next.define(column, number: UInt16(number), table: schema.id)
            }
        }
        SystemFile.synchronizeDirectory(of: path)
        return next
    }
}
