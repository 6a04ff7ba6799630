import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

@Suite("Canonical JSON (RFC 8785)")
struct CanonicalJSONTests {
    /// RFC 8785, Appendix B.
    static let numbers: [(UInt64, String)] = [
        (0x0000_0000_0000_0000, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7FEF_FFFF_FFFF_FFFF, "1.7976931348623157e+308"),
        (0xFFEF_FFFF_FFFF_FFFF, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xC340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44B5_2D02_C7E1_4AF5, "9.999999999999997e+22"),
        (0x44B5_2D02_C7E1_4AF6, "1e+23"),
        (0x44B5_2D02_C7E1_4AF7, "1.0000000000000001e+23"),
        (0x444B_1AE4_D6E2_EF4E, "999999999999999700000"),
        (0x444B_1AE4_D6E2_EF4F, "999999999999999900000"),
        (0x444B_1AE4_D6E2_EF50, "1e+21"),
        (0x3EB0_C6F7_A0B5_ED8C, "9.999999999999997e-7"),
        (0x3EB0_C6F7_A0B5_ED8D, "0.000001"),
        (0x41B3_DE43_5555_5553, "333333333.3333332"),
        (0x41B3_DE43_5555_5554, "333333333.33333325"),
        (0x41B3_DE43_5555_5555, "333333333.3333333"),
        (0x41B3_DE43_5555_5556, "333333333.3333334"),
        (0x41B3_DE43_5555_5557, "333333333.33333343"),
        (0xBECB_F647_612F_3696, "-0.0000033333333333333333"),
        (0x4314_3FF3_C1CB_0959, "1424953923781206.2"),
    ]

    @Test("Numbers have the text of the RFC's table", arguments: numbers)
    func number(bits: UInt64, text: String) {
        #expect(JSON.double(Double(bitPattern: bits)).canonicalText == text)
    }

    @Test("The RFC's sample becomes the RFC's bytes")
    func sample() throws {
        let input = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        let expected =
            #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,"#
            + #"4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#
        #expect(try JSON(parsing: input).canonicalText == expected)
        // 3.2.4: the last bytes of the UTF-8 form.
        let tail: [UInt8] = [
            0x22, 0x3A, 0x22, 0xE2, 0x82, 0xAC, 0x24, 0x5C, 0x75, 0x30, 0x30, 0x30, 0x66, 0x5C,
            0x6E, 0x41, 0x27, 0x42, 0x5C, 0x22, 0x5C, 0x5C, 0x5C, 0x5C, 0x5C, 0x22, 0x2F, 0x22,
            0x7D,
        ]
        #expect(Array(try JSON(parsing: input).canonicalText.utf8.suffix(tail.count)) == tail)
    }

    @Test("Names are ordered by UTF-16 units, as in the RFC's sorting sample")
    func order() throws {
        let input = #"""
            {"\u20ac": "Euro Sign", "\r": "Carriage Return",
             "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
             "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control",
             "\u00f6": "Latin Small Letter O With Diaeresis"}
            """#
        let text = try JSON(parsing: input).canonicalText
        let values = try #require(JSON(parsing: text).object).members.map { $0.value.string }
        #expect(
            values == [
                "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis",
                "Euro Sign", "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
            ]
        )
    }

    @Test("Canonical text reads back to itself")
    func idempotent() throws {
        var generator = SplitMix(seed: 7)
        for _ in 0..<2000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            let text = JSON.double(value).canonicalText
            #expect(Double(text) == value)
            #expect(try JSON(parsing: text).canonicalText == text)
        }
    }

    @Test(
        "Rounding keeps twelve digits and carries",
        arguments: [
            (0.1 + 0.2, "0.3"), (0.999_999_999_999_96, "1"), (1e-3, "0.001"),
            (123_456.789_012_349, "123456.789012"), (9.999_999_999_999_9e-7, "0.000001"),
        ]
    )
    func rounding(value: Double, text: String) {
        #expect(CanonicalValue(number: value) == .number(text))
    }

    @Test("A rounded number is nearest among those of twelve digits")
    func nearest() throws {
        var generator = SplitMix(seed: 12)
        for number in 0..<4000 {
            let value =
                number % 2 == 0
                ? Double(bitPattern: generator.next()) : Double(generator.next() >> 11) / 7e9
            guard value.isNormal, Int64(exactly: value) == nil,
                case .number(let text) = CanonicalValue(number: value)
            else { continue }
            let back = try #require(Double(text))
            #expect(abs(back - value) <= abs(value) * 5.000_001e-12, "\(value)")
            let digits = text.prefix { $0 != "e" }.filter(\.isNumber)
            let trimmed = digits.drop { $0 == "0" }.reversed().drop { $0 == "0" }
            #expect(trimmed.count <= 12, "\(text)")
        }
    }
}
