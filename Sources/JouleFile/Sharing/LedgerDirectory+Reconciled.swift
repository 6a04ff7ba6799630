package import JouleQuantities

extension LedgerDirectory {
    /// The runs with every joule of each meter in one of them, of all or of those that are `wanted`.
    ///
    /// Ledgers are read again only for the telemetry of runs that shared a meter, and of these only
    /// where no other tells the course.
    package func reconciled(_ wanted: Set<RunID>? = nil) -> ReconciledRuns {
        ReconciledRuns(runs, wanted: wanted) { requests in courses(requests) }
    }

    private func courses(_ requests: [ReconciledRuns.CourseRequest]) -> [[EnergyCourse.Point]?] {
        var answers = [[EnergyCourse.Point]?](repeating: nil, count: requests.count)
        let byPlace = Dictionary(grouping: requests.indices) { place(of: requests[$0]) }
        var packs: [String: [String: LedgerPlace]] = [:]
        for (place, indices) in byPlace {
            guard let place, let ledger = Self.ledger(at: place, &packs) else { continue }
            let found = TelemetryCourses(ledger, indices.map { requests[$0] }).courses
            for (index, course) in zip(indices, found) { answers[index] = course }
        }
        return answers
    }

    private func place(of request: ReconciledRuns.CourseRequest) -> Place? {
        processes[request.run].map { $0[request.span.origin.process] } ?? place(of: request.run)
    }

    /// Nil where the ledger is no longer as it was.
    private static func ledger(
        at place: Place,
        _ packs: inout [String: [String: LedgerPlace]]
    ) -> LedgerQuery? {
        guard let member = place.member else { return try? LedgerQuery(opening: place.path) }
        if packs[place.path] == nil {
            let all = (try? LedgerPlace.all(below: place.path))?.places ?? []
            packs[place.path] = Dictionary(
                all.map { ($0.path, $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }
        return try? packs[place.path]?["\(place.path)#\(member)"]?.open()
    }
}

/// Courses of readings, from one ledger's telemetry.
private struct TelemetryCourses {
    private(set) var courses: [[EnergyCourse.Point]?]

    /// One record of the ledger: ranks and attempts of one run may be in one file.
    private struct Recording: Hashable {
        let run: RunID
        let process: MeterSpan.Origin.Process
    }

    init(_ ledger: LedgerQuery, _ requests: [ReconciledRuns.CourseRequest]) {
        courses = requests.map { _ in nil }
        let byRecording = Dictionary(grouping: requests.indices) { index in
            Recording(run: requests[index].run, process: requests[index].span.origin.process)
        }
        for (recording, indices) in byRecording {
            let numbers = ledger.runs.filter { _, record in
                record.id == recording.run && record.processName == recording.process
            }
            guard let number = numbers.keys.min() else { continue }
            take(number, of: ledger, indices, requests)
        }
    }

    /// Goes through the telemetry of one record once, however many meters and stretches are asked for.
    private mutating func take(
        _ number: Int64,
        of ledger: LedgerQuery,
        _ indices: [Int],
        _ requests: [ReconciledRuns.CourseRequest]
    ) {
        var open = indices.map { EnergyCourse(of: requests[$0].span, at: requests[$0].momentsNS) }
        var isKnown = indices.map { _ in false }
        let byMeter = Dictionary(grouping: indices.indices) {
            Int64(requests[indices[$0]].span.origin.meter)
        }
        let filter = RowFilter(column: 0, .equal, .integer(number))
        do throws(LedgerError) {
            var cursor = try ledger.rows(of: .telemetry, columns: [1, 2, 3], where: [filter])
            while let rows = try cursor.next() {
                for row in 0..<rows.count {
                    guard let meter = rows.columns[0].integer(row), let wanted = byMeter[meter],
                        let timeNS = rows.columns[1].integer(row),
                        let joules = rows.columns[2].number(row)
                    else { continue }
                    for place in wanted {
                        open[place].take(joules, atNS: timeNS)
                        isKnown[place] = true
                    }
                }
            }
        } catch {
            // What was read so far tells as much as it does.
        }
        for (place, index) in indices.enumerated() where isKnown[place] {
            courses[index] = open[place].finished()
        }
    }
}
