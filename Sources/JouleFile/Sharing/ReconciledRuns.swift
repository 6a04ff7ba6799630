package import JouleQuantities

/// Runs whose energies add up: each joule of each physical meter is in one of them.
///
/// Runs that read one meter at the same time all measured the same joules. Here each has a part of
/// them, equal at each moment, and its epochs are diminished with it. A run that was logged within
/// another, as a program under `joulebook run` does, has all of its time. What a meter used while
/// only one run read it is that run's. A job of Slurm has the energy of its nodes but for what runs
/// in it measured. Runs whose id occurs more than once are left as they are: they
/// are copies, or ranks that nobody merged.
package struct ReconciledRuns: Sendable {
    /// In the order in which they were given.
    package private(set) var runs: [RunRecord]
    /// Of the runs that shared a meter.
    package private(set) var sharing: [RunID: SharedEnergy] = [:]
    /// By what each moment is divided, as outputs name it.
    package static let rule = "equal"

    /// A question for the course of one process's readings, at moments in order.
    package struct CourseRequest {
        package let run: RunID
        package let span: MeterSpan
        package let momentsNS: [Int64]
    }

    /// Answers what it can, in the order of the requests; else epochs tell, or nothing does and power
    /// is taken as constant.
    package typealias Courses = ([CourseRequest]) -> [[EnergyCourse.Point]?]

    /// With `wanted`, the others are left as they are, and no course is asked that says nothing of a
    /// wanted one; what is told of these is the same.
    package init(
        _ runs: [RunRecord],
        wanted: Set<RunID>? = nil,
        courses: Courses = { $0.map { _ in nil } }
    ) {
        self.runs = runs
        let readings = MeterReadings(of: runs)
        let jobs = BatchJobs(of: runs)
        // What a job has depends on what the runs in it have.
        let isWanted = { (place: Int) in
            wanted?.contains(runs[place].id) ?? true
                || jobs.jobs[place].map { wanted?.contains(runs[$0].id) ?? true } ?? false
        }
        var groups = readings.contested.filter { $0.runs.contains(where: isWanted) }
        if !groups.isEmpty { settle(&groups, courses) }
        var parts: [Int: [Int: MeterPart]] = [:]
        for group in groups { divide(group, readings, into: &parts) }
        for (place, parts) in parts where isWanted(place) { apply(parts, to: place) }
        for (job, inside) in jobs.inside where isWanted(job) { leaveRest(of: job, inside) }
    }

    /// Leaves a job what the runs inside it have not measured.
    private mutating func leaveRest(of job: Int, _ inside: [Int]) {
        let measured = inside.map { runs[$0] }.filter { $0.energy != nil }
        guard !measured.isEmpty, let counted = runs[job].deviceEnergy.first else { return }
        let shared = SharedEnergy(job: runs[job], after: sharing[runs[job].id], inside: measured)
        sharing[runs[job].id] = shared
        runs[job].energy = shared.counted
        runs[job].deviceEnergy = [
            DeviceEnergy(meter: counted.meter, measured: counted.measured.with(shared.counted))
        ]
    }

    // MARK: The course of a meter

    private func settle(_ groups: inout [MeterReadings.Group], _ courses: Courses) {
        var requests: [CourseRequest] = []
        for group in groups {
            for stretch in group.timeline.stretches {
                let reading = group.readings[stretch.reading]
                requests.append(
                    CourseRequest(
                        run: runs[reading.run].id,
                        span: reading.span,
                        momentsNS: group.timeline.momentsNS(of: stretch)
                    )
                )
            }
        }
        let answers = courses(requests)
        var next = 0
        for place in groups.indices {
            let group = groups[place]
            groups[place].timeline.settle(
                group.timeline.stretches.map { stretch in
                    defer { next += 1 }
                    if answers.indices.contains(next), let answer = answers[next] { return answer }
                    return course(group.readings[stretch.reading], requests[next].momentsNS)
                }
            )
        }
    }

    private func course(_ reading: MeterReadings.Reading, _ momentsNS: [Int64])
        -> [EnergyCourse.Point]
    {
        var course = EnergyCourse(of: reading.span, at: momentsNS)
        course.take(
            epochsOf: runs[reading.run],
            meter: reading.span.meter,
            startNS: reading.span.startNS
        )
        return course.finished()
    }

    // MARK: Parts of a meter

    private func divide(
        _ group: MeterReadings.Group,
        _ readings: MeterReadings,
        into parts: inout [Int: [Int: MeterPart]]
    ) {
        let places = group.runs
        let locals = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
        let meters = Dictionary(
            group.readings.map { ($0.run, $0.span.meter) },
            uniquingKeysWith: { min($0, $1) }
        )
        let shares = MeterShares(
            group.timeline,
            runs: group.readings.map { locals[$0.run] ?? 0 },
            ancestors: places.map { readings.ancestors(of: $0).compactMap { locals[$0] } }
        ).shares
        for (place, share) in zip(places, shares) {
            guard let meter = meters[place] else { continue }
            parts[place, default: [:]][meter, default: MeterPart()].add(share, places)
        }
        for (reading, misfit) in zip(group.readings, group.timeline.misfits) {
            guard let misfit, let meter = meters[reading.run],
                let contradiction = group.contradiction(misfit, of: reading)
            else { continue }
            parts[reading.run]?[meter]?.note(contradiction)
        }
    }

    private mutating func apply(_ parts: [Int: MeterPart], to place: Int) {
        let measured = runs[place]
        var run = measured
        var scales: [Int: Double] = [:]
        for index in run.deviceEnergy.indices {
            let item = run.deviceEnergy[index]
            guard let part = parts[item.meter] else { continue }
            // What is not dated cannot be shared.
            let spans = measured.meterSpans.filter { $0.meter == item.meter }
            let joules = spans.undated.reduce(part.share.joules) { $0 + $1.measured.energy.joules }
            let before = item.measured.energy.joules
            scales[item.meter] = before > 0 ? joules / before : 1
            run.deviceEnergy[index].measured.energy = Energy(joules: joules)
            run.deviceEnergy[index].measured.uncertaintyRelative =
                item.measured.uncertaintyRelative.flatMap {
                    joules > 0 ? $0 + part.share.error / joules : $0
                }
        }
        run.energy = run.meters.total(of: run.deviceEnergy)?.energy ?? run.energy
        for index in run.epochs.indices { run.epochs[index].scale(scales, run.meters) }
        run.phases = run.phases.scaled(scales)
        run.stepRanges = run.stepRanges.scaled(scales)
        runs[place] = run
        var shared = SharedEnergy(measured: measured.energy, counted: run.energy)
        for meter in parts.keys.sorted() { shared.add(parts[meter] ?? MeterPart(), runs) }
        if shared.isTold { sharing[run.id] = shared }
    }
}

extension MeasuredEnergy {
    /// The same with another energy, where one is known.
    fileprivate func with(_ energy: Energy?) -> MeasuredEnergy {
        var other = self
        other.energy = energy ?? other.energy
        return other
    }
}
