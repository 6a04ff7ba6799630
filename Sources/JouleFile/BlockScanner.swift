import JouleFormat

/// Walks a ledger file from block to block and finds its way again after damage.
///
/// Memory is bounded by a window of 8 MiB or the largest allowed block, whatever the file says.
struct BlockScanner: ~Copyable {
    /// What the scanner came upon.
    enum Item {
        case block(BlockHeader, payload: ArraySlice<UInt8>, leaf: Digest, at: UInt64)
        case trailer(Trailer, at: UInt64)
        /// Bytes that are no block, with whole blocks behind them.
        case damage(from: UInt64, to: UInt64, reason: String)
        /// Bytes at the end that are no whole block.
        case torn(from: UInt64, size: UInt64, isZero: Bool)
    }

    private let source: LedgerSource
    /// Where the ledger ended when the scan began.
    private let size: UInt64
    let header: FileHeader
    private var offset: UInt64
    private var window: [UInt8] = []
    private var windowStart: UInt64 = 0
    /// Blocks of the window that were looked at together; nil before any was.
    private var checked: CheckedBlocks?
    /// How much may still be read of blocks whose header holds and whose payload does not: those of
    /// an honest file do not overlap, those of a trap make every place cost a whole block.
    private var inVainBytes: UInt64

    private static let windowSize = 8 << 20

    /// Begins at `offset`, where a block begins.
    init(
        _ source: LedgerSource,
        header: FileHeader,
        from offset: UInt64 = UInt64(Layout.fileHeaderSize)
    ) throws(LedgerError) {
        self.offset = offset
        size = try source.size()
        inVainBytes = 2 * size
        self.header = header
        self.source = source
    }

    /// Reads and checks the file header.
    static func header(of source: LedgerSource) throws(LedgerError) -> FileHeader {
        let path = source.path
        let bytes = try source.read(at: 0, count: Layout.fileHeaderSize)
        do { return try BlockDecoder.fileHeader(bytes[...]) } catch {
            switch error {
            case .newerVersion(let found, let supported):
                throw .newerVersion(path: path, found: found, supported: supported)
            case .unknownFeature(let flags): throw .unknownFeature(path: path, flags: flags)
            case .truncated, .checksumMismatch, .malformed, .limitExceeded:
                throw .damagedHeader(path: path, reason: "checksum or length is wrong")
            case .notALedger:
                let isBeginning = !bytes.isEmpty && Layout.magic.starts(with: bytes)
                throw isBeginning
                    ? .damagedHeader(path: path, reason: "only \(bytes.count) bytes are left")
                    : .notALedger(path: path)
            }
        }
    }

    /// The next item; nil at the end.
    mutating func next() throws(LedgerError) -> Item? {
        guard offset < size else { return nil }
        do {
            let item = try item(at: offset)
            offset = end(of: item)
            return item
        } catch {
            switch error {
            case .unreadable(let reason): return try resynchronise(after: reason)
            case .system(let error): throw error
            }
        }
    }

    private enum Failure: Error {
        case unreadable(String)
        case system(LedgerError)
    }

    private func end(of item: Item) -> UInt64 {
        switch item {
        case .block(let header, _, _, let start): start + UInt64(header.storedSize)
        case .trailer(_, let start): start + UInt64(Layout.trailerSize)
        case .damage(_, let end, _): end
        case .torn: size
        }
    }

    private mutating func item(at start: UInt64) throws(Failure) -> Item {
        let head = try bytes(at: start, count: Layout.trailerSize)
        do {
            if head.starts(with: Array("JKBT".utf8)) {
                return .trailer(try BlockDecoder.trailer(head, salt: header.salt), at: start)
            }
            let block = try BlockDecoder.blockHeader(head, salt: header.salt)
            return try whole(block, at: start)
        } catch let error as FormatError {
            throw .unreadable(Self.reason(error))
        } catch let error as Failure {
            throw error
        } catch {
            throw .unreadable("unreadable")
        }
    }

    /// The block whose header stands at `start`, if its payload and padding hold.
    private mutating func whole(_ block: BlockHeader, at start: UInt64) throws(Failure) -> Item {
        guard UInt64(block.storedSize) <= size - start else {
            throw .unreadable(Self.reason(.truncated(at: Int(size - start))))
        }
        let stored = try bytes(at: start, count: block.storedSize)
        if let leaf = checkedLeaf(at: stored.startIndex) {
            let payload = BlockDecoder.checkedPayload(stored, header: block)
            return .block(block, payload: payload, leaf: leaf, at: start)
        }
        do {
            let payload = try BlockDecoder.payload(stored, header: block)
            let leaf = BlockDecoder.leaf(stored, header: block)
            return .block(block, payload: payload, leaf: leaf, at: start)
        } catch {
            guard UInt64(block.payloadSize) <= inVainBytes else {
                throw .system(.overBudget(path: source.path, offset: start))
            }
            inVainBytes -= UInt64(block.payloadSize)
            throw .unreadable(Self.reason(error))
        }
    }

    /// The leaf of the block at a place of the window, if it is whole and others were checked with it.
    private mutating func checkedLeaf(at place: Int) -> Digest? {
        if let checked { return checked.leaf(at: place) }
        let checked = CheckedBlocks(in: window[place...], salt: header.salt)
        self.checked = checked
        return checked.leaf(at: place)
    }

    private static func reason(_ error: FormatError) -> String {
        switch error {
        case .checksumMismatch: "checksum does not match"
        case .truncated: "the file ends inside a block"
        case .malformed(_, let reason), .limitExceeded(_, let reason): reason
        case .notALedger, .newerVersion, .unknownFeature: "unreadable"
        }
    }

    /// Up to `count` bytes from `start`, fewer at the end of the file.
    private mutating func bytes(at start: UInt64, count: Int) throws(Failure) -> ArraySlice<UInt8> {
        let wanted = Int(min(UInt64(count), size - start))
        let end = windowStart + UInt64(window.count)
        if start < windowStart || start + UInt64(wanted) > end {
            let fetched = Int(min(UInt64(max(wanted, Self.windowSize)), size - start))
            do { window = try source.read(at: start, count: fetched) } catch {
                throw .system(error)
            }
            windowStart = start
            checked = nil
        }
        let first = Int(start - windowStart)
        return window[first..<min(first + wanted, window.count)]
    }

    /// Whether a whole block or a trailer stands at `place`.
    private mutating func isWhole(at place: UInt64) throws(Failure) -> Bool {
        do {
            _ = try item(at: place)
            return true
        } catch {
            if case .system = error { throw error }
            return false
        }
    }

    /// Looks for the next whole block or trailer at any aligned place behind a bad one.
    private mutating func resynchronise(after reason: String) throws(LedgerError) -> Item {
        let start = offset
        var place = start + UInt64(Layout.alignment)
        var isZero = true
        do {
            isZero = try bytes(at: start, count: Layout.alignment).allSatisfy { $0 == 0 }
            while place < size {
                let next = try bytes(at: place, count: Layout.alignment)
                isZero = isZero && next.allSatisfy { $0 == 0 }
                if next.starts(with: Array("JKB".utf8)), try isWhole(at: place) {
                    offset = place
                    return .damage(from: start, to: place, reason: reason)
                }
                place += UInt64(Layout.alignment)
            }
        } catch {
            if case .system(let error) = error { throw error }
        }
        offset = size
        return .torn(from: start, size: size - start, isZero: isZero)
    }
}
