import JouleQuantities

/// Which of many runs read one meter at the same time.
package struct MeterOverlaps {
    /// When one run read a meter.
    package struct Reading {
        /// A hash of what names the meter: two that fall together cost a look, no more.
        let meter: Int
        let startNS: Int64
        let endNS: Int64
    }

    private var readings: [(reading: Reading, run: Int32)] = []

    package init() {}

    /// Takes what one run read, which is named by a number.
    package mutating func note(_ readings: some Sequence<Reading>, of run: Int) {
        for reading in readings { self.readings.append((reading, Int32(run))) }
    }

    /// Those of `counted` that shared a meter with another of them.
    package func runs(among counted: [Int]) -> Set<Int> {
        var sharing: Set<Int> = []
        let isCounted = Set(readings.isEmpty ? [] : counted)
        let ordered = readings.filter { isCounted.contains(Int($0.run)) }
            .sorted {
                ($0.reading.meter, $0.reading.startNS) < ($1.reading.meter, $1.reading.startNS)
            }
        // Where a reading begins before the last one of its meter has ended, both share it.
        var last: (reading: Reading, run: Int32)?
        for next in ordered {
            let isSame = last?.reading.meter == next.reading.meter
            if let last, isSame, last.reading.endNS > next.reading.startNS, last.run != next.run {
                sharing.formUnion([Int(last.run), Int(next.run)])
            }
            if !isSame || (last?.reading.endNS ?? 0) < next.reading.endNS { last = next }
        }
        return sharing
    }
}

extension MeterDescription {
    /// Meters that may be one have one hash.
    fileprivate func identityHash(host: String?) -> Int {
        var hasher = Hasher()
        if let identity {
            hasher.combine(identity)
        } else {
            hasher.combine(device)
            hasher.combine(host)
        }
        return hasher.finalize()
    }
}

extension RunRecord {
    /// When the run's processes read which meters, as far as that is dated.
    package var datedReadings: [MeterOverlaps.Reading] {
        meterSpans.filter(\.isDated).map { span in
            MeterOverlaps.Reading(
                meter: meters[span.meter].identityHash(host: hardware?.host),
                startNS: span.startNS,
                endNS: span.endNS
            )
        }
    }
}

extension RunFacts {
    /// The same of a run that one process recorded.
    var datedReadings: [MeterOverlaps.Reading] {
        guard !deviceEnergy.isEmpty else { return [] }
        return MeterSpan.spans(
            of: deviceEnergy,
            meters.count,
            RunRecord.windowNS(started, ended, durationSeconds),
            .init(rank: nil, started: started)
        ).filter(\.isDated).map { span in
            MeterOverlaps.Reading(
                meter: meters[span.meter].identityHash(host: hardware?.host),
                startNS: span.startNS,
                endNS: span.endNS
            )
        }
    }
}
