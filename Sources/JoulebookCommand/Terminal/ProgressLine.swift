import JouleQuantities

/// How far long work has come, in one line: a bar, a share, a count, the rate and what is left.
struct ProgressLine {
    let name: String
    private let unit: String
    private let first: Int
    private let began: ContinuousClock.Instant

    /// Work that begins with so much of it done.
    init(_ name: String, unit: String, from first: Int, at began: ContinuousClock.Instant) {
        self.name = name
        self.unit = unit
        self.first = first
        self.began = began
    }

    /// The line at the time `now`, in at most `width` columns; what matters less is left out first.
    func text(done: Int, of total: Int?, at now: ContinuousClock.Instant, width: Int) -> String {
        let rate = rate(done: done, at: now)
        let unit = unit.isEmpty ? "" : " \(unit)"
        let speed = rate.map { "\(Units.significant($0, digits: 2))\(unit)/s" }
        guard let total, total > 0 else {
            let parts = ["\(name): \(done)\(unit)", speed].compactMap(\.self)
            return parts.joined(separator: "  ")
        }
        let share = min(1, max(0, Double(done) / Double(total)))
        let percent = "\(Int(share * 100)) %"
        let count = "\(min(done, total))/\(total)\(unit)"
        let left = rate.map { Double(max(0, total - done)) / $0 }
        let time = left.map { "\(Self.rough(seconds: $0)) left" }
        for parts in [[percent, count, speed, time], [percent, count, time], [percent, time]] {
            let words = parts.compactMap(\.self).joined(separator: "  ")
            let room = width - name.columns - words.columns - 4
            guard room >= Self.barMin else { continue }
            let bar = Bar.text(share, width: min(room, Self.barMax), rest: "·")
            return "\(name)  \(bar)  \(words)"
        }
        return "\(name)  \(percent)"
    }

    private static let barMin = 8
    private static let barMax = 24
    /// Before so much time has gone by no rate is told.
    private static let rateAfter = 0.5

    /// What was done in a second; nil while that cannot be told.
    private func rate(done: Int, at now: ContinuousClock.Instant) -> Double? {
        let seconds = (now - began) / .seconds(1)
        guard seconds >= Self.rateAfter, done > first else { return nil }
        return Double(done - first) / seconds
    }

    /// A time in whole units, because it is a guess.
    static func rough(seconds: Double) -> String {
        guard seconds.isFinite, seconds < 8.64e7 else { return "days" }
        let whole = Int(seconds.rounded(.up))
        switch whole {
        case ..<60: return "\(whole) s"
        case ..<3600: return "\(whole / 60) min \(whole % 60) s"
        case ..<172_800: return "\(whole / 3600) h \(whole / 60 % 60) min"
        default: return "\(whole / 86_400) d \(whole / 3600 % 24) h"
        }
    }
}
