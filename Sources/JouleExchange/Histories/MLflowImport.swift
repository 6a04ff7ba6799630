package import JouleFile
import JouleQuantities

/// Reads what MLflow keeps of runs (`import mlflow`, `Schemas/imports.md`): the files of `mlruns`, or
/// a database of SQLite.
package enum MLflowImport {
    private static let database = "mlflow.db"

    /// The runs at or below `path`, without those that were deleted.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [RunRecord] {
        let root = HistoryFolder.trimmed(path)
        guard HistoryFolder.isFolder(root) else {
            return try MLflowDatabase.read(root, HistoryWork(progress))
        }
        var records = HistoryRecords()
        let folder = try HistoryFolder(root, skipping: MLflowFiles.isPassedOver) {
            MLflowFiles.isWanted($0, $1) || $0.isEmpty && $1 == database
        }
        for record in try MLflowFiles.read(folder.files, root, progress) {
            try records.add(record.run, of: record.path)
        }
        for file in folder.files where file.name == database && file.folder.isEmpty {
            for run in try MLflowDatabase.read(file.path, HistoryWork(progress)) {
                try records.add(run, of: file.path)
            }
        }
        guard !records.all.isEmpty else {
            let reason = "holds no runs of MLflow (meta.yaml, or \(database))"
            throw .unreadable(path: root, reason: reason)
        }
        return records.all
    }
}

/// One run while what is known of it comes together.
struct MLflowRun {
    var history = TrackedHistory()
    private var params: [JSONObject.Member] = []
    private var tags: [JSONObject.Member] = []
    private var paramNames: Set<ExactName> = []
    private var tagNames: Set<ExactName> = []
    private var known: [String: String] = [:]
    private var unfinished: [JSON] = []

    private static let membersMax = 1 << 16
    private static let prefix = "mlflow."

    /// Of a run's row or `meta.yaml`.
    struct Facts {
        let id: String
        var name: String?
        var experiment: String?
        var status: RunStatus?
        /// Milliseconds since 1970.
        var started: Int64?
        var ended: Int64?
        var user: String?

        static func status(_ word: String) -> RunStatus? {
            [
                "RUNNING": .running, "SCHEDULED": .running, "FINISHED": .finished,
                "FAILED": .failed,
                "KILLED": .killed,
            ][word]
        }

        /// As `meta.yaml` numbers it.
        static func status(_ number: Int64) -> RunStatus? {
            [1: .running, 2: .running, 3: .finished, 4: .failed, 5: .killed][number]
        }
    }

    /// Nil, or why there are too many.
    mutating func add(param name: String, _ value: String) -> String? {
        guard paramNames.insert(ExactName(name)).inserted else {
            return "param \(name) stands twice"
        }
        params.append(.init(name: name, value: .string(value)))
        return params.count > Self.membersMax ? "more than \(Self.membersMax) params" : nil
    }

    mutating func add(tag name: String, _ value: String) -> String? {
        guard tagNames.insert(ExactName(name)).inserted else { return "tag \(name) stands twice" }
        if name.hasPrefix(Self.prefix) {
            known[String(name.dropFirst(Self.prefix.count))] = value
        }
        tags.append(.init(name: name, value: .string(value)))
        return tags.count > Self.membersMax ? "more than \(Self.membersMax) tags" : nil
    }

    mutating func add(_ metric: String, _ value: Double, step: Int64, milliseconds: Int64)
        -> String?
    {
        let (time, overflows) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        guard !overflows else { return "metric \(metric): \(milliseconds) ms is no time" }
        return history.add(metric, value, step: step, timeNS: time)
    }

    mutating func noteUnfinished(_ metric: String, line: Int) {
        unfinished.append(["metric": .string(metric), "line": .integer(Int64(line))])
    }

    /// The record, or nil where a name is none of a run.
    func record(_ facts: Facts) -> RunRecord? {
        guard let id = RunID(facts.id) else { return nil }
        var run = RunRecord(id: id, status: facts.status ?? .finished)
        if facts.status == nil { run.assumed = ["status"] }
        run.project = facts.experiment
        run.user = [known["user"], facts.user].compactMap { $0 }.first { !$0.isEmpty }
        run.started = Self.time(facts.started)
        run.ended = Self.time(facts.ended)
        if !params.isEmpty { run.config = JSONObject(uniqueMembers: params) }
        let entry = known["source.name"].flatMap { $0.isEmpty ? nil : $0 }
        if entry != nil || known["source.git.commit"] != nil {
            run.code = CodeIdentity(entry: entry, commit: known["source.git.commit"])
        }
        if let parent = known["parentRunId"].flatMap(RunID.init) {
            // MLflow nests the trials of a search.
            run.parents = [Parent(id: parent, relation: "searches")]
            run.assumed.append("parents")
        }
        history.complete(&run)
        var rest = JSONObject()
        let name = known["runName"] ?? facts.name
        rest["run_name"] = name.flatMap { $0.isEmpty ? nil : .string($0) }
        if !tags.isEmpty { rest["tags"] = .object(JSONObject(uniqueMembers: tags)) }
        if !unfinished.isEmpty { rest["unfinished"] = .array(unfinished) }
        if !rest.isEmpty { run.extra["mlflow"] = .object(rest) }
        return run
    }

    private static func time(_ milliseconds: Int64?) -> WallTime? {
        guard let milliseconds, milliseconds > 0 else { return nil }
        return TrackedHistory.date(unixMilliseconds: milliseconds)
    }
}
