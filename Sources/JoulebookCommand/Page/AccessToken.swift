/// A secret that whoever asks from elsewhere must know.
struct AccessToken: Sendable {
    let text: String

    /// So many characters at least, so that nobody guesses it.
    static let sizeMin = 16
    private static let sizeMax = 256

    /// 192 random bits.
    init() {
        var random = SystemRandomNumberGenerator()
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        text = String((0..<32).map { _ in alphabet[Int(random.next() >> 58)] })
    }

    /// Nil for a text that is too short, or does not fit into an address and a cookie.
    init?(_ text: String) {
        guard (Self.sizeMin...Self.sizeMax).contains(text.utf8.count),
            text.utf8.allSatisfy({ byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."), UInt8(ascii: "~"):
                    true
                default: false
                }
            })
        else { return nil }
        self.text = text
    }

    /// Takes as long wherever the texts differ.
    func isEqual(to other: String) -> Bool {
        let own = Array(text.utf8)
        let given = Array(other.utf8.prefix(Self.sizeMax + 1))
        var difference: UInt8 = own.count == given.count ? 0 : 1
        for place in own.indices {
            difference |= own[place] ^ (place < given.count ? given[place] : 0)
        }
        return difference == 0
    }
}
