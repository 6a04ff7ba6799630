/// What cannot be true of published or declared figures; raised, never fitted.
///
/// The checks know figures alone, not who published them.
package enum Anomalies {
    /// A published figure that its own inputs contradict by more than its digits leave open.
    package static func published(
        _ published: Double,
        computed: Double,
        at location: String
    ) -> Remark? {
        let allowed =
            abs(computed) * Plausible.publishedTolerance + PrintedNumber(published).halfUnit
        // Written so that what is no finite number on either side is raised, too.
        guard !(abs(published - computed) <= allowed && allowed.isFinite) else { return nil }
        return contradiction(published, computed: computed, at: location)
    }

    /// How a published figure contradicts its inputs; by a power of ten it is a slip of the unit.
    package static func contradiction(
        _ published: Double,
        computed: Double,
        at location: String
    ) -> Remark {
        let figures =
            "published \(Figure.number(published)), its inputs give \(Figure.number(computed))"
        guard let factor = slip(published, computed) else {
            return Remark("published_vs_computed", at: location, figures)
        }
        return Remark(
            "unit_slip",
            at: location,
            "\(figures): \(Figure.number(factor)) times as much"
        )
    }

    /// The power of ten, at least ten, that two figures differ by; nil for any other ratio.
    private static func slip(_ published: Double, _ computed: Double) -> Double? {
        guard published > 0, computed > 0 else { return nil }
        for factor in [10, 1e2, 1e3, 1e6, 1e9] {
            for ratio in [factor, 1 / factor]
            where abs(computed / published / ratio - 1) <= Plausible.publishedTolerance {
                return ratio
            }
        }
        return nil
    }

    /// Parts that do not make up their total: something is hidden, or counted twice.
    package static func parts(
        _ sum: Double,
        total: Double,
        unit: String,
        tolerance: Double = Plausible.partsTolerance,
        at location: String
    ) -> Remark? {
        guard !(abs(total - sum) <= abs(total) * tolerance) else { return nil }
        let rest = total - sum
        return Remark(
            "parts_vs_total",
            at: location,
            "the parts sum to \(Figure.number(sum)) \(unit), the total is \(Figure.number(total)) "
                + "\(unit): \(Figure.number(abs(rest))) \(unit) "
                + (rest > 0 ? "belong to no part" : "too many")
        )
    }

    /// Carbon per energy that no grid has; a market-based figure may go down to zero.
    package static func intensity(
        grams: Double,
        of energy: EnergyFacility,
        isMarketBased: Bool = false,
        at location: String
    ) -> Remark? {
        let implied = grams / energy.kilowattHours
        let limits =
            isMarketBased
            ? 0...Plausible.impliedIntensity.upperBound
            : Plausible.impliedIntensity
        guard !limits.contains(implied) else { return nil }
        return Remark(
            "implied_intensity",
            at: location,
            "implies \(Figure.number(implied)) g/kWh; a grid has "
                + "\(Figure.number(limits.lowerBound)) to \(Figure.number(limits.upperBound))"
        )
    }

    /// Mean power of one device that no device has.
    package static func power(wattsPerDevice watts: Double, at location: String) -> Remark? {
        guard !(0...Plausible.deviceWattsMax).contains(watts) else { return nil }
        return Remark(
            "implausible_power",
            at: location,
            "implies \(Figure.number(watts)) W a device; none takes more than "
                + "\(Figure.number(Plausible.deviceWattsMax))"
        )
    }

    /// Use without carbon beside uses that have it: missing is not zero.
    package static func withoutCarbon(
        _ energy: EnergyFacility,
        gramsElsewhere grams: Double,
        of elsewhere: EnergyFacility,
        at location: String
    ) -> Remark? {
        guard energy.joules > 0, elsewhere.joules > 0 else { return nil }
        let missing = grams / elsewhere.joules * energy.joules
        return Remark(
            "stage_without_carbon",
            at: location,
            "used \(Figure.number(energy.kilowattHours)) kWh and states no carbon; at the rate of "
                + "the rest it is \(Figure.number(missing / 1e6)) t"
        )
    }

    /// Two figures published for one quantity.
    package static func publishedTwice(_ figures: [Double], at location: String) -> Remark? {
        guard let low = figures.min(), let high = figures.max(), low != high else { return nil }
        return Remark(
            "published_twice",
            at: location,
            "both \(Figure.number(low)) and \(Figure.number(high)) are published for it"
        )
    }
}
