package import JouleFile
import JouleQuantities

/// Reads the files that W&B keeps of runs (`import wandb`, `Schemas/imports.md`).
package enum WandbImport {
    /// The runs of all `.wandb` files at or below `path`, or of the one that it is.
    ///
    /// A run that was resumed has several files, and is one run.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [RunRecord] {
        let root = HistoryFolder.trimmed(path)
        var runs: [WandbRun] = []
        var places: [String: Int] = [:]
        func take(_ run: WandbRun, _ path: String) throws(ExchangeError) {
            guard let id = run.id else {
                throw .unreadable(path: path, reason: "does not say which run it is of")
            }
            if let place = places[id] {
                try runs[place].goOn(run, path)
            } else {
                places[id] = runs.count
                runs.append(run)
            }
        }
        if HistoryFolder.isFolder(root) {
            let files = try HistoryFolder(root) { $1.hasSuffix(".wandb") }.files
            guard !files.isEmpty else {
                throw .unreadable(path: root, reason: "holds no files of W&B (run-*.wandb)")
            }
            var work = HistoryWork(progress, of: files.reduce(0) { $0 + $1.sizeBytes })
            for file in files {
                try take(WandbRun(HistoryFile(opening: file.path), &work), file.path)
            }
        } else {
            var work = HistoryWork(progress)
            try take(WandbRun(HistoryFile(opening: root, followsLinks: true), &work), root)
        }
        var records: [RunRecord] = []
        for run in runs { records.append(try run.record()) }
        return records
    }
}

/// One run while its records are read.
private struct WandbRun {
    private let path: String
    private(set) var id: String?
    private var history = TrackedHistory()
    private var config = WandbValues()
    private var summary = WandbValues()
    private var facts = JSONObject()
    private var tags: [String] = []
    private var project: String?
    private var sweep: String?
    private var started: WallTime?
    /// Of the processes that wrote its files.
    private var starts: Set<WallTime> = []
    /// Seconds that it ran.
    private var runtime: Double?
    /// Of these what W&B counts of the processes before this one.
    private var before: Double?
    private var exitCode: UInt64?
    private var code = CodeIdentity()
    private var hardware: Hardware
    private var user: String?
    private var unfinished: [JSON] = []
    /// What of the history is no number, such as images.
    private var unread = 0

    private static let depthMax = 32

    init(_ file: consuming HistoryFile, _ work: inout HistoryWork) throws(ExchangeError) {
        path = file.path
        hardware = Hardware(host: nil)
        var log = try WandbLog(file)
        var done: UInt64 = 0
        while let record = try log.next() {
            do throws(ProtobufError) {
                try take(record[...])
            } catch {
                throw .damaged(path: path, offset: log.recordOffset, reason: error.reason)
            }
            work.add(log.offset - done)
            done = log.offset
        }
        if let started { starts = [started] }
        if log.isCutOff {
            let name = path.split(separator: "/").last.map(String.init) ?? path
            unfinished = [
                ["file": .string(name), "offset": .integer(Int64(clamping: log.recordOffset))]
            ]
        }
    }

    /// Takes what a later file of the same run says.
    mutating func goOn(_ later: WandbRun, _ path: String) throws(ExchangeError) {
        guard let start = later.started, starts.insert(start).inserted else {
            let reason = "the same run as \(self.path), perhaps a copy; import one of them"
            throw .unreadable(path: path, reason: reason)
        }
        for point in later.history.steps.points {
            let name = later.history.steps.names[Int(point.metric)]
            let refusal = history.add(name, point.value, step: point.step, timeNS: point.timeNS)
            if let refusal { throw .unreadable(path: path, reason: refusal) }
        }
        config.set(later.config)
        summary.set(later.summary)
        guard config.isBounded, summary.isBounded else {
            throw .unreadable(path: path, reason: "too many or too long values of one run")
        }
        for member in later.facts.members { facts[member.name] = member.value }
        for tag in later.tags where !tags.contains(tag) { tags.append(tag) }
        if later.code != CodeIdentity() { code = later.code }
        if later.hardware != Hardware(host: nil) { hardware = later.hardware }
        user = later.user ?? user
        exitCode = later.exitCode
        let earlier = later.before ?? 0
        runtime = later.runtime.flatMap { whole in
            earlier > 0 ? max(runtime ?? 0, earlier) + whole - earlier : runtime.map { $0 + whole }
        }
        unfinished += later.unfinished
        unread += later.unread
    }

