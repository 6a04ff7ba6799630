/// A horizontal bar in one line of text.
package enum Bar {
    private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A bar that fills `share` of `width` columns; what is left is `rest`.
    ///
    /// More than nothing is never nothing, and less than all never all.
    package static func text(_ share: Double, width: Int, rest: Character = " ") -> String {
        guard share.isFinite, width > 0 else {
            return String(repeating: rest, count: max(0, width))
        }
        let all = 8 * width
        var filled = Int((min(max(share, 0), 1) * Double(all)).rounded())
        if share > 0 { filled = max(1, filled) }
        if share < 1 { filled = min(all - 1, filled) }
        var text = String(repeating: "█", count: filled / 8)
        if filled % 8 > 0 { text.append(eighths[filled % 8 - 1]) }
        return text + String(repeating: rest, count: width - text.count)
    }
}
