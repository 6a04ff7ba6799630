extension Array where Element == MeterDescription {
    /// Indices of the meters whose energies add up to the total, each joule counted once.
    ///
    /// See `additive(observed:)`; this takes every meter as observed.
    package var additive: [Int] { additive { _ in true } }

    /// Indices of the observed meters whose energies add up to the total, each joule counted once.
    ///
    /// A meter adds unless an observed meter encloses it (core in package, package and dram in
    /// psys), or reads the same physical meter as an earlier one. Energies of different boundaries
    /// never add: the widest boundary that has a meter is taken, because it holds the others.
    /// A meter without a value counts as absent, so that what it encloses stands in for it.
    package func additive(observed: (Int) -> Bool) -> [Int] {
        let present = indices.filter(observed)
        let widest = present.map { self[$0].boundary.width }.max()
        let places = Dictionary(
            present.map { (self[$0].device, $0) },
            uniquingKeysWith: { first, _ in first }
        )
        var identities = Set<String>()
        return present.filter { index in
            guard self[index].boundary.width == widest, !isEnclosed(index, places) else {
                return false
            }
            guard let identity = self[index].identity else { return true }
            return identities.insert(identity).inserted
        }
    }

    /// The energy of all additive meters over one window, or nil when no meter observed anything.
    ///
    /// `values[i]` belongs to the meter at index `i`; a missing value is not observed. Coverage is
    /// the least of the parts, doubts are united, and uncertainties add linearly, because errors of
    /// one kind of meter on one machine go the same way.
    package func total(of values: [MeasuredEnergy?]) -> MeasuredEnergy? {
        let parts = additive { values.indices.contains($0) && values[$0] != nil }
            .compactMap { values[$0] }
        guard var sum = parts.first else { return nil }
        for part in parts.dropFirst() {
            sum.energy += part.energy
            sum.coverage = Swift.min(sum.coverage, part.coverage)
            sum.flags.formUnion(part.flags)
        }
        sum.uncertaintyRelative = Self.uncertainty(of: parts, total: sum.energy)
        return sum
    }

    /// Whether a meter in `places` encloses the one at `index`, directly or through meters that
    /// are described but were not observed.
    private func isEnclosed(_ index: Int, _ places: [DeviceID: Int]) -> Bool {
        var seen: Set<DeviceID> = [self[index].device]
        var parent = self[index].enclosedBy
        // A description from outside may name itself or a cycle; each name is followed once.
        while let device = parent, seen.insert(device).inserted {
            if places[device] != nil { return true }
            parent = first { $0.device == device }?.enclosedBy
        }
        return false
    }

    private static func uncertainty(of parts: [MeasuredEnergy], total: Energy) -> Double? {
        guard parts.count > 1 else { return parts.first?.uncertaintyRelative }
        guard total.joules > 0 else { return nil }
        var halfWidth = 0.0
        for part in parts {
            guard let relative = part.uncertaintyRelative else {
                // A part without energy has no relative error and cannot widen the interval.
                if part.energy.joules == 0 { continue }
                return nil
            }
            halfWidth += relative * part.energy.joules
        }
        return halfWidth / total.joules
    }
}

extension Boundary {
    /// How much a boundary encloses, for comparison only.
    fileprivate var width: Int {
        switch self {
        case .device: 0
        case .it: 1
        case .facility: 2
        }
    }
}
