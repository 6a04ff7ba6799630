import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Going through JSON text")
struct TextCursorTests {
    /// Values with all that could be taken for an end.
    private func value(_ random: inout SplitMix, depth: Int) -> JSON {
        switch random.next() % (depth > 0 ? 6 : 3) {
        case 0: .integer(Int64(random.next() % 1000))
        case 1, 2: .string(text(&random))
        case 3: .array((0..<random.next() % 5).map { _ in value(&random, depth: depth - 1) })
        default:
            .object(
                JSONObject(
                    uniqueMembers: (0..<random.next() % 5).map {
                        .init(
                            name: "\($0)\(text(&random))",
                            value: value(&random, depth: depth - 1)
                        )
                    }
                )
            )
        }
    }

    private func text(_ random: inout SplitMix) -> String {
        let pieces = ["\"", "\\", "{", "}", "[", "]", "a", "é", ":", ",", "\\\"", "]}"]
        return (0..<random.next() % 40).map { _ in
            pieces[Int(random.next() % UInt64(pieces.count))]
        }.joined()
    }

    @Test("A container ends where a parser says, and no part of it does", arguments: 0..<40)
    func containers(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        for _ in 0..<25 {
            let value = JSON.array([value(&random, depth: 5)])
            let bytes = Array(value.text().utf8)
            for behind in ["", "}]\"", ",\"a\":[1]}"] {
                // At every place among those that are looked at together.
                let shift = Int(random.next() % 70)
                let text = Array(repeating: UInt8(ascii: "\""), count: shift) + bytes + behind.utf8
                var cursor = TextCursor(text, at: shift)
                #expect(cursor.value() == shift..<shift + bytes.count)
            }
            for size in [1, bytes.count / 2, bytes.count - 1] {
                var cursor = TextCursor(Array(bytes.prefix(size)))
                #expect(cursor.value() == nil)
            }
        }
    }

    @Test("What is taken is passed, and what is not there is not")
    func taking() {
        var cursor = TextCursor(Array("abcd".utf8))
        #expect(cursor.take(Array("ab".utf8)) && cursor.place == 2)
        #expect(!cursor.take(Array("cx".utf8)) && cursor.place == 2)
        #expect(!cursor.take(Array("cde".utf8)) && cursor.place == 2)
        #expect(cursor.take([]) && cursor.take(Array("cd".utf8)) && cursor.isAtEnd)
        #expect(cursor.take([]) && !cursor.take([0]))
    }
}
