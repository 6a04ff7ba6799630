/// What a score is per: so many of one thing.
package struct FunctionalUnit: Sendable, Hashable {
    package let name: String
    package let amount: Double

    /// Nil when there are none, or no number of them.
    package init?(_ amount: Double?, _ name: String) {
        guard let amount, amount > 0, amount.isFinite else { return nil }
        self.name = name
        self.amount = amount
    }
}

/// One component's software carbon intensity: operational and embodied carbon for R functional units.
///
/// Offsets have no place in it: SCI knows no reduction by what happens elsewhere.
package struct SoftwareCarbon<Signal: CarbonSignal>: Sendable {
    package var operational: CarbonMass<Signal>
    package var embodied: EmbodiedCarbon

    package init(operational: CarbonMass<Signal>, embodied: EmbodiedCarbon) {
        self.operational = operational
        self.embodied = embodied
    }

    /// O + M in grams.
    package var grams: Double { operational.grams + embodied.value }

    /// F6: SCI = (ΣO + ΣM) / R in grams per unit; nil where R is missing or zero.
    ///
    /// Source: SCI (ISO/IEC 21031:2024).
    package func intensity(per unit: FunctionalUnit?) -> Double? {
        unit.map { grams / $0.amount }
    }

    /// F6 over components, which add only where R is identical; nil otherwise.
    package static func intensity(
        of components: [(carbon: SoftwareCarbon, unit: FunctionalUnit?)]
    ) -> Double? {
        guard let first = components.first?.unit, components.allSatisfy({ $0.unit == first })
        else { return nil }
        return components.reduce(0) { $0 + $1.carbon.grams } / first.amount
    }
}

extension CarbonMass {
    /// F14: g/exaFLOP = C / FLOP · 1e18; nil without operations.
    ///
    /// Source: Schneider et al. 2025, Life-Cycle Emissions of AI Hardware (compute carbon intensity),
    /// arXiv:2502.01671.
    package func gramsPerExaFLOP(of operations: Double) -> Double? {
        operations > 0 ? grams / operations * 1e18 : nil
    }
}
