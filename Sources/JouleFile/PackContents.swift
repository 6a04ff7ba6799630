import JouleFormat
import JouleQuantities

/// The ledgers that a pack holds, by the names under which they were packed.
struct PackContents {
    /// One name in a pack.
    struct Member: Sendable {
        /// Of the MEMBER blocks; names of equal ledgers share it.
        let number: UInt32
        /// Relative to the directory that was packed.
        let path: String
        let extent: MemberExtent
        /// The state of the ledger when it was packed; nil when the table that told it is damaged.
        let state: MemberState?
        /// Hexadecimal; empty when not known.
        let root: String
        let fileID: String
    }

    /// In the order of the table.
    private(set) var members: [Member] = []
    /// Rows of the table that cannot be, and whatever is wrong with a pack whose end is not whole.
    private(set) var problems: [Integrity.Problem] = []
    /// Where the blocks are that are META; nil when that would take reading everything.
    private(set) var metaOffsets: [UInt64]?

    private let source: LedgerSource
    private let fileSize: UInt64
    private var pathsSize = 0
    /// Rows of the table so far, those that are no member included.
    private var rowCount = 0
    private var budget: ReadingBudget

    /// Reads the table of members: by the index of a pack that is whole, else by looking at every
    /// block.
    init(of source: LedgerSource, header: FileHeader) throws(LedgerError) {
        self.source = source
        fileSize = try source.size()
        budget = ReadingBudget(storedBytes: fileSize)
        if let end = try PackEnd(of: source, salt: header.salt, spending: &budget),
            try takeTable(of: end)
        {
            metaOffsets = end.headOffsets
        } else {
            members = []
            problems = []
            rowCount = 0
            pathsSize = 0
            try scan(header)
        }
        dropOverlaps()
    }

    /// The same of the file at `path`; throws `.notAPack` for another ledger.
    init(at path: String) throws(LedgerError) {
        let source = try LedgerSource(file: path)
        let header = try BlockScanner.header(of: source)
        guard header.isPack else { throw .notAPack(path: path) }
        try self.init(of: source, header: header)
    }

    /// The bytes of a member.
    func source(of member: Member) -> LedgerSource {
        source.member(member.extent, at: member.path, wasLive: member.state == .live)
    }

    // MARK: Rows

    /// Whether every row that the end promises is there.
    private mutating func takeTable(of end: PackEnd) throws(LedgerError) -> Bool {
        for place in end.tablePlaces {
            guard let block = try end.block(at: place, in: source) else { return false }
            guard UInt64(rowCount + block.header.rows) <= end.rows,
                let data = try rows(of: block.payload, block.header, at: place)
            else { return false }
            try take(data)
        }
        return UInt64(rowCount) == end.rows
    }

    /// Nil when the block holds no rows of the table of members.
    private mutating func rows(
        of payload: ArraySlice<UInt8>,
        _ header: BlockHeader,
        at offset: UInt64
    ) throws(LedgerError) -> DataPayload? {
        let schema = TableSchema.undefined(TableID.members)
        do throws(FormatError) {
            return try PayloadDecoder.data(
                payload,
                header: header,
                schema: schema,
                spending: &budget.decodedBytes
            )
        } catch {
            try budget.check(source.path, at: offset)
            return nil
        }
    }

    /// Takes rows of the table of members.
    private mutating func take(_ rows: DataPayload) throws(LedgerError) {
        rowCount += rows.rows
        guard rowCount <= Limits.membersMax else {
            throw .limitExceeded(
                path: source.path,
                reason: "more than \(Limits.membersMax) rows of members"
            )
        }
        for row in 0..<rows.rows {
            guard let member = Member(rows, row), member.extent.start < fileSize else {
                note(at: 0, "row \(row) of the table of members is none")
                continue
            }
            pathsSize += member.path.utf8.count
            guard pathsSize <= Self.pathsSizeMax else {
                throw .limitExceeded(path: source.path, reason: "names of more than 64 MiB")
            }
            members.append(member)
        }
    }

    /// Bytes of all names, so that a few bytes of a hostile pack cannot fill the memory.
    private static let pathsSizeMax = 64 << 20

    private mutating func note(at offset: UInt64, _ message: String) {
        guard problems.count < 100 else { return }
        problems.append(.init(kind: .member, offset: offset, message: message))
    }

    /// Members that share bytes would make reading them all cost more than the file is worth.
    private mutating func dropOverlaps() {
        let extents = Set(members.map(\.extent)).sorted {
            ($0.start, $0.size) < ($1.start, $1.size)
        }
        var end: UInt64 = 0
        var kept: Set<MemberExtent> = []
        for extent in extents {
            if extent.start >= end {
                kept.insert(extent)
                end = extent.end
            } else {
                note(at: extent.start, "a member begins within another")
            }
        }
        members.removeAll { !kept.contains($0.extent) }
    }

    // MARK: Without an end

