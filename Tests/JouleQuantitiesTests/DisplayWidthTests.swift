import Glibc
import Testing

@testable import JouleQuantities

@Suite("How wide a text is on a terminal")
struct DisplayWidthTests {
    @Test("Letters of East Asia and emoji are two columns, marks none")
    func known() {
        for (text, columns) in [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("学习", 4), ("ｱ", 1), ("Ａ", 2),
            ("한국", 4), ("\u{1112}\u{1161}\u{11AB}", 2), ("🧪", 2), ("…", 1), ("≈1 J", 4),
            ("▁█", 2), ("a\u{200B}b", 2), ("\u{FFFD}", 1),
        ] {
            #expect(text.columns == columns, "\(text)")
        }
    }

    @Test("The C library counts letters and marks of all scripts alike")
    func library() throws {
        let locale = unsafe newlocale(1 << LC_CTYPE, "C.UTF-8", nil)
        let before = unsafe uselocale(locale)
        defer {
            _ = unsafe uselocale(before)
            unsafe freelocale(locale)
        }
        // The module map of the C library leaves it out.
        let symbol = unsafe try #require(dlsym(dlopen(nil, RTLD_NOW), "wcwidth"))
        // SAFETY: this is the type that POSIX gives it.
        let wcwidth = unsafe unsafeBitCast(symbol, to: (@convention(c) (wchar_t) -> Int32).self)
        var different: [UInt32] = []
        for value in UInt32(0xA0)...0x3FFFF {
            guard let scalar = Unicode.Scalar(value), scalar.properties.isAlphabetic else {
                continue
            }
            let told = Int(wcwidth(wchar_t(value)))
            // It may know fewer letters than this program.
            if told >= 0, told != scalar.columns { different.append(value) }
        }
        // Unicode 16 gave a place to a vowel sign of Ahom that had none before.
        different.removeAll { $0 == 0x1171E }
        #expect(different.isEmpty, "\(different.map { String($0, radix: 16) })")
    }

    @Test("What is cut from either end fits, and no character is broken")
    func cut() {
        for width in 0...8 {
            #expect("学习abc".prefix(columns: width).count <= width)
            #expect(String("学习abc".prefix(columns: width)).columns <= width)
            #expect(String("abc学习".suffix(columns: width)).columns <= width)
        }
        #expect("学习abc".prefix(columns: 3) == "学")
        #expect("abc学习".suffix(columns: 3) == "习")
        #expect("e\u{301}x".prefix(columns: 1) == "e\u{301}")
        #expect("学习abc".pieces(columns: 3) == ["学", "习a", "bc"])
        #expect("".pieces(columns: 3) == [""])
        // A character wider than the room is not cut, and ends nothing.
        let family = "👩‍👩‍👧‍👦"
        #expect((family + family).pieces(columns: 3) == [family, family])
    }
}
