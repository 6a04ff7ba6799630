import JouleLifecycle

extension Shapes {
    /// Carbon of a training and of a batch of uses (F11).
    static func breakEven(_ inputs: inout Inputs) -> Derivation? {
        guard let training = inputs.number(.mass, ["training"]),
            let batch = inputs.number(.mass, ["batch"]), let uses = inputs.number(.count, ["batch"])
        else { return nil }
        var derivation = Derivation("carbon of a training and of a batch: break-even")
        derivation.give(
            BreakEven.uses(
                training: CarbonMass<LocationAverage>(grams: training),
                batch: CarbonMass<LocationAverage>(grams: batch),
                usesPerBatch: uses,
                amount: \.grams
            ),
            .count,
            ["inference"]
        )
        return derivation
    }

    /// What a search cost, and what its result saved (F11).
    static func payback(_ inputs: inout Inputs) -> Derivation? {
        let masses = inputs.numbers(.mass)
        guard masses.count == 2,
            let cost = masses.first(where: { $0.name.spelled.contains("cost") })?.value,
            let saving = masses.first(where: { $0.name.words.contains("saving") })?.value
        else { return nil }
        var derivation = Derivation("cost of a search and what it saved")
        derivation.give(
            BreakEven.payback(
                cost: CarbonMass<LocationAverage>(grams: cost),
                saving: CarbonMass<LocationAverage>(grams: saving)
            ),
            .number,
            ["ratio"]
        )
        return derivation
    }

    /// Two figures for one thing: they share a word that says what it is.
    static func twoEstimates(_ inputs: inout Inputs) -> Derivation? {
        let masses = inputs.numbers(.mass)
        guard masses.count == 2, let first = masses[0].value, let second = masses[1].value,
            !masses[0].name.words.isDisjoint(with: masses[1].name.words), second > 0
        else { return nil }
        var derivation = Derivation("two estimates of one thing")
        derivation.give(first / second, .number, ["ratio"])
        return derivation
    }

    /// Carbon for so many of something (F6).
    static func functionalUnit(_ inputs: inout Inputs) -> Derivation? {
        let total = inputs.number(.mass, ["total"])
        let operational = inputs.number(.mass, ["operational"])
        let embodied = inputs.number(.mass, ["embodied"])
        guard (total == nil) != (operational == nil),
            let served = inputs.take(.count), let amount = served.value
        else { return nil }
        var derivation = Derivation("carbon for functional units")
        let carbon = SoftwareCarbon(
            operational: CarbonMass<LocationAverage>(grams: total ?? operational ?? 0),
            embodied: EmbodiedCarbon(embodied ?? 0)
        )
        let words = served.name.words
        let each = carbon.intensity(
            per: FunctionalUnit(amount, words.sorted().joined(separator: " "))
        )
        derivation.give(each, .massEach, words)
        // A name such as "per million" leaves the unit to the case's only one.
        derivation.give(each, .massEach)
        return derivation
    }

    /// Energy of a part of a run, carried on to the whole, over a range of intensities.
    static func extrapolation(_ inputs: inout Inputs) -> Derivation? {
        guard let part = inputs.number(.energy, ["partial"]),
            let time = inputs.number(.time, ["partial"]),
            let whole = inputs.number(.time, ["full"]),
            let full = Series.extrapolated(part, over: time, to: whole)
        else { return nil }
        var derivation = Derivation("part of a run, carried on to the whole")
        let facility = EnergyFacility(kilowattHours: full)
        derivation.give(full, .energy, ["full"])
        // Grams beside an energy and nothing else are grams per kWh.
        let limits = ["min", "max"].compactMap {
            inputs.number(.intensity, [$0]) ?? inputs.number(.mass, [$0])
        }
        derivation.give(
            limits.map {
                facility.carbon(
                    at: GridIntensity<LocationAverage>(gramsPerKilowattHour: $0)
                ).grams
            },
            .mass
        )
        return derivation
    }

    /// Carbon of one job by the time at which it starts.
    static func flexibleStart(_ inputs: inout Inputs) -> Derivation? {
        guard let starts = inputs.list(.mass),
            starts.name.words.isDisjoint(with: ["parts", "listed", "runs"]),
            let high = starts.values.max(), let low = starts.values.min(), low > 0
        else { return nil }
        var derivation = Derivation("carbon by time of start")
        derivation.give(Series.increaseOverBest(starts.values), .number, ["max", "increase"])
        derivation.give(high / low - 1, .number, ["max", "over", "min"])
        return derivation
    }

    /// Hours of devices by stage, beside prices and a tariff (F9, F10).
    static func labelledHours(_ inputs: inout Inputs) -> Derivation? {
        let stages = inputs.numbers(.time, ["device"])
        guard stages.count > 1 else { return nil }
        var derivation = Derivation("hours of devices by stage, priced")
        for word in ["low", "high"] {
            guard let price = inputs.number(.price, [word]) else { continue }
            for stage in stages {
                let hours = DeviceHours(stage.value ?? 0)
                let cost = Money.rent(hours, pricePerHour: Money(price, "USD"))
                derivation.give(cost.amount, .money, label(stage).union([word]))
            }
        }
        if let tariff = inputs.number(.tariff) {
            derivation.tariffPerKWh = Money(tariff, "USD")
            derivation.billed = stages.map { (label($0), DeviceHours($0.value ?? 0)) }
        }
        let hours = stages.compactMap(\.value)
        if let selected = hours.min(), let all = hours.max(), selected > 0 {
            derivation.give(
                Efficiency.overhead(selected: selected, all: all),
                .number,
                ["redundant", "share"]
            )
            derivation.give(all / selected, .number, ["rnd", "to", "ratio"])
        }
        return derivation
    }

    private static func label(_ stage: Stated) -> Set<String> {
        stage.name.words.subtracting(["device"])
    }
}
