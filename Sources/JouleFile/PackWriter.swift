import Glibc
import JouleFormat
import JouleQuantities

/// Writes the blocks of a pack, one member at a time, in bounded memory.
struct PackWriter: ~Copyable {
    private(set) var result = LedgerPack()
    /// Whether anything that was added is a ledger or a pack.
    private(set) var hasLedger = false
    private var appender: LedgerAppender
    /// Ledgers in another state are left out.
    private let states: Set<MemberState>
    /// Reads what is written, to compare.
    private let written: LedgerSource
    /// Rows of the table of members, and documents of runs, that no block holds yet.
    private var rows = RowBatch()
    private var documents: [[UInt8]] = []
    private var documentsSize = 0
    /// What is stored already, by what equal ledgers have in common.
    private var stored: [Content: [Stored]] = [:]
    private var names: [String: UInt32] = [:]

    private struct Content: Hashable {
        /// Hexadecimal; empty where there is none.
        let root: String
        let size: UInt64
    }

    private struct Stored {
        let number: UInt32
        let extent: MemberExtent
    }

    init(_ target: String, of states: Set<MemberState> = Set(MemberState.allCases))
        throws(LedgerError)
    {
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        header.compatibleFlags = FileHeader.packFlag
        let file = try SystemFile.draft(of: target)
        let reader = try LedgerSource(file.readingPath)
        let appender = try LedgerAppender(in: file, header: header)
        written = reader
        self.states = states
        self.appender = appender
    }

    /// Writes what is left and makes the pack appear.
    consuming func close() throws(LedgerError) -> LedgerPack {
        try flush()
        try appender.close()
        result.sizeBytes = try appender.file.size()
        try appender.file.publish()
        return result
    }

    // MARK: Adding

    /// Adds a ledger that is a file, or the members of one that is a pack.
    mutating func add(
        _ path: String,
        as name: String,
        progress: (_ done: UInt64) -> Void
    ) throws(LedgerError) {
        let source: LedgerSource
        do throws(LedgerError) { source = try LedgerSource(path) } catch {
            guard case .notAFile = error else { throw error }
            return result.leftOut.append(.init(error))
        }
        let header: FileHeader
        do throws(LedgerError) { header = try BlockScanner.header(of: source) } catch {
            // A damaged beginning is one of a ledger.
            if error != .notALedger(path: path) { hasLedger = true }
            return try add(source, as: name, progress)
        }
        hasLedger = true
        if header.isPack { return try add(membersOf: source, header, as: name, progress) }
        let isLive = source.isLive()
        let bytes = source.prefix(try source.size(), isLive: isLive)
        let chain = try SegmentChain(of: path)
        let segments = chain.segments
        // The runs of a ledger are listed once, where it begins.
        var listed: [RunRecord]?
        if segments.count > 1 {
            listed = segments[0].path == path ? try Ledger(path: path, chain).runs : []
        }
        if !isLive, segments[segments.count - 1].path == path, let ring = chain.ring {
            let draft = appender.file.path + ".drained"
            if let whole = try chain.drained(bytes, ring, draft: draft) {
                result.drained.append(name)
                return try add(whole, as: name, listing: listed, progress)
            }
            let message = "the rows of its ring are not packed, because the ledger is damaged"
            result.leftOut.append(.init(path: segments[0].path + ".ring", message: message))
        }
        try add(bytes, as: name, listing: listed, progress)
    }

    private mutating func add(
        membersOf pack: LedgerSource,
        _ header: FileHeader,
        as name: String,
        _ progress: (_ done: UInt64) -> Void
    ) throws(LedgerError) {
        let contents = try PackContents(of: pack, header: header)
        for problem in contents.problems {
            result.damaged.append(.init(path: pack.path, message: problem.message))
        }
        let folder = name.lastIndex(of: "/").map { name[...$0] } ?? ""
        var listed: [MemberExtent: [RunRecord]] = [:]
        for group in contents.ledgers() where group.count > 1 {
            for later in group.dropFirst() { listed[later.extent] = [] }
            listed[group[0].extent] = (try? contents.ledger(of: group))?.runs
        }
        for member in contents.members {
            let source = contents.source(of: member)
            try add(source, as: folder + member.path, listing: listed[member.extent]) {
                progress(member.extent.start + $0)
            }
        }
    }

