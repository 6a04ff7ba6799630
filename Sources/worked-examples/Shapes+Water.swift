import JouleLifecycle

extension Shapes {
    /// IT energy of a training and of one request, WUE and EWIF (F7).
    static func waterOfTrainingAndRequests(_ inputs: inout Inputs) -> Derivation? {
        guard let training = inputs.number(.energy, ["it"]),
            let request = inputs.number(.energy, ["request"]),
            let onSite = inputs.number(.waterIntensity, ["wue"]),
            let offSite = inputs.number(.waterIntensity, ["ewif"]),
            let pue = inputs.number(.number, ["facility"]).flatMap({ PUE($0) })
        else { return nil }
        var derivation = Derivation("water on and off site of a training and a request")
        for (word, kilowattHours) in [("training", training), ("request", request)] {
            let it = EnergyIT(kilowattHours: kilowattHours)
            let here = it.water(at: WaterIntensity(litresPerKilowattHour: onSite))
            let there = it.facility(pue: pue).water(
                at: WaterIntensity(litresPerKilowattHour: offSite)
            )
            let total = here + there
            derivation.give(here.value, .volume, [word, "onsite"])
            derivation.give(there.value, .volume, [word, "offsite"])
            derivation.give(total.value, .volume, [word, "total"])
            if word == "request", total.value > 0 {
                derivation.give(1 / total.value, Unit(.count, per: .volume), ["request"])
            }
        }
        return derivation
    }
}
