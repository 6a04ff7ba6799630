import FoundationEssentials
import JouleFormat
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Work in vain")
struct InVainTests {
    @Test("Headers that promise the same bytes again and again are refused soon")
    func promises() throws {
        let header = FileHeader(fileID: Array(1...16), createdNS: 1)
        var encoder = BlockEncoder(salt: header.salt)
        let size = 1 << 20
        let zeros = EncodedPayload(head: 100, Array(repeating: 0, count: size))
        let block = encoder.block(zeros)
        // Each of the headers holds; its payload is not the zeros that it was made for.
        let promise = block.prefix(Layout.blockHeaderSize)
        let promises = 4096
        var bytes = BlockEncoder.encode(header)
        for _ in 0..<promises { bytes += promise }
        bytes += [UInt8](repeating: 1, count: size)
        let directory = TemporaryDirectory()
        let path = directory.path + "/promises.joule"
        try Data(bytes).write(to: URL(filePath: path))
        let thrown = #expect(throws: LedgerError.self) { _ = try Ledger(reading: path) }
        guard case .overBudget(_, let offset) = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
        // Twice the file is a few of the promises.
        #expect(offset < 64 + 8 * Layout.blockHeaderSize)
    }
}
