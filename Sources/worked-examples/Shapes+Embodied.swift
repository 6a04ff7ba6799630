import JouleLifecycle

extension Shapes {
    /// What making a thing took, over its life, for the time reserved (F5).
    static func amortisation(_ inputs: inout Inputs) -> Derivation? {
        guard let making = inputs.number(.mass, ["te"]) else { return nil }
        var derivation = Derivation("making of a thing over its life")
        let total = EmbodiedCarbon(making)
        if let years = inputs.list(.years), let used = inputs.list(.number, ["utilisation"]) {
            let rates = total.sensitivity(lifetimeYears: years.values, utilisation: used.values)
                .map(\.gramsPerHour)
            derivation.give(rates.min(), .massRate, ["best"])
            derivation.give(rates.max(), .massRate, ["worst"])
            return derivation
        }
        guard let lives = lifetimes(&inputs) else { return nil }
        let used = inputs.number(.number, ["utilisation"]) ?? 1
        let reserved = inputs.number(.time)
        func grams(_ hours: Double, of life: Double) -> Double? {
            LifeShare(lifetimeHours: life, reservedHours: hours, utilisation: used)
                .map { total.amortised(over: $0).value }
        }
        let rates = lives.compactMap { life in grams(1, of: life.hours).map { (life.label, $0) } }
        derivation.give(readings: rates, .massRate)
        for (label, rate) in rates where !label.isEmpty {
            derivation.give(rate, .massRate, [label])
        }
        if let reserved {
            let masses = lives.compactMap { life in
                grams(reserved, of: life.hours).map { (life.label, $0) }
            }
            derivation.give(readings: masses, .mass)
            derivation.give(readings: masses, .mass, ["embodied"])
        }
        return derivation
    }

    /// A life in hours; years without a calendar leave two readings.
    private static func lifetimes(_ inputs: inout Inputs) -> [(label: String, hours: Double)]? {
        let calendar = inputs.number(Unit(.time, per: .years))
        guard let years = inputs.number(.years) else {
            return inputs.number(.time, ["life"]).map { [("", $0)] }
        }
        if let calendar { return [("", years * calendar)] }
        return [
            ("365d", years * YearHours.days365), ("360d", years * YearHours.days360),
        ]
    }

    /// Servers and the devices in them, over their life, for hours of devices (F5).
    static func amortisedDevices(_ inputs: inout Inputs) -> Derivation? {
        guard let server = inputs.number(.mass, ["server"]),
            let perServer = inputs.number(Unit(.count, per: .count), ["device", "server"]),
            perServer > 0, let years = inputs.number(.years),
            let hours = inputs.number(.time, ["device"])
        else { return nil }
        let own = inputs.number(.mass, ["device"])
        let used = inputs.number(.number, ["utilisation"]) ?? 1
        let water = inputs.number(Unit(.volume, per: .count), ["device"])
        let life = years * YearHours.days365
        func share(_ reserved: Double, of resources: Double = 1) -> LifeShare? {
            LifeShare(
                lifetimeHours: life,
                reservedHours: reserved,
                resources: resources,
                utilisation: used
            )
        }
        guard let hour = share(1), let all = share(hours),
            let slot = share(hours, of: 1 / perServer)
        else { return nil }
        var derivation = Derivation("making of servers and devices over hours of devices")
        let whole = EmbodiedCarbon(server)
        let ofServers = whole.amortised(over: slot)
        derivation.give(whole.amortised(over: hour).value, .massRate, ["server"])
        derivation.give(ofServers.value, .mass, ["server"])
        // Where devices are not stated apart they are inside the server.
        let device = EmbodiedCarbon(own ?? server / perServer)
        derivation.give(device.value, .massEach, ["device"])
        derivation.give(device.amortised(over: hour).value, .massRate, ["device"])
        let ofDevices = own.map { EmbodiedCarbon($0).amortised(over: all) }
        derivation.give(ofDevices?.value, .mass, ["device"])
        derivation.give((ofServers + (ofDevices ?? .zero)).value, .mass, ["total"])
        derivation.give(water.map { Water($0).amortised(over: all).value }, .volume, ["water"])
        return derivation
    }

    /// A user's own figures of a thing beside the defaults that a program has for it (F5).
    static func replacedDefaults(_ inputs: inout Inputs) -> Derivation? {
        guard let making = inputs.number(.mass, ["user", "embodied"]),
            let life = inputs.number(.time, ["user", "life"]),
            let reserved = inputs.number(.number, ["rr"]),
            let resources = inputs.number(.number, ["tor"]), resources > 0,
            let hours = inputs.number(.time, ["duration"]),
            let defaultMaking = inputs.number(.mass, ["default"]),
            let defaultLife = inputs.number(.time, ["default", "life"]),
            let own = LifeShare(
                lifetimeHours: life,
                reservedHours: hours,
                resources: reserved / resources
            ),
            let assumed = LifeShare(lifetimeHours: defaultLife, reservedHours: hours)
        else { return nil }
        var derivation = Derivation("making of a thing by a user's figures, defaults beside them")
        let grams = EmbodiedCarbon(making).amortised(over: own).value
        derivation.give(grams, .mass, ["embodied"])
        derivation.give(grams, .mass, ["embodied", "from", "user", "inputs"])
        derivation.give(
            EmbodiedCarbon(defaultMaking).amortised(over: assumed).value,
            .mass,
            ["embodied", "from", "defaults"]
        )
        derivation.notes.append("what a user states goes before any default")
        return derivation
    }
}
