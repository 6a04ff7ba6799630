import JouleQuantities

/// F6 for the runs of a summary: grams of CO2e, operational and embodied, for each functional unit.
///
/// Source: SCI (ISO/IEC 21031:2024).
package struct SoftwareScore: Sendable {
    package let unit: FunctionalUnit
    /// O, by the average intensity of the grid; nil where some run's is not known as a point.
    package let operational: CarbonMass<LocationAverage>?
    /// M, of the devices whose making is known; nil when it is of none.
    package let embodied: EmbodiedCarbon?

    init(_ unit: FunctionalUnit, of impact: Impact) {
        self.unit = unit
        operational = impact.carbon?.point
        embodied = impact.embodied?.point
    }

    /// Nil unless both parts are known: one alone is no such score.
    package var gramsPerUnit: Double? {
        guard let operational, let embodied else { return nil }
        return SoftwareCarbon(operational: operational, embodied: embodied).intensity(per: unit)
    }

    /// What it says, for a person.
    package var sentence: String {
        let per = "\(Figure.number(unit.amount)) \(unit.name)"
        guard let operational, let embodied, let score = gramsPerUnit else {
            let missing = [
                operational == nil ? "a region and a PUE" : nil,
                embodied == nil ? "a lifetime of known hardware" : nil,
            ].compactMap(\.self)
            return "SCI for \(per): not known without \(missing.joined(separator: " and "))."
        }
        return "SCI: \(Figure.number(score)) g CO2e for each of \(per) (operational "
            + "\(Figure.number(operational.grams)) g, embodied \(Figure.number(embodied.value)) g)."
    }

    /// The member `sci` of `efficiency` in `Schemas/lifecycle.schema.json`.
    var json: JSON {
        [
            "unit": .string(unit.name),
            "units": .double(unit.amount),
            "operational_g": .orNull(operational?.grams),
            "embodied_g": .orNull(embodied?.value),
            "g_per_unit": .orNull(gramsPerUnit),
        ]
    }
}

/// How far the choice of a life moves the share of making (F5).
struct MakingSensitivity {
    /// Kilograms at one life.
    struct Case {
        let life: (years: Double, utilisation: Double)
        let kilograms: Double
    }

    let cases: [Case]

    /// What studies take: 3 to 6 years, used 30 to 100 % of them.
    private static let years = [3.0, 4, 6]
    private static let utilisation = [0.3, 0.6, 1]

    /// Nil where nothing is known of making.
    init?(of embodied: Estimate<EmbodiedCarbon>?, at life: HardwareLife) {
        guard let grams = embodied?.point else { return nil }
        // Of the whole of each life that was taken a part of, in grams times hours of use.
        let whole = grams.scaled(by: life.years * YearHours.days365 * life.utilisation)
        cases = whole.sensitivity(lifetimeYears: Self.years, utilisation: Self.utilisation).map {
            Case(
                life: ($0.lifetimeYears, $0.utilisation),
                kilograms: $0.gramsPerHour / 1000
            )
        }
    }

    /// What it says, for a person; nil for no carbon.
    var sentence: String? {
        guard let low = cases.map(\.kilograms).min(), let high = cases.map(\.kilograms).max(),
            high > 0
        else { return nil }
        let mass = Scale.mass(upTo: high * 1000)
        return "At 3 to 6 years, used 30 to 100 % of them, making is \(mass.text(low * 1000)) to "
            + "\(mass.text(high * 1000)) \(mass.unit) CO2e."
    }

    var json: JSON {
        .array(
            cases.map {
                [
                    "lifetime_years": .double($0.life.years),
                    "utilisation": .double($0.life.utilisation),
                    "embodied_kg": .double($0.kilograms),
                ]
            }
        )
    }
}
