/// The number by which a management controller knows its server.
///
/// Its bytes are written in several orders: as a text reads (RFC 9562), with the first three fields
/// turned around (SMBIOS), or all of them turned around (IPMI), and firmware does not keep to one. So
/// that a server is one whoever tells of it, the least of the orders stands for all of them.
struct SystemUUID: Hashable, CustomStringConvertible {
    /// 32 hexadecimal digits.
    let description: String

    /// Nil for what is not 16 bytes, and for numbers that makers leave in many machines.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == 16 else { return nil }
        // Closed under both ways of turning, so that each order leads to the same ones.
        let halves = [bytes, Self.swapped(bytes)]
        let ends = halves + halves.map { Self.swapped($0.reversed()).reversed() }
        let orders = ends + ends.map { $0.reversed() }
        let texts = orders.map { $0.map { hex(UInt64($0), 2) }.joined() }
        guard Set(bytes).count > 1, !texts.contains(Self.placeholder), let least = texts.min()
        else {
            return nil
        }
        description = least
    }

    /// A text such as `4c4c4544-0042-3510-8051-b7c04f4d3232`.
    init?(_ text: String) {
        let digits = text.filter { $0 != "-" }
        guard digits.utf8.count == 32, digits.utf8.count == digits.count else { return nil }
        var bytes: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        self.init(bytes)
    }

    /// What AMI's firmware has when nobody gave the board a number.
    private static let placeholder = "03000200040005000006000700080009"

    private static func swapped(_ bytes: [UInt8]) -> [UInt8] {
        bytes[0..<4].reversed() + bytes[4..<6].reversed() + bytes[6..<8].reversed() + bytes[8...]
    }
}
