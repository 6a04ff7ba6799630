import JouleQuantities

/// What the keys of one program did, from runs that differ in one of them.
struct ProgramEffects {
    private(set) var records: [Int32: DeadKnobs.Record] = [:]
    private let runs: [KeyedRun]
    private let tasks: ProgramTasks
    /// By task.
    private let noise: [Replication?]
    /// By path and then by task.
    private var pairs: [Int32: [Int: KeyPairs]] = [:]

    /// `runs` are its originals, in the order of their starts.
    init(_ runs: [KeyedRun], _ tasks: ProgramTasks, _ noise: [Replication?]) {
        self.runs = runs
        self.tasks = tasks
        self.noise = noise
    }

    /// Looks at all neighbours; those that are as close as two seeds may be.
    mutating func look(
        _ table: LeafTable,
        _ vocabulary: RunVocabulary,
        _ bound: CoincidenceBound
    ) -> NearDuplicates {
        var near = NearDuplicates(table, vocabulary)
        Neighbours(runs, LeafRows(runs), table).forEachBucket { bucket in
            let ended = bucket.runs.filter { $0.run.isProof(bound) }
            for (left, right) in zip(ended, ended.dropFirst()) where left.leaf != right.leaf {
                take(left.run, right.run, at: bucket.path)
            }
            near.take(bucket) { noise[tasks[$0]] }
        }
        return near
    }

    private mutating func take(_ left: KeyedRun, _ right: KeyedRun, at path: Int32) {
        records[path, default: .init()].take(left, right)
        let task = tasks[right]
        guard let metric = noise[task]?.metric, let a = left.run.result(metric),
            let b = right.run.result(metric)
        else { return }
        pairs[path, default: [:]][task, default: KeyPairs()].take(
            difference: b - a,
            isIdentical: left.run.curve == right.run.curve
        )
    }

    func effects(_ table: LeafTable) -> [KeyEffect] {
        pairs.flatMap { path, tasks in
            tasks.compactMap { task, sum in
                noise[task].flatMap { replication in
                    sum.effect(
                        of: table.paths[Int(path)],
                        metric: replication.metric,
                        in: runs[0],
                        seedDeviation: replication.seedDeviation
                    )
                }
            }
        }
    }
}
