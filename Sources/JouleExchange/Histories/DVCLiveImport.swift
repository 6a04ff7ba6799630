package import JouleFile
import JouleQuantities

/// Reads the folders that DVCLive writes (`import dvclive`, `Schemas/imports.md`).
package enum DVCLiveImport {
    private static let plots = "plots/metrics"

    /// One run for each folder of DVCLive at or below `path`.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [RunRecord] {
        let root = HistoryFolder.trimmed(path)
        guard HistoryFolder.isFolder(root) else {
            let reason = "a file; name the folder that DVCLive wrote, with its metrics.json"
            throw .unreadable(path: root, reason: reason)
        }
        let files = try HistoryFolder(root) { folder, name in
            name == "metrics.json" || name == "params.yaml"
                || name.hasSuffix(".tsv") && place(of: folder) != nil
        }.files
        var work = HistoryWork(progress, of: files.reduce(0) { $0 + $1.sizeBytes })
        var byRun: [String: [HistoryFolder.File]] = [:]
        for file in files {
            byRun[place(of: file.folder)?.run ?? file.folder, default: []].append(file)
        }
        var records = HistoryRecords()
        for (folder, files) in byRun.sorted(by: { $0.key < $1.key }) {
            guard Self.isOfRun(files) else { continue }
            let place = folder.isEmpty ? root : "\(root)/\(folder)"
            var run = DVCLiveRun(place)
            for file in files {
                try run.take(file, metric: Self.place(of: file.folder)?.name)
                work.add(file.sizeBytes)
            }
            if let record = try run.record() { try records.add(record, of: place) }
        }
        guard !records.all.isEmpty else {
            throw .unreadable(path: root, reason: "holds no folder of DVCLive (\(plots)/*.tsv)")
        }
        return records.all
    }

    /// Whether DVCLive wrote any of a folder's files: others have files of these names as well.
    private static func isOfRun(_ files: [HistoryFolder.File]) -> Bool {
        files.contains { file in
            if place(of: file.folder) != nil { return true }
            guard file.name == "metrics.json",
                var opened = try? HistoryFile(opening: file.path),
                let bytes = try? opened.all(sizeBytesMax: DVCLiveRun.textSizeMax)
            else { return false }
            return (try? JSON(parsing: bytes))?.object?["step"]?.integer != nil
        }
    }

    /// The run that a folder of plots is of, and what of a metric's name it is.
    private static func place(of folder: String) -> (run: String, name: String)? {
        let names = folder.split(separator: "/")
        let place = names.indices.dropLast().first {
            names[$0] == "plots" && names[$0 + 1] == "metrics"
        }
        guard let place else { return nil }
        return (
            names[..<place].joined(separator: "/"), names[(place + 2)...].joined(separator: "/")
        )
    }
}

/// One run while its files are read.
private struct DVCLiveRun {
    private let folder: String
    private var hash = ContentHash.Parts()
    private var history = TrackedHistory()
    private var config: JSONObject?
    private var metrics: JSONObject?
    /// Whether `metrics.json` names a step, as DVCLive's does.
    private var isNamed = false
    private var unfinished: [JSON] = []

    static let textSizeMax = 16 << 20

    init(_ folder: String) {
        self.folder = folder
        // Folders of different runs often have one name, such as `dvclive`.
        let real = HistoryFolder.real(folder) ?? folder
        hash.add(Array(real.split(separator: "/").suffix(2).joined(separator: "/").utf8) + [0])
    }

    mutating func take(_ file: HistoryFolder.File, metric folder: String?) throws(ExchangeError) {
        hash.add(Array("\(folder ?? "")/\(file.name)".utf8) + [0])
        if let folder {
            let own = String(file.name.dropLast(".tsv".utf8.count))
            try take(table: file, of: folder.isEmpty ? own : "\(folder)/\(own)")
            return
        }
        var opened = try HistoryFile(opening: file.path)
        let bytes = try opened.all(sizeBytesMax: Self.textSizeMax)
        hash.add(bytes)
        if file.name == "params.yaml" {
            try take(params: bytes, file.path)
        } else {
            try take(metrics: bytes, file.path)
        }
    }

