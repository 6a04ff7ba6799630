import JouleQuantities

extension Gaps {
    /// What is not known of the hours of runs, in words; `totals` are the sum of all of them.
    static func ofTime(
        _ impacts: [RunImpact],
        _ totals: Impact,
        _ factors: FactorSet
    ) -> [Remark] {
        var remarks: [Remark] = []
        let uncovered = factors.series == nil ? 0 : impacts.uncovered
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

extension [RunImpact] {
    /// The part of their facility energy, of those in regions of a series, for which no row holds.
    var uncovered: Double {
        var all = 0.0
        var without = 0.0
        for impact in self {
            guard let timed = impact.timed, let joules = impact.facility?.high.joules else {
                continue
            }
            all += joules
            without += joules * timed.uncovered
        }
        return all > 0 ? without / all : 0
    }
}
