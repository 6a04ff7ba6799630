import JouleQuantities

/// What an amount of site energy encloses, as a type, so that unlike amounts cannot add.
package protocol EnergySide: Sendable {}

/// The IT equipment, without the building's cooling and losses.
package enum ITSide: EnergySide {}

/// The whole facility: IT energy times PUE.
package enum FacilitySide: EnergySide {}

/// Energy on one side of the PUE.
package struct SiteEnergy<Side: EnergySide>: Summable, Hashable {
    package var joules: Double

    /// Kilowatt-hours: 1 kWh = 3.6e6 J.
    package var kilowattHours: Double { joules / 3.6e6 }

    package init(joules: Double) {
        self.joules = joules
    }

    package init(kilowattHours: Double) {
        self.joules = kilowattHours * 3.6e6
    }

    package static var zero: Self { Self(joules: 0) }

    package static func < (left: Self, right: Self) -> Bool { left.joules < right.joules }

    package static func + (left: Self, right: Self) -> Self {
        Self(joules: left.joules + right.joules)
    }

    package func scaled(by factor: Double) -> Self { Self(joules: joules * factor) }
}

/// Energy of IT equipment.
package typealias EnergyIT = SiteEnergy<ITSide>

/// Energy of a facility, PUE included.
package typealias EnergyFacility = SiteEnergy<FacilitySide>

/// Power usage effectiveness: facility energy divided by IT energy, at least 1 by definition.
package struct PUE: Sendable, Hashable, Comparable {
    package let value: Double

    /// Nil when no facility has this value.
    package init?(_ value: Double) {
        guard Plausible.pue.contains(value) else { return nil }
        self.value = value
    }

    private init(known value: Double) {
        self.value = value
    }

    /// A facility that uses nothing but what its IT equipment uses: the lower limit.
    package static let lowest = PUE(known: Plausible.pue.lowerBound)

    /// Above this no facility has been reported.
    package static let highest = PUE(known: Plausible.pue.upperBound)

    package static func < (left: PUE, right: PUE) -> Bool { left.value < right.value }
}
