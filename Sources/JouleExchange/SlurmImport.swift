package import JouleFile
import JouleQuantities

/// Reads what `sacct --parsable2` tells of Slurm's jobs (`import sacct`, `Schemas/imports.md`).
///
/// Columns are found by their names. Read in the code and the manual of Slurm 25.11: a job's row comes
/// before those of its steps, whose JobID has a point; the job's energy holds theirs.
package enum SlurmImport {
    private static let columnsRequired = ["JobID", "State", "ElapsedRaw"]

    /// All jobs of the file that have ended, in their order.
    ///
    /// One bad line and the whole file is refused.
    package static func read(path: String) throws(ExchangeError) -> [RunRecord] {
        let table = try CSVTable(
            path: path,
            requiring: columnsRequired,
            separatedBy: UInt8(ascii: "|")
        )
        var jobs = SlurmJobs(path: path)
        for row in table.rows {
            try jobs.add(CSVCells(row, of: table, path: path))
        }
        guard !jobs.records.isEmpty else {
            throw .unreadable(path: path, reason: "holds no job that has ended")
        }
        return jobs.recordsWithSteps
    }
}

private struct SlurmJobs {
    let path: String
    private(set) var records: [RunRecord] = []
    private var lines: [RunID: Int] = [:]
    /// Of each cluster's jobs that were told, the place; nil of those that have not ended.
    private var places: [String: Int?] = [:]
    private var steps: [[JSON]] = []

    init(path: String) { self.path = path }

    mutating func add(_ row: CSVCells) throws(ExchangeError) {
        var cells = row
        let number = try cells.required("JobID")
        let name = cells.text("Cluster")
        let cluster = name.map { $0 + "-" } ?? ""
        if let point = number.firstIndex(of: ".") {
            let job = cluster + number[..<point]
            guard let known = places[job] else {
                throw cells.failure("JobID", "a step whose job is not told before it")
            }
            if let place = known {
                try addStep(String(number[number.index(after: point)...]), &cells, to: place)
            }
            return
        }
        let state = try SlurmState(&cells)
        guard let id = RunID("slurm-\(cluster)\(number)") else {
            throw cells.failure("JobID", "expected 1 to 256 bytes without control characters")
        }
        if let first = lines.updateValue(cells.line, forKey: id) {
            throw .duplicate(path: path, line: cells.line, first: first, runID: id.description)
        }
        guard let status = state.status else {
            places[cluster + number] = .some(nil)
            return
        }
        places[cluster + number] = records.count
        records.append(try RunRecord(slurm: &cells, of: name, id: id, status: status, state: state))
        steps.append([])
    }

    private mutating func addStep(
        _ name: String,
        _ cells: inout CSVCells,
        to place: Int
    ) throws(ExchangeError) {
        var step = JSONObject()
        step["step"] = .string(name)
        step["JobName"] = cells.text("JobName").map(JSON.string)
        step["State"] = .string(try SlurmState(&cells).text)
        step["ElapsedRaw"] = try cells.amount("ElapsedRaw").map(JSON.double)
        step["ConsumedEnergyRaw"] = (try cells.slurmEnergy()?.joules).map(JSON.double)
        step = JSONObject(
            uniqueMembers: step.members + cells.rest.members.filter { $0.name != "step" }
        )
        steps[place].append(.object(step))
    }

    var recordsWithSteps: [RunRecord] {
        zip(records, steps).map { record, steps in
            guard !steps.isEmpty else { return record }
            var record = record
            var slurm = record.extra["slurm"]?.object ?? JSONObject()
            slurm["steps"] = .array(steps)
            record.extra["slurm"] = .object(slurm)
            return record
        }
    }
}

/// A job's state in Slurm's word, such as `CANCELLED by 1000`.
private struct SlurmState {
    let text: String
    /// Nil where it has not ended.
    let status: RunStatus?

    private static let failed = ["FAILED", "BOOT_FAIL", "NODE_FAIL", "OUT_OF_MEMORY"]
    private static let killed = ["CANCELLED", "TIMEOUT", "DEADLINE", "PREEMPTED", "REVOKED"]
    private static let open = [
        "PENDING", "RUNNING", "REQUEUED", "RESIZING", "SUSPENDED", "COMPLETING", "CONFIGURING",
        "STOPPED", "SIGNALING", "STAGE_OUT", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT",
    ]

    init(_ cells: inout CSVCells) throws(ExchangeError) {
        text = try cells.required("State")
        // Who cancelled it may follow, and a + where the column was cut.
        let word = text.prefix { $0 != " " && $0 != "+" }
        if word == "COMPLETED" {
            status = .finished
        } else if Self.failed.contains(String(word)) {
            status = .failed
        } else if Self.killed.contains(String(word)) {
            status = .killed
        } else if Self.open.contains(String(word)) {
            status = nil
        } else {
            throw cells.failure("State", "\(CSVCells.quoted(text)) is no state of a job")
        }
    }
}

