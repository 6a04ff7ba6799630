import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// What the seal of the last file of a ledger covers, and what is not read because it does not.
@Suite("Sealed segments")
struct SealedSegmentTests {
    private struct Chain: ~Copyable {
        let fixture = SealFixture()
        let alice: SecretKey
        let first: String
        let second: String
        let third: String

        init() throws {
            alice = try fixture.secret()
            first = fixture.path("run.joule")
            second = SegmentChain.path(1, of: first)
            third = SegmentChain.path(2, of: first)
        }

        /// Whether `verify` calls the whole sealed, which `show` must say, too.
        func isSealed() throws -> Bool {
            let found = try LedgerVerification(of: first, sealedBy: alice.publicKey)
            let isSealed = try #require(found.segments.last).integrity.sealed
            #expect(try Ledger(reading: first).integrity.sealed == isSealed)
            #expect(try LedgerVerification(of: second).integrity.sealed || !isSealed)
            return isSealed
        }

        /// A segment behind the file at `path`, which has nothing again.
        func goOn(behind path: String, at next: String) throws {
            var documents = RunDocuments()
            documents.take(try MetaDocument(parsing: SealFixture.document(0)))
            let before = try LedgerAppender.reopening(path)
            var after = try before.successor(at: next, records: documents.all)
            try after.close()
        }

        func tag(_ path: String, _ tag: String) throws {
            var reopened = try ReopenedLedger.opening(path)
            var members = JSONObject()
            members["tags"] = [.string(tag)]
            try reopened.annotate(run: 0, members)
            try reopened.close()
        }
    }

    @Test("What is put behind the blocks that a sealed segment continues is not read")
    func forged() throws {
        let chain = try Chain()
        try chain.fixture.write("run.joule", [SealFixture.document(0)])
        try chain.goOn(behind: chain.first, at: chain.second)
        _ = try LedgerSeal.seal(chain.second, with: chain.alice)
        #expect(try chain.isSealed())
        // While the segment is elsewhere, the file is any ledger to which somebody appends.
        let elsewhere = chain.fixture.path("elsewhere")
        try FileManager.default.moveItem(atPath: chain.second, toPath: elsewhere)
        try chain.tag(chain.first, "forged")
        #expect(try Ledger(reading: chain.first).runs.first?.tags == ["forged"])
        try FileManager.default.moveItem(atPath: elsewhere, toPath: chain.second)
        #expect(try chain.isSealed())
        #expect(try Ledger(reading: chain.first).runs.first?.tags == [])
        #expect(try LedgerQuery(opening: chain.first).runs[0]?.tags == [])
        // Whoever says something by the name of the first file appends to the last one.
        try chain.tag(chain.first, "honest")
        #expect(try !chain.isSealed())
        #expect(try Ledger(reading: chain.first).runs.first?.tags == ["honest"])
        _ = try LedgerSeal.seal(chain.second, with: chain.alice)
        #expect(try chain.isSealed())
    }

    @Test("Of several files the last one is sealed, by keys that sealed none before it")
    func lastOne() throws {
        let chain = try Chain()
        let lab = try chain.fixture.secret("example.org/lab", file: "lab", count: 4)
        let old = try chain.fixture.bytes(lab.path)
        try chain.fixture.write("run.joule", [SealFixture.document(0)])
        _ = try LedgerSeal.seal(chain.first, with: lab)
        try chain.goOn(behind: chain.first, at: chain.second)
        let reason = "goes on in \(chain.second); seal that one"
        #expect(throws: LedgerError.unusable(path: chain.first, reason: reason)) {
            try LedgerSeal.seal(chain.first, with: lab)
        }
        let new = try chain.fixture.bytes(lab.path)
        try old.write(to: URL(filePath: lab.path))
        #expect(throws: LedgerError.self) { try LedgerSeal.seal(chain.second, with: lab) }
        try new.write(to: URL(filePath: lab.path))
        #expect(try LedgerSeal.seal(chain.second, with: lab) == .sealed(blocks: 3, number: 1))
    }

    @Test("Where a writer died writing blocks again, no later seal covers those of the file before")
    func short() throws {
        let chain = try Chain()
        let (_, second) = try SegmentTests().written(in: chain.fixture.directory)
        let cut = try stride(from: second.count, to: 0, by: -8).first { size in
            try second.prefix(size).write(to: URL(filePath: chain.second))
            return try SegmentChain(of: chain.first).segments[1].isShort
        }
        #expect(try #require(cut) > Layout.fileHeaderSize)
        try ReopenedLedger.opening(chain.first).close()
        _ = try LedgerSeal.seal(chain.second, with: chain.alice)
        #expect(try !chain.isSealed())
        let alone = try LedgerVerification(of: chain.second, sealedBy: chain.alice.publicKey)
        #expect(!alone.integrity.sealed)
        #expect(alone.integrity.seal?.coversAll == false)
        try chain.goOn(behind: chain.second, at: chain.third)
        _ = try LedgerSeal.seal(chain.third, with: chain.alice)
        #expect(try !chain.isSealed())
    }

    @Test("A ring beside the first file that holds anything new makes all of them unsealed")
    func ring() throws {
        let chain = try Chain()
        try chain.fixture.write("run.joule", [SealFixture.document(0)])
        try chain.goOn(behind: chain.first, at: chain.second)
        _ = try LedgerSeal.seal(chain.second, with: chain.alice)
        do {
            let ring = try RingMemory(beside: chain.first, fileID: SealFixture.fileID)
            ring.countDrop(table: TableID.steps, cause: .ringFull)
        }
        #expect(try !chain.isSealed())
        #expect(try !LedgerVerification(of: chain.second).integrity.sealed)
    }
}