    // MARK: Records

    private mutating func take(_ record: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(record)
        while let (number, value) = try reader.next() {
            guard let message = value.bytes else { continue }
            switch number {
            case 2: try take(history: message)
            case 3: try change(&summary, message, "summary")
            case 5: try change(&config, message, "config")
            case 17: try take(run: message)
            case 18: try take(exit: message)
            case 26: try take(environment: message)
            default: break
            }
        }
    }

    private mutating func take(history message: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        var values: [(name: String, value: Double)] = []
        var step: Int64?
        var (seconds, elapsed): (Double?, Double?)
        while let (number, value) = try reader.next() {
            guard let item = value.bytes else { continue }
            if number == 2 {
                var inner = ProtobufReader(item)
                step = step ?? 0
                while let (member, value) = try inner.next() {
                    if member == 1 { step = value.varint.map { Int64(bitPattern: $0) } }
                }
            }
            guard number == 1, let (names, json, _) = try WandbItem.read(item) else { continue }
            switch names {
            case ["_step"]: step = step ?? json.integer
            case ["_timestamp"]: seconds = json.double
            case ["_runtime"]: elapsed = json.double
            default: collect(json, names.joined(separator: "."), depth: 0, &values)
            }
        }
        guard let step else {
            throw ProtobufError(
                offset: message.startIndex,
                reason: "a row of history without a step"
            )
        }
        let time = seconds.flatMap(WallTime.init(unixSeconds:))?.unixNanoseconds
        if before == nil, let started, let seconds, let elapsed {
            let earlier = (elapsed - (seconds - started.unixSeconds)).rounded(.down)
            before = earlier.isFinite ? max(earlier, 0) : 0
        }
        for (name, value) in values {
            let refusal = history.add(name, value, step: step, timeNS: time)
            if let refusal { throw ProtobufError(offset: message.startIndex, reason: refusal) }
        }
    }

    /// The numbers of a value, those in objects by the path of their names.
    private mutating func collect(
        _ json: JSON,
        _ name: String,
        depth: Int,
        _ values: inout [(name: String, value: Double)]
    ) {
        if case .object(let object) = json, object["_type"] == nil, depth < Self.depthMax {
            for member in object.members {
                collect(member.value, "\(name).\(member.name)", depth: depth + 1, &values)
            }
        } else if let value = json.double {
            values.append((name, value))
        } else {
            unread += 1
        }
    }

