/// Litres per kWh on one side of the PUE.
///
/// On the IT side it is the WUE, water evaporated on site; on the facility side the EWIF, water that
/// generating the electricity took, or the sum of both where a source states them so.
package struct WaterIntensity<Side: EnergySide>: Sendable, Hashable {
    package var litresPerKilowattHour: Double

    package init(litresPerKilowattHour: Double) {
        self.litresPerKilowattHour = litresPerKilowattHour
    }
}

extension SiteEnergy {
    /// F7, either half: W = E_IT · WUE on site, E_IT · PUE · EWIF off site.
    ///
    /// The type of the intensity says which energy it multiplies, so a WUE cannot meet facility
    /// energy. Source: Li et al. 2023, Making AI Less Thirsty, arXiv:2304.03271.
    package func water(at intensity: WaterIntensity<Side>) -> Water {
        Water(kilowattHours * intensity.litresPerKilowattHour)
    }
}

/// Square metres of land, taken for a year, per kWh that is generated.
package struct LandIntensity: Sendable, Hashable {
    package var squareMetresPerKilowattHour: Double

    package init(squareMetresPerKilowattHour: Double) {
        self.squareMetresPerKilowattHour = squareMetresPerKilowattHour
    }
}

extension SiteEnergy where Side == FacilitySide {
    /// F8: land = E_IT · PUE · the land use of a kWh, which is weighted by the generation mix.
    ///
    /// Source: Lovering et al. 2022, PLOS ONE 17(7), e0270155 (land use per energy of each source).
    package func land(at intensity: LandIntensity) -> Land {
        Land(kilowattHours * intensity.squareMetresPerKilowattHour)
    }
}

/// The sources of a grid's electricity, as shares that sum to 1.
package struct GenerationMix: Sendable {
    private let shares: [(source: String, share: Double)]

    /// Nil when a share is negative or the shares do not sum to 1 within 1 %.
    package init?(_ shares: [String: Double]) {
        let sorted = shares.sorted { $0.key < $1.key }
        let sum = sorted.reduce(0) { $0 + $1.value }
        guard sorted.allSatisfy({ $0.value >= 0 }), abs(sum - 1) <= 0.01 else { return nil }
        self.shares = sorted.map { ($0.key, $0.value / sum) }
    }

    /// F8: an intensity (EWIF, land use) as the mix's mean; nil when a source in use has no value.
    ///
    /// Source: Li et al. 2023, arXiv:2304.03271; land use alike.
    package func mean(of intensities: [String: Double]) -> Double? {
        var sum = 0.0
        for (source, share) in shares where share > 0 {
            guard let intensity = intensities[source] else { return nil }
            sum += share * intensity
        }
        return sum
    }
}
