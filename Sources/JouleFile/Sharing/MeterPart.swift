import JouleQuantities

/// What a run has of one of its meters, over all the times at which it read it.
struct MeterPart {
    var joules = 0.0
    var error = 0.0
    var dividedNS = 0.0
    var enclosedNS = 0.0
    /// Places of the first runs with whom it shared.
    var others: [Int] = []
    var hasMore = false
    var contradiction: Double?

    /// `runs` are the places of those that the share counts.
    mutating func add(_ share: MeterShares.Share, _ runs: [Int]) {
        joules += share.joules
        error += share.error
        dividedNS += share.dividedNS
        enclosedNS += share.enclosedNS
        others += share.others.map { runs[$0] }
        hasMore = hasMore || share.hasMore
    }

    mutating func note(_ contradiction: Double) {
        self.contradiction = max(self.contradiction ?? 0, contradiction)
    }
}

extension SharedEnergy {
    mutating func add(_ part: MeterPart, _ runs: [RunRecord]) {
        seconds = max(seconds, (part.dividedNS + part.enclosedNS) * 1e-9)
        if part.dividedNS > 0 { reasons.insert(.divided) }
        if part.enclosedNS > 0 { reasons.insert(.enclosed) }
        hasMore = hasMore || part.hasMore
        for other in part.others.map({ runs[$0].id }) where !others.contains(other) {
            guard others.count < Self.othersMax else {
                hasMore = true
                break
            }
            others.append(other)
        }
        contradiction = [contradiction, part.contradiction].compactMap { $0 }.max()
    }
}

extension EpochRecord {
    /// Diminishes what each meter saw as that of the whole run was.
    mutating func scale(_ scales: [Int: Double], _ meters: [MeterDescription]) {
        guard deviceEnergy.contains(where: { scales[$0.meter] != nil }) else { return }
        deviceEnergy.scale(scales)
        for index in phases.indices { phases[index].deviceEnergy.scale(scales) }
        energy = meters.total(of: deviceEnergy)?.energy ?? energy
    }
}

extension [DeviceEnergy] {
    fileprivate mutating func scale(_ scales: [Int: Double]) {
        for index in indices {
            guard let scale = scales[self[index].meter] else { continue }
            self[index].measured.energy.joules *= scale
        }
    }
}
