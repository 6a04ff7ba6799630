/// A look that carries meaning.
enum Paint: String {
    case strong = "1"
    case faint = "2"
    case good = "32"
    case doubtful = "33"
    case bad = "31"
}

extension Console.Look {
    /// `text` in `paint` where colour is allowed, else unchanged.
    func painted(_ text: String, _ paint: Paint) -> String {
        colour ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }
}
