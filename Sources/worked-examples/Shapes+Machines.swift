import JouleLifecycle
import JouleQuantities

extension Shapes {
    /// Energy metered before and behind the power supplies, over time, on so many devices.
    static func directAndAlternating(_ inputs: inout Inputs) -> Derivation? {
        guard let direct = inputs.number(.energy, ["dc"]),
            let alternating = inputs.number(.energy, ["ac"]),
            let hours = inputs.number(.time), hours > 0,
            let devices = inputs.number(.count, ["device"]), devices > 0
        else { return nil }
        var derivation = Derivation("energy on the DC and the AC side over time")
        let watts = EnergyIT(kilowattHours: direct).kilowattHours * 1000 / hours
        derivation.give(direct, .energy)
        derivation.give(watts, .power)
        derivation.give(watts / devices, Unit(.power, per: .count), ["device"])
        derivation.give(direct > 0 ? alternating / direct : nil, .number, ["ac", "over", "dc"])
        derivation.remark(Anomalies.power(wattsPerDevice: watts / devices, at: "energy over time"))
        if alternating < direct {
            derivation.remark(
                Remark("parts_vs_total", at: "AC side", "it is less than the DC side inside it")
            )
        }
        return derivation
    }

    /// A power curve over utilisation, a share of a machine, a network, and the machine's making (F5, F6).
    static func pipeline(_ inputs: inout Inputs) -> Derivation? {
        guard let utilisation = inputs.number(.number, ["cpu", "utilisation"]),
            let xs = inputs.list(.number, ["curve", "x"]),
            let ys = inputs.list(.number, ["curve", "y"]),
            let factor = Series.interpolated(at: utilisation * 100, xs: xs.values, ys: ys.values),
            let watts = inputs.number(.power),
            let hours = inputs.number(.time, ["duration"]),
            let total = inputs.number(.count, ["vcpu", "total"]), total > 0,
            let allocated = inputs.number(.count, ["vcpu", "allocated"]),
            let network = inputs.number(.energy, ["network"]),
            let intensity = inputs.number(.intensity),
            let making = inputs.number(.mass, ["te"]),
            let life = inputs.number(.time, ["life"]),
            let share = LifeShare(lifetimeHours: life, reservedHours: hours)
        else { return nil }
        var derivation = Derivation("power curve, share of a machine and its making: SCI")
        let machine = EnergyIT(power: Power(watts: watts * factor), hours: hours)
        let energy = machine.scaled(by: allocated / total) + EnergyIT(kilowattHours: network)
        // Nothing is said of a facility: its energy is what its machines take.
        let facility = energy.facility(pue: .lowest)
        let carbon = SoftwareCarbon(
            operational: facility.carbon(
                at: GridIntensity<LocationAverage>(gramsPerKilowattHour: intensity)
            ),
            embodied: EmbodiedCarbon(making).amortised(over: share)
        )
        derivation.give(energy.kilowattHours, .energy)
        derivation.give(carbon.operational.grams, .mass, ["operational"])
        derivation.give(carbon.embodied.value, .mass, ["embodied"])
        derivation.give(
            carbon.intensity(per: FunctionalUnit(1, "observation")),
            .mass,
            ["sci"]
        )
        derivation.use(facility, ["operational"])
        return derivation
    }
}
