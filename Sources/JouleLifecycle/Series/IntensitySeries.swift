import JouleQuantities

/// What electricity of one region caused over time, under one signal.
package struct IntensitySeries<Signal: CarbonSignal>: Sendable {
    /// What holds from its start on, for the step of the series.
    package struct Row: Sendable, Hashable {
        /// Unix seconds.
        package var start: Double
        package var intensity: GridIntensity<Signal>
        /// Carbon-free energy that was bought for this time over what was used in it.
        ///
        /// Above 1 is a surplus. Nil where it is not known.
        package var carbonFree: Double?
        /// What was used and not bought so; nil where the row does not say.
        package var residual: GridIntensity<MarketBased>?

        package init(
            start: Double,
            intensity: GridIntensity<Signal>,
            carbonFree: Double? = nil,
            residual: GridIntensity<MarketBased>? = nil
        ) {
            self.start = start
            self.intensity = intensity
            self.carbonFree = carbonFree
            self.residual = residual
        }
    }

    package let region: String
    /// In the order of their starts, at least one.
    package let rows: [Row]
    package let stepSeconds: Double

    /// The end of the last row.
    package var end: Double { (rows.last?.start ?? 0) + stepSeconds }

    /// Rows that lie between the first and the last and are not there.
    package var missing: Int {
        let all = ((end - (rows.first?.start ?? 0)) / stepSeconds).rounded()
        return max(0, Int(all) - rows.count)
    }

    /// Goes through the parts of a stretch of time by the rows that hold in them.
    ///
    /// `body` is told the share of each, which add up to 1, and the row, nil where there is none.
    package func forEachPiece(
        from start: Double,
        to end: Double,
        _ body: (_ share: Double, _ row: Row?) -> Void
    ) {
        guard end > start else { return body(1, row(at: start)) }
        var known = 0.0
        var place = firstRow(endingAfter: start)
        while place < rows.count, rows[place].start < end {
            let row = rows[place]
            let seconds = min(end, row.start + stepSeconds) - max(start, row.start)
            if seconds > 0 {
                body(seconds / (end - start), row)
                known += seconds / (end - start)
            }
            place += 1
        }
        // Below this it is the rounding of the sum.
        if 1 - known > 1e-9 { body(1 - known, nil) }
    }

    private func row(at time: Double) -> Row? {
        let place = firstRow(endingAfter: time)
        return place < rows.count && rows[place].start <= time ? rows[place] : nil
    }

    private func firstRow(endingAfter time: Double) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].start + stepSeconds > time { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
