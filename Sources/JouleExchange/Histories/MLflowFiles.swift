import JouleFile
import JouleQuantities

/// MLflow's store of files: `EXPERIMENT/RUN/meta.yaml`, and beside it a file for each param, tag and
/// metric.
enum MLflowFiles {
    private static let meta = "meta.yaml"
    private static let parts: Set<Substring> = ["params", "metrics", "tags"]
    private static let passedOver: Set<String> = [".trash", "artifacts", "models", "traces"]
    private static let textSizeMax = 1 << 20

    /// Whether nothing in a folder is a fact of a run.
    static func isPassedOver(_ folder: String, _ name: String) -> Bool {
        passedOver.contains(name) && place(of: folder) == nil
    }

    static func isWanted(_ folder: String, _ name: String) -> Bool {
        name == meta || place(of: folder) != nil
    }

    /// The run that a folder is in, which of its parts, and what of a name the folder is.
    private static func place(of folder: String) -> (run: String, part: Substring, name: String)? {
        let names = folder.split(separator: "/")
        guard let place = names.firstIndex(where: { parts.contains($0) }) else { return nil }
        let name = names[(place + 1)...].joined(separator: "/")
        return (names[..<place].joined(separator: "/"), names[place], name)
    }

    static func read(
        _ files: [HistoryFolder.File],
        _ root: String,
        _ progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [(run: RunRecord, path: String)] {
        var work = HistoryWork(progress, of: files.reduce(0) { $0 + $1.sizeBytes })
        var byRun: [String: [HistoryFolder.File]] = [:]
        for file in files {
            if let run = place(of: file.folder)?.run { byRun[run, default: []].append(file) }
        }
        var records: [(run: RunRecord, path: String)] = []
        var experiments: [String: String] = [:]
        for file in files where file.name == meta && place(of: file.folder) == nil {
            let facts = try Self.facts(file.path)
            if let name = facts["name"]?.string, facts["run_id"] == nil {
                experiments[file.folder] = name
            }
            guard let id = facts["run_id"]?.string ?? facts["run_uuid"]?.string,
                facts["lifecycle_stage"]?.string != "deleted"
            else { continue }
            var run = MLflowRun()
            for file in byRun[file.folder] ?? [] { try take(file, into: &run, &work) }
            run.history.sortByTime()
            let above = file.folder.split(separator: "/").dropLast().joined(separator: "/")
            var known = MLflowRun.Facts(id: id)
            known.name = facts["run_name"]?.string
            known.experiment = experiments[above]
            known.status = facts["status"]?.integer.flatMap { MLflowRun.Facts.status($0) }
            known.started = facts["start_time"]?.integer
            known.ended = facts["end_time"]?.integer
            known.user = facts["user_id"]?.string
            guard let record = run.record(known) else {
                throw .unreadable(path: file.path, reason: "run_id: is none of a run")
            }
            records.append((record, file.path))
        }
        return records
    }

    private static func facts(_ path: String) throws(ExchangeError) -> JSON {
        let text = try text(path)
        do {
            return try SmallYAML.json(text, .v11)
        } catch {
            throw .badLine(path: path, line: error.line, field: "", reason: error.reason)
        }
    }

    private static func text(_ path: String) throws(ExchangeError) -> String {
        var file = try HistoryFile(opening: path)
        let bytes = try file.all(sizeBytesMax: textSizeMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "not UTF-8")
        }
        return text
    }

    private static func take(
        _ file: HistoryFolder.File,
        into run: inout MLflowRun,
        _ work: inout HistoryWork
    ) throws(ExchangeError) {
        guard let place = place(of: file.folder) else { return }
        let name = place.name.isEmpty ? file.name : "\(place.name)/\(file.name)"
        let refusal: String?
        switch place.part {
        case "params": refusal = run.add(param: name, try text(file.path))
        case "tags": refusal = run.add(tag: name, try text(file.path))
        default:
            try metric(name, file.path, into: &run)
            refusal = nil
        }
        if let refusal { throw .unreadable(path: file.path, reason: refusal) }
        work.add(file.sizeBytes)
    }

    /// Lines of a time in milliseconds, a value and a step.
    private static func metric(_ name: String, _ path: String, into run: inout MLflowRun)
        throws(ExchangeError)
    {
        let file = try HistoryFile(opening: path)
        guard file.size > 0 else { return }
        var reader = try file.lines(sizeBytesMax: 1 << 12)
        while let line = try reader.next() {
            // What a killed writer leaves is no row, and may be a part of a number.
            if reader.isUnfinished { return run.noteUnfinished(name, line: reader.line) }
            let fields = line.split(separator: 0x20)
            guard fields.count >= 2, let time = PythonNumber.integer(fields[0]),
                let value = PythonNumber.double(fields[1]),
                let step = fields.count == 2 ? 0 : PythonNumber.integer(fields[2])
            else {
                let reason = "expected a time in ms, a value and a step"
                throw .badLine(path: path, line: reader.line, field: "", reason: reason)
            }
            if let refusal = run.add(name, value, step: step, milliseconds: time) {
                throw .badLine(path: path, line: reader.line, field: "", reason: refusal)
            }
        }
    }
}
