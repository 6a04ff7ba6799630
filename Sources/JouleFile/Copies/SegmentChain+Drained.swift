import JouleFormat

extension SegmentChain {
    /// A copy of the last segment, which `source` reads, with the rows of the ring in blocks; nil when it
    /// is damaged, so that nothing may be appended to it.
    ///
    /// The copy has no name and is gone with the source; `draft` is where it lies. Its blocks are those
    /// that the ledger itself gets when it is next opened to append to it.
    func drained(
        _ source: LedgerSource,
        _ ring: RingSnapshot,
        draft: String
    ) throws(LedgerError) -> LedgerSource? {
        let (covered, gaps) = try told(before: segments[segments.count - 1].header.segment)
        let copy = try SystemFile.draft(of: draft)
        try copy.write(source)
        let reader = try LedgerSource(copy.readingPath)
        do throws(LedgerError) {
            var drain = RingDrain(
                appender: try LedgerAppender.reopening(copy, read: reader),
                coveredBefore: covered,
                gapsBefore: gaps
            )
            try drain.run(ring)
            try drain.close()
        } catch {
            guard case .damaged = error else { throw error }
            return nil
        }
        return reader.prefix(try reader.size(), isLive: false)
    }
}
