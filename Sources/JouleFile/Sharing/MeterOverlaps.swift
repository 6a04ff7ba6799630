import JouleQuantities
package import JouleSystem

/// Which of many runs read one meter at the same time.
package struct MeterOverlaps {
    /// When one run read a meter.
    package struct Reading {
        /// A hash of what names the meter: two that fall together cost a look, no more.
        let meter: Int
        let startNS: Int64
        let endNS: Int64
    }

    /// The same for another process, whose hashes are others.
    package struct NamedReading {
        let meter: MeterName
        let startNS: Int64
        let endNS: Int64

        var hashed: Reading {
            Reading(meter: meter.hashValue, startNS: startNS, endNS: endNS)
        }
    }

    private struct Noted {
        let startNS: Int64
        let endNS: Int64
        let run: Int32
        let meter: Int32
    }

    /// By hash of what names them.
    private var meters = HashTable()
    private var readings: [Noted] = []

    package init() {}

    /// Takes what one run read, which is named by a number.
    package mutating func note(_ readings: some Sequence<NamedReading>, of run: Int) {
        for reading in readings { note(reading.hashed, of: run) }
    }

    /// The same of one reading.
    mutating func note(_ reading: Reading, of run: Int) {
        let meter = Int32(meters.number(of: reading.meter).number)
        readings.append(
            Noted(startNS: reading.startNS, endNS: reading.endNS, run: Int32(run), meter: meter)
        )
    }

    /// Those of `counted` that shared a meter with another of them.
    package func runs(among counted: [Int], on workers: Workers = .all) -> Set<Int> {
        guard !readings.isEmpty, let last = counted.max() else { return [] }
        var isCounted = [Bool](repeating: false, count: last + 1)
        for run in counted { isCounted[run] = true }
        let (ordered, ends) = byMeter { isCounted.indices.contains($0) && isCounted[$0] }
        let sharing = workers.map(ends.count) { meter in
            Self.sharing(ordered[(meter == 0 ? 0 : ends[meter - 1])..<ends[meter]])
        }
        return Set(sharing.joined())
    }

    /// The readings of such runs, those of a meter together, and by meter where they end.
    private func byMeter(_ isCounted: (Int) -> Bool) -> (readings: [Noted], ends: [Int]) {
        var ends = [Int](repeating: 0, count: meters.count)
        for reading in readings where isCounted(Int(reading.run)) { ends[Int(reading.meter)] += 1 }
        var next: [Int] = []
        next.reserveCapacity(ends.count)
        for meter in ends.indices {
            next.append(meter == 0 ? 0 : ends[meter - 1])
            ends[meter] += next[meter]
        }
        guard let first = readings.first else { return ([], ends) }
        var ordered = [Noted](repeating: first, count: ends.last ?? 0)
        for reading in readings where isCounted(Int(reading.run)) {
            ordered[next[Int(reading.meter)]] = reading
            next[Int(reading.meter)] += 1
        }
        return (ordered, ends)
    }

    /// Of the readings of one meter the runs of those that fall together.
    private static func sharing(_ readings: ArraySlice<Noted>) -> [Int] {
        guard readings.count > 1 else { return [] }
        // Where a reading begins before the last one has ended, both share the meter.
        var sharing: [Int] = []
        var last: Noted?
        for next in readings.sorted(by: { $0.startNS < $1.startNS }) {
            if let last, last.endNS > next.startNS, last.run != next.run {
                sharing += [Int(last.run), Int(next.run)]
            }
            if (last?.endNS ?? .min) < next.endNS { last = next }
        }
        return sharing
    }
}

/// What meters that may be one have in common.
enum MeterName: Hashable {
    case identity(String)
    case device(String, host: String?)
}

extension MeterDescription {
    func name(host: String?) -> MeterName {
        identity.map(MeterName.identity) ?? .device(device.description, host: host)
    }
}

extension RunRecord {
    /// When the run's processes read which meters, as far as that is dated.
    package var datedReadings: [MeterOverlaps.NamedReading] {
        meterSpans.filter(\.isDated).map { span in
            MeterOverlaps.NamedReading(
                meter: meters[span.meter].name(host: hardware?.host),
                startNS: span.startNS,
                endNS: span.endNS
            )
        }
    }
}

extension RunFacts {
    /// When the one process of a run read which of its meters.
    @inline(__always)
    private func forEachDatedReading(
        _ body: (_ meter: Int, _ startNS: Int64, _ endNS: Int64) -> Void
    ) {
        let energies = deviceEnergy
        guard !energies.isEmpty else { return }
        let windowNS = RunRecord.windowNS(started, ended, durationSeconds)
        guard windowNS.end > windowNS.start else { return }
        for (place, item) in energies.enumerated() where meters.indices.contains(item.meter) {
            // The first of a meter counts.
            let isNew = energies[..<place].allSatisfy { $0.meter != item.meter }
            guard isNew, MeterSpan.isPlausible(item.measured.energy.joules, windowNS) else {
                continue
            }
            body(item.meter, windowNS.start, windowNS.end)
        }
    }

    /// Of a run that one process recorded, what `RunRecord` tells.
    var datedReadings: [MeterOverlaps.NamedReading] {
        var readings: [MeterOverlaps.NamedReading] = []
        forEachDatedReading { meter, startNS, endNS in
            let name = meters[meter].name(host: hardware?.host)
            readings.append(.init(meter: name, startNS: startNS, endNS: endNS))
        }
        return readings
    }

    /// The same by hashes.
    func note(in overlaps: inout MeterOverlaps, as number: Int) {
        forEachDatedReading { meter, startNS, endNS in
            let hash = frame.meterHashes[meter]
            overlaps.note(.init(meter: hash, startNS: startNS, endNS: endNS), of: number)
        }
    }
}
