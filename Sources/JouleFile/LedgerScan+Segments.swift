import JouleFormat
import JouleQuantities

extension LedgerScan {
    /// Reads the segments of a ledger as one, what two of them hold only once.
    ///
    /// The ring lies beside the first segment, and its slots count through all of them. That an
    /// earlier segment was not closed says nothing: its file failed.
    init(_ chain: SegmentChain, visitor: inout some LedgerVisitor) throws(LedgerError) {
        let first = chain.segments[0]
        let ring = RingSnapshot(besides: first.path, fileID: first.header.fileID)
        var scan = try LedgerScan(first, after: nil, visitor: &visitor)
        for segment in chain.segments.dropFirst() {
            var next = try LedgerScan(segment, after: scan, visitor: &visitor)
            next.follow(scan)
            scan = next
        }
        if let ring {
            visitor.visit(ring: ring)
            scan.merge(ring, visitor: &visitor)
        }
        scan.integrity.segments = chain.segments.count
        self = scan
    }
}

extension LedgerAppender {
    /// A new segment behind a ledger whose last one is damaged: nothing is ever appended to that.
    static func following(_ chain: SegmentChain) throws(LedgerError) -> LedgerAppender {
        let last = chain.segments[chain.segments.count - 1]
        var nobody = Nobody()
        let all = try LedgerScan(chain, visitor: &nobody)
        let own = try LedgerScan(last, after: nil, visitor: &nobody)
        let root = own.integrity.root
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        header.segment = last.header.segment + 1
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
