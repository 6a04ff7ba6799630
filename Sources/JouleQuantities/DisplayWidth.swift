extension String {
    /// How many columns of a terminal the text takes.
    ///
    /// Terminals count as the C library's `wcwidth` does: letters of East Asia and most emoji are two
    /// columns wide, marks that stand on the letter before them take none.
    package var columns: Int {
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// As many whole characters from the front as fit into `width` columns.
    package func prefix(columns width: Int) -> Substring {
        var left = width
        let end = indices.first { place in
            left -= self[place].columns
            return left < 0
        }
        return self[..<(end ?? endIndex)]
    }

    /// The text in pieces of at most `width` columns, and of one character at least.
    package func pieces(columns width: Int) -> [String] {
        guard columns > width else { return [self] }
        var pieces: [String] = []
        var piece = ""
        var used = 0
        for character in self {
            let needed = character.columns
            if used + needed > width, !piece.isEmpty {
                pieces.append(piece)
                (piece, used) = ("", 0)
            }
            piece.append(character)
            used += needed
        }
        return pieces + [piece]
    }

    /// As many whole characters from the back as fit into `width` columns.
    package func suffix(columns width: Int) -> Substring {
        var left = width
        let kept = reversed().prefix { character in
            left -= character.columns
            return left >= 0
        }
        return suffix(kept.count)
    }
}

extension Character {
    fileprivate var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }
}

extension Unicode.Scalar {
    var columns: Int {
        switch value {
        case 0..<0x300: 1
        // Vowels and final consonants of Hangul, which join the syllable that they follow.
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: 0
        case 0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F,
            0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60,
            0xFFE0...0xFFE6, 0x16FE0...0x18D08, 0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF,
            0x20000...0x3FFFD:
            stands ? 2 : 0
        default: stands ? properties.isEmojiPresentation ? 2 : 1 : 0
        }
    }

    /// Whether it takes a place of its own.
    private var stands: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: false
        default: true
        }
    }
}
