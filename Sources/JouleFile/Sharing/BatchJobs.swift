import JouleQuantities

/// Of some runs, jobs of Slurm whose nodes' energy was imported, and the runs logged in them.
///
/// A job's energy is that of its nodes, which holds what a run in it measured of their parts.
struct BatchJobs {
    /// By the place of a job, those of the runs in it.
    private(set) var inside: [Int: [Int]] = [:]
    /// By the place of a run, that of its job.
    private(set) var jobs: [Int: Int] = [:]

    /// `sacct` tells times of an unnamed zone, and numbers of jobs begin again.
    private static let zonesNS: Int64 = 14 * 3600 * 1_000_000_000

    init(of records: [RunRecord]) {
        guard records.contains(where: \.isJob) else { return }
        var places: [RunID: Int?] = [:]
        for (place, run) in records.enumerated() {
            places.updateValue(places[run.id] == nil ? place : nil, forKey: run.id)
        }
        for (place, run) in records.enumerated() where places[run.id] == .some(place) {
            let job = run.jobNames.lazy.compactMap { places[$0] ?? nil }.first
            guard let job, records[job].isJob, !run.isJob, Self.overlap(run, records[job])
            else { continue }
            inside[job, default: []].append(place)
            jobs[place] = job
        }
    }

    private static func overlap(_ left: RunRecord, _ right: RunRecord) -> Bool {
        let own = (left.windowNS, right.windowNS)
        guard own.0.start > 0, own.1.start > 0 else { return true }
        return own.0.start - zonesNS <= own.1.end && own.1.start - zonesNS <= own.0.end
    }
}

extension RunRecord {
    /// What the meter of an imported job is called.
    package static let jobSource = "slurm:sacct"

    /// Whether it is a job of Slurm with the energy of its nodes.
    package var isJob: Bool { meters.first?.source == Self.jobSource }

    /// What `import sacct` calls the job in which the run was logged; empty for a run in none.
    fileprivate var jobNames: [RunID] {
        func variable(_ name: String) -> String? { env?["SLURM_" + name]?.string }
        guard let number = variable("JOB_ID") else { return [] }
        var numbers = [number]
        // A task of an array has a number of its own, which sacct does not call it by.
        if let array = variable("ARRAY_JOB_ID"), let task = variable("ARRAY_TASK_ID") {
            numbers.append("\(array)_\(task)")
        }
        let clusters = [variable("CLUSTER_NAME").map { $0 + "-" }, ""].compactMap(\.self)
        return clusters.flatMap { cluster in
            numbers.compactMap { RunID("slurm-\(cluster)\($0)") }
        }
    }
}

extension SharedEnergy {
    /// Of a job of which the runs inside it have `inside`: it has the rest.
    init(job: RunRecord, after shared: SharedEnergy?, inside: [RunRecord]) {
        let before = job.energy?.joules ?? 0
        let joules = inside.reduce(0) { $0 + ($1.energy?.joules ?? 0) }
        self.init(
            measured: shared?.measured ?? job.energy,
            counted: Energy(joules: max(0, before - joules))
        )
        seconds = max(shared?.seconds ?? 0, Self.seconds(inside, within: job))
        reasons = (shared?.reasons ?? []).union([.enclosed])
        others = shared?.others ?? []
        hasMore = shared?.hasMore ?? false
        for id in inside.map(\.id) where !others.contains(id) {
            if others.count < Self.othersMax { others.append(id) } else { hasMore = true }
        }
        // What is in a thing is not more than it.
        let excess = before > 0 && joules > before * Self.tolerance ? joules / before - 1 : nil
        contradiction = [shared?.contradiction, excess].compactMap(\.self).max()
    }

    /// How far the parts of a whole may exceed it, since they begin and end at their own moments.
    private static let tolerance = 1.02

    private static func seconds(_ inside: [RunRecord], within job: RunRecord) -> Double {
        func length(_ run: RunRecord) -> Double {
            Double(run.windowNS.end - run.windowNS.start) * 1e-9
        }
        return min(length(job), inside.reduce(0) { $0 + length($1) })
    }
}
