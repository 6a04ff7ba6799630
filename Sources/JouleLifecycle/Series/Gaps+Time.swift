import JouleQuantities

extension Gaps {
    /// What is not known of the hours of runs, in words; `uncovered` is the part of their energy for
    /// which no row holds, `totals` the sum of all of them.
    static func ofTime(_ uncovered: Double, _ totals: Impact) -> [Remark] {
        var remarks: [Remark] = []
        if uncovered > 0 {
            let message =
                "\(Figure.percent(uncovered)) of the energy in regions of the series was used at "
                + "times without a row, or nobody knows when; the year's factor stands for it"
            remarks.append(Remark("series", at: "hours", message))
        }
        if totals.matched.carbon?.point == nil {
            let message =
                "what was bought for each hour is not known (--series with cfe_share and residual)"
            remarks.append(Remark("impact", at: "market_hourly", message))
        }
        return remarks
    }

    /// The same of other starts.
    static func ofTime(_ beside: [AlternativeTotals]) -> [Remark] {
        beside.filter { $0.uncovered > 0 }.map { alternative in
            let message =
                "\(Figure.percent(alternative.uncovered)) of the energy would have been used at "
                + "times without a row of the series; the year's factor stands for it"
            return Remark("series", at: "beside \(alternative.name)", message)
        }
    }
}

/// What series say of runs.
struct TimedSums: Sendable {
    private var joules = 0.0
    private var joulesWithout = 0.0
    /// Whether it is known of any hour what was bought.
    private(set) var isMatched = false

    /// The part of the facility energy, of runs in regions of a series, for which no row holds.
    var uncovered: Double { joules > 0 ? joulesWithout / joules : 0 }

    mutating func add(_ impact: RunImpact) {
        guard let timed = impact.timed, let joules = impact.facility?.high.joules else { return }
        self.joules += joules
        joulesWithout += joules * timed.uncovered
        isMatched = isMatched || timed.market != nil
    }

    mutating func add(_ other: TimedSums) {
        joules += other.joules
        joulesWithout += other.joulesWithout
        isMatched = isMatched || other.isMatched
    }
}
