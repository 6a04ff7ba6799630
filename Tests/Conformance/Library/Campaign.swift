import Glibc
import JouleFile
import JouleFormat
import JouleQuantities

/// What a ledger says, so that what is read after damage can be held against it.
package struct Truth: Sendable {
    let pieces: Pieces
    /// Rows and documents of each block, by its leaf.
    let contents: [Digest: Reading.Content]
    let leaves: [Digest]
    let outcome: Vector.Outcome
    let tail: Bool
    /// Where the file may end and be clean: behind a trailer.
    let closes: Set<Int>

    package init(_ ledger: [UInt8], in place: CasePlace) throws {
        let reading = try Reading(ledger, in: place)
        pieces = Pieces(ledger)
        leaves = reading.blocks.map(\.leaf)
        contents = Dictionary(reading.blocks.map { ($0.leaf, $0.content) }) { $1 }
        outcome = reading.outcome
        tail = reading.hasTail
        var closes: Set<Int> = []
        for part in pieces.parts.indices where pieces.isTrailer(part) {
            closes.insert(pieces.offset(of: part + 1))
        }
        self.closes = closes
    }
}

/// Where one thread lays down the files of its cases: memory, where the system has such files.
package struct CasePlace: Sendable {
    let path: String

    package init(_ name: String) {
        let root = unsafe access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        // Never called as a segment: cases stand for themselves.
        path = "\(root)/joule-case-\(getpid())-\(name)-alone.joule"
    }

    package func remove() {
        unsafe unlink(path)
    }
}

/// What the Swift reader finds in spoilt bytes, everything compared that can be.
package struct Reading: Sendable {
    /// What one block gave.
    struct Content: Sendable, Hashable {
        var rows: DataPayload?
        /// As text, in which even NaN equals itself.
        var documents: [String] = []
    }

    struct Block: Sendable {
        let leaf: Digest
        var content = Content()
    }

    fileprivate(set) var blocks: [Block] = []
    fileprivate(set) var outcome: Vector.Outcome = .torn
    fileprivate(set) var hasTail = false
    fileprivate(set) var tailStart: UInt64?

    init(_ ledger: [UInt8], in place: CasePlace) throws {
        try ledger.write(to: place.path)
        try self.init(at: place.path)
    }

    /// Of the ledger at `path`, and of the ring beside it.
    init(at path: String) throws {
        var collector = Collector()
        do throws(LedgerError) {
            let scan = try LedgerScan(path, verifies: true, visitor: &collector)
            blocks = collector.blocks
            let tail = scan.integrity.problems.first { $0.kind == .torn }
            hasTail = tail != nil
            tailStart = tail?.offset
            let kinds = scan.integrity.problems.map(\.kind).filter { $0 != .torn }
            switch scan.integrity.state {
            case .clean: outcome = .clean
            case .torn, .live: outcome = .torn
            case .damaged: outcome = .damaged(kinds)
            }
        } catch {
            if case .system = error { throw error }
            outcome = .unreadable("\(error)")
        }
    }
}

extension [UInt8] {
    /// Writes the bytes as a whole file, more quickly than anything that is made for it.
    func write(to path: String) throws {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw LedgerError.system(path: path, operation: "create", errno: errno)
        }
        defer { close(descriptor) }
        // SAFETY: the call reads as many bytes as the buffer has.
        let written = unsafe withUnsafeBytes {
            unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
        }
        guard written == count else {
            throw LedgerError.system(path: path, operation: "write", errno: errno)
        }
    }
}

/// Collects what each block gives.
private struct Collector: LedgerVisitor {
    var blocks: [Reading.Block] = []

    mutating func visit(block: LedgerBlock) {
        blocks.append(Reading.Block(leaf: block.leaf))
    }

    mutating func visit(meta document: MetaDocument) {
        guard !blocks.isEmpty else { return }
        blocks[blocks.count - 1].content.documents.append(document.json.text())
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        guard !blocks.isEmpty else { return }
        blocks[blocks.count - 1].content.rows = rows
    }
}

/// How many cases there were, and what was wrong with which.
package struct Verdict: Sendable {
    package private(set) var cases = 0
    /// Spoilt files that were called as whole as the original.
    package private(set) var undetected = 0
    /// Files that gave a row or a document that the original does not have.
    package private(set) var wrong = 0
    /// Files that lost more than the block that was hit.
    package private(set) var lostMore = 0
    /// The first few of them.
    package private(set) var examples: [String] = []

    package init() {}

    package var isPerfect: Bool { undetected == 0 && wrong == 0 && lostMore == 0 }

    mutating func count(
        _ name: @autoclosure () -> String,
        isDetected: Bool,
        isRight: Bool,
        lostBlocks: Int,
        mayLose: Int
    ) {
        cases += 1
        var complaints: [String] = []
        if !isDetected {
            undetected += 1
            complaints.append("undetected")
        }
        if !isRight {
            wrong += 1
            complaints.append("gives rows that were never written")
        }
        if lostBlocks > mayLose {
            lostMore += 1
            complaints.append("lost \(lostBlocks) blocks instead of \(mayLose)")
        }
        if !complaints.isEmpty, examples.count < 10 {
            examples.append("\(name()): \(complaints.joined(separator: ", "))")
        }
    }

    package mutating func add(_ other: Verdict) {
        cases += other.cases
        undetected += other.undetected
        wrong += other.wrong
        lostMore += other.lostMore
        examples = Array((examples + other.examples).prefix(10))
    }
}

extension Truth {
    /// Whether every block that was read gave what it gives in the original.
    func isRight(_ reading: Reading) -> Bool {
        reading.blocks.allSatisfy { contents[$0.leaf] == $0.content }
    }

    /// Blocks of the original that were not read.
    func lost(_ reading: Reading) -> Int {
        let read = Set(reading.blocks.map(\.leaf))
        return leaves.count { !read.contains($0) }
    }

    /// Whether a reader says of the file what it says of the original.
    func isAsWhole(_ reading: Reading) -> Bool {
        reading.outcome == outcome && reading.hasTail == tail
    }
}
