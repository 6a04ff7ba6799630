import JouleFormat

/// The last SUMMARY of a ledger that is whole.
struct LastSummary {
    let summary: SummaryPayload
    /// The header of its block.
    let header: BlockHeader
    /// Where the block is.
    let offset: UInt64

    /// Bytes of the end that are looked through first; then 16 times as many, and so on.
    private static let firstWindowSize: UInt64 = 64 << 10
    private static let windowSizeMax: UInt64 = 1 << 20
    /// So many blocks that say they are a summary and are not make the search give up.
    private static let disappointmentsMax = 64

    /// Finds it from the trailer, or looks for it backwards from the end; nil when there is none.
    init?(of source: LedgerSource, header: FileHeader) throws(LedgerError) {
        let size = try source.size()
        let end = try source.read(
            at: size - min(size, UInt64(Layout.trailerSize)),
            count: Layout.trailerSize
        )
        if let trailer = try? BlockDecoder.trailer(end[...], salt: header.salt),
            let found = try Self(at: trailer.summaryOffset, in: source, salt: header.salt)
        {
            self = found
            return
        }
        var sync = ByteWriter()
        sync.append(Layout.blockSync)
        sync.append(header.salt)
        sync.append(BlockType.summary)
        var upper = size & ~UInt64(Layout.alignment - 1)
        var windowSize = Self.firstWindowSize
        var disappointments = 0
        while upper > UInt64(Layout.fileHeaderSize), disappointments < Self.disappointmentsMax {
            let lower = upper - min(upper - UInt64(Layout.fileHeaderSize), windowSize)
            // A block's first bytes may be the last of this window.
            let window = try source.read(at: lower, count: Int(upper - lower) + sync.bytes.count)
            for place in stride(from: upper, through: lower, by: -Layout.alignment) {
                let start = Int(place - lower)
                guard window[start...].starts(with: sync.bytes) else { continue }
                if let found = try Self(at: place, in: source, salt: header.salt) {
                    self = found
                    return
                }
                disappointments += 1
            }
            upper = lower
            windowSize = min(windowSize * 16, Self.windowSizeMax)
        }
        return nil
    }

    private init?(at offset: UInt64, in source: LedgerSource, salt: UInt32)
        throws(LedgerError)
    {
        guard let block = try StoredBlock(at: offset, in: source, salt: salt),
            block.header.type == BlockType.summary,
            let summary = try? PayloadDecoder.summary(block.payload[...], header: block.header),
            summary.tree.size == block.header.sequence
        else { return nil }
        self.summary = summary
        header = block.header
        self.offset = offset
    }
}

extension IndexPayload {
    /// The INDEX block at `offset`; nil when there is no whole one.
    init?(at offset: UInt64, in source: LedgerSource, salt: UInt32) throws(LedgerError) {
        guard let block = try StoredBlock(at: offset, in: source, salt: salt),
            block.header.type == BlockType.index,
            let index = try? PayloadDecoder.index(block.payload[...], header: block.header)
        else { return nil }
        self = index
    }
}

/// One block that somebody pointed to.
struct StoredBlock {
    let header: BlockHeader
    let payload: [UInt8]

    /// Nil when no whole block begins at `offset`.
    init?(at offset: UInt64, in source: LedgerSource, salt: UInt32) throws(LedgerError) {
        guard offset >= UInt64(Layout.fileHeaderSize), offset % UInt64(Layout.alignment) == 0 else {
            return nil
        }
        let head = try source.read(at: offset, count: Layout.blockHeaderSize)
        guard let header = try? BlockDecoder.blockHeader(head[...], salt: salt) else { return nil }
        let stored = try source.read(at: offset, count: header.storedSize)
        guard let payload = try? BlockDecoder.payload(stored[...], header: header) else {
            return nil
        }
        self.header = header
        self.payload = Array(payload)
    }
}