    /// Records of configuration and of the summary set values by name and remove them.
    private func change(
        _ object: inout WandbValues,
        _ message: ArraySlice<UInt8>,
        _ what: String
    ) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        while let (number, value) = try reader.next() {
            guard let item = value.bytes else { continue }
            if number == 1, let item = try WandbItem.read(item) {
                object.set(item.names[...], to: (item.json, item.sizeBytes))
            } else if number == 2, let names = try WandbItem.names(item) {
                object.set(names[...], to: nil)
            }
            guard object.isBounded else {
                let reason =
                    "more than \(WandbValues.namesMax) names in \(what), or more than"
                    + " \(WandbValues.sizeBytesMax) bytes of values"
                throw ProtobufError(offset: message.startIndex, reason: reason)
            }
        }
    }

    private mutating func take(run message: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        var (name, entity): (String?, String?)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: name = value.text
            case 2: entity = value.text
            case 3: project = value.text ?? project
            case 4: try change(&config, value.bytes ?? [], "config")
            case 5: try change(&summary, value.bytes ?? [], "summary")
            case 6: facts["group"] = value.text.map(JSON.string)
            case 7: facts["job_type"] = value.text.map(JSON.string)
            case 8: facts["name"] = value.text.map(JSON.string)
            case 9: facts["notes"] = value.text.map(JSON.string)
            case 10:
                if let tag = value.text, !tags.contains(tag), tags.count < 256 { tags.append(tag) }
            case 12: sweep = value.text
            case 13: hardware.host = value.text.flatMap { $0.isEmpty ? nil : $0 }
            case 17: started = try WandbItem.time(value.bytes ?? []) ?? started
            case 21: try take(git: value.bytes ?? [])
            default: break
            }
        }
        // W&B's names are unique within a project.
        let owner = (entity.flatMap { $0.isEmpty ? nil : "\($0)/" } ?? "") + (project ?? "")
        id = name.map { owner.isEmpty ? $0 : "\($0)@\(owner)" } ?? id
    }

    private mutating func take(git message: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        while let (number, value) = try reader.next() {
            if number == 1 { facts["git_remote"] = value.text.map(JSON.string) }
            if number == 2 { code.commit = value.text }
        }
    }

    private mutating func take(exit message: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        exitCode = 0
        while let (number, value) = try reader.next() {
            if number == 1 { exitCode = value.varint }
            if number == 2 {
                let seconds = value.varint.map { Int32(truncatingIfNeeded: $0) }
                runtime = seconds.flatMap { $0 < 0 ? nil : Double($0) }
            }
        }
    }

    private mutating func take(environment message: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        var (gpu, gpus): (String?, UInt64?)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: hardware.extra["os"] = value.text.map(JSON.string)
            case 2: facts["python"] = value.text.map(JSON.string)
            case 7: code.entry = value.text
            case 9: try take(git: value.bytes ?? [])
            case 12: hardware.host = value.text
            case 13: user = value.text
            case 18: gpu = value.text
            case 19: gpus = value.varint
            case 17:
                let threads = value.varint.flatMap { Int64(exactly: $0) }
                hardware.extra["topology"] = threads.map { ["threads": .integer($0)] }
            default: break
            }
        }
        if gpu != nil || gpus != nil {
            let count = gpus.flatMap { Int32(exactly: $0) }.map { Int($0) }
            hardware.devices.append(Hardware.Device(kind: "gpu", name: gpu, count: count))
        }
    }

    // MARK: Giving out

    func record() throws(ExchangeError) -> RunRecord {
        guard let id = id.flatMap(RunID.init) else {
            throw .unreadable(path: path, reason: "the name of its run is none")
        }
        let status = exitCode.map { $0 == 0 ? RunStatus.finished : .failed }
        var run = RunRecord(id: id, status: status ?? .killed)
        if status == nil { run.assumed = ["status"] }
        run.project = project
        run.sweep = sweep.flatMap { $0.isEmpty ? nil : $0 }
        run.tags = tags
        run.user = user
        run.started = started
        var settings = config
        settings.set(["_wandb"], to: nil)
        if !settings.json.isEmpty { run.config = settings.json }
        if code != CodeIdentity() { run.code = code }
        if hardware != Hardware(host: nil) { run.hardware = hardware }
        var results = summary
        for name in ["_wandb", "_step", "_runtime", "_timestamp"] { results.set([name], to: nil) }
        if !results.json.isEmpty { run.metrics = results.json }
        run.durationSeconds = runtime
        history.complete(&run)
        var rest = facts
        if let exitCode { rest["exit_code"] = .integer(Int64(truncatingIfNeeded: exitCode)) }
        if unread > 0 { rest["values_not_read"] = .integer(Int64(unread)) }
        if !unfinished.isEmpty { rest["unfinished"] = .array(unfinished) }
        if !rest.isEmpty { run.extra["wandb"] = .object(rest) }
        return run
    }
}
