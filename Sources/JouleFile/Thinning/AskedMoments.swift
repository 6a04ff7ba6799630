import JouleQuantities

/// The moments at which sums over a directory, or over a part of it, ask how much a meter had told:
/// those at which another run began or ended to read it (`ReconciledRuns`).
struct AskedMoments: Sendable {
    private struct Meter: Hashable {
        let run: RunID
        let origin: MeterSpan.Origin
    }

    /// Parts of what the runs that shared a meter have in common.
    private var momentsNS: [Meter: [ArraySlice<Int64>]] = [:]

    /// Of the runs of a directory.
    init(of runs: [RunRecord]) {
        for group in MeterReadings(of: runs).contested {
            let timeline = group.timeline
            // Of all of them: where one that tells the course now is missing, another one tells it.
            for (reading, pieces) in zip(group.readings, timeline.pieces) {
                let meter = Meter(run: runs[reading.run].id, origin: reading.span.origin)
                let edges = timeline.edgesNS[pieces.lowerBound...pieces.upperBound]
                momentsNS[meter, default: []].append(edges)
            }
        }
    }

    /// Of a meter, by its number, of what one process recorded of a run.
    func of(_ meter: Int, _ run: RunRecord) -> [Int64] {
        let origin = MeterSpan.Origin(process: run.processName, meter: meter)
        return (momentsNS[Meter(run: run.id, origin: origin)] ?? []).flatMap(\.self)
    }
}
