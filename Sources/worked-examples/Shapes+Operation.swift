import JouleLifecycle
import JouleQuantities

extension Shapes {
    /// Power over time, or stated energies; then PUE, intensities, prices, water and what it served.
    static func operation(_ inputs: inout Inputs) -> Derivation? {
        var derivation = Derivation("power and time, or energy, through PUE and intensity")
        guard let use = DeviceUse(&inputs, &derivation) else { return nil }
        guard let site = Site(use, &inputs, &derivation) else { return derivation }
        site.giveEnergy(&derivation)
        site.giveCarbon(&inputs, &derivation)
        site.giveWater(&inputs, &derivation)
        use.giveCost(&inputs, &derivation)
        return derivation
    }
}

/// What devices used, before the PUE, and for how long.
private struct DeviceUse {
    /// Nil where only the facility's energy is stated.
    var it: EnergyIT?
    var parts: [Stated] = []
    var hours: Double?
    var devices: Double?
    var deviceHours: DeviceHours?

    init?(_ inputs: inout Inputs, _ derivation: inout Derivation) {
        let counted = inputs.number(.count, ["device"])
        devices = counted ?? inputs.devicesInLabel
        let power = inputs.take(Unit(.power, per: .count), ["device"]) ?? inputs.take(.power)
        let time = inputs.take(.time)
        hours = time?.values.first
        let isDeviceTime = time?.name.words.contains("device") == true
        if let hours {
            deviceHours =
                isDeviceTime
                ? DeviceHours(devices: counted ?? 1, hours: hours)
                : devices.map { DeviceHours(devices: $0, hours: hours) }
        }
        if let watts = power?.values.first {
            guard let hours else { return nil }
            let isSum = power?.name.words.contains("all") == true
            let factor = isSum ? 1 : isDeviceTime ? counted ?? 1 : devices ?? 1
            let load = inputs.number(.number, ["load", "factor"]) ?? 1
            it = EnergyIT(power: Power(watts: watts * factor * load), hours: hours)
            if isDeviceTime || devices != nil {
                derivation.remark(
                    Anomalies.power(
                        wattsPerDevice: isSum ? watts / (devices ?? 1) : watts,
                        at: "power"
                    )
                )
            }
            if isDeviceTime, counted != nil {
                derivation.notes.append(
                    "hours of devices times devices: the devices may be counted twice"
                )
            }
        } else {
            parts = inputs.numbers(.energy)
            if parts.isEmpty {
                let isOpen = inputs.takeMissing(.energy) || isDeviceTime
                guard isOpen, inputs.published.contains(where: Site.isEnergyOfAll) else {
                    return nil
                }
            } else {
                it = parts.reduce(.zero) {
                    $0 + EnergyIT(kilowattHours: $1.values.first ?? 0)
                }
            }
            if let it, let deviceHours, deviceHours.hours > 0 {
                let perHour = it.kilowattHours / deviceHours.hours
                derivation.give(perHour, Unit(.energy, per: .time), ["device"])
                derivation.remark(
                    Anomalies.power(wattsPerDevice: perHour * 1000, at: "energy over time")
                )
            }
        }
        derivation.give(deviceHours?.hours, .time, ["device"])
        derivation.give(deviceHours?.hours, .time, ["device", "total"])
        derivation.give(deviceHours?.hours, .time, ["total"])
        if let it, let hours, hours > 0 { derivation.give(it.kilowattHours * 1000 / hours, .power) }
    }

    func giveCost(_ inputs: inout Inputs, _ derivation: inout Derivation) {
        for word in ["low", "high"] {
            guard let deviceHours, let price = inputs.number(.price, [word]) else { continue }
            let cost = Money.rent(deviceHours, pricePerHour: Money(price, "USD"))
            derivation.give(cost.amount, .money, [word])
        }
    }
}

/// A use inside a facility.
private struct Site {
    let use: DeviceUse
    let it: EnergyIT
    let facility: EnergyFacility
    let hasPUE: Bool

    /// Nil, with a remark, where no facility has the stated PUE.
    init?(_ use: DeviceUse, _ inputs: inout Inputs, _ derivation: inout Derivation) {
        let stated = inputs.number(.number, ["facility"])
        guard let pue = PUE(stated ?? 1) else {
            derivation.remark(
                Remark("implausible_pue", at: "pue", "no facility has a PUE of \(stated ?? 1)")
            )
            return nil
        }
        self.use = use
        hasPUE = stated != nil
        if let it = use.it {
            (self.it, facility) = (it, it.facility(pue: pue))
        } else {
            let published = inputs.published.first(where: Site.isEnergyOfAll)
            guard let published, let kilowattHours = published.value else { return nil }
            facility = EnergyFacility(kilowattHours: kilowattHours)
            it = facility.it(pue: pue)
            derivation.taken = published.path
            derivation.notes.append(
                "\(published.path): the inputs state no energy; the rest is computed from it"
            )
            if let hours = use.deviceHours?.hours, hours > 0 {
                let watts = it.kilowattHours * 1000 / hours
                derivation.remark(Anomalies.power(wattsPerDevice: watts, at: published.path))
            }
        }
        derivation.use(facility)
    }