    /// Finds members by their blocks; a table of members that is there names them.
    private mutating func scan(_ header: FileHeader) throws(LedgerError) {
        var found: [UInt64: (extent: MemberExtent, number: UInt32)] = [:]
        var scanner = try BlockScanner(source, header: header)
        while let item = try scanner.next() {
            switch item {
            case .damage(let start, let end, let reason):
                note(at: start, "\(end - start) bytes of the pack are damaged: \(reason)")
            case .torn(let start, let size, _): note(at: start, "the last \(size) bytes are torn")
            case .trailer: break
            case .block(let block, let payload, _, let place):
                if block.type == BlockType.member,
                    let part = try? PayloadDecoder.member(payload, header: block),
                    let extent = MemberExtent(of: part, at: place)
                {
                    found[extent.start] = found[extent.start] ?? (extent, part.member)
                } else if block.type == BlockType.data, block.table == TableID.members,
                    let rows = try rows(of: payload, block, at: place)
                {
                    try take(rows)
                }
            }
        }
        let named = Set(members.map(\.extent.start))
        for (start, (extent, number)) in found.sorted(by: { $0.key < $1.key })
        where !named.contains(start) {
            members.append(Member(nameless: number, extent: extent))
        }
    }
}

extension PackContents.Member {
    /// Of a row; nil when it says what cannot be.
    fileprivate init?(_ rows: DataPayload, _ row: Int) {
        guard let number = rows.integer(0, row).flatMap(UInt32.init(exactly:)),
            let path = rows.string(1, row), !path.isEmpty,
            path.utf8.count <= Limits.memberPathSizeMax, !path.utf8.contains(0),
            let size = rows.integer(2, row), size >= 0, size < 1 << 61,
            let start = rows.integer(3, row), start >= Int64(Layout.fileHeaderSize),
            start < 1 << 61, start % Int64(Layout.alignment) == 0
        else { return nil }
        extent = MemberExtent(start: UInt64(start), size: UInt64(size))
        guard rows.integer(4, row).map(UInt64.init(bitPattern:)) == extent.blocks else {
            return nil
        }
        self.number = number
        self.path = path
        state = rows.string(5, row).flatMap(MemberState.init(rawValue:))
        root = rows.string(6, row) ?? ""
        fileID = rows.string(7, row) ?? ""
    }

    /// Found by its blocks, while the table that named it is lost.
    fileprivate init(nameless number: UInt32, extent: MemberExtent) {
        self.number = number
        path = "member-\(number).joule"
        self.extent = extent
        state = nil
        root = ""
        fileID = ""
    }
}

/// The state of a ledger when it was packed.
enum MemberState: String, Sendable, Hashable, CaseIterable {
    case clean, live, torn, damaged
    /// Nothing behind the file header can be read, or it is no ledger.
    case unreadable
}

/// What the end of a whole pack says, found without reading what is before.
private struct PackEnd {
    /// Where the rows of the table of members are.
    private(set) var tablePlaces: [UInt64] = []
    /// How many there are.
    let rows: UInt64
    let headOffsets: [UInt64]
    private let salt: UInt32

    /// Nil unless the pack ends with a trailer, and its SUMMARY and INDEX are whole.
    init?(of source: LedgerSource, salt: UInt32, spending budget: inout ReadingBudget)
        throws(LedgerError)
    {
        let size = try source.size()
        let start = size - min(size, UInt64(Layout.trailerSize))
        let end = try source.read(at: start, count: Layout.trailerSize)
        guard let trailer = try? BlockDecoder.trailer(end[...], salt: salt),
            let block = try StoredBlock(at: trailer.summaryOffset, in: source, salt: salt),
            block.header.type == BlockType.summary,
            block.header.sequence + 1 == trailer.blocks
        else { return nil }
        try budget.spend(block.header.decodedSize, of: source.path, at: trailer.summaryOffset)
        guard
            let summary = try? PayloadDecoder.summary(
                block.payload,
                header: block.header,
                at: trailer.summaryOffset
            )
        else { return nil }
        headOffsets = summary.headOffsets
        rows = summary.tables.first { $0.schema.id == TableID.members }?.rows ?? 0
        self.salt = salt
        var next = summary.indexOffset
        var places: [UInt64] = []
        // What is listed lies before what lists it, and nothing is listed twice.
        var upper = trailer.summaryOffset
        while let place = next {
            guard place < upper,
                let index = try IndexPayload(
                    at: place,
                    in: source,
                    salt: salt,
                    spending: &budget
                )
            else { return nil }
            upper = place
            for entry in index.entries.reversed() {
                guard entry.offset < upper else { return nil }
                upper = entry.offset
                if entry.table == TableID.members { places.append(entry.offset) }
            }
            next = index.pointers.first?.offset
        }
        tablePlaces = places.reversed()
    }

    /// A block of rows of the table of members; nil when there is none.
    func block(at place: UInt64, in source: LedgerSource) throws(LedgerError) -> StoredBlock? {
        guard let block = try StoredBlock(at: place, in: source, salt: salt),
            block.header.type == BlockType.data, block.header.table == TableID.members
        else { return nil }
        return block
    }
}
