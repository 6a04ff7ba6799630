package import JouleFormat

/// The last SUMMARY of a ledger that is whole.
struct LastSummary {
    let summary: SummaryPayload
    /// The header of its block.
    let header: BlockHeader
    /// Where the block is.
    let offset: UInt64
    /// Merkle root of the ledger when nothing but the trailer that says it stands behind the summary.
    private(set) var closedRoot: Digest?

    /// Bytes of the end that are read first; then 16 times as many are looked through, and so on.
    private static let firstWindowSize: UInt64 = 64 << 10
    private static let windowSizeMax: UInt64 = 1 << 20
    /// So many blocks that say they are a summary and are not make the search give up.
    private static let disappointmentsMax = 64

    /// Finds it from the trailer, or looks for it backwards from the end; nil when there is none.
    init?(of source: LedgerSource, header: FileHeader) throws(LedgerError) {
        var budget = try ReadingBudget(of: source)
        try self.init(of: source, header: header, spending: &budget)
    }

    /// The same for whoever goes on reading; of a ledger that was closed one read of its last 64 KiB
    /// holds both.
    init?(of source: LedgerSource, header: FileHeader, spending budget: inout ReadingBudget)
        throws(LedgerError)
    {
        let size = try source.size()
        var upper = size & ~UInt64(Layout.alignment - 1)
        var window = try SourceWindow(
            of: source,
            from: Self.lower(upper, size: Self.firstWindowSize),
            to: size
        )
        let end = window.bytes(from: size - min(size, UInt64(Layout.trailerSize)))
        if let trailer = try? BlockDecoder.trailer(end, salt: header.salt),
            let found = try Self(
                at: trailer.summaryOffset,
                in: source,
                window,
                salt: header.salt,
                spending: &budget
            )
        {
            self = found
            let isAtEnd = size - offset == UInt64(found.header.storedSize + Layout.trailerSize)
            closedRoot = isAtEnd ? trailer.root : nil
            return
        }
        var sync = ByteWriter()
        sync.append(Layout.blockSync)
        sync.append(header.salt)
        sync.append(BlockType.summary)
        var windowSize = Self.firstWindowSize
        var disappointments = 0
        while upper > UInt64(Layout.fileHeaderSize), disappointments < Self.disappointmentsMax {
            for place in stride(from: upper, through: window.start, by: -Layout.alignment) {
                guard window.bytes(from: place).starts(with: sync.bytes) else { continue }
                let found = try Self(
                    at: place,
                    in: source,
                    window,
                    salt: header.salt,
                    spending: &budget
                )
                if let found {
                    self = found
                    return
                }
                disappointments += 1
            }
            upper = window.start
            windowSize = min(windowSize * 16, Self.windowSizeMax)
            // A block's first bytes may be the last of the window before.
            window = try SourceWindow(
                of: source,
                from: Self.lower(upper, size: windowSize),
                to: upper + UInt64(sync.bytes.count)
            )
        }
        return nil
    }

    /// Where a window of `size` bytes that ends at `upper` begins.
    private static func lower(_ upper: UInt64, size: UInt64) -> UInt64 {
        upper - min(upper - min(upper, UInt64(Layout.fileHeaderSize)), size)
    }

    /// The SUMMARY at `offset`; nil when there is no whole one.
    init?(
        at offset: UInt64,
        in source: LedgerSource,
        _ window: SourceWindow = SourceWindow(),
        salt: UInt32,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) {
        guard let block = try StoredBlock(at: offset, in: source, window, salt: salt),
            block.header.type == BlockType.summary
        else { return nil }
        try budget.spend(block.header.decodedSize, of: source.path, at: offset)
        guard
            let summary = try? PayloadDecoder.summary(
                block.payload,
                header: block.header,
                at: offset
            ),
            summary.tree.size == block.header.sequence,
            summary.headOffsets.last ?? 0 < offset
        else { return nil }
        self.summary = summary
        header = block.header
        self.offset = offset
    }
}

