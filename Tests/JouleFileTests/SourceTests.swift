import FoundationEssentials
import JouleFormat
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Sources of bytes")
struct SourceTests {
    /// What a pack holds of a member of `count` bytes: heads and parts, cut off at `fileSize`.
    private static func file(start: Int, member: [UInt8]) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: start)
        for offset in stride(from: 0, to: max(member.count, 1), by: Layout.memberPartSize) {
            bytes += repeatElement(0xEE, count: Layout.blockHeaderSize + Layout.memberHeadSize)
            bytes += member[offset..<min(offset + Layout.memberPartSize, member.count)]
        }
        return bytes
    }

    @Test(
        "A member reads as the bytes that it was made of, wherever a read begins and ends",
        arguments: [0, 1, 1 << 20, (1 << 20) + 1, (3 << 20) - 8]
    )
    func reads(count: Int) throws {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: UInt64(count))
        let member = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        let path = directory.path + "/parts"
        let bytes = Self.file(start: 136, member: member)
        try Data(bytes).write(to: URL(filePath: path))
        let extent = MemberExtent(start: 136, size: UInt64(count))
        let source = try LedgerSource(path).member(extent, at: "m")
        #expect(try source.size() == UInt64(count))
        #expect(try source.read(at: 0, count: count + 9) == member)
        #expect(try source.read(at: UInt64(count), count: 9) == [])
        for _ in 0..<20 {
            let start = Int.random(in: 0...count, using: &random)
            let wanted = Int.random(in: 0...(3 << 20), using: &random)
            let read = try source.read(at: UInt64(start), count: wanted)
            #expect(read == Array(member[start...].prefix(wanted)))
        }
    }

    @Test("A pack that was cut off has the first bytes of the member")
    func cut() throws {
        let directory = TemporaryDirectory()
        let member = (0..<(1 << 20) + 100).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let whole = Self.file(start: 64, member: member)
        let path = directory.path + "/parts"
        for size in [0, 64, 136, 137, 1_048_711, 1_048_712, 1_048_713, 1_048_784, 1_048_790] {
            try Data(whole[..<size]).write(to: URL(filePath: path))
            let source = try LedgerSource(path)
                .member(MemberExtent(start: 64, size: UInt64(member.count)), at: "m")
            let read = try source.read(at: 0, count: member.count)
            #expect(read == Array(member[..<read.count]))
            #expect(try source.size() == UInt64(read.count), "cut at \(size)")
            let heads = max(0, min(size - 64, 72)) + max(0, min(size - 64 - 72 - (1 << 20), 72))
            #expect(read.count == max(0, size - 64 - heads))
        }
    }
}
