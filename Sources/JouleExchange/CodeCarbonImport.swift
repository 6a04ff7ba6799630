package import JouleFile
import JouleQuantities

/// Reads the `emissions.csv` of CodeCarbon (`import codecarbon`, `Schemas/imports.md`).
///
/// Columns are found by their names. Read in the code of CodeCarbon 2.2.2, 2.2.3, 2.3.5 and 3.3.2:
/// energies are in kWh, and the file gets the sums since the tracker was made, also at a `flush()`,
/// so that of several rows of one run the last one holds the others.
package enum CodeCarbonImport {
    private static let columnsRequired = ["timestamp", "run_id", "duration", "energy_consumed"]

    /// All runs of the file, in the order of their first rows.
    ///
    /// One bad line and the whole file is refused.
    package static func read(path: String) throws(ExchangeError) -> [RunRecord] {
        let table = try CSVTable(path: path, requiring: columnsRequired)
        try refuseTasks(table.header, path: path)
        var records: [RunRecord] = []
        var found: [RunID: (place: Int, line: Int)] = [:]
        for row in table.rows {
            var cells = CSVCells(row, of: table, path: path)
            let record = try RunRecord(codeCarbon: &cells)
            if let earlier = found[record.id] {
                guard record.grew(from: records[earlier.place]) else {
                    throw cells.failure(
                        "energy_consumed",
                        "less than on line \(earlier.line), an earlier row of the same run"
                    )
                }
                records[earlier.place] = record
                found[record.id] = (earlier.place, row.line)
            } else {
                found[record.id] = (records.count, row.line)
                records.append(record)
            }
        }
        guard !records.isEmpty else {
            throw .unreadable(path: path, reason: "holds no runs, only a header")
        }
        return records
    }

    private static func refuseTasks(_ header: [String], path: String) throws(ExchangeError) {
        if header.contains("task_name") {
            throw .badLine(
                path: path,
                line: 1,
                field: "task_name",
                reason: "the tasks of a run, whose sum is in the emissions.csv; import that one"
            )
        }
    }
}

extension RunRecord {
    fileprivate init(codeCarbon cells: inout CSVCells) throws(ExchangeError) {
        let name = try cells.required("run_id")
        guard let id = RunID(name) else {
            throw cells.failure("run_id", "expected 1 to 256 bytes without control characters")
        }
        // A tracker that still runs writes rows like those of one that has ended.
        self.init(id: id, status: .finished)
        assumed = ["status"]
        project = cells.text("project_name")
        try takeTimes(&cells)
        declared = try DeclaredEnergy(codeCarbon: &cells)
        hardware = try Hardware(codeCarbon: &cells)
        if let country = cells.text("country_iso_code") {
            var place = JSONObject()
            place["JOULEBOOK_REGION"] = .string(country)
            env = place
        }
        let rest = cells.rest
        if !rest.isEmpty { extra["codecarbon"] = .object(rest) }
    }

    /// CodeCarbon dates the end of a run by the machine's clock and does not name its zone: that is
    /// taken for UTC, and said to be assumed.
    private mutating func takeTimes(_ cells: inout CSVCells) throws(ExchangeError) {
        let text = try cells.required("timestamp")
        let stated = Timestamp.nanoseconds(text)
        guard let end = stated ?? Timestamp.nanoseconds(text + "Z") else {
            throw cells.failure(
                "timestamp",
                "\(CSVCells.quoted(text)) is not a time as 2026-03-02T10:15:00"
            )
        }
        let ended = WallTime(unixNanoseconds: end)
        guard let seconds = try cells.amount("duration") else {
            throw cells.failure("duration", "is required")
        }
        guard let started = WallTime(unixSeconds: ended.unixSeconds - seconds) else {
            throw cells.failure("duration", "\(seconds) s before \(text) is no date")
        }
        self.ended = ended
        self.started = started
        durationSeconds = seconds
        if stated == nil { assumed += ["started", "ended"] }
    }

    /// Whether this can be a later row of the same run.
    fileprivate func grew(from earlier: RunRecord) -> Bool {
        guard let now = declared?.energy, let before = earlier.declared?.energy else { return true }
        return now >= before
    }
}

extension DeclaredEnergy {
    /// A statement: the file does not say which parts were measured, and memory never is.
    ///
    /// Since version 2.2.3 there is a `pue`, and each energy is multiplied by it before it is summed;
    /// up to 2.2.2 there is neither the column nor the factor. It is 1 unless somebody sets it, so a
    /// 1 states no PUE: the energy is then that of the IT alone.
    fileprivate init(codeCarbon cells: inout CSVCells) throws(ExchangeError) {
        self.init()
        guard let energy = try cells.kilowattHours("energy_consumed") else {
            throw cells.failure("energy_consumed", "is required")
        }
        self.energy = energy
        let stated = try cells.amount("pue", least: 1).flatMap { $0 > 1 ? $0 : nil }
        pue = stated
        boundary = stated == nil ? .it : .facility
        source = "codecarbon" + (cells.text("codecarbon_version").map { " " + $0 } ?? "")
        extra["carbon_kg"] = try cells.amount("emissions").map(JSON.double)
        var components = JSONObject()
        for name in ["cpu", "gpu", "ram"] {
            let part = try cells.kilowattHours(name + "_energy")
            components[name] = (part?.kilowattHours).map(JSON.double)
        }
        if !components.isEmpty { extra["components_kwh"] = .object(components) }
    }
}

extension Hardware {
    fileprivate init?(codeCarbon cells: inout CSVCells) throws(ExchangeError) {
        self.init(host: nil)
        if let model = cells.text("cpu_model") {
            devices.append(Device(kind: "cpu", name: model, count: nil))
        }
        // What it counts of processors are their threads.
        if let threads = try cells.count("cpu_count") {
            extra["topology"] = ["threads": .integer(Int64(threads))]
        }
        let count = try cells.count("gpu_count")
        let model = cells.text("gpu_model")
        if model != nil || (count ?? 0) > 0 {
            devices.append(
                Device(kind: "gpu", name: model.map { Self.name($0, of: count) }, count: count)
            )
        }
        extra["os"] = cells.text("os").map(JSON.string)
        guard !devices.isEmpty || !extra.isEmpty else { return nil }
    }

    /// `2 x NVIDIA A100` for two devices of one model is its name; several models stay as they are.
    private static func name(_ model: String, of count: Int?) -> String {
        let prefix = "\(count ?? 1) x "
        return model.hasPrefix(prefix) ? String(model.dropFirst(prefix.utf8.count)) : model
    }
}
