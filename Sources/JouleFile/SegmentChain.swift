import Glibc
import JouleFormat
import JouleQuantities

extension Integrity {
    /// Notes where segment `place`, which this is of, does not continue the one before it, and that
    /// its seal does not cover all that is read of those.
    ///
    /// Behind damage nobody knows what was continued.
    mutating func check(_ place: Int, of chain: SegmentChain) throws(LedgerError) {
        // What a dead writer did not write again is read where it was, which no later seal covers.
        if chain.segments[...place].contains(where: \.isShort) { seal?.contentEnd = .max }
        guard place > 0, state != .damaged, try !chain.doesFit(place) else { return }
        state = .damaged
        problems.append(
            Problem(
                kind: .segment,
                offset: UInt64(Layout.fileHeaderSize),
                message: "the segment continues other blocks than those of the file before it"
            )
        )
    }

    /// No file of several tells alone whether the ring is missing, which lies beside the first.
    mutating func checkRing(_ place: Int, of chain: SegmentChain) throws(LedgerError) {
        guard lacksRing, chain.segments.count > 1 else { return }
        lacksRing = false
        guard place == chain.segments.count - 1 else { return }
        var nobody = Nobody()
        lacksRing = try LedgerScan(chain, visitor: &nobody).integrity.lacksRing
    }
}

/// What a segment says of the one before it.
struct Continuation: Sendable, Hashable {
    /// File id of the segment before.
    let file: [UInt8]
    /// Root over the blocks of it that are continued.
    let root: [UInt8]
    /// How many those are.
    let blocks: UInt64
    /// So many blocks of rows, documents, losses and attachments behind those are written again, in
    /// their order, behind this segment's first block.
    let again: UInt64

    /// The members of a segment's first document beside those of every document.
    func members(segment: UInt32) -> [JSONObject.Member] {
        var own = JSONObject()
        own["file"] = .string(ContentHash.hex(file))
        own["root"] = .string(ContentHash.hex(root))
        own["blocks"] = .integer(Int64(clamping: blocks))
        own["again"] = again == 0 ? nil : .integer(Int64(clamping: again))
        return [
            .init(name: "segment", value: .integer(Int64(segment))),
            .init(name: "continues", value: .object(own)),
        ]
    }

    /// What the first block of a segment says; nil when it says nothing of the kind.
    init?(of source: LedgerSource, header: FileHeader) throws(LedgerError) {
        let start = UInt64(Layout.fileHeaderSize)
        guard header.segment > 0,
            let block = try StoredBlock(at: start, in: source, salt: header.salt),
            block.header.type == BlockType.meta
        else { return nil }
        var budget = try ReadingBudget(of: source)
        try budget.spend(documents: block.header, of: source.path, at: start)
        guard let meta = try? PayloadDecoder.meta(block.payload[...], header: block.header),
            let first = meta.documents.first, let document = try? JSON(parsing: first),
            let own = document["continues"],
            let file = own["file"]?.string.flatMap(ContentHash.bytes(hex:)), file.count == 16,
            let root = own["root"]?.string.flatMap(ContentHash.bytes(hex:)), root.count == 32,
            let blocks = Self.count(own["blocks"]),
            // Of the object itself, which tells a null from nothing.
            let again = Self.count(own.object?["again"] ?? 0)
        else { return nil }
        self.init(file: file, root: root, blocks: blocks, again: again)
    }

    /// An integer from 0 on, without fraction or exponent.
    private static func count(_ value: JSON?) -> UInt64? {
        guard case .integer(let number)? = value else { return nil }
        return UInt64(exactly: number)
    }

    init(file: [UInt8], root: [UInt8], blocks: UInt64, again: UInt64) {
        self.file = file
        self.root = root
        self.blocks = blocks
        self.again = again
    }
}

/// The files of one ledger: a writer whose file fails goes on in another beside it.
struct SegmentChain: Sendable {
    struct Segment: Sendable {
        let source: LedgerSource
        let header: FileHeader
        let continuation: Continuation?
        /// Blocks that another segment has, too, and that are read there.
        var left = LeftBlocks()
        /// Whether its writer died before it had written everything again.
        fileprivate(set) var isShort = false

        var path: String { source.path }
    }

