extension StringProtocol {
    /// Without the blanks before and behind it.
    package var withoutOuterBlanks: String {
        let start = drop { $0.isWhitespace }
        let end = start.lastIndex { !$0.isWhitespace }
        return end.map { String(start[...$0]) } ?? ""
    }
}
