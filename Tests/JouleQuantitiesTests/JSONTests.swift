import JouleQuantities
import JouleTestSupport
import Testing

@Suite("JSON")
struct JSONTests {
    @Test(
        "What is written reads back to the same value",
        arguments: [
            "{\"a\":[1,1.0,-0.0,1e-05,\"\\u0001\\\"x\\\\\",true,false,null],\"ü\":{}}",
            "[9223372036854775807,9.223372036854776e+18,0.1,5e-324,1.7976931348623157e+308]",
        ]
    )
    func roundTrip(text: String) throws {
        let value = try JSON(parsing: text)
        #expect(try JSON(parsing: value.text()) == value)
        #expect(try JSON(parsing: value.text(.pretty)) == value)
        #expect(value.text() == text)
    }

    @Test("A number is the nearest one to its text", arguments: UInt64(0)..<4)
    func numbers(seed: UInt64) throws {
        var generator = SplitMix(seed: seed)
        for _ in 0..<5000 {
            let digits = String(generator.next()).prefix(Int(generator.next() % 20) + 1)
            let fraction = String(generator.next() >> (generator.next() % 64))
            let exponent = Int(generator.next() % 60) - 30
            let double = Double(bitPattern: generator.next())
            let texts = [
                "\(digits)", "-\(digits).\(fraction)", "\(digits)e\(exponent)",
                "0.\(fraction)E+0", "0.000\(fraction)", "\(Double(digits) ?? 0)",
                double.isFinite ? "\(double)" : "-0.0",
                // Half between two numbers.
                "\((1 << 53) + 2 * (generator.next() % 1000) + 1)", "9007199254740993.0e-3",
            ]
            for text in texts {
                let expected: JSON? =
                    Int64(text).map { .integer($0) } ?? Double(text).map { .double($0) }
                #expect(try JSON(parsing: text) == expected, "\(text)")
            }
        }
        #expect(try JSON(parsing: "-0") == .double(-0.0))
        #expect(try JSON(parsing: "-9223372036854775808") == .integer(.min))
        #expect(try JSON(parsing: "9223372036854775808") == .double(9_223_372_036_854_775_808))
    }

    @Test(
        "Text that is not JSON is refused at its place",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,\"a\":2}", 7), ("01", 1), ("1 2", 2),
            ("\"\\ud800\"", 7), ("\"\u{1}\"", 1), ("1e999", 0), ("nul", 0), ("[1 2]", 3), ("-", 1),
            ("\"\\u+123\"", 3), ("1.", 2),
        ]
    )
    func refused(text: String, offset: Int) {
        #expect {
            try JSON(parsing: text)
        } throws: { error in
            (error as? JSONError)?.offset == offset
        }
    }

    @Test("Names that look alike are two, and the same name twice is refused however it is spelled")
    func names() throws {
        let text = "{\"\u{e9}\":1,\"e\u{301}\":2}"
        let value = try JSON(parsing: text)
        #expect(value.text() == text)
        #expect(value["\u{e9}"] == 1)
        #expect(value["e\u{301}"] == 2)
        var object = try #require(value.object)
        object["e\u{301}"] = 3
        #expect(object.members.map(\.value) == [1, 3])
        #expect(throws: JSONError.self) { try JSON(parsing: "{\"\u{e9}\":1,\"\\u00e9\":2}") }
    }

    @Test("Nesting is bounded")
    func depth() throws {
        let deepest = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        _ = try JSON(parsing: deepest)
        let deeper = String(repeating: "[", count: 200_000)
        #expect(throws: JSONError.self) { try JSON(parsing: deeper) }
    }

    @Test("Surrogate pairs become one character, and bytes that are not UTF-8 are refused")
    func unicode() throws {
        #expect(try JSON(parsing: "\"\\ud83d\\ude00\"") == .string("😀"))
        #expect(throws: JSONError.self) { try JSON(parsing: [0x22, 0xFF, 0x22]) }
    }

    @Test(
        "What is no number has no value",
        arguments: [
            "", "-", "+1", "01", "-00.5", ".5", "1.", "1.e5", "1e", "1e+", "1e5x", "1x", "1.5.5",
            "0x10",
            " 1", "1 ", "--1", "e5", "1e5.5", "nan", "inf", "00000000000000000000000000000000",
            "1234567890123456789012345678901234567890x", "1e400",
        ]
    )
    func noNumber(text: String) {
        let bytes = Array(text.utf8)
        #expect(DecimalText.double(bytes.span) == nil)
        #expect(!DecimalText.isNumber(bytes.span) || text == "1e400")
    }

    @Test("Non-finite numbers keep their meaning")
    func nonFinite() throws {
        #expect(JSON.double(.infinity).text() == "\"Infinity\"")
        #expect(try JSON(parsing: "[NaN,-Infinity]").array?.last?.double == -.infinity)
    }
}
