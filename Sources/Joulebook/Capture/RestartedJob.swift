import JouleFile
import JouleQuantities

/// A job of Slurm that was put back into the queue and has begun again.
///
/// What it was doing is known from the environment that its runs recorded.
struct RestartedJob {
    private let now: Attempt

    /// Of so many ledgers, the newest, what the job did before is looked for, and for so long.
    private static let filesMax = 1024
    private static let nanosecondsMax: Int64 = 2_000_000_000

    /// Nil outside Slurm, and in a job that runs for the first time.
    init?(_ environment: ProcessEnvironment) {
        guard let attempt = Attempt({ environment[$0] }), attempt.restarts > 0 else { return nil }
        now = attempt
    }

    /// The run that `run` goes on with: the newest in its folder that the job began before by the same
    /// command with the same configuration, and that did not finish.
    ///
    /// Ranks ask for themselves and have one answer: one that kept nothing before follows the others.
    func interrupted(like run: RunRecord, in path: String) -> RunID? {
        let folder = LedgerFolder(path)
        let began = Stamp.now().instant.nanoseconds
        let named = folder.contents()?.ledgers.map(\.name).filter(Self.isOfRun) ?? []
        let found = named.sorted(by: >).prefix(Self.filesMax)
        let names = Dictionary(grouping: found, by: Self.shortID)
        var seen: Set<Substring> = []
        for name in found {
            let short = Self.shortID(of: name)
            guard seen.insert(short).inserted else { continue }
            guard Stamp.now().instant.nanoseconds - began < Self.nanosecondsMax else { return nil }
            var parts: [RunRecord] = []
            for name in names[short] ?? [] {
                parts += records(at: folder.path(of: name))
                // Nearly always it is some other job's.
                guard parts.contains(where: { Attempt($0).map(now.isLike) ?? false }) else { break }
            }
            for id in Set(parts.map(\.id)) where goesOn(run, parts.filter { $0.id == id }) {
                return id
            }
        }
        return nil
    }

    /// Not what was imported.
    private static func isOfRun(_ name: String) -> Bool {
        name.utf8.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false
    }

    /// What a ledger's name says of its run: `STAMP-RUN-r3.joule`.
    private static func shortID(of name: String) -> Substring {
        name.split(separator: "-", maxSplits: 1).last?.prefix(8) ?? ""
    }

    /// An unreadable ledger is nothing to go on with.
    private func records(at path: String) -> [RunRecord] {
        guard let ledger = try? Ledger(reading: path) else { return [] }
        return ledger.runs
    }

    private func goesOn(_ run: RunRecord, _ parts: [RunRecord]) -> Bool {
        let isTaken = parts.contains { $0.rank == run.rank && !isBefore($0) }
        let before = parts.filter(isBefore)
        let newest = before.compactMap { Attempt($0)?.restarts }.max()
        let last = before.filter { Attempt($0)?.restarts == newest }
        guard !isTaken, last.contains(where: { $0.status != .finished }) else { return false }
        if let own = last.first(where: { $0.rank == run.rank }) {
            return isSame(own, run) && own.extra["argv"] == run.extra["argv"]
                && own.env?["attribution"] == run.env?["attribution"]
        }
        // Ranks of one program may have arguments of their own.
        return run.rank != nil
            && last.contains { other in
                other.rank != nil && other.worldSize == run.worldSize && isSame(other, run)
                    && other.extra["argv"]?.array?.first == run.extra["argv"]?.array?.first
            }
    }

    private func isSame(_ left: RunRecord, _ right: RunRecord) -> Bool {
        left.config == right.config && left.seed == right.seed
    }

    private func isBefore(_ part: RunRecord) -> Bool {
        Attempt(part).map { now.isLike($0) && $0.restarts < now.restarts } ?? false
    }
}

/// One of the times that a job of Slurm ran.
private struct Attempt {
    let job: [String?]
    /// How often the job had been put back into the queue.
    let restarts: Int

    init?(_ variable: (String) -> String?) {
        guard let number = variable("SLURM_JOB_ID") else { return nil }
        job = [variable("SLURM_CLUSTER_NAME"), number]
        restarts = variable("SLURM_RESTART_COUNT").flatMap { Int($0) } ?? 0
    }

    init?(_ run: RunRecord) {
        self.init { run.env?[$0]?.string }
    }

    func isLike(_ other: Attempt) -> Bool { job == other.job }
}
