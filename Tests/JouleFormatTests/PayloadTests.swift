import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Payloads")
struct PayloadTests {
    @Test("Numbers come back at every length, and only their shortest form is read")
    func variableNumbers() throws {
        for shift in UInt64(0)..<64 {
            for number in [1 << shift, (1 << shift) &- 1, UInt64.max >> shift] {
                var writer = ByteWriter()
                writer.append(varint: number)
                writer.append(zigzag: number)
                var reader = ByteReader(writer.bytes[...])
                #expect(try reader.varint() == number)
                #expect(try reader.zigzag() == number)
                try reader.finish()
            }
        }
        let refused: [[UInt8]] = [
            [0x80, 0x00], [0x80], Array(repeating: 0xFF, count: 10),
            Array(repeating: 0x80, count: 9) + [0x02],
        ]
        for bytes in refused {
            var reader = ByteReader(bytes[...])
            #expect(throws: FormatError.self) { _ = try reader.varint() as UInt64 }
        }
    }
}
