package import JouleFile
import JouleQuantities

/// Reads logs of power that nvidia-smi writes (`import nvidia-smi`, `Schemas/imports.md`).
///
/// Those of `--query-gpu=timestamp,uuid,power.draw --format=csv`, also with `noheader` and `nounits`,
/// and of `dmon --format csv -o DT`. A log is one run, whose energy is its power integrated.
package enum NvidiaSMIImport {
    /// The largest line that is not taken for a mistake.
    private static let lineSizeBytesMax = 64 << 10

    /// The one run of a log.
    ///
    /// One bad line and the whole file is refused.
    package static func read(path: String) throws(ExchangeError) -> [RunRecord] {
        var reader = try LineReader.opening(path, lineSizeBytesMax: lineSizeBytesMax)
        var log = NvidiaSMILog(path: path)
        while let line = try reader.next() {
            try log.add(line, number: reader.line, isUnfinished: reader.isUnfinished)
        }
        return [try log.run()]
    }

    /// The instant of `2026/11/27 11:29:48.239`, taken for UTC; from 1970 on.
    static func nanoseconds(_ text: String) -> Int64? {
        guard text.utf8.count > 10 else { return nil }
        let date = text.prefix(10).replacing("/", with: "-")
        return Timestamp.nanoseconds(date + text.dropFirst(10) + "Z").flatMap { $0 < 0 ? nil : $0 }
    }
}

/// A log while it is read.
private struct NvidiaSMILog {
    private let path: String
    private var columns: NvidiaSMIColumns?
    /// The lines of a header with `#`, the second of which dmon may repeat with the first.
    private var dmonHeader: [[UInt8]] = []
    private var header: [UInt8] = []
    private var gpus: [NvidiaSMIGPU] = []
    private var places: [String: Int] = [:]
    private var hash = ContentHash.Parts()
    private var unfinishedLine: Int?

    private static let gpusMax = 1024

    init(path: String) { self.path = path }

    mutating func add(_ line: [UInt8], number: Int, isUnfinished: Bool) throws(ExchangeError) {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
        guard !isUnfinished else { return unfinishedLine = number }
        guard line.allSatisfy({ $0 < 0x80 }) || String(validating: line, as: UTF8.self) != nil
        else {
            throw failure(number, "", "not UTF-8")
        }
        hash.add(line + [0x0A])
        if line.first == UInt8(ascii: "#") {
            return try takeDmonHeader(line, number)
        }
        let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map(\.withoutOuterBlanks)
        guard let columns else { return try takeFirst(cells, line, number) }
        guard line != header else {
            throw failure(number, "", "the header again: two logs in one file; split them")
        }
        try take(cells, columns, number)
    }

    private mutating func takeFirst(
        _ cells: [ArraySlice<UInt8>],
        _ line: [UInt8],
        _ number: Int
    ) throws(ExchangeError) {
        let texts = cells.map { String(decoding: $0, as: UTF8.self) }
        let isHeader = texts.contains("timestamp")
        let columns = try columns(number) { () throws(NvidiaSMIColumns.Refusal) in
            isHeader
                ? try NvidiaSMIColumns(query: texts) : try NvidiaSMIColumns(guessing: texts)
        }
        self.columns = columns
        if isHeader { header = line } else { try take(cells, columns, number) }
    }

    /// dmon names its columns in one line and their units in the next; in long logs it may repeat both.
    private mutating func takeDmonHeader(_ line: [UInt8], _ number: Int) throws(ExchangeError) {
        guard header.isEmpty, columns == nil || !dmonHeader.isEmpty else {
            throw failure(number, "", "a header of dmon in another log; split them")
        }
        guard dmonHeader.count < 2 else {
            guard dmonHeader.contains(line) else {
                throw failure(number, "", "another header: two logs in one file; split them")
            }
            return
        }
        dmonHeader.append(line)
        guard dmonHeader.count == 2 else { return }
        let texts = dmonHeader.map { line in
            line.dropFirst().split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
                .map { String(decoding: $0.withoutOuterBlanks, as: UTF8.self) }
        }
        guard texts[0].count > 1, texts[0].count == texts[1].count else {
            throw failure(number, "", "no table; let dmon write one by --format csv -o DT")
        }
        columns = try columns(number - 1) { () throws(NvidiaSMIColumns.Refusal) in
            try NvidiaSMIColumns(dmon: texts[0], units: texts[1])
        }
    }

    private func columns(
        _ number: Int,
        _ make: () throws(NvidiaSMIColumns.Refusal) -> NvidiaSMIColumns
    ) throws(ExchangeError) -> NvidiaSMIColumns {
        do {
            return try make()
        } catch {
            throw failure(number, error.field, error.reason)
        }
    }

    private mutating func take(
        _ cells: [ArraySlice<UInt8>],
        _ columns: NvidiaSMIColumns,
        _ number: Int
    ) throws(ExchangeError) {
        guard cells.count == columns.count else {
            let reason = "\(cells.count) fields where the first line has \(columns.count)"
            throw failure(number, "", reason)
        }
        let place = try place(of: cells, columns, number)
        let atNS = try time(of: cells, columns, number)
        if let before = gpus[place].lastNS, before >= atNS {
            let again = before == atNS ? "the same time again" : "before the last one"
            let reason = columns.gpus.isEmpty ? "; several GPUs that no column tells apart?" : ""
            let name = columns.times.last?.name ?? ""
            throw failure(number, name, again + " of this GPU" + reason)
        }
        gpus[place].lastNS = atNS
        for (trace, column) in columns.powers.enumerated() {
            let watts = try watts(cells[column.place], column, number)
            gpus[place].traces[trace].add(watts, atNS: atNS)
        }
        gpus[place].note(columns.facts, of: cells)
    }