    /// In order; a ledger that never failed has one.
    private(set) var segments: [Segment]

    /// The segments that the file at `path` belongs with, as far as they are there.
    init(of path: String) throws(LedgerError) {
        let own = try Self.segment(LedgerSource(path))
        segments = [own]
        let base = Self.base(of: path, segment: own.header.segment)
        while let first = segments.first, first.header.segment > 0,
            let before = Self.segment(first.header.segment - 1, of: base),
            Self.doesContinue(first, before)
        {
            segments.insert(before, at: 0)
        }
        while let last = segments.last, let next = Self.next(behind: last) {
            segments.append(next)
        }
        try settle()
    }

    /// The same where there are several; nil of a ledger that never failed, at hardly any cost.
    static func ofSeveral(_ path: String) throws(LedgerError) -> SegmentChain? {
        let isContinued = unsafe access(Self.path(1, of: path), F_OK) == 0
        guard isContinued || numbered(path) != nil else { return nil }
        let chain = try SegmentChain(of: path)
        return chain.segments.count > 1 ? chain : nil
    }

    /// A file that is called as the next segment and whose beginning is too damaged to say what it
    /// continues.
    static func stranded(behind last: Segment) -> LedgerSource? {
        let base = base(of: last.path, segment: last.header.segment)
        guard last.source.isFile, let number = last.header.nextSegment,
            let next = segment(number, of: base), next.header.segment == number,
            next.continuation == nil
        else { return nil }
        return next.source
    }

    /// Segments that continue each other, wherever they lie.
    init(_ sources: [LedgerSource]) throws(LedgerError) {
        segments = []
        for source in sources { segments.append(try Self.segment(source)) }
        try settle()
    }

    /// Decides which of two segments that have the same blocks is read for them, and that nothing is
    /// read of a file that the next one does not continue: anybody may have appended it since.
    private mutating func settle() throws(LedgerError) {
        for place in segments.indices.dropFirst() {
            guard let next = segments[place].continuation else { continue }
            guard next.again > 0 else {
                segments[place - 1].left.end(behind: next.blocks)
                continue
            }
            let found = try Self.repetitions(in: segments[place], atMost: next.again)
            // A writer may have died writing them again: then the file before has them all.
            if found < next.again {
                segments[place].left = LeftBlocks(from: 1, count: found)
                segments[place].isShort = true
            } else {
                segments[place - 1].left.add(from: next.blocks, count: .max)
            }
        }
    }

    /// The rows that no block holds yet, which lie beside the first segment; nil in a pack.
    var ring: RingSnapshot? {
        let first = segments[0]
        return first.source.isFile
            ? RingSnapshot(besides: first.path, fileID: first.header.fileID) : nil
    }

    /// Whether the ring holds anything that no segment does.
    func hasNewsInRing() throws(LedgerError) -> Bool {
        guard ring != nil else { return false }
        var nobody = Nobody()
        return try LedgerScan(self, visitor: &nobody).integrity.hasNewsInRing
    }

    /// Whether a segment continues the blocks that the one before it has.
    func doesFit(_ place: Int) throws(LedgerError) -> Bool {
        guard let continuation = segments[place].continuation,
            let root = Digest(bytes: continuation.root),
            root.prefix64 == segments[place].header.previousRoot
        else { return false }
        let before = segments[place - 1]
        var scanner = try BlockScanner(before.source, header: before.header)
        var tree = MerkleTree()
        var expected: UInt64 = 0
        while tree.size < continuation.blocks, let item = try scanner.next() {
            guard case .block(let header, _, let leaf, _) = item, header.sequence >= expected else {
                continue
            }
            expected = header.sequence + 1
            tree.append(leaf)
        }
        return tree.size == continuation.blocks && tree.root == root
    }

    /// Up to which slots of the ring, by table, the segments before that number hold everything, and
    /// what they tell of losses.
    func told(before number: UInt32) throws(LedgerError) -> (
        covered: [UInt16: UInt64], gaps: [GapPayload]
    ) {
        var earlier = self
        earlier.segments.removeAll { $0.header.segment >= number }
        guard !earlier.segments.isEmpty else { return ([:], []) }
        var nobody = Nobody()
        let scan = try LedgerScan(earlier, readsRing: false, visitor: &nobody)
        return (scan.covered, scan.drops.gaps)
    }

