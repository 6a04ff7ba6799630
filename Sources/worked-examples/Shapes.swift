/// The shapes of inputs that are known, the more particular first.
///
/// A shape takes inputs by unit and role. It is the case's shape when it finds what it needs and
/// nothing is left over; names of cases, sources and kinds are never seen here.
enum Shapes {
    typealias Reading = @Sendable (inout Inputs) -> Derivation?

    static let all: [Reading] = [
        waterOfTrainingAndRequests, directAndAlternating, pipeline, replacedDefaults,
        amortisation, amortisedDevices, breakEven, payback, twoEstimates, functionalUnit,
        extrapolation, flexibleStart, partsAndTotals, lifecycleSum, rates, listsOfShares,
        labelledHours, disclosure, operation,
    ]

    /// What the formulae give for the case's inputs; nil for an unknown shape.
    static func derivation(for inputs: Inputs) -> Derivation? {
        for shape in all {
            var taken = inputs
            if let derivation = shape(&taken), taken.isEmpty { return derivation }
        }
        return nil
    }
}

extension Unit {
    static let power = Unit(.power)
    static let time = Unit(.time)
    static let years = Unit(.years)
    static let energy = Unit(.energy)
    static let mass = Unit(.mass)
    static let volume = Unit(.volume)
    static let money = Unit(.money)
    static let count = Unit(.count)
    static let number = Unit(.number)
    static let intensity = Unit(.mass, per: .energy)
    static let massRate = Unit(.mass, per: .time)
    static let massEach = Unit(.mass, per: .count)
    static let waterIntensity = Unit(.volume, per: .energy)
    static let price = Unit(.money, per: .time)
    static let tariff = Unit(.money, per: .energy)
}
