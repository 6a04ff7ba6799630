import JouleFile
import JouleQuantities

/// What `tail` prints of one ledger.
protocol TailPage {
    /// The run that the next rows are of, when it was not told.
    mutating func begin(_ run: RunRecord) -> [String]
    /// A row, without the line's end.
    mutating func lines(of row: TailRow, run: RunRecord) -> [String]
    /// What became of the ledger.
    mutating func end(_ end: TailEnd) -> [String]
}

/// What became of a ledger that was followed.
struct TailEnd {
    struct Run {
        let record: RunRecord
        let epochs: Int
        /// Nil when steps were not asked for.
        let steps: Int?
    }

    let path: String
    let state: Integrity.State
    let runs: [Run]
}

/// Lines for a person.
struct TailText: TailPage {
    let look: Console.Look
    private var current: RunID?
    private var isLegendTold = false

    init(look: Console.Look) {
        self.look = look
    }

    mutating func begin(_ run: RunRecord) -> [String] {
        guard run.id != current else { return [] }
        current = run.id
        let name = look.painted((run.project ?? "(no project)").visible, .strong)
        let stage = run.stage.map { ", \($0.rawValue)" } ?? ""
        let rank = run.rank.map { ", rank \($0)" } ?? ""
        let date = run.started.map {
            ", started \(Units.date(unixSeconds: $0.unixSeconds, withSeconds: true)) UTC"
        }
        return ["\(name)\(stage)\(rank): run \(run.id.description.visible)\(date ?? "")"]
    }

    mutating func lines(of row: TailRow, run: RunRecord) -> [String] {
        var lines = begin(run)
        switch row {
        case .epoch(_, _, let epoch):
            let mark = EnergyMark(epoch, of: run)
            if !mark.sign.isEmpty, epoch.energy != nil { lines += legend() }
            let ended = epoch.started.flatMap { started in
                epoch.durationSeconds.map { started.unixSeconds + $0 }
            }
            let energy = mark.text(joules: epoch.energy?.joules)
            let took = Units.duration(seconds: epoch.durationSeconds)
            lines.append(
                line(
                    ended,
                    "epoch \(epoch.number)  took \(took)  energy "
                        + (mark.paint.map { look.painted(energy, $0) } ?? energy),
                    epoch.metrics
                )
            )
        case .step(let step):
            lines.append(line(step.time?.unixSeconds, "step \(step.step)", step.metrics))
        }
        return lines
    }

    private func line(_ time: Double?, _ row: String, _ metrics: [Metric]) -> String {
        let date = look.painted(Units.date(unixSeconds: time, withSeconds: true), .faint)
        let values = metrics.map { metric in
            "  \(metric.name.visible) \(Units.significant(metric.value, digits: 4))"
        }
        return "\(date)  \(row)" + values.joined()
    }

    private mutating func legend() -> [String] {
        guard !isLegendTold else { return [] }
        isLegendTold = true
        return [look.painted(EnergyMark.legend, .faint)]
    }

    mutating func end(_ end: TailEnd) -> [String] {
        var lines = end.runs.flatMap { run in
            // One after the other, each below its rows; of a ledger of many runs each by its name.
            (end.runs.count > 1 || current == nil ? begin(run.record) : []) + [state(of: run)]
        }
        switch end.state {
        case .clean: break
        case .live: lines.append(look.painted("it was being written when it was packed", .doubtful))
        case .torn:
            let text = "its writer is gone and did not close the ledger"
            lines.append(look.painted(text, .bad))
        case .damaged: lines.append(look.painted("the ledger is damaged", .bad))
        }
        return lines
    }

    private func state(of run: TailEnd.Run) -> String {
        let record = run.record
        let energy = EnergyMark(record).text(joules: record.energy?.joules)
        let steps = run.steps.map { ", \($0.counted("step"))" } ?? ""
        return look.painted(record.status.rawValue, record.status.paint)
            + ": \(run.epochs.counted("epoch"))\(steps), energy \(energy)"
    }
}

/// JSON lines (`Schemas/tail.schema.json`).
struct TailDocuments: TailPage {
    let path: String
    private var told: Set<RunID> = []

    init(path: String) {
        self.path = path
    }

    mutating func begin(_ run: RunRecord) -> [String] {
        guard told.insert(run.id).inserted else { return [] }
        var document = Self.document("run", of: run)
        document["path"] = .string(path)
        document["project"] = .orNull(run.project)
        document["stage"] = .orNull(run.stage?.rawValue)
        document["started"] = .orNull(run.started?.unixSeconds)
        return [JSON.object(document).text()]
    }

    mutating func lines(of row: TailRow, run: RunRecord) -> [String] {
        var document: JSONObject
        switch row {
        case .epoch(_, let index, let epoch):
            document = Self.document("epoch", of: run)
            document["index"] = .integer(index)
            for member in RunDocument.epoch(epoch, of: run).object?.members ?? [] {
                document[member.name] = member.value
            }
        case .step(let step):
            document = Self.document("step", of: run)
            document["step"] = .integer(step.step)
            document["time"] = .orNull(step.time?.unixSeconds)
            var metrics = JSONObject()
            for metric in step.metrics { metrics[metric.name] = .double(metric.value) }
            document["metrics"] = .object(metrics)
        }
        return begin(run) + [JSON.object(document).text()]
    }

    private static func document(_ kind: String, of run: RunRecord) -> JSONObject {
        var document = JSONObject()
        document["schema"] = "joulebook.tail/1"
        document["kind"] = .string(kind)
        document["run_id"] = .string(run.id.description)
        document["rank"] = run.rank.map { .integer(Int64($0)) } ?? .null
        return document
    }

    mutating func end(_ end: TailEnd) -> [String] {
        let runs = end.runs.map { run -> JSON in
            [
                "run_id": .string(run.record.id.description),
                "status": .string(run.record.status.rawValue),
                "epochs": .integer(Int64(run.epochs)),
                "steps": run.steps.map { .integer(Int64($0)) } ?? .null,
                "energy": RunDocument.energy(
                    run.record.energy,
                    run.record.deviceEnergy,
                    run.record.energyProvenance,
                    of: run.record
                ),
            ]
        }
        let document: JSON = [
            "schema": "joulebook.tail/1",
            "kind": "end",
            "path": .string(path),
            "state": .string(end.state.rawValue),
            "runs": .array(runs),
        ]
        return [document.text()]
    }
}
