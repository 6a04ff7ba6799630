import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// INDEX and SUMMARY behind a seal, which queries believe and nobody signed, in a ledger that is too
/// large for its rows to be decoded.
@Suite("What is derived behind a seal")
struct UnsignedEndTests {
    /// A sealed ledger of so many blocks of rows and a large one.
    private func sealed(_ fixture: borrowing SealFixture, blocks: Int, by key: SecretKey) throws
        -> String
    {
        let path = fixture.path("run.joule")
        try write(path, blocks: blocks)
        _ = try LedgerSeal.seal(path, with: key)
        return path
    }

    private func write(_ path: String, blocks: Int) throws {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try appender.append(meta: [SealFixture.document(0)])
        let loss = ColumnDefinition("loss", .float64, role: .metric)
        appender.define(loss, number: 3, table: TableID.steps)
        for block in 0..<UInt64(blocks) {
            try appender.append(SegmentTests().rows(block..<block + 1), table: TableID.steps)
        }
        let large = [UInt8](repeating: 7, count: 9 << 20)
        for _ in 0..<2 { try appender.append(head: BlockType.firstPrivate, large) }
        try appender.close()
    }

    /// Appends a SUMMARY, behind an INDEX where one is given, with hashes and a trailer that fit.
    private func append(
        to path: String,
        index: IndexPayload? = nil,
        _ lie: (inout SummaryPayload) -> Void = { _ in }
    ) throws {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        let end = try LedgerEnd(of: source, header: header)
        var encoder = BlockEncoder(
            salt: header.salt,
            tree: end.tree,
            previousLeaf: end.previousLeaf
        )
        var tally = end.tally
        var bytes = try Data(contentsOf: URL(filePath: path))
        if let index {
            tally.noteIndex(at: UInt64(bytes.count))
            bytes += encoder.block(PayloadEncoder.encode(index))
        }
        var summary = tally.summary(tree: encoder.tree)
        lie(&summary)
        let offset = UInt64(bytes.count)
        bytes += encoder.block(PayloadEncoder.encode(summary))
        bytes += encoder.trailer(summaryOffset: offset)
        try bytes.write(to: URL(filePath: path))
    }

    private func verify(_ path: String, by key: SecretKey) throws -> Integrity {
        let found = try LedgerVerification(of: path, sealedBy: key.publicKey)
        #expect(!found.isDeep)
        return found.integrity
    }

    @Test("What follows from the blocks leaves a large ledger sealed", arguments: [3, 70])
    func honest(blocks: Int) throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try sealed(fixture, blocks: blocks, by: alice)
        #expect(try verify(path, by: alice).sealed)
        try append(to: path)
        #expect(try verify(path, by: alice).sealed)
        _ = try LedgerSeal.seal(path, with: try fixture.secret("example.org/bob", file: "bob"))
        #expect(try verify(path, by: alice).sealed)
    }

    @Test("A SUMMARY that says anything else is damage", arguments: [3, 70])
    func lyingSummary(blocks: Int) throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try sealed(fixture, blocks: blocks, by: alice)
        let bytes = try fixture.bytes(path)
        let lies: [(inout SummaryPayload) -> Void] = [
            { $0.headOffsets.removeFirst() },
            { $0.metaCovered = 99 },
            { $0.gaps.append(GapPayload(table: TableID.steps, cause: .ringFull, rows: 7)) },
            { $0.tables[0].covered = 99 },
            { $0.tables[0].schema.columns[3].name = "accuracy" },
            { $0.tables[0].columns[3].minimum += 1 },
            { $0.tables[0].columns[3].last = 0 },
            { $0.indexOffset = $0.indexOffset == nil ? 64 : nil },
        ]
        for (place, lie) in lies.enumerated() {
            try bytes.write(to: URL(filePath: path))
            try append(to: path, lie)
            let found = try verify(path, by: alice)
            #expect(found.state == .damaged, "lie \(place)")
            #expect(found.problems.count == 1, "lie \(place)")
            #expect(!found.sealed)
            #expect(found.seal == nil)
        }
    }

    @Test("An INDEX that hides rows is damage, with or without one before", arguments: [3, 70])
    func lyingIndex(blocks: Int) throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try sealed(fixture, blocks: blocks, by: alice)
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        let tally = try LedgerEnd(of: source, header: header).tally
        // Of a ledger without one it lists every block, else the last ones again.
        var index = try #require(tally.pendingIndex(atLeast: 0))
        if let last = tally.summary(tree: MerkleTree()).indexOffset {
            var budget = try ReadingBudget(of: source)
            let found = try IndexPayload(
                at: last,
                in: source,
                salt: header.salt,
                spending: &budget
            )
            let known = try #require(found)
            index.entries = known.entries
        }
        let loss = try #require(index.entries[0].zones.lastIndex { $0.column == 3 })
        index.entries[0].zones[loss].bounds = nil
        try append(to: path, index: index)
        let found = try verify(path, by: alice)
        #expect(found.state == .damaged)
        #expect(!found.sealed)
    }
}
