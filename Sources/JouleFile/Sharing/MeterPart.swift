import JouleQuantities

/// What a run has of one of its meters, over all the times at which it read it.
struct MeterPart {
    private(set) var share = MeterShares.Share()
    private(set) var contradiction: Double?

    /// `runs` are the places of those that the share counts.
    mutating func add(_ more: MeterShares.Share, _ runs: [Int]) {
        share.joules += more.joules
        share.error += more.error
        share.dividedNS += more.dividedNS
        share.enclosedNS += more.enclosedNS
        share.others += more.others.map { runs[$0] }
        share.hasMore = share.hasMore || more.hasMore
    }

    mutating func note(_ contradiction: Double) {
        self.contradiction = max(self.contradiction ?? 0, contradiction)
    }
}

extension SharedEnergy {
    mutating func add(_ part: MeterPart, _ runs: [RunRecord]) {
        let share = part.share
        seconds = max(seconds, (share.dividedNS + share.enclosedNS) * 1e-9)
        if share.dividedNS > 0 { reasons.insert(.divided) }
        if share.enclosedNS > 0 { reasons.insert(.enclosed) }
        hasMore = hasMore || share.hasMore
        for other in share.others.map({ runs[$0].id }) where !others.contains(other) {
            guard others.count < Self.othersMax else {
                hasMore = true
                break
            }
            others.append(other)
        }
        contradiction = [contradiction, part.contradiction].compactMap { $0 }.max()
    }

    /// Whether there is anything to tell: not of a run that was logged within another, and alone there.
    var isTold: Bool { !reasons.isEmpty || contradiction != nil }
}

extension EpochRecord {
    /// Diminishes what each meter saw as that of the whole run was.
    mutating func scale(_ scales: [Int: Double], _ meters: [MeterDescription]) {
        guard deviceEnergy.contains(where: { scales[$0.meter] != nil }) else { return }
        deviceEnergy.scale(scales)
        phases = phases.scaled(scales)
        stepRanges = stepRanges.scaled(scales)
        energy = meters.total(of: deviceEnergy)?.energy ?? energy
    }
}

extension [PhaseRecord] {
    /// With what each meter saw of each part diminished as that of the whole run was.
    func scaled(_ scales: [Int: Double]) -> [PhaseRecord] {
        changingEnergies { energies in
            var energies = energies
            energies.scale(scales)
            return energies
        }
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
