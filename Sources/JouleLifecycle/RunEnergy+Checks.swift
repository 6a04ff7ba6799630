import JouleFile
import JouleQuantities

extension RunEnergy {
    /// Raises what cannot be true of the energy that was found.
    mutating func check(_ run: RunFacts) {
        checkParts(run)
        checkPower(run)
        checkDeclared(run)
    }

    private mutating func checkParts(_ run: RunFacts) {
        let epochs = run.epochs.joules ?? 0
        if let total = run.energy?.joules, EnergyCheck.isAbove(epochs, total: total) {
            remark(
                "parts_vs_total",
                run,
                "its epochs sum to \(Figure.number(epochs)) J, the run to \(Figure.number(total)) J"
            )
        }
        if let total = run.energy?.joules, parts.first?.provenance != .declared,
            !parts.isEmpty, EnergyCheck.isApart(joules, total: total)
        {
            remark(
                "parts_vs_total",
                run,
                "its meters sum to \(Figure.number(joules)) J, the run to \(Figure.number(total)) J"
            )
        }
    }

    private mutating func checkPower(_ run: RunFacts) {
        guard !parts.isEmpty, let seconds = run.seconds, seconds > 0 else { return }
        let watts = joules / seconds
        if EnergyCheck.isTooMuch(watts, run.worldSize) {
            remark(
                "implausible_power",
                run,
                "\(Figure.number(joules)) J in \(Figure.number(seconds)) s is \(Figure.number(watts)) W"
            )
        }
        if joules == 0, seconds >= 1 {
            remark(
                "implausible_power",
                run,
                "0 J in \(Figure.number(seconds)) s: a meter stood still"
            )
        }
    }

    private mutating func checkDeclared(_ run: RunFacts) {
        guard let declared = run.declared else { return }
        let watts =
            declared.averagePower?.watts
            ?? declared.deviceHours.flatMap { hours in
                declared.energy.flatMap { hours > 0 ? $0.kilowattHours * 1000 / hours : nil }
            }
        let location = "run \(run.id), declared"
        if let watts, declared.deviceHours != nil {
            remark(Anomalies.power(wattsPerDevice: watts, at: location))
        }
        if let carbon = declared.extra["carbon_kg"]?.double, let energy = declaredJoules(run) {
            // A declaration need not say its side; the limits are far wider than any PUE.
            let facility = EnergyFacility(joules: energy)
            remark(Anomalies.intensity(grams: carbon * 1000, of: facility, at: location))
        }
        if let own = parts.first, own.provenance != .declared, let stated = declaredJoules(run),
            !(0.5...2).contains(stated / joules)
        {
            remark(
                "declared_vs_measured",
                run,
                "declares \(Figure.number(stated)) J, its meters saw \(Figure.number(joules)) J"
            )
        }
    }

    private func declaredJoules(_ run: RunFacts) -> Double? {
        var alone = RunEnergy()
        alone.useDeclared(run)
        return alone.parts.first.flatMap { $0.joules > 0 ? $0.joules : nil }
    }
}

/// When amounts of energy cannot be right.
enum EnergyCheck {
    private static let limit = 1 + Plausible.partsTolerance

    /// Of the parts of a total.
    static func isAbove(_ parts: Double, total: Double) -> Bool {
        total >= 0 && parts > total * limit
    }

    /// Of a total that two ways tell.
    static func isApart(_ joules: Double, total: Double) -> Bool {
        total > 0 && !(total / limit...total * limit).contains(joules)
    }

    static func isTooMuch(_ watts: Double, _ worldSize: Int?) -> Bool {
        watts > Plausible.hostWattsMax * Double(max(1, worldSize ?? 1))
    }

    /// Whether anything is to be said of the energy that the meters of a run saw, which must be some,
    /// in a time that must be some.
    static func isOdd(
        _ run: RunFacts,
        joules: Double,
        seconds: Double,
        _ worldSize: Int?
    ) -> Bool {
        if isTooMuch(joules / seconds, worldSize) { return true }
        guard let total = run.energy?.joules else { return false }
        return isAbove(run.epochs.joules ?? 0, total: total) || isApart(joules, total: total)
    }
}
