import JouleFile
import JouleQuantities

extension AuditedRun {
    /// What all runs of one audit are made with.
    struct Maker {
        var vocabulary: RunVocabulary
        let store = DetailStore()
        private var batches = BatchRuns()
        private let liveness: (RunRecord) -> Liveness

        init(_ roles: KeyRoles, liveness: @escaping (RunRecord) -> Liveness) {
            vocabulary = RunVocabulary(roles)
            self.liveness = liveness
        }

        mutating func run(_ record: RunRecord) -> AuditedRun { run(record, liveness(record)) }

        mutating func run(_ record: RunRecord, _ liveness: Liveness) -> AuditedRun {
            let inputs = vocabulary.learn(record)
            return AuditedRun(record, inputs, &vocabulary, store, liveness)
        }

        /// Whether the process that writes a run is known to be dead.
        func isDead(_ run: RunRecord) -> Bool { liveness(run) == .dead }

        /// The runs of a batch in their order, each with its record where it took one to make it.
        mutating func runs(
            of read: ReadBatch,
            fail: (LedgerDirectory.Problem) -> Void,
            take: (AuditedRun, RunRecord?) -> Void
        ) {
            batches.begin(read, &vocabulary)
            for place in 0..<read.batch.count {
                if let run = batches.run(place, of: read, &vocabulary, store) {
                    take(run, nil)
                    continue
                }
                do throws(RecordError) {
                    let record = try read.batch.record(place)
                    take(run(record), record)
                } catch {
                    fail(read.batch.problem(place, error))
                }
            }
        }
    }

    /// Takes a run that claims to be running as killed once its process is known to be dead.
    convenience init(
        _ run: RunRecord,
        _ inputs: RunInputs,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore?,
        _ liveness: Liveness,
        cost: RunCost? = nil
    ) {
        let isDead = run.status == .running && liveness == .dead
        let status = isDead ? .killed : run.status
        let execution = Execution(run, status: status)
        let course = CurveReading(run, &vocabulary.metricNames)
        let metrics = ResultSummary.metrics(of: run)
        self.init(
            Facts(
                id: run.id,
                setting: inputs.setting,
                origin: vocabulary.origin(of: run),
                seed: inputs.seed,
                sweep: run.sweep.map { vocabulary.shared($0) },
                execution: execution,
                cost: cost ?? RunCost(run, lasting: execution.durationSeconds),
                curve: course.curve?.mark,
                informationBits: course.informationBits,
                names: vocabulary.names(metrics.map(\.name)),
                values: metrics.map(\.value),
                selection: PrimaryMetric.Selection(run).map { vocabulary.shared($0) },
                epochCount: Int32(clamping: run.epochs.count),
                firstEpoch: (run.epochs.lazy.map(\.number).min()).map { Int32(clamping: $0) }
                    ?? .min,
                rank: run.rank.map { Int32(clamping: $0) } ?? -1,
                status: status,
                isVerification: run.tags.contains("verify"),
                hasDiverged: status != .running && course.hasNonFinite
            ),
            store,
            RunDetails(run, inputs, course.curve?.prefixes ?? [])
        )
    }

    /// A run by itself, without details.
    convenience init(
        _ run: RunRecord,
        _ inputs: RunInputs,
        liveness: Liveness,
        cost: RunCost? = nil
    ) {
        var vocabulary = RunVocabulary()
        self.init(run, inputs, &vocabulary, nil, liveness, cost: cost)
    }
}

extension RunDetails {
    /// Nothing.
    static let none = RunDetails(
        prefixes: [],
        epochs: [],
        checkpoints: nil,
        arguments: nil,
        leaves: [],
        ignored: [],
        unread: [],
        isConfigured: false
    )

    /// Epochs of which a checkpoint was kept; nil where these are no artifacts.
    static func checkpoints(of artifacts: JSON) -> [Int]? {
        artifacts.array?.compactMap { artifact -> Int? in
            guard artifact["kind"]?.string == "checkpoint" else { return nil }
            return artifact["epoch"]?.integer.flatMap { Int(exactly: $0) }
        }
    }

    fileprivate init(_ run: RunRecord, _ inputs: RunInputs, _ prefixes: [UInt64]) {
        self.prefixes = prefixes
        epochs = Epoch.all(of: run)
        checkpoints = run.extra["artifacts"].flatMap { Self.checkpoints(of: $0) }
        arguments = RunSetting.Facts.arguments(of: run)?.text()
        leaves = inputs.leaves
        ignored = inputs.ignored
        unread = inputs.unread
        isConfigured = inputs.isConfigured
    }
}