    private mutating func take(params bytes: [UInt8], _ path: String) throws(ExchangeError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "not UTF-8")
        }
        do {
            config = try SmallYAML.json(text).object
        } catch {
            throw .badLine(path: path, line: error.line, field: "", reason: error.reason)
        }
    }

    private mutating func take(metrics bytes: [UInt8], _ path: String) throws(ExchangeError) {
        do {
            guard var object = try JSON(parsing: bytes).object else {
                throw ExchangeError.unreadable(path: path, reason: "expected an object")
            }
            isNamed = object["step"]?.integer != nil
            object["step"] = nil
            metrics = Self.withNumbers(object)
        } catch let error as JSONError {
            let offset = UInt64(clamping: error.offset)
            throw .damaged(path: path, offset: offset, reason: "not JSON: \(error.reason)")
        } catch {
            throw .unreadable(path: path, reason: "expected an object")
        }
    }

    /// DVCLive spells numbers that are none as texts.
    private static func withNumbers(_ object: JSONObject) -> JSONObject {
        JSONObject(
            uniqueMembers: object.members.map { member in
                var member = member
                if let inner = member.value.object {
                    member.value = .object(withNumbers(inner))
                } else if let text = member.value.string, let number = PythonNumber.special(text) {
                    member.value = .double(number)
                }
                return member
            }
        )
    }

    /// A header, then rows of a step, a value, and before them a time in ms where it was asked for.
    private mutating func take(table file: HistoryFolder.File, of metric: String)
        throws(ExchangeError)
    {
        let opened = try HistoryFile(opening: file.path)
        guard opened.size > 0 else { return }
        var reader = try opened.lines(sizeBytesMax: 1 << 12)
        var (hasTimes, isFirst) = (false, true)
        while let line = try reader.next() {
            hash.add(line + [0x0A])
            if reader.isUnfinished {
                unfinished.append(["metric": .string(metric), "line": .integer(Int64(reader.line))])
                break
            }
            let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
            if isFirst {
                hasTimes = fields.first?.elementsEqual("timestamp".utf8) ?? false
                isFirst = false
                guard fields.count == (hasTimes ? 3 : 2),
                    fields[hasTimes ? 1 : 0].elementsEqual("step".utf8)
                else {
                    let reason = "expected a header: step and the metric, perhaps timestamp before"
                    throw .badLine(path: file.path, line: 1, field: "", reason: reason)
                }
                continue
            }
            guard fields.count == (hasTimes ? 3 : 2),
                let step = PythonNumber.integer(fields[hasTimes ? 1 : 0]),
                let value = PythonNumber.double(fields[hasTimes ? 2 : 1]),
                let time = hasTimes ? PythonNumber.integer(fields[0]) : 0,
                case let (timeNS, overflows) = time.multipliedReportingOverflow(by: 1_000_000),
                !overflows
            else {
                let reason = "expected a step and a number, perhaps a time in ms before"
                throw .badLine(path: file.path, line: reader.line, field: "", reason: reason)
            }
            let refusal = history.add(metric, value, step: step, timeNS: hasTimes ? timeNS : nil)
            if let refusal {
                throw .badLine(path: file.path, line: reader.line, field: "", reason: refusal)
            }
        }
    }

    /// Nil for a folder that only has files of these names.
    mutating func record() throws(ExchangeError) -> RunRecord? {
        guard !history.isEmpty || isNamed else { return nil }
        guard let id = RunID("dvc-\(hash.hex.prefix(16))") else {
            throw .unreadable(path: folder, reason: "has no name")
        }
        history.sortByTime()
        var run = RunRecord(id: id, status: unfinished.isEmpty ? .finished : .killed)
        run.assumed = ["status"]
        run.config = config.flatMap { $0.isEmpty ? nil : $0 }
        run.metrics = metrics
        history.complete(&run)
        if !unfinished.isEmpty {
            run.extra["dvclive"] = ["unfinished": .array(unfinished)]
        }
        return run
    }
}
