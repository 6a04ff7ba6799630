import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// What would keep a reader busy.
@Suite("Floods of signatures")
struct SealFloodTests {
    @Test("A file of nothing but good signatures is refused before it keeps a reader busy for long")
    func floodOfSignatures() throws {
        let fixture = SealFixture()
        let keys = try (0..<16).map { try SealFixture.key("k\($0)", UInt8($0)) }
        let path = fixture.path("flood.joule")
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(fileID: SealFixture.fileID, createdNS: 1)
        )
        for block in keys.map(SealFixture.block) {
            try appender.append(head: block.type, block.bytes)
        }
        let blocks = 3
        for _ in 0..<blocks {
            let tree = appender.tree
            let origin = Checkpoint.origin(name: "k0", fileID: SealFixture.fileID)
            let text = SealEncoder.text(
                of: Checkpoint(origin: origin, size: tree.size, root: tree.root)
            )
            let note = SignedNote(
                text: text,
                signatures: keys.compactMap { $0.signature(of: text) }
            )
            try appender.append(head: BlockType.checkpoint, SealEncoder.note(note))
        }
        try appender.close()
        func scan(signatures: Int) throws {
            var nobody = Nobody()
            var budget = ReadingBudget(storedBytes: 0)
            // The payloads themselves count, too.
            budget.decodedBytes = signatures * Limits.signatureCost + 100_000
            _ = try LedgerScan(
                LedgerSource(path),
                schemas: [:],
                budget: budget,
                visitor: &nobody
            )
        }
        try scan(signatures: blocks * keys.count)
        let thrown = #expect(throws: LedgerError.self) {
            try scan(signatures: blocks * keys.count - 1)
        }
        guard case .overBudget = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
    }
}
