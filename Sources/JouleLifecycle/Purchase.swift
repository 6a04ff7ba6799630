import JouleQuantities

/// What electricity was bought for a site: parts of its use under contracts, the rest at the residual mix.
package struct Purchase: Sendable {
    /// A part of the energy, and what its contract says of it.
    package struct Contract: Sendable {
        package let share: Double
        package let intensity: GridIntensity<MarketBased>
    }

    package let contracts: [Contract]
    package let residual: GridIntensity<MarketBased>?

    /// Shares of the energy with grams per kWh; throws for contracts that cover more than all of it.
    package init(
        contracts: [(share: Double, gramsPerKilowattHour: Double)],
        residual: Double?
    ) throws(LifecycleError) {
        let what = "g CO2e per kWh"
        for contract in contracts {
            if !Plausible.share.contains(contract.share) {
                throw .implausible(
                    "contract",
                    contract.share,
                    Plausible.share,
                    "a share of the energy"
                )
            }
            let grams = contract.gramsPerKilowattHour
            if !Plausible.contractIntensity.contains(grams) {
                throw .implausible("contract", grams, Plausible.contractIntensity, what)
            }
        }
        if let residual, !Plausible.contractIntensity.contains(residual) {
            throw .implausible("residual", residual, Plausible.contractIntensity, what)
        }
        let covered = contracts.reduce(0) { $0 + $1.share }
        if covered > 1 + Self.tolerance {
            throw .implausible("contracts", covered, Plausible.share, "what all of them cover")
        }
        self.contracts = contracts.map {
            Contract(
                share: $0.share,
                intensity: GridIntensity(gramsPerKilowattHour: $0.gramsPerKilowattHour)
            )
        }
        self.residual = residual.map { GridIntensity(gramsPerKilowattHour: $0) }
    }

    /// Of a sum of decimal fractions.
    private static let tolerance = 1e-12

    /// Whether all of the energy has an intensity.
    var isWhole: Bool {
        residual != nil || contracts.reduce(0) { $0 + $1.share } >= 1 - Self.tolerance
    }

    /// F4 by the year; nil where some of the energy has no intensity.
    func carbon(of energy: EnergyFacility) -> CarbonMass<MarketBased>? {
        guard isWhole else { return nil }
        let parts = contracts.map {
            EnergyContract(energy: energy.scaled(by: $0.share), intensity: $0.intensity)
        }
        let rest = residual ?? GridIntensity(gramsPerKilowattHour: 0)
        return .annual(used: energy, contracts: parts, residual: rest)
    }

    /// What it says, for a person.
    var sentence: String {
        let parts = contracts.map {
            let grams = Figure.number($0.intensity.gramsPerKilowattHour)
            return "\(Figure.percent($0.share)) bought at \(grams) g CO2e/kWh"
        }
        let rest = residual.map {
            "the rest at \(Figure.number($0.gramsPerKilowattHour)) g CO2e/kWh (residual mix)"
        }
        return (parts + [rest].compactMap(\.self)).joined(separator: ", ")
    }

    var json: JSON {
        [
            "contracts": .array(
                contracts.map {
                    [
                        "share": .double($0.share),
                        "g_per_kwh": .double($0.intensity.gramsPerKilowattHour),
                    ]
                }
            ),
            "residual_g_per_kwh": .orNull(residual?.gramsPerKilowattHour),
        ]
    }
}