    /// Whether a published figure is the energy of all that a case is about.
    static func isEnergyOfAll(_ published: Stated) -> Bool {
        published.name.unit == .energy && published.name.words.isSubset(of: ["facility"])
    }

    func giveEnergy(_ derivation: inout Derivation) {
        derivation.give(facility.kilowattHours, .energy, ["facility"])
        derivation.give(it.kilowattHours, .energy, ["it"])
        // A name without a side leaves open whether the PUE is inside.
        derivation.give(
            readings: hasPUE
                ? [("facility", facility.kilowattHours), ("IT", it.kilowattHours)]
                : [("", it.kilowattHours)],
            .energy
        )
        guard use.parts.count > 1, facility.joules > 0 else { return }
        let shares = use.parts.map { ($0.value ?? 0) / facility.kilowattHours }
        // A part of one digit leaves its share of a small total wide open.
        let leeway = use.parts.map {
            PrintedNumber($0.printed($0.value ?? 0)).halfUnit * $0.name.scale
                / facility.kilowattHours
        }
        let overhead = hasPUE ? [1 - it.kilowattHours / facility.kilowattHours] : []
        derivation.give(
            shares + overhead,
            .number,
            ["shares"],
            leeway: leeway + overhead.map { _ in leeway.reduce(0, +) }
        )
    }

    func giveCarbon(_ inputs: inout Inputs, _ derivation: inout Derivation) {
        func carbon<Signal>(_ grams: Double?, _: Signal.Type) -> CarbonMass<Signal>? {
            grams.map {
                facility.carbon(at: GridIntensity<Signal>(gramsPerKilowattHour: $0))
            }
        }
        let location = inputs.number(.intensity, ["location"])
        let market = inputs.number(.intensity, ["market"])
        let low = inputs.number(.intensity, ["min"])
        let high = inputs.number(.intensity, ["max"])
        let plain = inputs.number(.intensity)
        let average = carbon(location ?? plain, LocationAverage.self)
        let contractual = carbon(market ?? plain, MarketBased.self)
        let embodied = inputs.number(.mass, ["embodied"]) ?? 0
        derivation.give(average?.grams, .mass, ["location"])
        derivation.give(contractual?.grams, .mass, ["market"])
        // One intensity alone is what an unqualified figure goes by.
        let isAmbiguous = location != nil && market != nil
        let only = isAmbiguous ? nil : (average?.grams ?? contractual?.grams).map { $0 + embodied }
        derivation.give(only, .mass)
        derivation.give(only, .mass, ["total"])
        let limits = [carbon(low, LocationAverage.self), carbon(high, LocationAverage.self)]
            .compactMap { $0?.grams }
        derivation.give(limits.first, .mass, ["min"])
        derivation.give(limits.count > 1 ? limits[1] : nil, .mass, ["max"])
        if let operations = inputs.number(.count, ["flop"]) {
            derivation.give(
                average?.gramsPerExaFLOP(of: operations).map { $0 / 1e18 },
                .massEach,
                ["flop", "location"]
            )
        }
        let stated = inputs.take(.mass)?.value
        if let stated {
            derivation.give(stated / facility.kilowattHours, .intensity)
            derivation.remark(
                Anomalies.intensity(grams: stated, of: facility, at: "stated carbon")
            )
        }
        if let hours = use.hours, hours > 0 {
            derivation.give((only ?? stated).map { $0 / hours }, .massRate)
        }
        for served in inputs.numbers(.count) {
            guard let amount = served.value,
                let unit = FunctionalUnit(amount, served.name.words.sorted().joined())
            else { continue }
            derivation.give(
                it.kilowattHours / unit.amount,
                Unit(.energy, per: .count),
                served.name.words
            )
            derivation.give(only.map { $0 / unit.amount }, .massEach, served.name.words)
        }
    }

    func giveWater(_ inputs: inout Inputs, _ derivation: inout Derivation) {
        guard let intensity = inputs.take(.waterIntensity), let litres = intensity.value else {
            return
        }
        // A WUE is per IT energy by definition; one that includes generation is per facility energy.
        let water =
            intensity.name.words.contains("total")
            ? facility.water(at: WaterIntensity(litresPerKilowattHour: litres))
            : it.water(at: WaterIntensity(litresPerKilowattHour: litres))
        derivation.give(water.value, .volume)
        derivation.give(water.value, .volume, ["water"])
    }
}
