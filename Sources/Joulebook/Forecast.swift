/// A number that is not known yet: most likely `central`, hardly below `low` or above `high`.
public struct ForecastInterval: Sendable, Hashable {
    /// Below this hardly ever; never less than what was used already.
    public let low: Double
    /// As if the rest went on at the usual pace.
    public let central: Double
    /// Above this hardly ever.
    public let high: Double

    package init(low: Double, central: Double, high: Double) {
        self.low = low
        self.central = central
        self.high = high
    }

    /// The same in another unit.
    package func scaled(by factor: Double) -> ForecastInterval {
        ForecastInterval(low: low * factor, central: central * factor, high: high * factor)
    }
}

/// What a run will have taken at its end, if it goes on as it did.
public struct Forecast: Sendable, Hashable {
    /// The epochs that it stands on.
    public let epochsEnded: Int
    /// The number of the last epoch, as the program counts.
    public let lastEpoch: Double
    /// Duration of the whole run in seconds.
    public let seconds: ForecastInterval
    /// Energy of the whole run in joules; nil where nothing was measured, and of epochs that were
    /// written down elsewhere also when one has no energy.
    public let joules: ForecastInterval?
    /// Carbon of that energy in kilograms; nil without energy or without a carbon intensity.
    public let carbonKg: ForecastInterval?
    /// Cost of that energy in US dollars; nil without energy or without a price.
    public let usd: ForecastInterval?
}

/// Foretells from the epochs that have ended what all of them will take.
///
/// The rest is taken to go on at the median pace per epoch of those behind. The first epoch, which
/// holds the start, sets the pace only while it is the only one. Numbers may have gaps: a row that is
/// four epochs further counts as four epochs.
package struct Forecaster: Sendable {
    private let origin: Double?
    private var last: Double?
    private var count: Int
    private var seconds = Pace()
    private var joules = Pace()
    /// Whether each epoch so far has an energy.
    private var isMeasured = true

    /// Begins with no epoch seen.
    ///
    /// `first` is the number of the first epoch; nil: that of the first row. `forgotten` epochs have
    /// ended that nobody tells of any more.
    package init(first: Double? = nil, forgotten: Int = 0) {
        origin = first.map { $0 - 1 }
        count = forgotten
    }

    /// Takes an epoch with what it took since the end of the one before, or since the start.
    ///
    /// A number that does not grow begins to count anew: what came before is no measure any more.
    package mutating func add(epoch number: Double, seconds: Double, joules: Double?) {
        count += 1
        if let last, number <= last {
            self.last = nil
            self.seconds.forget()
            self.joules.forget()
        }
        // Only the first epoch of all began at the origin.
        let begin = count == 1 ? origin.map { min($0, number) } : nil
        let before = last ?? begin ?? number - 1
        let isFirst = last == nil
        last = number
        self.seconds.add(seconds, over: number - before, isFirst: isFirst)
        if let joules {
            self.joules.add(joules, over: number - before, isFirst: isFirst)
        } else {
            isMeasured = false
        }
    }

    /// What the run will have taken when epoch `end` ends; nil before the first one has ended, and
    /// for an `end` that is behind.
    ///
    /// `elapsed` and `used` are time and energy until now, where somebody knows them better than by
    /// adding the epochs up; `begun` is the time since the end of the last epoch.
    package func forecast(
        until end: Double,
        elapsed: Double? = nil,
        begun: Double = 0,
        used: Double? = nil,
        kgPerKWh: Double? = nil,
        usdPerKWh: Double? = nil
    ) -> Forecast? {
        guard let last, end >= last, let pace = seconds.usual else { return nil }
        // Of the epoch that goes on, no more than itself can be over.
        let isOver = pace > 0 ? min(begun / pace, 1, end - last) : 0
        let left = end - last - isOver
        guard let duration = seconds.interval(from: elapsed ?? seconds.total, left: left) else {
            return nil
        }
        let energy = used ?? (isMeasured ? joules.total : nil)
        let total = energy.flatMap { joules.interval(from: $0, left: left) }
        return Forecast(
            epochsEnded: count,
            lastEpoch: end,
            seconds: duration,
            joules: total,
            carbonKg: kgPerKWh.flatMap { total?.scaled(by: $0 / Budget.joulesPerKWh) },
            usd: usdPerKWh.flatMap { total?.scaled(by: $0 / Budget.joulesPerKWh) }
        )
    }
}

/// How much an epoch takes.
private struct Pace: Sendable {
    /// All that was taken.
    private(set) var total = 0.0
    /// Of the first epoch, which holds the start.
    private var first: Double?
    /// Of each further one, the latest 1024 of them.
    private var rates: [Double] = []

    private static let ratesMax = 1024
    /// Half-width of the interval, as a share of what is left, while only the first epoch has ended.
    private static let shareAtFirst = 0.6
    /// What a run that was steady until now may drift by.
    private static let drift = 0.03

    mutating func add(_ amount: Double, over epochs: Double, isFirst: Bool) {
        total += amount
        guard epochs > 0 else { return }
        guard !isFirst else { return first = amount / epochs }
        if rates.count == Self.ratesMax { rates.removeFirst() }
        rates.append(amount / epochs)
    }

    mutating func forget() {
        first = nil
        rates = []
    }

    /// The median; of two in the middle, their mean.
    var usual: Double? {
        guard !rates.isEmpty else { return first }
        let sorted = rates.sorted()
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2)
            ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// What there will be when `left` more epochs have come to the `sum` that is there.
    func interval(from sum: Double, left: Double) -> ForecastInterval? {
        guard let usual else { return nil }
        let share = share(of: usual)
        let high = sum + left * usual * (1 + share)
        guard high.isFinite else { return nil }
        return ForecastInterval(
            low: sum + left * usual * max(0, 1 - share),
            central: sum + left * usual,
            high: high
        )
    }

    /// Half-width of the interval as a share of what is left.
    ///
    /// Mean and median are never further apart than the mean distance from the median, so that
    /// this distance holds a rest at the median and one at the mean, outliers and all. Few rates tell
    /// it badly, as in Student's t.
    private func share(of usual: Double) -> Double {
        guard !rates.isEmpty, usual > 0 else { return Self.shareAtFirst }
        let count = Double(rates.count)
        let drift = Self.drift * (1 + 1 / count)
        guard rates.count > 1 else {
            // A single rate says nothing of how much it wanders; the first epoch says a little.
            return drift + 2 * abs((first ?? usual) - usual) / usual
        }
        let distance = rates.reduce(0) { $0 + abs($1 - usual) } / count
        return drift + (1 + 10 / count) * distance / usual
    }
}
