extension String {
    /// The text with control and direction-changing characters replaced.
    ///
    /// Names come out of files that anyone may have written, and must not drive what shows them.
    package var visible: String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        var out = UnicodeScalarView()
        for scalar in unicodeScalars { out.append(scalar.isUnprintable ? "\u{FFFD}" : scalar) }
        return String(out)
    }
}

extension Unicode.Scalar {
    fileprivate var isUnprintable: Bool {
        switch value {
        case 0x00..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
