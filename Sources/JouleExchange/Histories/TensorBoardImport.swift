package import JouleFile
import JouleQuantities

/// Reads the event files of TensorBoard (`import tensorboard`, `Schemas/imports.md`).
package enum TensorBoardImport {
    /// One run for each folder with event files at or below `path`, or for the file that it is.
    package static func read(
        path: String,
        progress: @escaping HistoryProgress
    ) throws(ExchangeError) -> [RunRecord] {
        let root = HistoryFolder.trimmed(path)
        guard HistoryFolder.isFolder(root) else {
            var run = TensorBoardRun(folder: nil)
            var done = HistoryWork(progress)
            try run.read(HistoryFile(opening: root, followsLinks: true), named: root, &done)
            guard let record = run.record() else { throw nothing(root) }
            return [record]
        }
        let files = try HistoryFolder(root) { $1.contains("tfevents") }.files
        guard !files.isEmpty else {
            throw .unreadable(path: root, reason: "holds no event files (*tfevents*)")
        }
        var work = HistoryWork(progress, of: files.reduce(0) { $0 + $1.sizeBytes })
        var records = HistoryRecords()
        for folder in files.indices.runs(where: { files[$0].folder }) {
            var run = TensorBoardRun(folder: files[folder.lowerBound].folder)
            for file in files[folder] {
                try run.read(HistoryFile(opening: file.path), named: file.name, &work)
            }
            if let record = run.record() {
                try records.add(record, of: files[folder.lowerBound].path)
            }
        }
        guard !records.all.isEmpty else { throw nothing(root) }
        return records.all
    }

    private static func nothing(_ path: String) -> ExchangeError {
        .unreadable(path: path, reason: "its event files hold no scalars and no hparams")
    }
}

/// One run while its files are read.
private struct TensorBoardRun {
    private let folder: String?
    private var history = TrackedHistory()
    private var config = JSONObject()
    private var plugins: [String: String] = [:]
    private var id: String?
    private var files = 0
    private var started: WallTime?
    private var ended: WallTime?
    private var sessionStarted: WallTime?
    private var sessionEnded: WallTime?
    private var status: RunStatus?
    /// What a writer that was killed left at the ends of files.
    private var unfinished: [JSON] = []
    /// Values of other kinds, such as images and histograms.
    private var unread = 0

    private static let recordSizeMax: UInt64 = 512 << 20
    private static let tagsMax = 1 << 16
    private static let hyperparametersMax = 1 << 12

    init(folder: String?) { self.folder = folder }

    // MARK: Records

    mutating func read(
        _ file: consuming HistoryFile,
        named name: String,
        _ work: inout HistoryWork
    ) throws(ExchangeError) {
        files += 1
        while file.left > 0 {
            let begun = file.offset
            guard let event = try Self.record(&file) else {
                let fileName = name.split(separator: "/").last.map(String.init) ?? name
                unfinished.append(
                    ["file": .string(fileName), "offset": .integer(Int64(clamping: begun))]
                )
                break
            }
            if id == nil {
                // A writer's files are named for its host, process and time, as the first event is.
                var hash = ContentHash.Parts()
                hash.add(Array((name.split(separator: "/").last ?? "").utf8) + event)
                id = "tb-\(hash.hex.prefix(16))"
            }
            do throws(ProtobufError) {
                try take(event, at: (file.path, begun))
            } catch {
                let offset = begun + 12 + UInt64(clamping: error.offset - event.startIndex)
                throw .damaged(path: file.path, offset: offset, reason: error.reason)
            }
            work.add(file.offset - begun)
        }
    }

    /// The next record: its length, its bytes, and a masked checksum of either.
    ///
    /// Nil where the file ends within it.
    private static func record(_ file: inout HistoryFile) throws(ExchangeError)
        -> ArraySlice<UInt8>?
    {
        let begun = file.offset
        let head = try file.next(12)
        guard head.count == 12 else { return nil }
        guard isSound(head.prefix(8), masked: head.suffix(4)) else {
            let reason = "the checksum of a record's length is wrong; is it an event file?"
            throw .damaged(path: file.path, offset: begun, reason: reason)
        }
        let length = ProtobufReader.number(head.prefix(8))
        guard file.left >= 4, length <= file.left - 4 else { return nil }
        guard length <= recordSizeMax else {
            let reason = "a record longer than \(recordSizeMax) bytes"
            throw .damaged(path: file.path, offset: begun, reason: reason)
        }
        let body = try file.next(Int(length) + 4)
        guard body.count == Int(length) + 4 else { return nil }
        guard isSound(body.dropLast(4), masked: body.suffix(4)) else {
            let reason = "the checksum of a record is wrong"
            throw .damaged(path: file.path, offset: begun, reason: reason)
        }
        return body.dropLast(4)
    }

    private static func isSound(_ bytes: ArraySlice<UInt8>, masked: ArraySlice<UInt8>) -> Bool {
        let sum = ContentHash.crc32c(bytes)
        let expected = (sum >> 15 | sum << 17) &+ 0xA282_EAD8
        return ProtobufReader.number(masked) == UInt64(expected)
    }

    // MARK: Events

