import JouleQuantities

/// Makes one run of what its ranks recorded.
///
/// Meters are told apart by their physical identity: when several ranks read the same meter, its
/// energy is counted once.
package enum RankMerge {
    /// `records` are of one run id and not empty.
    package static func merged(_ records: [RunRecord]) -> RunRecord {
        // A run that was logged here and imported as well is one run: what was logged is better.
        let logged = records.filter { $0.process != nil }
        let parts = (logged.isEmpty ? Array(records.prefix(1)) : logged)
            .sorted { rankAndStart($0) < rankAndStart($1) }
        var run = parts[0]
        for part in parts.dropFirst() { add(part, to: &run) }
        if parts.count > 1 {
            run.energy = run.meters.total(of: run.deviceEnergy)?.energy
            run.rank = nil
        }
        return run
    }

    private static func rankAndStart(_ run: RunRecord) -> (Int, Int64) {
        (run.rank ?? 0, run.started?.unixNanoseconds ?? 0)
    }

    private static func add(_ part: RunRecord, to run: inout RunRecord) {
        let isSameRank = part.rank == run.rank
        let places = part.meters.map { place(of: $0, rank: part.rank, in: &run) }
        for item in part.deviceEnergy where item.meter < places.count {
            add(item, at: places[item.meter], to: &run.deviceEnergy, adding: isSameRank)
        }
        if isSameRank {
            // A restarted process continues the run: its epochs and steps follow.
            if run.unreadEpochs != nil || part.unreadEpochs != nil {
                run.unreadEpochs = run.epochTotals.continued(by: part.epochTotals)
            }
            run.stepCount += part.stepCount
            run.epochs += part.epochs.map { epoch in
                var epoch = epoch
                epoch.deviceEnergy = relocated(epoch.deviceEnergy, places)
                return epoch
            }
        } else {
            for (index, epoch) in part.epochs.enumerated() where index < run.epochs.count {
                for item in relocated(epoch.deviceEnergy, places) {
                    add(item, at: item.meter, to: &run.epochs[index].deviceEnergy, adding: false)
                }
                run.epochs[index].energy =
                    run.meters.total(of: run.epochs[index].deviceEnergy)?.energy
                    ?? run.epochs[index].energy
            }
        }
        run.started = [run.started, part.started].compactMap { $0 }.min()
        run.ended = [run.ended, part.ended].compactMap { $0 }.max()
        if let started = run.started, let ended = run.ended {
            run.durationSeconds = ended.unixSeconds - started.unixSeconds
        }
        run.status = worse(run.status, part.status, isRestart: isSameRank)
        run.drops = DropCounts.sum(run.drops, part.drops)
        addTroubles(of: part, to: &run)
        run.tags += part.tags.filter { !run.tags.contains($0) }
        run.parents += part.parents.filter { !run.parents.contains($0) }
    }

    /// What went wrong in one rank, or went beyond its budget, did so in the run.
    private static func addTroubles(of part: RunRecord, to run: inout RunRecord) {
        for name in ["faults", "meter_faults", "budget_events"] {
            guard let faults = part.extra[name]?.array else { continue }
            run.extra[name] = .array((run.extra[name]?.array ?? []) + faults)
        }
        if let late = part.extra["late_calls"]?.integer {
            let before = run.extra["late_calls"]?.integer ?? 0
            let (calls, isTooMany) = before.addingReportingOverflow(late)
            run.extra["late_calls"] = .integer(isTooMany ? .max : calls)
        }
    }

    /// The index in `run.meters` of a meter that reads the same physical thing, added when new.
    private static func place(of meter: MeterDescription, rank: Int?, in run: inout RunRecord)
        -> Int
    {
        if let identity = meter.identity,
            let known = run.meters.firstIndex(where: { $0.identity == identity })
        {
            return known
        }
        var meter = meter
        if run.meters.contains(where: { $0.device == meter.device }) {
            let suffix = rank.map { "@rank\($0)" } ?? "@\(run.meters.count)"
            meter.device = DeviceID(meter.device.description + suffix)
            meter.enclosedBy = meter.enclosedBy.map { DeviceID($0.description + suffix) }
        }
        run.meters.append(meter)
        return run.meters.count - 1
    }

    private static func relocated(_ energy: [DeviceEnergy], _ places: [Int]) -> [DeviceEnergy] {
        energy.compactMap { item in
            item.meter < places.count
                ? DeviceEnergy(meter: places[item.meter], measured: item.measured) : nil
        }
    }

    /// Ranks that read one meter at the same time saw the same joules: the larger reading stands.
    ///
    /// A process that continues another's run saw later ones: they add.
    private static func add(
        _ item: DeviceEnergy,
        at place: Int,
        to energies: inout [DeviceEnergy],
        adding: Bool
    ) {
        guard let known = energies.firstIndex(where: { $0.meter == place }) else {
            energies.append(DeviceEnergy(meter: place, measured: item.measured))
            return
        }
        if adding {
            energies[known].measured.energy += item.measured.energy
        } else if energies[known].measured.energy < item.measured.energy {
            energies[known].measured = item.measured
        }
    }

    /// A run is as well as its worst rank; a restarted one is as well as its last attempt.
    private static func worse(_ left: RunStatus, _ right: RunStatus, isRestart: Bool) -> RunStatus {
        if isRestart { return right }
        return [.running, .failed, .killed, .finished].first { $0 == left || $0 == right } ?? left
    }
}
