extension LedgerDirectory {
    /// Where the ledger files below a directory are, by their ids; none where there is no directory.
    ///
    /// Of several with one id the first by its path. Files that are no ledgers have none.
    package static func placesByFileID(below directory: String) throws(LedgerError)
        -> [String: String]
    {
        var places: [String: String] = [:]
        guard isDirectory(directory) else { return places }
        for path in try ledgers(below: directory) {
            guard let id = try? LedgerSnapshot.fileID(of: path), places[id] == nil else { continue }
            places[id] = path
        }
        return places
    }

    /// What segment `number` is called of the ledger that the file at `path` belongs to, which is its
    /// segment before that.
    package static func path(ofSegment number: UInt32, behind path: String) -> String {
        let base = SegmentChain.base(of: path, segment: number - min(number, 1))
        return SegmentChain.path(number, of: base)
    }
}
