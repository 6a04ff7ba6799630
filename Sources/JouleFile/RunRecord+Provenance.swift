package import JouleQuantities

extension RunRecord {
    /// The weakest provenance that contributed to the run's energy; nil when nothing is known of it.
    package var energyProvenance: Provenance? {
        if energy == nil, declared?.energy != nil { return .declared }
        return deviceEnergy.compactMap { item in
            meters.indices.contains(item.meter) ? meters[item.meter].provenance : nil
        }.max()
    }
}

extension Provenance {
    /// Whether the number was computed or stated rather than measured, which readers mark with ≈.
    package var isDoubtful: Bool { self == .model || self == .declared }
}
