/// Energy under one contract, and what the contract says of it.
package struct EnergyContract: Sendable {
    package var energy: EnergyFacility
    package var intensity: GridIntensity<MarketBased>

    package init(energy: EnergyFacility, intensity: GridIntensity<MarketBased>) {
        self.energy = energy
        self.intensity = intensity
    }
}

/// One hour of use beside the carbon-free energy that was bought for that hour.
package struct MatchedHour: Sendable {
    package var used: EnergyFacility
    package var carbonFree: EnergyFacility
    package var residual: GridIntensity<MarketBased>

    package init(
        used: EnergyFacility,
        carbonFree: EnergyFacility,
        residual: GridIntensity<MarketBased>
    ) {
        self.used = used
        self.carbonFree = carbonFree
        self.residual = residual
    }
}

extension CarbonMass where Signal == MarketBased {
    /// F4, annual: C_market = Σ contracts · EF_contract + unmatched · EF_residual.
    ///
    /// Nil when the contracts cover more than was used: they then belong to somebody else's use.
    /// Always shown beside the location-based figure (F3), which contracts never touch.
    /// Source: GHG Protocol scope 2 Guidance, market-based method.
    package static func annual(
        used: EnergyFacility,
        contracts: [EnergyContract],
        residual: GridIntensity<MarketBased>
    ) -> Self? {
        let covered = contracts.reduce(EnergyFacility.zero) { $0 + $1.energy }
        guard covered.joules <= used.joules * (1 + 1e-9) else { return nil }
        let unmatched = EnergyFacility(joules: max(0, used.joules - covered.joules))
        return contracts.reduce(unmatched.carbon(at: residual)) {
            $0 + $1.energy.carbon(at: $1.intensity)
        }
    }

    /// F4, hourly: C_market = Σ_t max(0, E_t − CFE_t) · EF_residual,t.
    ///
    /// A surplus of one hour is lost: it covers no other hour.
    /// Source: Google, 24/7 Carbon-Free Energy: Methodologies and Metrics, 2021.
    package static func hourly(_ hours: some Sequence<MatchedHour>) -> Self {
        hours.reduce(.zero) { sum, hour in
            let unmatched = max(0, hour.used.joules - hour.carbonFree.joules)
            return sum + EnergyFacility(joules: unmatched).carbon(at: hour.residual)
        }
    }
}
