import JouleQuantities

/// Makes one run of what its ranks recorded.
///
/// Meters are told apart by their physical identity: what several ranks read of one meter is counted
/// once, over all the time in which any of them read it. Ranks of other machines add, and so do the
/// attempts of a rank that was restarted.
package enum RankMerge {
    /// `records` are of one run id and not empty.
    package static func merged(_ records: [RunRecord]) -> RunRecord {
        // A run that was logged here and imported as well is one run: what was logged is better.
        let logged = records.filter { $0.process != nil }
        let parts = (logged.isEmpty ? Array(records.prefix(1)) : logged)
            .sorted { rankAndStart($0) < rankAndStart($1) }
        guard parts.count > 1 else { return parts[0] }
        var ranks: [RunRecord] = []
        for var part in parts {
            part.spans = part.meterSpans
            if let last = ranks.last, last.rank == part.rank {
                resume(&ranks[ranks.count - 1], with: part)
            } else {
                ranks.append(part)
            }
        }
        var run = ranks[0]
        for rank in ranks.dropFirst() { join(rank, to: &run) }
        run.deviceEnergy = energy(of: run)
        run.energy = run.meters.total(of: run.deviceEnergy)?.energy
        run.rank = nil
        run.extra["attribution"] = attribution(of: parts, in: run)
        run.extra["overhead"] = overhead(of: parts)
        run.extra["config_unread"] = unreadConfig(of: parts)
        // Of the ranks the first one tells; after a restart with other files nothing is that of all.
        let attempts = parts.filter { $0.rank == parts[0].rank }
        if Set(attempts.map { $0.code?.extra["closure"]?["sha256"] }).count > 1 {
            run.code?.extra["closure"] = nil
        }
        return run
    }

    private static func rankAndStart(_ run: RunRecord) -> (Int, Int64) {
        (run.rank ?? 0, run.started?.unixNanoseconds ?? 0)
    }

    /// A restarted process continues the run: its epochs and steps follow.
    private static func resume(_ run: inout RunRecord, with part: RunRecord) {
        let places = add(part, to: &run)
        if run.unreadEpochs != nil || part.unreadEpochs != nil {
            run.unreadEpochs = run.epochTotals.continued(by: part.epochTotals)
        }
        run.stepCount += part.stepCount
        run.epochs += part.epochs.map { epoch in
            var epoch = epoch
            epoch.deviceEnergy = relocated(epoch.deviceEnergy, places)
            epoch.phases = epoch.phases.changingEnergies { relocated($0, places) }
            epoch.stepRanges = epoch.stepRanges.changingEnergies { relocated($0, places) }
            return epoch
        }
        run.phases += part.phases.changingEnergies { relocated($0, places) }
        run.stepRanges += part.stepRanges.changingEnergies { relocated($0, places) }
        run.status = part.status
    }

    /// Another rank trains the same epochs: of meters that the run lacks there, it adds the energy.
    private static func join(_ part: RunRecord, to run: inout RunRecord) {
        let places = add(part, to: &run)
        var known: [EpochName: Int] = [:]
        for (index, name) in names(of: run.epochs).enumerated() { known[name] = index }
        for (epoch, name) in zip(part.epochs, names(of: part.epochs)) {
            guard let index = known[name] else { continue }
            for item in relocated(epoch.deviceEnergy, places) {
                add(item, to: &run.epochs[index].deviceEnergy)
            }
            run.epochs[index].energy =
                run.meters.total(of: run.epochs[index].deviceEnergy)?.energy
                ?? run.epochs[index].energy
        }
        // A run is as well as its worst rank.
        run.status =
            [.running, .failed, .killed].first { $0 == run.status || $0 == part.status }
            ?? run.status
    }

    /// An epoch by its number, and how often that came before, as it does after a restart.
    private struct EpochName: Hashable {
        let number: Int
        let repetition: Int
    }

    private static func names(of epochs: [EpochRecord]) -> [EpochName] {
        var counts: [Int: Int] = [:]
        return epochs.map { epoch in
            defer { counts[epoch.number, default: 0] += 1 }
            return EpochName(number: epoch.number, repetition: counts[epoch.number] ?? 0)
        }
    }

    /// What concerns all ranks and attempts alike; where the meters of `part` are in `run`.
    private static func add(_ part: RunRecord, to run: inout RunRecord) -> [Int] {
        var places: [Int] = []
        for meter in part.meters { places.append(place(of: meter, rank: part.rank, in: &run)) }
        run.spans += part.spans.map { span in
            var span = span
            span.meter = places[span.meter]
            return span
        }
        run.started = [run.started, part.started].compactMap { $0 }.min()
        run.ended = [run.ended, part.ended].compactMap { $0 }.max()
        if let started = run.started, let ended = run.ended {
            run.durationSeconds = ended.unixSeconds - started.unixSeconds
        }
        run.drops = DropCounts.sum(run.drops, part.drops)
        addTroubles(of: part, to: &run)
        run.tags += part.tags.filter { !run.tags.contains($0) }
        run.parents += part.parents.filter { !run.parents.contains($0) }
        return places
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

    /// Paths of the configuration that no process read; of one that does not tell, nobody knows.
    private static func unreadConfig(of parts: [RunRecord]) -> JSON? {
        var unread: [JSON]?
        for part in parts {
            guard let paths = part.extra["config_unread"]?.array else { return nil }
            let others = Set(paths)
            unread = unread.map { $0.filter(others.contains) } ?? paths
        }
        return unread.map(JSON.array)
    }

    /// Processor time that recording cost all processes; what one does not tell is not known.
    private static func overhead(of parts: [RunRecord]) -> JSON? {
        let told = parts.map { $0.extra["overhead"]?.object ?? JSONObject() }
        var sums = JSONObject()
        for name in ["start_cpu_s", "sampler_cpu_s", "writer_cpu_s"] {
            let numbers = told.compactMap { $0[name]?.double }
            let sum = numbers.reduce(0, +)
            if numbers.count == parts.count, sum.isFinite { sums[name] = .double(sum) }
        }
        return sums.isEmpty ? nil : .object(sums)
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

    /// Of an epoch that several ranks measured by one meter, the reading with the fewest gaps stands,
    /// so that no two epochs hold the same moment.
    private static func add(_ item: DeviceEnergy, to energies: inout [DeviceEnergy]) {
        guard let known = energies.firstIndex(where: { $0.meter == item.meter }) else {
            return energies.append(item)
        }
        if energies[known].measured.coverage < item.measured.coverage {
            energies[known].measured = item.measured
        }
    }

    /// By meter, over all the time in which a process of the run read it.
    private static func energy(of run: RunRecord) -> [DeviceEnergy] {
        Dictionary(grouping: run.spans, by: \.meter).map { meter, spans in
            DeviceEnergy(meter: meter, measured: MeterTimeline.union(of: spans))
        }
        .sorted { $0.meter < $1.meter }
    }
}