    /// Adds the members of a pack and what it says of them, of which nothing is read anew.
    mutating func merge(_ pack: WholePack) throws(LedgerError) {
        var places: [UInt32: Stored] = [:]
        var new: [UInt32: UInt32] = [:]
        for member in pack.contents.members {
            let place: Stored
            if let known = places[member.number] {
                place = known
            } else {
                let bytes = pack.contents.source(of: member)
                let content = Content(root: member.root, size: member.extent.size)
                if let same = try equal(to: bytes, content) {
                    place = same
                } else {
                    place = try store(bytes, size: content.size) { _ in }
                    stored[content, default: []].append(place)
                    new[member.number] = place.number
                }
                places[member.number] = place
            }
            guard names[member.path] != place.number else { continue }
            try row(
                of: place,
                member.path,
                member.state ?? .unreadable,
                root: member.root,
                fileID: member.fileID
            )
        }
        try pack.forEachListed { document throws(LedgerError) in
            let moved = ListedRun.moved(document, number: result.runs, to: new)
            if let moved { try list(moved) }
        }
    }

    /// Adds the bytes of one ledger; of one that is being written as far as they are whole.
    ///
    /// `listed` are the runs to list of it, where they are not just those that it tells.
    private mutating func add(
        _ source: LedgerSource,
        as name: String,
        listing listed: [RunRecord]? = nil,
        _ progress: (_ done: UInt64) -> Void
    ) throws(LedgerError) {
        if listed == nil, try add(batchesOf: source, as: name, progress) { return }
        let ledger: Ledger?
        do throws(LedgerError) { ledger = try Ledger(source) } catch {
            if case .system = error { throw error }
            result.damaged.append(.init(path: name, message: error.message))
            ledger = nil
        }
        var size = try source.size()
        let state = ledger.map { MemberState($0.integrity.state) } ?? .unreadable
        if state == .live {
            result.live.append(name)
            let tail = ledger?.integrity.problems.last { $0.kind == .torn }
            size = tail?.offset ?? size
        } else if state == .damaged, let problem = ledger?.integrity.problems.first {
            result.damaged.append(.init(path: name, message: problem.line))
        }
        guard states.contains(state) else { return }
        let root = ledger.map { Digest.hex($0.integrity.root) } ?? ""
        let fileID = ledger?.fileID ?? ""
        let content = Content(root: root, size: size)
        if let same = try equal(to: source, content) {
            guard names[name] != same.number else { return }
            result.copies.append(name)
            return try row(of: same, name, state, root: root, fileID: fileID)
        }
        let member = try store(source, size: size, progress)
        stored[content, default: []].append(member)
        for run in listed ?? ledger?.runs ?? [] {
            try list(ListedRun.document(run, number: result.runs, member: member.number))
        }
        try row(of: member, name, state, root: root, fileID: fileID)
    }

    /// Adds a ledger of many runs, of which it holds some hundred at a time and the documents that list
    /// all; false for one that is to be read as a whole.
    private mutating func add(
        batchesOf source: LedgerSource,
        as name: String,
        _ progress: (_ done: UInt64) -> Void
    ) throws(LedgerError) -> Bool {
        guard let header = try? BlockScanner.header(of: source), !header.isPack,
            var batches = try RunBatches(source, header, nil), let root = batches.traits.root
        else { return false }
        let size = try source.size()
        let content = Content(root: root, size: size)
        if let same = try equal(to: source, content) {
            guard names[name] != same.number else { return true }
            result.copies.append(name)
            try row(of: same, name, .clean, root: root, fileID: batches.traits.fileID)
            return true
        }
        // Whether it is as regular as it looks is known at its end only, and nothing that a pack holds
        // is taken back.
        var found: [[UInt8]] = []
        do {
            while let batch = try batches.nextBatch() {
                for place in 0..<batch.count {
                    found.append(
                        ListedRun.document(
                            try batch.record(place),
                            number: result.runs + found.count,
                            member: UInt32(result.ledgers)
                        )
                    )
                }
            }
        } catch { return false }
        let member = try store(source, size: size, progress)
        stored[content, default: []].append(member)
        for document in found { try list(document) }
        try row(of: member, name, .clean, root: root, fileID: batches.traits.fileID)
        return true
    }

