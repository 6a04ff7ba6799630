/// How much of the work led to the result, and what a result took.
package enum Efficiency {
    /// F10: R&D overhead = 1 − selected / all, of energies or of device-hours.
    ///
    /// Nil when nothing was used, or less than the selected run used.
    /// Sources: Strubell et al. 2019, arXiv:1906.02243 (LISA); Morrison et al. 2025, arXiv:2503.05804.
    package static func overhead(selected: Double, all: Double) -> Double? {
        guard all > 0, selected >= 0, selected <= all else { return nil }
        return 1 - selected / all
    }

    /// One moment of a run: energy used so far, and a metric's value then.
    package struct Moment: Sendable {
        package var energy: EnergyIT
        package var metric: Double

        package init(energy: EnergyIT, metric: Double) {
            self.energy = energy
            self.metric = metric
        }
    }

    /// Whether more of a metric is better; always stated, never assumed.
    package enum Direction: String, Sendable, Hashable {
        case higher
        case lower

        /// Whether a value is as good as a target, or better.
        func reaches(_ value: Double, _ target: Double) -> Bool {
            self == .higher ? value >= target : value <= target
        }
    }

    /// F15: the energy at which a target was first reached; nil when it never was.
    ///
    /// Sources: Schwartz et al. 2020, Green AI; You et al. 2023, Zeus (energy-to-accuracy).
    package static func energy(
        to target: Double,
        _ direction: Direction,
        over moments: some Sequence<Moment>
    ) -> EnergyIT? {
        moments.filter { direction.reaches($0.metric, target) }.map(\.energy).min()
    }

    /// F15: marginal joules per point of a metric between two moments; nil where nothing was gained.
    package static func marginalJoules(
        from earlier: Moment,
        to later: Moment,
        _ direction: Direction
    ) -> Double? {
        let change = later.metric - earlier.metric
        let gain = direction == .higher ? change : -change
        guard gain > 0 else { return nil }
        return (later.energy.joules - earlier.energy.joules) / gain
    }

    /// F15: indices of the runs that no other run beats in both energy and metric, by energy.
    ///
    /// Of runs alike in both, the first stands for all.
    package static func paretoFront(_ runs: [Moment], _ direction: Direction) -> [Int] {
        let sign = direction == .higher ? 1.0 : -1.0
        let order = runs.indices.filter { !runs[$0].metric.isNaN && !runs[$0].energy.joules.isNaN }
            .sorted {
                (runs[$0].energy.joules, -sign * runs[$0].metric, $0)
                    < (runs[$1].energy.joules, -sign * runs[$1].metric, $1)
            }
        var best = -Double.infinity
        return order.filter { index in
            defer { best = max(best, sign * runs[index].metric) }
            return sign * runs[index].metric > best || best == -.infinity
        }
    }
}
