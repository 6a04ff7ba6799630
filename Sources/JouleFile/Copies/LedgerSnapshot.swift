import JouleFormat

/// A ledger file as far as it is whole now, whatever comes behind that later.
///
/// A torn tail is left out. What is being written goes up to its last whole block; rows that only the
/// ring of a dead writer holds are in blocks.
package struct LedgerSnapshot: Sendable {
    package let path: String
    package let version: LedgerVersion
    /// Up to the end of the last whole block or trailer.
    package let sizeBytes: UInt64
    /// Whether a process is writing it.
    package let isLive: Bool
    /// Whether it has the rows of a ring that a dead writer left.
    package let isDrained: Bool
    private let source: LedgerSource
    private let header: FileHeader
    private let trees: [UInt64: String]

    /// Checks every block of the file at `path`, but decodes no rows.
    ///
    /// `counts` are those of blocks whose roots will be asked for. The copy of a ledger with the rows of
    /// a ring lies in `folder` while the snapshot lives; without one such rows are left where they are.
    /// `progress` is told how many bytes are read.
    ///
    /// Throws when the file is no ledger, unreadable or damaged.
    package init(
        of path: String,
        rootsAt counts: Set<UInt64> = [],
        draftsIn folder: String? = nil,
        progress: ((_ done: UInt64) -> Void)? = nil
    ) throws(LedgerError) {
        let file = try LedgerSource(path)
        let isLive = file.isLive()
        var source = file.prefix(try file.size(), isLive: isLive)
        var isDrained = false
        if !isLive, let folder {
            let chain = try SegmentChain(of: path)
            if chain.segments[chain.segments.count - 1].path == path, let ring = chain.ring,
                let whole = try chain.drained(
                    source,
                    ring,
                    draft: "\(folder)/joulebook-\(UInt64.random(in: .min ... .max))"
                )
            {
                source = whole
                isDrained = true
            }
        }
        try self.init(path, source, rootsAt: counts, isLive: isLive, isDrained, progress)
    }

    /// Of the bytes of a file alone.
    init(
        _ path: String,
        _ source: LedgerSource,
        rootsAt counts: Set<UInt64>,
        isLive: Bool = false,
        _ isDrained: Bool = false,
        _ progress: ((_ done: UInt64) -> Void)? = nil
    ) throws(LedgerError) {
        var walk = TreeWalk(counts: counts, progress: progress)
        let scan = try LedgerScan(source, visitor: &walk)
        guard scan.integrity.state != .damaged else {
            let first = scan.integrity.problems.first { $0.kind != .torn }
            let reason = first?.message ?? "its blocks do not fit"
            throw .damaged(path: path, offset: first?.offset ?? 0, reason: reason)
        }
        self.path = path
        version = LedgerVersion(scan.header, walk.tree)
        sizeBytes = walk.end
        self.isLive = isLive
        self.isDrained = isDrained
        self.source = source
        header = scan.header
        trees = walk.roots
    }

    /// Number of the file among those of its ledger, from 0.
    package var segment: UInt32 { header.segment }

    /// The file that it goes on from, by its id; nil where it begins a ledger.
    package var precedingFileID: String? {
        (try? Continuation(of: source, header: header))??.file.lowerHex
    }

    /// Up to `count` bytes from `offset`; fewer only at the end.
    ///
    /// Throws also where the file has become shorter.
    package func read(at offset: UInt64, count: Int) throws(LedgerError) -> [UInt8] {
        let wanted = Int(min(UInt64(count), sizeBytes - min(offset, sizeBytes)))
        let bytes = try source.read(at: offset, count: wanted)
        guard bytes.count == wanted else { throw .changed(path: path) }
        return bytes
    }

    /// Whether an earlier version is what this one begins with: the consistency of their trees.
    ///
    /// Only where the root at its number of blocks was asked for.
    package func begins(with earlier: LedgerVersion) -> Bool {
        earlier.fileID == version.fileID && trees[earlier.blocks] == earlier.root
    }

    /// The id of a ledger file, from its header alone.
    package static func fileID(of path: String) throws(LedgerError) -> String {
        Digest.hex(try BlockScanner.header(of: LedgerSource(path)).fileID)
    }
}

extension [UInt8] {
    fileprivate var lowerHex: String { Digest.hex(self) }
}

/// Grows the tree of the blocks that are met.
private struct TreeWalk: LedgerVisitor {
    let counts: Set<UInt64>
    let progress: ((_ done: UInt64) -> Void)?
    private(set) var tree = MerkleTree()
    private(set) var roots: [UInt64: String] = [:]
    /// Of the last whole block or trailer.
    private(set) var end = UInt64(Layout.fileHeaderSize)

    let readsRows = false
    let readsDocuments = false

    init(counts: Set<UInt64>, progress: ((_ done: UInt64) -> Void)?) {
        self.counts = counts
        self.progress = progress
        noteRoot()
    }

    mutating func visit(block: LedgerBlock) {
        tree.append(block.leaf)
        end = block.offset + UInt64(block.header.storedSize)
        noteRoot()
        progress?(end)
    }

    mutating func visit(trailer: Trailer, at offset: UInt64) {
        end = offset + UInt64(Layout.trailerSize)
    }

    mutating func visit(meta document: MetaDocument) {}

    mutating func visit(rows: DataPayload, schema: TableSchema) {}

    private mutating func noteRoot() {
        if counts.contains(tree.size) { roots[tree.size] = tree.root.hex }
    }
}
