/// A row of bars, one for each value, in one line of text.
enum Sparkline {
    private static let bars: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

    /// `values` from left to right, at most `width` bars, each the mean of its share of the values.
    ///
    /// A value that is not known is a space, so that a gap stays a gap.
    static func text(_ values: [Double?], width: Int) -> String {
        guard !values.isEmpty, width > 0 else { return "" }
        let shown = means(of: values, count: min(width, values.count))
        let known = shown.compactMap { $0 }
        guard let low = known.min(), let high = known.max() else { return "" }
        let range = high - low
        return String(
            shown.map { value -> Character in
                guard let value else { return " " }
                let height = range > 0 && range.isFinite ? (value - low) / range : 0.5
                let place = Int((height * Double(bars.count - 1)).rounded())
                return bars[min(max(place, 0), bars.count - 1)]
            }
        )
    }

    private static func means(of values: [Double?], count: Int) -> [Double?] {
        (0..<count).map { place in
            let share = values[place * values.count / count..<(place + 1) * values.count / count]
            let known = share.compactMap { $0 }.filter(\.isFinite)
            return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
        }
    }
}
