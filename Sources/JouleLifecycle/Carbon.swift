/// Which question a grid intensity answers; masses of different signals never add.
package protocol CarbonSignal: Sendable {
    /// The word for it in factor tables.
    static var name: String { get }
}

/// The average of all generation on the grid where the energy was used.
package enum LocationAverage: CarbonSignal {
    package static let name = "location_average"
}

/// The electricity that was bought: contracts at their own intensity, the rest at the residual mix.
package enum MarketBased: CarbonSignal {
    package static let name = "market_based"
}

/// The plants that answer one more unit of demand; never summed with an average.
package enum Marginal: CarbonSignal {
    package static let name = "marginal"
}

/// Greenhouse gases as CO2-equivalents, under one signal.
package struct CarbonMass<Signal: CarbonSignal>: Summable, Hashable {
    package var grams: Double

    package var kilograms: Double { grams / 1000 }

    package init(grams: Double) {
        self.grams = grams
    }

    package static var zero: Self { Self(grams: 0) }

    package static func < (left: Self, right: Self) -> Bool { left.grams < right.grams }

    package static func + (left: Self, right: Self) -> Self {
        Self(grams: left.grams + right.grams)
    }

    package func scaled(by factor: Double) -> Self { Self(grams: grams * factor) }
}

/// CO2-equivalents per energy generated, under one signal.
package struct GridIntensity<Signal: CarbonSignal>: Sendable, Hashable {
    package var gramsPerKilowattHour: Double

    package init(gramsPerKilowattHour: Double) {
        self.gramsPerKilowattHour = gramsPerKilowattHour
    }
}
