import JouleLifecycle
import JouleQuantities

extension Shapes {
    /// Lists of hours and carbon beside stated totals, stages without carbon, and inherited carbon.
    static func partsAndTotals(_ inputs: inout Inputs) -> Derivation? {
        let masses = inputs.lists(.mass)
        let times = inputs.lists(.time)
        guard !masses.isEmpty || !times.isEmpty else { return nil }
        var derivation = Derivation("parts and totals")
        let grams: Double? =
            masses.isEmpty ? publishedParts(inputs) : masses.flatMap(\.values).reduce(0, +)
        let hours = times.flatMap(\.values).reduce(0, +)
        derivation.give(grams, .mass, ["total"])
        if !times.isEmpty {
            derivation.give(hours, .time, ["total"])
            derivation.give(hours, .time, ["total", "device"])
        }
        checkTotal(grams, .mass, &inputs, &derivation)
        checkTotal(times.isEmpty ? nil : hours, .time, &inputs, &derivation)
        let cumulative = inputs.number(.time, ["cumulative"])
        let teachers = inputs.numbers(.mass, ["teachers"])
        if !teachers.isEmpty {
            derivation.notes.append("what teachers cost is inherited, and no part of the total")
        }
        let alone = inputs.numbers(.time)
        if let watts = inputs.number(.power) {
            giveUses(times, watts, &derivation)
            let elsewhere = facility(watts, hours)
            for stage in alone {
                derivation.remark(
                    Anomalies.withoutCarbon(
                        facility(watts, stage.value ?? 0),
                        gramsElsewhere: grams ?? 0,
                        of: elsewhere,
                        at: stage.path
                    )
                )
            }
        }
        if let cumulative {
            derivation.remark(
                Anomalies.parts(
                    alone.compactMap(\.value).reduce(hours, +),
                    total: cumulative,
                    unit: "h",
                    tolerance: Plausible.printedSumTolerance,
                    at: "cumulative hours"
                )
            )
        }
        return derivation
    }

    /// Published masses that are no total, where the inputs list none.
    private static func publishedParts(_ inputs: Inputs) -> Double? {
        let parts = inputs.published.filter {
            $0.name.unit == .mass && !$0.name.words.contains("total")
        }
        return parts.isEmpty ? nil : parts.flatMap(\.values).reduce(0, +)
    }

    private static func checkTotal(
        _ sum: Double?,
        _ unit: Unit,
        _ inputs: inout Inputs,
        _ derivation: inout Derivation
    ) {
        guard let sum, let total = inputs.take(unit, ["total"]), let stated = total.value else {
            return
        }
        derivation.give(stated - sum, unit, ["missing"])
        derivation.remark(
            Anomalies.parts(
                unit == .mass ? sum / 1e6 : sum,
                total: unit == .mass ? stated / 1e6 : stated,
                unit: unit == .mass ? "t" : "h",
                tolerance: Plausible.printedSumTolerance,
                at: total.path
            )
        )
    }

    private static func giveUses(_ times: [Stated], _ watts: Double, _ derivation: inout Derivation)
    {
        derivation.remark(Anomalies.power(wattsPerDevice: watts, at: "power"))
        for list in times {
            let hours = list.values.reduce(0, +)
            let words = list.name.words.subtracting(["device", "listed", "parts", "runs"])
            if !words.isEmpty {
                derivation.give(hours, .time, words)
                derivation.use(facility(watts, hours), words)
            }
        }
        let all = times.flatMap(\.values).reduce(0, +)
        derivation.use(facility(watts, all), ["total"])
    }

    /// Nothing is said of a facility: its energy is what its devices take.
    private static func facility(_ watts: Double, _ hours: Double) -> EnergyFacility {
        EnergyIT(power: Power(watts: watts), hours: hours).facility(pue: .lowest)
    }

    /// Parts of a life, each with its own word, in carbon or in water.
    static func lifecycleSum(_ inputs: inout Inputs) -> Derivation? {
        let masses = inputs.numbers(.mass)
        let volumes = inputs.numbers(.volume)
        guard masses.count > 1 else { return nil }
        var derivation = Derivation("parts of a life and their sum")
        let grams = masses.compactMap(\.value).reduce(0, +)
        derivation.give(grams, .mass, ["total"])
        for part in masses where grams > 0 {
            derivation.give(
                (part.value ?? 0) / grams,
                .number,
                part.name.words.union(["shares"])
            )
        }
        if !volumes.isEmpty {
            derivation.give(volumes.compactMap(\.value).reduce(0, +), .volume, ["total"])
        }
        return derivation
    }

    /// Rates of several things at several times, and how they are put together.
    static func rates(_ inputs: inout Inputs) -> Derivation? {
        let rows = inputs.lists(.number)
        guard rows.count > 1, let times = rows.first?.values.count, times > 0,
            rows.allSatisfy({ $0.values.count == times }),
            let method = inputs.labels["method"], method == "avg/avg"
        else { return nil }
        var derivation = Derivation("rates of components over time, averaged")
        let overTime = rows.compactMap { Series.mean($0.values) }
        for (index, mean) in overTime.enumerated() {
            derivation.give(mean, .number, ["h\(index + 1)"])
        }
        derivation.give(
            (0..<times).compactMap { time in Series.mean(rows.map { $0.values[time] }) },
            .number,
            ["v"]
        )
        derivation.give(Series.mean(overTime), .number, ["all"])
        return derivation
    }

    /// Shares of several wholes: each list's sum.
    static func listsOfShares(_ inputs: inout Inputs) -> Derivation? {
        let lists = inputs.lists(.number)
        guard !lists.isEmpty, inputs.labels["method"] == nil else { return nil }
        var derivation = Derivation("lists of shares")
        derivation.give(lists.map { $0.values.reduce(0, +) }, .number, ["sums"])
        return derivation
    }

    /// Several impacts of one use; totals beside them are of another boundary.
    static func disclosure(_ inputs: inout Inputs) -> Derivation? {
        let impacts = [Dimension.mass, .volume, .antimony].flatMap {
            inputs.numbers(Unit($0, per: .count))
        }
        guard impacts.count > 1 else { return nil }
        var derivation = Derivation("several impacts of one use")
        derivation.isDisclosure = true
        derivation.notes.append(
            "impacts of one use and of a whole life are separate; no formula divides one by the other"
        )
        return derivation
    }
}