    // MARK: Bytes

    /// A member that has the same bytes.
    private func equal(to source: LedgerSource, _ content: Content) throws(LedgerError) -> Stored? {
        for member in stored[content] ?? [] {
            let other = written.member(member.extent, at: "")
            if try source.prefix(content.size, isLive: false).hasSameBytes(as: other) {
                return member
            }
        }
        return nil
    }

    private mutating func store(
        _ source: LedgerSource,
        size: UInt64,
        _ progress: (_ done: UInt64) -> Void
    ) throws(LedgerError) -> Stored {
        guard result.ledgers < Limits.membersMax else {
            throw .limitExceeded(
                path: appender.file.path,
                reason: "more than \(Limits.membersMax) ledgers in a pack"
            )
        }
        let number = UInt32(result.ledgers)
        var start: UInt64?
        var offset: UInt64 = 0
        repeat {
            let count = Int(min(UInt64(Layout.memberPartSize), size - offset))
            let part = try source.read(at: offset, count: count)
            guard part.count == count else {
                throw .damaged(
                    path: source.path,
                    offset: offset,
                    reason: "it became shorter while it was packed"
                )
            }
            let payload = MemberPayload(
                member: number,
                offset: offset,
                size: size,
                bytes: part[...]
            )
            let place = try appender.append(payload)
            start = start ?? place
            offset += UInt64(count)
            progress(offset)
        } while offset < size
        result.ledgers += 1
        return Stored(number: number, extent: MemberExtent(start: start ?? 0, size: size))
    }

    // MARK: What is said of members

    private mutating func row(
        of member: Stored,
        _ name: String,
        _ state: MemberState,
        root: String,
        fileID: String
    ) throws(LedgerError) {
        let path = freeName(name)
        names[path] = member.number
        func text(_ column: UInt16, _ text: String) -> RingCell {
            RingCell(column: column, word: UInt64(text.utf8.count), text: text)
        }
        rows.append([
            RingCell(column: 0, word: UInt64(member.number)), text(1, path),
            RingCell(column: 2, word: member.extent.size),
            RingCell(column: 3, word: member.extent.start),
            RingCell(column: 4, word: member.extent.blocks), text(5, state.rawValue),
            text(6, root), text(7, fileID),
        ])
        if rows.rows == RingDrain.blockRows { try flushRows() }
    }

    /// The name, or one like it when another ledger has it.
    private func freeName(_ name: String) -> String {
        guard names[name] != nil else { return name }
        let stem = name.hasSuffix(".joule") ? String(name.dropLast(6)) : name
        var number = 2
        while names["\(stem)~\(number).joule"] != nil { number += 1 }
        return "\(stem)~\(number).joule"
    }

    private mutating func list(_ document: [UInt8]) throws(LedgerError) {
        result.runs += 1
        documents.append(document)
        documentsSize += document.count
        if documentsSize >= 1 << 20 { try flushDocuments() }
    }

    private mutating func flush() throws(LedgerError) {
        try flushDocuments()
        try flushRows()
    }

    private mutating func flushDocuments() throws(LedgerError) {
        guard !documents.isEmpty else { return }
        try appender.append(meta: documents)
        documents = []
        documentsSize = 0
    }

    private mutating func flushRows() throws(LedgerError) {
        try appender.append(rows, table: TableID.members)
        rows = RowBatch()
    }
}

extension MemberState {
    fileprivate init(_ state: Integrity.State) {
        switch state {
        case .clean: self = .clean
        case .live: self = .live
        case .torn: self = .torn
        case .damaged: self = .damaged
        }
    }
}
