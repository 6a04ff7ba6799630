import JouleQuantities

/// What a run that goes on is at, in one line.
struct StatusLine {
    /// The last epoch that ended, and the last one that is planned.
    var epoch: Int?
    var lastEpoch: Int?
    /// The metric that tells most, and its values by epoch.
    var metric: String?
    var course: [Double?] = []
    var watts: Double?
    var joules: Double?
    /// `≈` where no meter told the energy.
    var sign = ""
    var seconds: Double?
    /// What the whole run will have taken: seconds, joules.
    var secondsAtEnd: Double?
    var joulesAtEnd: Double?
    /// How much of the budget is used: the limit that is nearest.
    var budget: Double?

    private static let courseWidth = 12

    /// The line, in at most `width` columns; what matters less is left out first.
    func text(width: Int) -> String {
        var kept: Set<Int> = []
        var room = width + Self.gap.columns
        for (place, part) in parts.enumerated().sorted(by: { $0.element.rank < $1.element.rank }) {
            let needed = part.text.columns + Self.gap.columns
            guard needed <= room || kept.isEmpty else { continue }
            room -= needed
            kept.insert(place)
        }
        let texts = parts.enumerated().filter { kept.contains($0.offset) }.map(\.element.text)
        return texts.joined(separator: Self.gap).shortened(to: width)
    }

    private static let gap = "  "

    /// In the order in which they are read, each with how soon it is left out.
    private var parts: [(text: String, rank: Int)] {
        var parts: [(String, Int)] = []
        func add(_ text: String?, _ rank: Int) {
            if let text, !text.isEmpty { parts.append((text, rank)) }
        }
        let last = lastEpoch.map { "/\($0)" } ?? ""
        add(epoch.map { "epoch \($0)\(last)" }, 0)
        add(
            metric.flatMap { name in
                course.last.flatMap(\.self).map {
                    "\(name.visible.shortenedInside(to: 20)) \(Units.significant($0, digits: 4))"
                }
            },
            3
        )
        add(course.count > 1 ? Sparkline.text(course, width: Self.courseWidth) : nil, 8)
        add(watts.map { sign + Units.power(watts: $0) }, 2)
        add(joules.map { "\(sign)\(Units.energy(joules: $0)) so far" }, 1)
        add(joulesAtEnd.map { "\(sign)\(Units.energy(joules: $0)) at the end" }, 5)
        add(timeLeft.map { "\(ProgressLine.rough(seconds: $0)) left" }, 4)
        add(budget.map { "\(Units.significant($0 * 100, digits: 2)) % of budget" }, 6)
        add(seconds.map { "after \(ProgressLine.rough(seconds: $0))" }, 7)
        return parts
    }

    private var timeLeft: Double? {
        secondsAtEnd.flatMap { end in seconds.map { max(0, end - $0) } }
    }
}
