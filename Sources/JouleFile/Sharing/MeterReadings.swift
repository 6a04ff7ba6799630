package import JouleQuantities

/// Who read which physical meter when, of many runs.
struct MeterReadings {
    /// What one process of a run read.
    struct Reading {
        /// Index into the runs.
        let run: Int
        let span: MeterSpan
    }

    /// Readings of one meter that touch each other.
    struct Group {
        let readings: [Reading]
        /// Those of the readings, each once, by their beginning.
        let runs: [Int]
        var timeline: MeterTimeline
    }

    /// Names a meter of the machine, or of nobody knows which machine.
    private enum Key: Hashable {
        case identity(String)
        /// Without an identity a meter is known to be another's only where both were logged within one
        /// run.
        case device(DeviceID, host: String?, within: Int)
    }

    private let records: [RunRecord]
    /// By run, the one that it was logged within.
    private let outer: [Int: Int]
    private var byMeter: [Key: [Reading]] = [:]

    /// How many runs may lie within each other.
    private static let depthMax = 16

    init(of records: [RunRecord]) {
        self.records = records
        var places: [RunID: Int?] = [:]
        for (place, run) in records.enumerated() {
            places.updateValue(places[run.id] == nil ? place : nil, forKey: run.id)
        }
        outer = Self.outer(records, places.compactMapValues { $0 })
        for (place, run) in records.enumerated()
        where places[run.id] == .some(place) {
            for span in run.meterSpans where span.isDated {
                let key = key(of: run.meters[span.meter], place)
                byMeter[key, default: []].append(Reading(run: place, span: span))
            }
        }
    }

    /// A run lies within another that names itself so and began before it.
    private static func outer(_ records: [RunRecord], _ places: [RunID: Int]) -> [Int: Int] {
        var outer: [Int: Int] = [:]
        for (place, run) in records.enumerated() {
            guard places[run.id] == place, let id = run.enclosingRun, let other = places[id],
                other != place
            else { continue }
            let own = (run.windowNS, records[other].windowNS)
            // Strictly ordered, so that no run lies within itself.
            let isWithin = (own.1.start, -own.1.end, id) < (own.0.start, -own.0.end, run.id)
            if isWithin { outer[place] = other }
        }
        return outer
    }

    /// The runs that a run was logged within, the innermost first.
    func ancestors(of run: Int) -> [Int] {
        var ancestors: [Int] = []
        var place = run
        while let next = outer[place], ancestors.count < Self.depthMax {
            ancestors.append(next)
            place = next
        }
        return ancestors
    }

    private func key(of meter: MeterDescription, _ run: Int) -> Key {
        if let identity = meter.identity { return .identity(identity) }
        let root = ancestors(of: run).last ?? run
        return .device(meter.device, host: records[run].hardware?.host, within: root)
    }

    /// What was read of meters that several runs read at one time.
    ///
    /// With these, everything that their runs read of the same meters at other times.
    var contested: [Group] {
        byMeter.values.filter { $0.count > 1 }.flatMap(groups)
    }

    private func groups(of readings: [Reading]) -> [Group] {
        let sorted = readings.sorted { isBefore($0, $1) }
        var groups: [[Reading]] = []
        var endNS = Int64.min
        for reading in sorted {
            if reading.span.startNS >= endNS { groups.append([]) }
            groups[groups.count - 1].append(reading)
            endNS = max(endNS, reading.span.endNS)
        }
        var sharing: Set<Int> = []
        for group in groups where group.contains(where: { $0.run != group[0].run }) {
            sharing.formUnion(group.lazy.map(\.run))
        }
        return groups.filter { sharing.contains($0[0].run) }.map(Group.init)
    }

    private func isBefore(_ left: Reading, _ right: Reading) -> Bool {
        let own = (left.span, right.span)
        if own.0.startNS != own.1.startNS { return own.0.startNS < own.1.startNS }
        if left.run != right.run { return records[left.run].id < records[right.run].id }
        return (own.0.endNS, own.0.measured.energy) < (own.1.endNS, own.1.measured.energy)
    }
}

extension MeterReadings.Group {
    fileprivate init(_ readings: [MeterReadings.Reading]) {
        self.readings = readings
        var seen: Set<Int> = []
        runs = readings.map(\.run).filter { seen.insert($0).inserted }
        timeline = MeterTimeline(readings.map { MeterTimeline.Reading($0.span) })
    }

    /// By which part of its energy a reading contradicts others where no interval allows it.
    func contradiction(_ misfit: Double, of reading: MeterReadings.Reading) -> Double? {
        let joules = reading.span.measured.energy.joules
        guard let relative = reading.span.measured.uncertaintyRelative, joules > 0 else {
            return nil
        }
        // Both readings may be off by as much.
        return misfit > 2 * relative * joules ? misfit / joules : nil
    }
}

extension RunRecord {
    /// The run of `joulebook run` in whose window this one was logged; nil for a run of its own.
    package var enclosingRun: RunID? {
        (env?["JOULEBOOK_PARENT_RUN"]?.string).flatMap { RunID($0) }
    }
}
