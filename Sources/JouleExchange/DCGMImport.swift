package import JouleFile
import JouleQuantities

/// Reads what `dcgmi dmon -e 156` prints (`import dcgm`, `Schemas/imports.md`).
///
/// Written after the code of DCGM's `DeviceMonitor`: columns of text under a header of two lines,
/// which comes again every so often. It has no times, so that of its fields only the counter of
/// energy (156, `TOTEC`) tells an energy.
package enum DCGMImport {
    /// The one run of a log.
    ///
    /// One bad line and the whole file is refused.
    package static func read(path: String) throws(ExchangeError) -> [RunRecord] {
        var reader = try LineReader.opening(path, lineSizeBytesMax: 64 << 10)
        var log = DCGMLog(path: path)
        while let line = try reader.next(), !reader.isUnfinished {
            try log.add(line, number: reader.line)
        }
        return [try log.run()]
    }
}

/// A log while it is read.
private struct DCGMLog {
    private let path: String
    private var hash = ContentHash.Parts()
    /// Names of the columns behind the entity's.
    private var names: [Substring]?
    private var place: Int?
    private var expectsUnits = false
    private var gpus: [(number: Int, counter: Counter)] = []

    private static let gpusMax = 1024

    /// What one GPU's counter showed, in millijoules.
    struct Counter {
        var first: (row: Int, value: Int64)?
        var last: (row: Int, value: Int64)?
        var rows = 0
        var hasFailed = false
    }

    init(path: String) { self.path = path }

    mutating func add(_ line: [UInt8], number: Int) throws(ExchangeError) {
        guard line.allSatisfy({ 0x20...0x7E ~= $0 || $0 == 0x09 || $0 == 0x0D }) else {
            throw failure(number, "", "not the text of dcgmi dmon")
        }
        hash.add(line + [0x0A])
        let text = String(decoding: line, as: UTF8.self)
        let words = text.split { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\r\n" }
        guard let first = words.first, !text.hasPrefix("dmon was stopped") else { return }
        if first == "#Entity" || first == "#" && words.dropFirst().first == "Entity" {
            try takeHeader(words.dropFirst(first == "#" ? 2 : 1), number)
        } else if expectsUnits {
            try takeUnits(words, number)
        } else {
            try takeRow(words, number)
        }
    }

    private mutating func takeHeader(_ found: ArraySlice<Substring>, _ number: Int)
        throws(ExchangeError)
    {
        guard names == nil || names.map(Array.init) == Array(found) else {
            throw failure(number, "", "another header: two logs in one file; split them")
        }
        names = Array(found)
        guard let place = found.firstIndex(of: "TOTEC").map({ $0 - found.startIndex }) else {
            let reason = "the column is missing; let dcgmi print it: dcgmi dmon -e 156"
            throw failure(number, "TOTEC", reason)
        }
        self.place = place
        expectsUnits = true
    }

    /// Some columns have no unit, so that it is enough that this one's is there.
    private mutating func takeUnits(_ words: [Substring], _ number: Int) throws(ExchangeError) {
        guard words.first == "ID", words.contains("mJ") else {
            throw failure(number, "TOTEC", "its unit is missing; expected mJ on this line")
        }
        expectsUnits = false
    }

    private mutating func takeRow(_ words: [Substring], _ number: Int) throws(ExchangeError) {
        guard let names, let place else {
            throw failure(number, "", "a header of dcgmi dmon is expected first (#Entity)")
        }
        guard words.count == names.count + 2, let gpu = Int32(words[1]), gpu >= 0 else {
            let reason = "expected an entity with its number and \(names.count.counted("value"))"
            throw failure(number, "", reason)
        }
        // Parts of a GPU have no meters, and what else there is has another kind.
        guard words[0] == "GPU" else { return }
        let value = words[place + 2]
        let index = try index(of: Int(gpu), number)
        gpus[index].counter.rows += 1
        guard value != "N/A" else { return gpus[index].counter.hasFailed = true }
        guard let counted = Int64(value), counted >= 0, counted < Int64.max - 15 else {
            let reason = "\(CSVCells.quoted(String(value))) is no number of millijoules"
            throw failure(number, "TOTEC", reason)
        }
        if let last = gpus[index].counter.last, last.value > counted {
            throw failure(number, "TOTEC", "less than before: the driver was loaded again; split")
        }
        let point = (row: gpus[index].counter.rows, value: counted)
        if gpus[index].counter.first == nil { gpus[index].counter.first = point }
        gpus[index].counter.last = point
    }

    private mutating func index(of gpu: Int, _ number: Int) throws(ExchangeError) -> Int {
        if let known = gpus.firstIndex(where: { $0.number == gpu }) { return known }
        guard gpus.count < Self.gpusMax else {
            throw failure(number, "", "more than \(Self.gpusMax) GPUs")
        }
        gpus.append((gpu, Counter()))
        return gpus.count - 1
    }

    private func failure(_ line: Int, _ field: String, _ reason: String) -> ExchangeError {
        .badLine(path: path, line: line, field: field, reason: reason)
    }

    func run() throws(ExchangeError) -> RunRecord {
        guard let id = RunID("dcgm-\(hash.hex.prefix(16))") else {
            throw .unreadable(path: path, reason: "its name is none of a run")
        }
        var run = RunRecord(id: id, status: .finished)
        run.assumed = ["status"]
        for gpu in gpus {
            guard let energy = gpu.counter.measured else { continue }
            run.deviceEnergy.append(DeviceEnergy(meter: run.meters.count, measured: energy))
            run.meters.append(
                MeterDescription(
                    device: DeviceID("gpu:\(gpu.number)"),
                    source: "dcgm:total_energy",
                    provenance: .counter,
                    boundary: .device
                )
            )
        }
        guard !run.meters.isEmpty else {
            throw .unreadable(path: path, reason: "no GPU has two readings of its energy (TOTEC)")
        }
        var hardware = Hardware(host: nil)
        hardware.devices = [Hardware.Device(kind: "gpu", name: nil, count: gpus.count)]
        run.hardware = hardware
        run.energy = run.meters.total(of: run.deviceEnergy.map(\.measured))?.energy
        return run
    }
}

extension DCGMLog.Counter {
    /// NVIDIA states this for power.
    private static let uncertaintyRelative = 0.05

    /// The coverage is in rows, which come at equal times.
    fileprivate var measured: MeasuredEnergy? {
        guard let first, let last, last.row > first.row else { return nil }
        return MeasuredEnergy(
            energy: Energy(joules: Double(last.value - first.value) / 1000),
            coverage: Double(last.row - first.row) / Double(rows - 1),
            uncertaintyRelative: Self.uncertaintyRelative,
            flags: hasFailed ? .readFailed : []
        )
    }
}
