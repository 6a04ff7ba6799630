import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Parts of attachments")
struct AttachPayloadTests {
    private static func part(_ bytes: [UInt8], size: UInt64, offset: UInt64) -> AttachPayload {
        AttachPayload(
            run: 3,
            name: "code.diff",
            mediaType: "text/x-diff",
            digest: Digest(of: bytes),
            size: size,
            offset: offset,
            part: bytes
        )
    }

    private static func decoded(_ payload: EncodedPayload) throws -> AttachPayload {
        var encoder = BlockEncoder(salt: 7)
        let bytes = encoder.block(payload)
        let header = try BlockDecoder.blockHeader(bytes[...], salt: 7)
        #expect(header.type == BlockType.attach && !header.flags.contains(.critical))
        return try PayloadDecoder.attach(
            BlockDecoder.payload(bytes[...], header: header),
            header: header
        )
    }

    @Test(
        "A part comes back as it was, compressed or not",
        arguments: [0, 1, 16, 17, 5000, 4 << 20]
    )
    func roundTrip(count: Int) throws {
        var random = SplitMix(seed: UInt64(count))
        for bytes in [
            [UInt8](repeating: 0x61, count: count),
            (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) },
        ] {
            for part in [
                Self.part(bytes, size: UInt64(count), offset: 0),
                Self.part(bytes, size: .max, offset: count == 0 ? 0 : 1 << 40),
            ] {
                let decoded = try Self.decoded(PayloadEncoder.encode(part))
                #expect(decoded == part)
            }
        }
    }

    @Test("A part outside its content, too large or without a name is refused")
    func refused() {
        var nameless = Self.part([1], size: 1, offset: 0)
        nameless.name = ""
        for part in [
            nameless, Self.part([1, 2], size: 1, offset: 0), Self.part([1], size: 4, offset: 4),
            Self.part([], size: 4, offset: 1), Self.part([], size: 4, offset: 4),
            Self.part([1], size: 4, offset: .max),
            Self.part([UInt8](repeating: 0, count: 4 << 20 + 1), size: 8 << 20, offset: 0),
        ] {
            #expect(throws: FormatError.self) { try Self.decoded(PayloadEncoder.encode(part)) }
        }
    }

    @Test("A payload cut anywhere before its part is refused")
    func cut() throws {
        let whole = PayloadEncoder.encode(Self.part([], size: 0, offset: 0))
        try #require(!whole.flags.contains(.zstd))
        for count in 0..<whole.bytes.count {
            let bytes = Array(whole.bytes.prefix(count))
            #expect(throws: FormatError.self) {
                try Self.decoded(
                    PayloadEncoder.plain(bytes, type: BlockType.attach, flags: [])
                )
            }
        }
    }
}