    /// Bytes of all segments.
    func size() throws(LedgerError) -> UInt64 {
        var size: UInt64 = 0
        for segment in segments { size += try segment.source.size() }
        return size
    }

    /// Which of some ledgers are segments of one, in their order, by their places; most are alone.
    static func chains(of sources: [LedgerSource]) -> [[Int]] {
        let segments = sources.map { try? segment($0) }
        var places: [[UInt8]: Int] = [:]
        for (place, segment) in segments.enumerated() {
            if let segment { places[segment.header.fileID] = place }
        }
        var next: [Int: Int] = [:]
        for (place, segment) in segments.enumerated() {
            guard let segment, let file = segment.continuation?.file, let other = places[file],
                let before = segments[other], doesContinue(segment, before)
            else { continue }
            next[other] = place
        }
        let later = Set(next.values)
        return segments.indices.filter { !later.contains($0) }.map { first in
            var chain = [first]
            while let last = chain.last, let place = next[last] { chain.append(place) }
            return chain
        }
    }

    /// How many of the blocks that it is to have again a segment has.
    private static func repetitions(in segment: Segment, atMost limit: UInt64)
        throws(LedgerError) -> UInt64
    {
        var scanner = try BlockScanner(segment.source, header: segment.header)
        var count: UInt64 = 0
        while count < limit, let item = try scanner.next() {
            guard case .block(let header, _, _, _) = item, header.sequence > 0 else { continue }
            // Who goes on behind a writer that died at it writes what is new.
            guard header.type != BlockType.resume else { break }
            if LeftBlocks.isContent(header.type) { count += 1 }
        }
        return count
    }

    /// Only a file: what goes on in segments is never packed in place, so no pack is asked for one.
    private static func segment(_ number: UInt32, of base: String) -> Segment? {
        (try? LedgerSource(file: path(number, of: base))).flatMap { try? segment($0) }
    }

    private static func segment(_ source: LedgerSource) throws(LedgerError) -> Segment {
        let header = try BlockScanner.header(of: source)
        return Segment(
            source: source,
            header: header,
            continuation: try Continuation(of: source, header: header)
        )
    }

    /// The segment that continues another, if it is there.
    static func next(behind last: Segment) -> Segment? {
        let base = base(of: last.path, segment: last.header.segment)
        guard let number = last.header.nextSegment, let next = segment(number, of: base),
            doesContinue(next, last)
        else { return nil }
        return next
    }

    private static func doesContinue(_ next: Segment, _ before: Segment) -> Bool {
        next.header.segment == before.header.nextSegment
            && next.continuation?.file == before.header.fileID
    }

    /// The path of a segment of the ledger whose first segment is `base`.
    static func path(_ segment: UInt32, of base: String) -> String {
        segment == 0 ? base : "\(base.dropLast(suffix.count)).\(segment)\(suffix)"
    }

    /// The path of the first segment, where `path` is that of one.
    static func base(of path: String, segment: UInt32) -> String {
        let ending = ".\(segment)\(suffix)"
        guard segment > 0, path.hasSuffix(ending) else { return path }
        return path.dropLast(ending.count) + suffix
    }

    private static let suffix = ".joule"

    /// The paths without those that are read with another one of them.
    static func withoutContinued(_ paths: [String]) -> [String] {
        let known = Set(paths)
        return paths.filter { path in
            guard let base = numbered(path), known.contains(base),
                let chain = try? SegmentChain(of: path)
            else { return true }
            return chain.segments[0].path == path
        }
    }

    /// `NAME.joule` of a path that ends with `.N.joule`; nil of every other.
    static func numbered(_ path: String) -> String? {
        let stem = path.dropLast(suffix.count)
        guard path.hasSuffix(suffix), let dot = stem.lastIndex(of: "."),
            UInt32(stem[stem.index(after: dot)...]) != nil
        else { return nil }
        return stem[..<dot] + suffix
    }
}

extension FileHeader {
    /// The number of the segment behind this one; nil when there is no larger number.
    var nextSegment: UInt32? { segment < .max ? segment + 1 : nil }
}