    private mutating func take(_ event: ArraySlice<UInt8>, at place: (path: String, offset: UInt64))
        throws(ProtobufError)
    {
        var reader = ProtobufReader(event)
        var step: Int64 = 0
        var summary: ArraySlice<UInt8>?
        var time: Double = 0
        while let (number, value) = try reader.next() {
            switch number {
            case 1: time = value.double ?? 0
            case 2: step = Int64(bitPattern: value.varint ?? 0)
            case 5: summary = value.bytes
            default: break
            }
        }
        guard let date = WallTime(unixSeconds: time) else {
            throw ProtobufError(offset: event.startIndex, reason: "its time is none")
        }
        started = min(started ?? date, date)
        ended = max(ended ?? date, date)
        guard let summary else { return }
        reader = ProtobufReader(summary)
        while let (number, value) = try reader.next() {
            guard number == 1, let value = value.bytes else { continue }
            try take(value: value, step: step, time: date)
        }
    }

    private mutating func take(value: ArraySlice<UInt8>, step: Int64, time: WallTime)
        throws(ProtobufError)
    {
        var reader = ProtobufReader(value)
        var (tag, plugin): (String?, String?)
        var (simple, tensor): (Double?, ArraySlice<UInt8>?)
        var content: ArraySlice<UInt8>?
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, _):
                tag = field.text
                if tag == nil {
                    throw ProtobufError(offset: reader.offset, reason: "a tag that is not UTF-8")
                }
            case (2, .fixed32): simple = field.double
            case (8, _): tensor = field.bytes
            case (9, .bytes(let metadata)): (plugin, content) = try Self.plugin(of: metadata)
            default: break
            }
        }
        guard let tag else { return }
        // Only the first event of a tag need say what shows it.
        if let plugin, plugins[tag] != plugin, plugins.count < Self.tagsMax {
            plugins[tag] = plugin
        }
        if plugin == "hparams", let content { return try take(hparams: content) }
        let isScalar = (plugin ?? plugins[tag]) == "scalars"
        if simple == nil, isScalar, let tensor { simple = try TensorBoardTensor.scalar(tensor) }
        guard let number = simple else {
            unread += 1
            return
        }
        let refusal = history.add(tag, number, step: step, timeNS: time.unixNanoseconds)
        if let refusal { throw ProtobufError(offset: value.startIndex, reason: refusal) }
    }

    private static func plugin(of metadata: ArraySlice<UInt8>) throws(ProtobufError)
        -> (String?, ArraySlice<UInt8>?)
    {
        var reader = ProtobufReader(metadata)
        var (name, content): (String?, ArraySlice<UInt8>?)
        while let (number, field) = try reader.next() {
            guard number == 1, let data = field.bytes else { continue }
            var inner = ProtobufReader(data)
            while let (number, field) = try inner.next() {
                if number == 1 { name = field.text }
                if number == 2 { content = field.bytes }
            }
        }
        return (name, content)
    }

    // MARK: Hyperparameters

    private mutating func take(hparams content: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(content)
        while let (number, field) = try reader.next() {
            guard let message = field.bytes else { continue }
            var inner = ProtobufReader(message)
            while let (member, field) = try inner.next() {
                switch (number, member) {
                case (3, 1): try take(hyperparameter: field.bytes ?? [])
                case (3, 5): sessionStarted = Self.date(field) ?? sessionStarted
                case (4, 1): status = [1: .finished, 2: .failed, 3: .running][field.varint ?? 0]
                case (4, 2): sessionEnded = Self.date(field) ?? sessionEnded
                default: break
                }
            }
        }
    }

    /// Nil where a session leaves its time out, or at 0.
    private static func date(_ field: ProtobufReader.Value) -> WallTime? {
        field.double.flatMap { $0 > 0 ? WallTime(unixSeconds: $0) : nil }
    }

    private mutating func take(hyperparameter entry: ArraySlice<UInt8>) throws(ProtobufError) {
        var reader = ProtobufReader(entry)
        var (name, value): (String?, JSON?)
        while let (number, field) = try reader.next() {
            if number == 1 { name = field.text }
            if number == 2 { value = try ProtobufValue.json(field.bytes ?? [], depth: 0) }
        }
        guard let name, let value else { return }
        guard config.members.count < Self.hyperparametersMax else {
            throw ProtobufError(offset: entry.startIndex, reason: "too many hyperparameters")
        }
        config[name] = value
    }

    // MARK: Giving out

    /// Nil where nothing was logged.
    func record() -> RunRecord? {
        guard !history.isEmpty || !config.isEmpty, let id = id.flatMap(RunID.init) else {
            return nil
        }
        let known = status ?? (unfinished.isEmpty ? .finished : .killed)
        var run = RunRecord(id: id, status: known)
        if status == nil { run.assumed = ["status"] }
        run.started = [started, sessionStarted].compactMap { $0 }.min()
        if known != .running { run.ended = [ended, sessionEnded].compactMap { $0 }.max() }
        if !config.isEmpty { run.config = config }
        history.complete(&run, epochPrefix: "epoch_")
        var facts = JSONObject()
        facts["folder"] = folder.map(JSON.string)
        facts["event_files"] = .integer(Int64(files))
        if unread > 0 { facts["values_not_read"] = .integer(Int64(unread)) }
        if !unfinished.isEmpty { facts["unfinished"] = .array(unfinished) }
        run.extra["tensorboard"] = .object(facts)
        return run
    }
}