extension RunRecord {
    fileprivate init(
        slurm cells: inout CSVCells,
        of cluster: String?,
        id: RunID,
        status: RunStatus,
        state: SlurmState
    ) throws(ExchangeError) {
        self.init(id: id, status: status)
        account = cells.text("Account")
        project = account
        user = cells.text("User")
        durationSeconds = try cells.amount("ElapsedRaw")
        started = try cells.slurmTime("Start", &assumed, as: "started")
        ended = try cells.slurmTime("End", &assumed, as: "ended")
        if let started, let ended, ended < started {
            throw cells.failure("End", "before the start")
        }
        if let energy = try cells.slurmEnergy() {
            var stated = DeclaredEnergy()
            stated.energy = energy
            stated.boundary = .it
            stated.source = "slurm sacct"
            stated.extra["scope"] = .string("the job's nodes, with all that ran on them")
            declared = stated
            // Of whole nodes, of their processors or of their GPUs: how Slurm was set up.
            assumed.append("declared.boundary")
        }
        var slurm = JSONObject()
        slurm["JobName"] = cells.text("JobName").map(JSON.string)
        slurm["State"] = .string(state.text)
        let nodes = cells.text("NodeList")
        slurm["NodeList"] = nodes.map(JSON.string)
        hardware = try Hardware(slurm: &cells, nodes: nodes, &slurm)
        if let energy = declared?.energy { take(energy, of: nodes, cluster ?? "") }
        // What is in it already was taken from the row, so that the rest has other names.
        extra["slurm"] = .object(JSONObject(uniqueMembers: slurm.members + cells.rest.members))
    }
}

extension RunRecord {
    /// Takes the energy of nodes for what one meter of them saw, so that no other job has it, too.
    ///
    /// That of several nodes cannot be told apart, and is nobody else's.
    private mutating func take(_ energy: Energy, of nodes: String?, _ cluster: String) {
        var meter = MeterDescription(
            device: DeviceID("slurm:" + (nodes ?? "nodes")),
            source: Self.jobSource,
            provenance: .declared,
            boundary: .it
        )
        if let host = hardware?.host { meter.identity = "slurm:\(cluster)/\(host)" }
        meters = [meter]
        let measured = MeasuredEnergy(energy: energy, coverage: 1, uncertaintyRelative: nil)
        deviceEnergy = [DeviceEnergy(meter: 0, measured: measured)]
        self.energy = energy
    }
}

extension Hardware {
    /// The GPUs of `AllocTRES`, such as `cpu=64,gres/gpu=4,gres/gpu:a100=4,mem=256G,node=1`.
    fileprivate init?(
        slurm cells: inout CSVCells,
        nodes: String?,
        _ slurm: inout JSONObject
    ) throws(ExchangeError) {
        // Several nodes are a list or have a range in brackets.
        let isOne = nodes.map { !$0.contains { ",[".contains($0) } && !$0.contains(" ") } ?? false
        self.init(host: isOne ? nodes : nil)
        let resources = cells.text("AllocTRES")
        slurm["AllocTRES"] = resources.map(JSON.string)
        var all: Int?
        var named = 0
        for part in (resources ?? "").split(separator: ",") where part.hasPrefix("gres/gpu") {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            let name = sides[0].dropFirst("gres/gpu".utf8.count)
            // There also are the memory and the utilisation of GPUs.
            guard name.isEmpty || name.first == ":" else { continue }
            guard sides.count == 2, let count = Int32(sides[1]), count >= 0 else {
                throw cells.failure("AllocTRES", "\(CSVCells.quoted(String(part))) counts no GPUs")
            }
            if name.isEmpty {
                all = Int(count)
            } else {
                named += Int(count)
                devices.append(
                    Device(kind: "gpu", name: String(name.dropFirst()), count: Int(count))
                )
            }
        }
        if let all, all > named {
            devices.append(Device(kind: "gpu", name: nil, count: all - named))
        }
        guard host != nil || !devices.isEmpty else { return nil }
    }
}

extension CSVCells {
    /// Slurm's numbers for what it does not know, of 32 and of 64 bits, whose last digits a double does
    /// not tell apart; a 0 stands where it gathers none.
    private static let unknownEnergies: [Double] = [
        0, 0xFFFF_FFFE, 0xFFFF_FFFF, Double(UInt64.max),
    ]

    fileprivate mutating func slurmEnergy() throws(ExchangeError) -> Energy? {
        guard let joules = try amount("ConsumedEnergyRaw"),
            !Self.unknownEnergies.contains(joules)
        else { return nil }
        return Energy(joules: joules)
    }

    /// The machine's own time, of an unnamed zone unless one is asked for; taken for UTC.
    fileprivate mutating func slurmTime(
        _ name: String,
        _ assumed: inout [String],
        as field: String
    ) throws(ExchangeError) -> WallTime? {
        guard let text = text(name), !["Unknown", "None", "N/A"].contains(text) else { return nil }
        if let stated = Timestamp.nanoseconds(text), text.contains("T") {
            return WallTime(unixNanoseconds: stated)
        }
        guard let taken = Timestamp.nanoseconds(text + "Z") else {
            throw failure(
                name,
                "\(Self.quoted(text)) is not a time as 2026-03-02T10:15:00; is SLURM_TIME_FORMAT set?"
            )
        }
        assumed.append(field)
        return WallTime(unixNanoseconds: taken)
    }
}
