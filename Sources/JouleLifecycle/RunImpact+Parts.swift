import JouleFile
package import JouleQuantities

/// What a run's energy is made of.
extension RunImpact {
    /// What meters of components see.
    package enum Component: String, Sendable, CaseIterable {
        case cpu, gpu, ram
    }

    /// This run alone, with what a sum over runs tells.
    package var impact: Impact { Impact(of: [self]) }

    /// The amounts that add up to its energy, those of the facility beside those of the IT in it.
    ///
    /// `source` is what was metered, or says that nothing was.
    package var energyParts:
        [(joules: Double, boundary: Boundary, provenance: Provenance, source: String)]
    {
        energy.parts.map { part in
            (part.joules, part.boundary, part.provenance, part.device?.description ?? "declared")
        }
    }

    /// Share of its time in which its energy was observed, 0…1.
    package var coverage: Double { energy.coverage }

    /// Joules of IT energy by component; nil unless they are all of it.
    package var joulesByComponent: [Component: Double]? {
        var joules: [Component: Double] = [:]
        for part in energy.parts {
            guard part.boundary == .device, let component = part.device?.component else {
                return nil
            }
            joules[component, default: 0] += part.joules
        }
        return joules.isEmpty ? nil : joules
    }

    /// What was read, or computed, of a component whose energy is counted, each source once.
    package func sources(of component: Component) -> [String] {
        let counted = Set(energy.parts.compactMap(\.device))
        let meters = run.meters.filter {
            $0.device.component == component && counted.contains($0.device)
        }
        return Set(meters.map(\.source)).sorted()
    }

    /// Grams per kWh of facility energy that its location-based carbon comes to; nil where nobody
    /// knows the region.
    package var gramsPerKilowattHour: Double? {
        guard let timed, let carbon = timed.carbon?.point, let facility = facility?.point,
            facility > .zero
        else { return site.grid?.value }
        return carbon.grams / facility.kilowattHours
    }

    /// What lies between the run's IT and its facility energy; nil where one of them is not known,
    /// or no facility has such a PUE.
    package var pue: PUE? {
        guard let it = it?.point?.joules, let facility = facility?.point?.joules else { return nil }
        if needsPUE { return site.pue.point }
        let isMeteredTwice = energy.parts.contains { $0.boundary != .facility }
        return isMeteredTwice ? PUE(facility / it) : energy.statedPUE ?? site.pue.point
    }
}

extension DeviceID {
    /// The component that it names, as the meters of this library are called.
    var component: RunImpact.Component? {
        let name = description.lowercased()
        if name.hasPrefix("gpu") { return .gpu }
        if name.hasPrefix("ram") || name.hasSuffix("/dram") { return .ram }
        return name.hasPrefix("cpu") ? .cpu : nil
    }
}