    private mutating func place(
        of cells: [ArraySlice<UInt8>],
        _ columns: NvidiaSMIColumns,
        _ number: Int
    ) throws(ExchangeError) -> Int {
        let name = columns.gpus.first.map { String(decoding: cells[$0.place], as: UTF8.self) } ?? ""
        if let place = places[name] { return place }
        if let column = columns.gpus.first {
            guard !name.isEmpty, name.utf8.count <= 128, !name.hasPrefix("["),
                name.utf8.allSatisfy({ 0x21...0x7E ~= $0 })
            else {
                throw failure(number, column.name, "\(CSVCells.quoted(name)) names no GPU")
            }
        }
        guard gpus.count < Self.gpusMax else {
            throw failure(number, "", "more than \(Self.gpusMax) GPUs")
        }
        places[name] = gpus.count
        gpus.append(NvidiaSMIGPU(named: name, columns, cells))
        return gpus.count - 1
    }

    private func time(
        of cells: [ArraySlice<UInt8>],
        _ columns: NvidiaSMIColumns,
        _ number: Int
    ) throws(ExchangeError) -> Int64 {
        var text = columns.times.map { String(decoding: cells[$0.place], as: UTF8.self) }
            .joined(separator: " ")
        // dmon's dates have no signs between their parts.
        if columns.times.count > 1, text.utf8.prefix(8).allSatisfy({ 0x30...0x39 ~= $0 }) {
            text = "\(text.prefix(4))/\(text.dropFirst(4).prefix(2))/\(text.dropFirst(6))"
        }
        guard let atNS = NvidiaSMIImport.nanoseconds(text) else {
            let reason = "\(CSVCells.quoted(text)) is not a time as 2026/03/02 10:15:00.000"
            throw failure(number, columns.times.last?.name ?? "", reason)
        }
        return atNS
    }

    /// Nil where the power is not known, for which nvidia-smi has many words.
    private func watts(
        _ cell: ArraySlice<UInt8>,
        _ column: NvidiaSMIColumns.Column,
        _ number: Int
    ) throws(ExchangeError) -> Double? {
        guard !cell.isNotKnown else { return nil }
        let digits = cell.suffix(2).elementsEqual(" W".utf8) ? cell.dropLast(2) : cell
        guard let watts = DecimalText.double(digits.span),
            0...NvidiaSMIGPU.wattsMax ~= watts
        else {
            let text = CSVCells.quoted(String(decoding: cell, as: UTF8.self))
            throw failure(number, column.name, "\(text) is not a power of a GPU in watts")
        }
        return watts
    }

    private func failure(_ line: Int, _ field: String, _ reason: String) -> ExchangeError {
        .badLine(path: path, line: line, field: field, reason: reason)
    }
}

// MARK: The run

extension NvidiaSMILog {
    func run() throws(ExchangeError) -> RunRecord {
        guard let columns, let from = gpus.compactMap(\.firstNS).min(),
            let to = gpus.compactMap(\.lastNS).max()
        else { throw .unreadable(path: path, reason: "holds no readings") }
        guard let id = RunID("nvidia-smi-\(hash.hex.prefix(16))") else {
            throw .unreadable(path: path, reason: "its name is none of a run")
        }
        if columns.gpus.isEmpty, gpus.contains(where: { $0.traces[0].isInterleaved }) {
            throw .unreadable(
                path: path,
                reason: "readings of several GPUs that no column tells apart; log their uuid, too"
            )
        }
        var run = RunRecord(id: id, status: .finished)
        run.started = WallTime(unixNanoseconds: from)
        run.ended = WallTime(unixNanoseconds: to)
        run.durationSeconds = Double(to - from) / 1e9
        // nvidia-smi writes the machine's own time, of an unnamed zone, and never that it ended.
        run.assumed = ["status", "started", "ended"]
        if columns.gpus.isEmpty { run.assumed.append("meters") }
        run.hardware = hardware
        var absent: [JSON] = []
        for gpu in gpus {
            guard let (meter, energy) = gpu.reading(of: columns, windowNS: to - from) else {
                absent.append(gpu.absence)
                continue
            }
            run.deviceEnergy.append(DeviceEnergy(meter: run.meters.count, measured: energy))
            run.meters.append(meter)
        }
        guard !run.meters.isEmpty else {
            throw .unreadable(path: path, reason: "no GPU has two readings of its power in a row")
        }
        run.energy = run.meters.total(of: run.deviceEnergy.map(\.measured))?.energy
        if !absent.isEmpty { run.extra["absent_meters"] = .array(absent) }
        if let line = unfinishedLine {
            run.extra["nvidia_smi"] = ["unfinished_line": .integer(Int64(line))]
        }
        return run
    }

    private var hardware: Hardware {
        var hardware = Hardware(host: nil)
        for gpu in gpus {
            if let same = hardware.devices.firstIndex(where: { $0.name == gpu.model }) {
                hardware.devices[same].count = (hardware.devices[same].count ?? 0) + 1
            } else {
                hardware.devices.append(Hardware.Device(kind: "gpu", name: gpu.model, count: 1))
            }
        }
        return hardware
    }
}

extension ArraySlice<UInt8> {
    fileprivate var withoutOuterBlanks: Self {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        let start = firstIndex { !isBlank($0) } ?? endIndex
        let end = lastIndex { !isBlank($0) } ?? start - 1
        return self[start..<end + 1]
    }

    /// `[N/A]`, `[Not Supported]`, `[Unknown Error]` and others in brackets; `-` of dmon.
    fileprivate var isNotKnown: Bool {
        isEmpty || first == UInt8(ascii: "[") && last == UInt8(ascii: "]")
            || ["-", "N/A", "ERR!", "Unknown Error"].contains { elementsEqual($0.utf8) }
    }
}
