/// Hours of a year of 365 days, and of one of twelve months of 30 days as some calculators count.
package enum YearHours {
    package static let days365 = 8760.0
    package static let days360 = 8640.0
}

/// The part of a thing's life that one use takes: every key of the allocation is explicit.
package struct LifeShare: Sendable, Hashable {
    package let lifetimeHours: Double
    package let reservedHours: Double
    /// Resources reserved over resources of the whole thing, 1 for all of it.
    package let resources: Double
    /// Share of its life in which it does anything useful; 1 charges idle time to nobody.
    ///
    /// Where it is below 1, idle hours are already inside and must not be charged again.
    package let utilisation: Double

    /// Nil for a life, a share or a utilisation that nothing has.
    package init?(
        lifetimeHours: Double,
        reservedHours: Double,
        resources: Double = 1,
        utilisation: Double = 1
    ) {
        guard lifetimeHours > 0, lifetimeHours.isFinite, reservedHours >= 0,
            reservedHours.isFinite, resources >= 0, resources.isFinite,
            utilisation > 0, utilisation <= 1
        else { return nil }
        self.lifetimeHours = lifetimeHours
        self.reservedHours = reservedHours
        self.resources = resources
        self.utilisation = utilisation
    }

    /// (reserved time / (lifetime · u)) · (resources / total).
    package var value: Double { reservedHours / (lifetimeHours * utilisation) * resources }
}

extension Summable {
    /// F5: M = TE · (reserved time / lifetime) · (resources / total), with the optional utilisation u.
    ///
    /// Carbon and water of making a thing are shared out alike.
    /// Sources: SCI (ISO/IEC 21031:2024), embodied emissions; Luccioni et al. 2022, arXiv:2211.02001
    /// (u = 0.85, 6 years).
    package func amortised(over share: LifeShare) -> Self { scaled(by: share.value) }
}

extension EmbodiedCarbon {
    /// Grams an hour of use at each pair of lifetime and utilisation: how far the choice moves F5.
    ///
    /// Source of the spread: Wu et al. 2022, Sustainable AI, § 3 (3.3 times between 5 years at 60 %
    /// and 3 years at 30 %).
    package func sensitivity(
        lifetimeYears: [Double],
        utilisation: [Double]
    ) -> [(lifetimeYears: Double, utilisation: Double, gramsPerHour: Double)] {
        lifetimeYears.flatMap { years in
            utilisation.compactMap { used in
                LifeShare(
                    lifetimeHours: years * YearHours.days365,
                    reservedHours: 1,
                    utilisation: used
                ).map { (years, used, amortised(over: $0).value) }
            }
        }
    }
}
