package import JouleQuantities

extension RunRecord {
    /// How the run's energy is known: the weakest provenance that contributed to it, and `declared`
    /// where no meter saw it; nil where it is not known.
    package var energyProvenance: Provenance? {
        // The statement is then what is told.
        if energy == nil, declared?.energy != nil { return .declared }
        let isKnown = energy != nil || epochs.contains { $0.energy != nil }
        return deviceEnergy.isEmpty
            ? provenance(of: epochs.lazy.flatMap(\.deviceEnergy), isKnown: isKnown)
            : provenance(of: deviceEnergy, isKnown: isKnown)
    }

    /// The same of one of its epochs.
    package func energyProvenance(of epoch: EpochRecord) -> Provenance? {
        // A later record of a live run may know fewer meters than its epoch did.
        let isStated = epoch.energy != nil && epoch.deviceEnergy.isEmpty
        return provenance(of: epoch.deviceEnergy, isKnown: isStated) ?? energyProvenance
    }

    private func provenance(of parts: some Sequence<DeviceEnergy>, isKnown: Bool) -> Provenance? {
        let known = parts.lazy.filter { meters.indices.contains($0.meter) }
        return .ofEnergy(seenBy: known.map { meters[$0.meter].provenance }, isKnown: isKnown)
    }
}

extension Provenance {
    /// Of an energy that these meters saw: the weakest of theirs.
    ///
    /// One that is known though no meter saw it was declared; nil where it is not known.
    package static func ofEnergy(
        seenBy meters: some Sequence<Provenance>,
        isKnown: Bool
    ) -> Provenance? {
        meters.max() ?? (isKnown ? .declared : nil)
    }

    /// Whether the number was computed or stated rather than measured, which readers mark with ≈.
    package var isDoubtful: Bool { self == .model || self == .declared }
}
