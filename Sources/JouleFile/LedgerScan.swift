package import JouleFormat

/// Reads a ledger file and its ring once from front to back.
package struct LedgerScan {
    package internal(set) var integrity = Integrity(state: .torn)
    var drops = DropCounts()
    /// Rows by table.
    var rowCounts: [UInt16: Int] = [:]
    /// What the META documents say of the runs.
    package internal(set) var documents = RunDocuments()
    package private(set) var attachments = AttachmentList()

    package internal(set) var header: FileHeader

    private var path: String
    private(set) var tree = MerkleTree()
    private var previousLeaf: UInt64 = 0
    private var expected: UInt64 = 0
    private var isAfterDamage = false
    var isDamaged = false
    private var isClosed = false
    /// Whether it, or a segment before it, was closed at some time.
    private(set) var wasClosed = false
    private(set) var summaryOffset: UInt64?
    /// Columns of all tables that the format does not fix.
    var toldColumns: Int
    /// The tables that were told of.
    package internal(set) var schemas: [UInt16: TableSchema]
    /// What the last SUMMARY says the tables are.
    package internal(set) var finalSchemas: [UInt16: TableSchema] = [:]
    /// Whether columns had to be named by their number, because damage took their definition.
    private(set) var hasNamelessColumns = false
    /// By table one more than the ring slot of the last entry that a block holds; 0 is META.
    package private(set) var covered: [UInt16: UInt64] = [:]
    /// Blocks that are read in another segment instead.
    private var left = LeftBlocks()
    private var budget: ReadingBudget
    /// Of a pack.
    private var members = MemberSequence()
    /// Kept to check SUMMARY and INDEX blocks; nil when nobody asked.
    var tally: LedgerTally?
    var seals: SealAudit

    /// Reads the ledger that the file at `path` belongs to, or, to verify it, that file alone.
    package init(
        _ path: String,
        verifies: Bool = false,
        sealedBy named: SealIdentity? = nil,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        let chain = verifies ? nil : try SegmentChain(of: path)
        if let chain, chain.segments.count > 1 {
            self = try LedgerScan(chain, visitor: &visitor)
            return
        }
        let source = try LedgerSource(path)
        self = try LedgerScan(source, verifies: verifies, sealedBy: named, visitor: &visitor)
    }

    /// Reads a ledger, handing everything whole to `visitor`.
    ///
    /// `verifies` has every derived block compared with what it is derived from, and rows decoded;
    /// seals are told apart by whether they are from `named`.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable; damage behind the file
    /// header is reported in `integrity`.
    init(
        _ source: LedgerSource,
        verifies: Bool = false,
        sealedBy named: SealIdentity? = nil,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        let untouched = visitor
        self = try LedgerScan(
            source,
            verifies: verifies,
            sealedBy: named,
            schemas: [:],
            visitor: &visitor
        )
        guard hasNamelessColumns, !finalSchemas.isEmpty else { return }
        // A SUMMARY behind the damage still knows the names. What is damaged needs no comparing, and
        // a tally would not know columns that nothing before them defines.
        visitor = untouched
        let found = integrity
        self = try LedgerScan(source, schemas: finalSchemas, visitor: &visitor)
        // Knowing the names beforehand hides that a definition is missing.
        integrity.state = found.state
        integrity.problems = found.problems
    }

    /// `schemas` are tables as they will be in the end, where something is known of that.
    init(
        _ source: LedgerSource,
        verifies: Bool = false,
        sealedBy named: SealIdentity? = nil,
        schemas: [UInt16: TableSchema],
        budget: ReadingBudget? = nil,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        path = source.path
        self.schemas = schemas
        toldColumns = schemas.toldColumns
        // Who knows the tables beforehand has read the file, and it is damaged.
        isDamaged = !schemas.isEmpty
        tally = verifies ? LedgerTally() : nil
        let storedBytes = try source.size()
        self.budget = budget ?? ReadingBudget(storedBytes: storedBytes)
        header = try BlockScanner.header(of: source)
        seals = SealAudit(fileID: header.fileID, named: named)
        let ring = source.isFile ? RingSnapshot(besides: path, fileID: header.fileID) : nil
        try readBlocks(source, visitor: &visitor)
        if let ring {
            visitor.visit(ring: ring)
            merge(ring, visitor: &visitor)
        } else {
            noteMissingRing()
        }
    }

    /// Reads one segment without its ring, behind what those before it tell of the runs.
    init(
        _ segment: SegmentChain.Segment,
        after before: LedgerScan?,
        schemas: [UInt16: TableSchema] = [:],
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        path = segment.path
        self.schemas = schemas
        toldColumns = schemas.toldColumns
        isDamaged = !schemas.isEmpty
        if let before {
            documents = before.documents
            attachments = before.attachments
        }
        budget = ReadingBudget(storedBytes: try segment.source.size())
        header = segment.header
        left = segment.left
        seals = SealAudit(fileID: header.fileID, named: nil)
        try readBlocks(segment.source, visitor: &visitor)
    }

    private mutating func readBlocks(
        _ source: LedgerSource,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        let isLive = source.isLive()
        attachments.begin(source.place)
        var scanner = try BlockScanner(source, header: header)
        while let item = try scanner.next() { try take(item, visitor: &visitor) }
        integrity.blocks = Int(clamping: tree.size)
        integrity.root = tree.root.bytes
        integrity.seal = isDamaged ? nil : seals.seal
        integrity.singleSeals = seals.singleSeals
        // A process may hold on to a ledger that it has closed.
        integrity.state = isDamaged ? .damaged : isClosed ? .clean : isLive ? .live : .torn
    }

    /// Takes over what the segments before hold.
    mutating func follow(_ before: LedgerScan) {
        let isOwnDamage = isDamaged
        isDamaged = isDamaged || before.isDamaged
        wasClosed = wasClosed || before.wasClosed
        if isDamaged { integrity.state = .damaged }
        // Of the segment before only damage matters.
        let earlier = before.integrity.problems.filter { $0.kind != .torn }
        integrity.problems = earlier + (isOwnDamage || earlier.isEmpty ? integrity.problems : [])
        drops.add(before.drops)
        rowCounts.merge(before.rowCounts) { $0 + $1 }
        covered.merge(before.covered) { max($0, $1) }
        for (id, schema) in before.schemas where schemas[id] == nil { schemas[id] = schema }
    }

    mutating func damage(
        _ kind: Integrity.Problem.Kind,
        at offset: UInt64,
        count: UInt64? = nil,
        _ message: String
    ) {
        isDamaged = true
        // A file full of damage must not fill the memory with reports of it.
        guard integrity.problems.count < 100 else { return }
        integrity.problems.append(
            .init(kind: kind, offset: offset, count: count, message: message)
        )
    }

    // MARK: Items

    private mutating func take(_ item: BlockScanner.Item, visitor: inout some LedgerVisitor)
        throws(LedgerError)
    {
        switch item {
        case .damage(let start, let end, let reason):
            damage(
                .damaged,
                at: start,
                count: end - start,
                "\(end - start) bytes are damaged: \(reason)"
            )
            isAfterDamage = true
        case .torn(let start, let size, let isZero):
            integrity.isTornAfterClose = isClosed
            isClosed = false
            integrity.tornSize = isZero ? 0 : size
            integrity.problems.append(
                .init(
                    kind: .torn,
                    offset: start,
                    count: size,
                    message: isZero
                        ? "preallocated room that was never used"
                        : "torn tail: the last write did not end"
                )
            )
        case .trailer(let trailer, let start):
            isClosed = true
            wasClosed = true
            check(trailer, at: start)
            visitor.visit(trailer: trailer, at: start)
        case .block(let header, let payload, let leaf, let start):
            isClosed = false
            guard place(header, at: start) else { return }
            visitor.visit(
                block: LedgerBlock(header: header, payload: payload, leaf: leaf, offset: start)
            )
            seals.note(header)
            if left.takes(header) {
                if header.type == BlockType.data {
                    rowCounts[header.table, default: 0] += header.rows
                }
            } else {
                try read(header, payload, at: start, visitor: &visitor)
            }
            tree.append(leaf)
            previousLeaf = leaf.prefix64
        }
    }

    /// Whether the block continues the chain; one that repeats an earlier place is not read again.
    private mutating func place(_ header: BlockHeader, at offset: UInt64) -> Bool {
        guard header.sequence >= expected else {
            damage(.repeated, at: offset, "block \(header.sequence) appears again")
            return false
        }
        if header.sequence > expected {
            let count = header.sequence - expected
            damage(.missing, at: offset, count: count, "\(count) blocks are missing")
        } else if !isAfterDamage, header.previousLeaf != previousLeaf {
            damage(.foreign, at: offset, "the block does not continue the one before it")
        }
        isAfterDamage = false
        expected = header.sequence + 1
        return true
    }

    // MARK: Payloads

    private mutating func read(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        if header.type != BlockType.member, !members.interrupt(), !isDamaged {
            damage(.member, at: offset, "parts of a member are missing before this block")
        }
        do {
            try budget.spend(header.decodedSize, of: path, at: offset)
            switch header.type {
            case BlockType.meta where !visitor.readsDocuments: break
            case BlockType.meta:
                let meta = try PayloadDecoder.meta(payload, header: header)
                try budget.spend(documents: header, of: path, at: offset)
                raise(TableID.none, to: meta.covered)
                tally?.noteHead(at: offset, metaCovered: meta.covered)
                for document in meta.documents { take(document, at: offset, visitor: &visitor) }
            case BlockType.attach:
                tally?.noteHead(at: offset)
                try readPart(header, payload, at: offset, visitor: &visitor)
            case BlockType.schema: grow(try PayloadDecoder.schema(payload, header: header), offset)
            case BlockType.data: try readRows(header, payload, at: offset, visitor: &visitor)
            case BlockType.gap:
                let gap = try PayloadDecoder.gap(payload, header: header)
                drops.add(gap)
                tally?.note(gap)
            case BlockType.summary:
                let summary = try PayloadDecoder.summary(payload, header: header, at: offset)
                summaryOffset = offset
                check(summary, at: offset)
            case BlockType.resume:
                _ = try PayloadDecoder.resume(payload, header: header)
                tally?.noteHead(at: offset)
            case BlockType.index:
                check(try PayloadDecoder.index(payload, header: header), at: offset)
            case BlockType.member:
                let part = try PayloadDecoder.member(payload, header: header)
                if !self.header.isPack || !members.take(part), !isDamaged {
                    damage(.member, at: offset, "a part of a member that does not belong here")
                }
            case BlockType.key, BlockType.checkpoint:
                tally?.noteHead(at: offset)
                // They are about every block before them, so these must be there.
                guard !isDamaged else { break }
                let before = seals.verifiedCount
                let problem = seals.take(header, payload, root: tree.root)
                let verified = seals.verifiedCount - before
                try budget.spend(verified * Limits.signatureCost, of: path, at: offset)
                if let problem { damage(.seal, at: offset, problem) }
            default:
                guard !header.flags.contains(.critical) else {
                    throw LedgerError.unknownCriticalBlock(
                        path: path,
                        offset: offset,
                        type: header.type
                    )
                }
                tally?.noteHead(at: offset)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            try budget.check(path, at: offset)
            damage(.payload, at: offset, "block \(header.sequence): \(error)")
        }
    }

    private mutating func readRows(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) throws {
        let outline = try PayloadDecoder.outline(payload, header: header)
        let size = outline.columns.count * header.rows * 8
        guard size <= Limits.rawSizeMax else {
            throw FormatError.limitExceeded(at: 0, "\(size) bytes of rows")
        }
        var data: DataPayload?
        if tally != nil || visitor.readsRows {
            // Where damage may have taken definitions, columns are called by their number.
            let known = schema(of: header.table)
            let named = isDamaged ? known.naming(outline) : nil
            data = try PayloadDecoder.data(
                payload,
                header: header,
                schema: named ?? known,
                spending: &budget.decodedBytes
            )
            if let named {
                try schemas.adopt(named, counting: &toldColumns)
                hasNamelessColumns = true
            }
        }
        if !isDamaged, outline.firstRow != UInt64(rowCounts[header.table] ?? 0) {
            damage(.rows, at: offset, "the rows do not continue those before them")
        }
        raise(header.table, to: outline.covered)
        rowCounts[header.table, default: 0] += header.rows
        guard let data else { return }
        if !isDamaged { tally?.note(data, table: header.table, at: offset) }
        if let floor = visitor.keptRowsFloor(of: header.table), !budget.keep(data, floor: floor) {
            throw LedgerError.overBudget(path: path, offset: offset)
        }
        visitor.visit(rows: data, schema: schema(of: header.table))
    }

    private mutating func raise(_ table: UInt16, to end: UInt64) {
        covered[table] = max(covered[table] ?? 0, end)
    }

    private mutating func take(
        _ document: [UInt8],
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) {
        do throws(MetaDocument.Malformed) {
            let document = try MetaDocument(parsing: document)
            documents.take(document)
            visitor.visit(meta: document)
        } catch {
            damage(.document, at: offset, error.reason)
        }
    }

    private mutating func readPart(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) throws(FormatError) {
        let part = try PayloadDecoder.attach(payload, header: header)
        switch attachments.take(part, at: offset, afterLoss: isDamaged) {
        case .fits: visitor.visit(attached: part)
        case .lacksEarlierParts: break
        case .wrong(let reason): damage(.attachment, at: offset, reason)
        }
    }
}
