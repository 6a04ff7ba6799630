package import JouleFile
import JouleQuantities

/// Reads what the trainer of Hugging Face Transformers logged (`import trainer-state`,
/// `Schemas/imports.md`).
package enum TrainerStateImport {
    private static let fileName = "trainer_state.json"
    /// A value in JSON takes up to 25 times its size in memory.
    private static let sizeBytesMax = 32 << 20

    /// One run for each output folder at or below `path`, or for the file that it is.
    ///
    /// `training_args.bin` is a pickle, which may run any code, and is never opened.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [RunRecord] {
        let root = HistoryFolder.trimmed(path)
        guard HistoryFolder.isFolder(root) else {
            let folder = root.split(separator: "/").dropLast().joined(separator: "/")
            let place = root.hasPrefix("/") ? "/" + folder : folder.isEmpty ? "." : folder
            let state = try TrainerState(root, followsLinks: true, sizeBytesMax)
            return [try state.run(output: output(of: place))]
        }
        let files = try HistoryFolder(root) { $1 == fileName }.files
        guard !files.isEmpty else {
            throw .unreadable(path: root, reason: "holds no \(fileName)")
        }
        var work = HistoryWork(progress, of: files.reduce(0) { $0 + $1.sizeBytes })
        var latest: [String: (step: Int64, path: String, run: RunRecord)] = [:]
        for file in files {
            let state = try TrainerState(file.path, sizeBytesMax)
            let folder = file.folder.isEmpty ? root : "\(root)/\(file.folder)"
            let output = output(of: folder)
            // An output's own file comes before its checkpoints', and says more at the same step.
            if latest[output].map({ $0.step < state.step }) ?? true {
                latest[output] = (state.step, state.path, try state.run(output: output))
            }
            work.add(file.sizeBytes)
        }
        var records = HistoryRecords()
        for (_, state) in latest.sorted(by: { $0.key < $1.key }) {
            try records.add(state.run, of: state.path)
        }
        return records.all
    }

    /// The folder that a training was told to write to: a checkpoint's is the one above.
    private static func output(of folder: String) -> String {
        let real = HistoryFolder.real(folder) ?? folder
        var parts = real.split(separator: "/")
        if let last = parts.last, last.hasPrefix("checkpoint-") { parts.removeLast() }
        return "/" + parts.joined(separator: "/")
    }
}

/// One `trainer_state.json`.
private struct TrainerState {
    let path: String
    /// The last step that was trained.
    let step: Int64
    private let bytes: [UInt8]
    private let state: JSON
    private let log: [JSON]

    init(_ path: String, followsLinks: Bool = false, _ sizeBytesMax: Int) throws(ExchangeError) {
        var file = try HistoryFile(opening: path, followsLinks: followsLinks)
        bytes = try file.all(sizeBytesMax: sizeBytesMax)
        self.path = path
        do {
            state = try JSON(parsing: bytes)
        } catch {
            let offset = UInt64(clamping: error.offset)
            throw .damaged(path: path, offset: offset, reason: "not JSON: \(error.reason)")
        }
        guard let log = state["log_history"]?.array, let step = state["global_step"]?.integer else {
            let reason = "no trainer_state.json: log_history and global_step are required"
            throw .unreadable(path: path, reason: reason)
        }
        (self.log, self.step) = (log, step)
    }

    func run(output: String) throws(ExchangeError) -> RunRecord {
        var history = TrackedHistory()
        var seconds: Double?
        var isWhole = false
        for (place, entry) in log.enumerated() {
            guard let members = entry.object?.members, let step = entry["step"]?.integer else {
                throw failure("log_history[\(place)].step: expected a whole number")
            }
            for member in members where member.name != "step" {
                guard let value = member.value.double else { continue }
                let refusal = history.add(member.name, value, step: step, timeNS: nil)
                if let refusal { throw failure("log_history[\(place)]: \(refusal)") }
            }
            if let told = entry["train_runtime"]?.double, told.isFinite, told >= 0 {
                (seconds, isWhole) = (told, step == self.step)
            }
        }
        var run = RunRecord(id: try name(output), status: status(isWhole: isWhole))
        run.assumed = ["status"]
        run.durationSeconds = seconds
        run.config = config
        history.complete(&run)
        var facts = JSONObject()
        for name in ["best_metric", "best_global_step", "total_flos", "num_input_tokens_seen"] {
            if let value = state[name], value.double != nil { facts[name] = value }
        }
        facts["global_step"] = .integer(step)
        run.extra["trainer_state"] = .object(facts)
        return run
    }

    /// The file does not name its run: its content and the output folder's name do.
    private func name(_ output: String) throws(ExchangeError) -> RunID {
        var hash = ContentHash.Parts()
        hash.add(Array((output.split(separator: "/").last ?? "").utf8) + [0])
        hash.add(bytes)
        guard let id = RunID("hf-\(hash.hex.prefix(16))") else { throw failure("has no name") }
        return id
    }

    /// What was trained to its last step, or stopped itself, was finished.
    private func status(isWhole: Bool) -> RunStatus {
        let control = state["stateful_callbacks"]?["TrainerControl"]?["args"]
        let stopped = control?["should_training_stop"]?.bool ?? false
        let last = state["max_steps"]?.integer ?? 0
        return isWhole || stopped || last > 0 && step >= last ? .finished : .killed
    }

    /// The few settings that the state repeats, and those of a search's trial.
    private var config: JSONObject? {
        var config = JSONObject()
        for name in ["num_train_epochs", "max_steps", "train_batch_size"] {
            if let value = state[name], value.double != nil { config[name] = value }
        }
        for member in state["trial_params"]?.object?.members ?? [] {
            config[member.name] = member.value
        }
        return config.isEmpty ? nil : config
    }

    private func failure(_ reason: String) -> ExchangeError {
        .unreadable(path: path, reason: reason)
    }
}