extension LastSummary {
    /// The last INDEX, if no block of rows stands between it and the summary: then it and those before
    /// it list them all, and a writer can go on from here.
    func lastIndex(
        in source: LedgerSource,
        salt: UInt32,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) -> IndexPayload? {
        guard let place = summary.indexOffset,
            let index = try IndexPayload(at: place, in: source, salt: salt, spending: &budget)
        else { return nil }
        var next = place
        while next < offset {
            if let header = try StoredBlock.header(at: next, in: source, salt: salt) {
                guard header.type != BlockType.data else { return nil }
                next += UInt64(header.storedSize)
            } else {
                let end = try source.read(at: next, count: Layout.trailerSize)
                guard (try? BlockDecoder.trailer(end[...], salt: salt)) != nil else { return nil }
                next += UInt64(Layout.trailerSize)
            }
        }
        return next == offset ? index : nil
    }
}

extension Ledger {
    /// What the last SUMMARY of a ledger says of everything before it; nil when there is none.
    package static func summary(of path: String) throws(LedgerError) -> SummaryPayload? {
        let source = try LedgerSource(path)
        return try LastSummary(of: source, header: BlockScanner.header(of: source))?.summary
    }
}

/// Bytes of a ledger that were read already.
struct SourceWindow {
    let start: UInt64
    private let bytes: [UInt8]

    /// Fewer than asked for only at the end of the ledger.
    init(of source: LedgerSource, from start: UInt64, to end: UInt64) throws(LedgerError) {
        self.start = start
        bytes = try source.read(at: start, count: Int(end - start))
    }

    /// No bytes.
    init() {
        start = 0
        bytes = []
    }

    /// Those from `offset` on; none where the window does not reach.
    func bytes(from offset: UInt64) -> ArraySlice<UInt8> {
        guard offset >= start, offset - start <= UInt64(bytes.count) else { return [] }
        return bytes[Int(offset - start)...]
    }
}

extension IndexPayload {
    /// The INDEX block at `offset`; nil when there is no whole one.
    init?(
        at offset: UInt64,
        in source: LedgerSource,
        salt: UInt32,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) {
        guard let block = try StoredBlock(at: offset, in: source, salt: salt),
            block.header.type == BlockType.index
        else { return nil }
        try budget.spend(block.header.decodedSize, of: source.path, at: offset)
        guard let index = try? PayloadDecoder.index(block.payload, header: block.header) else {
            return nil
        }
        self = index
    }
}

/// One block that somebody pointed to.
struct StoredBlock {
    let header: BlockHeader
    let payload: ArraySlice<UInt8>

    /// Nil when no whole block begins at `offset`.
    ///
    /// What `window` holds is not read again.
    init?(
        at offset: UInt64,
        in source: LedgerSource,
        _ window: SourceWindow = SourceWindow(),
        salt: UInt32
    ) throws(LedgerError) {
        guard
            let header = try Self.header(at: offset, in: source, window, salt: salt)
        else { return nil }
        var stored = window.bytes(from: offset)
        if stored.count < header.storedSize {
            stored = try source.read(at: offset, count: header.storedSize)[...]
        }
        guard let payload = try? BlockDecoder.payload(stored, header: header) else { return nil }
        self.header = header
        self.payload = payload
    }

    /// The header of the block at `offset`; nil when there is no whole one.
    static func header(
        at offset: UInt64,
        in source: LedgerSource,
        _ window: SourceWindow = SourceWindow(),
        salt: UInt32
    ) throws(LedgerError) -> BlockHeader? {
        guard offset >= UInt64(Layout.fileHeaderSize), offset % UInt64(Layout.alignment) == 0 else {
            return nil
        }
        var head = window.bytes(from: offset)
        if head.count < Layout.blockHeaderSize {
            head = try source.read(at: offset, count: Layout.blockHeaderSize)[...]
        }
        return try? BlockDecoder.blockHeader(head, salt: salt)
    }
}
