import JouleExchange
import JouleFile
import JouleQuantities
import Joulebook

/// What the page shows of one run (`Schemas/page-run.schema.json`).
struct RunPageDocument {
    /// As `show --json` has it.
    let document: JSON
    let run: RunRecord
    private let diff: String?
    /// Nil where nothing tells when the run was, or in which it did not measure.
    private let power: PowerCourses?

    /// A ledger of more runs is gone through instead of being held.
    private static let runsHeldMax = 64
    /// So many other runs are looked at for what they measured together.
    private static let neighboursMax = 64
    private static let diffBytesMax = 1 << 19
    /// So many stretches of time has the chart of power.
    private static let powerPoints = 300

    /// Nil where there is no such run.
    init?(of id: RunID, in view: LedgerStore.View) {
        guard let homes = view.homes[id] else { return nil }
        if homes.count == 1, homes[0].runs > Self.runsHeldMax {
            guard let found = LedgerDirectory.run(id, at: homes[0].place) else { return nil }
            run = found.record
            diff = nil
            power = nil
            document = RunDocument.json(found.record, [], integrity: found.integrity)
            return
        }
        let neighbours = Self.neighbours(of: id, in: view)
        let wanted = Set([id] + neighbours)
        let places = Set(wanted.flatMap { view.homes[$0] ?? [] }.map(\.place))
        let directory = LedgerDirectory(of: places, keeping: wanted)
        guard let run = directory.runs.first(where: { $0.id == id }),
            let integrity = directory.integrity(of: id)
        else { return nil }
        self.run = run
        power = PowerCourses(of: id, TelemetryWindow(points: Self.powerPoints), in: view)
        let attachments = directory.attachments(of: id)
        diff = Self.text(of: "code.diff", in: attachments)
        document = RunDocument.json(
            run,
            attachments,
            shared: neighbours.isEmpty ? nil : directory.reconciled([id]).sharing[id],
            integrity: integrity,
            progress: Progress(ofSelected: run)
        )
    }

    var json: JSON {
        [
            "schema": "joulebook.page.run/1",
            "run": document,
            "forecast": forecast?.json ?? .null,
            "notes": run.extra["notes"].map { $0.array == nil ? [$0] : $0 } ?? [],
            "code": ["diff": .orNull(diff)],
            "charts": .object(charts),
            "power": power?.json ?? .null,
        ]
    }

    private var charts: JSONObject {
        var charts = JSONObject()
        charts["course"] = Charts.course(of: document)
        charts["phases"] = Charts.phases(of: document)
        charts["power"] = power.flatMap { Charts.power($0.charted) }
        return charts
    }

    // MARK: What else there was

    /// Runs that measured at the same time; none where they are too many to look at.
    private static func neighbours(of id: RunID, in view: LedgerStore.View) -> [RunID] {
        guard let row = view.rows.first(where: { $0.id == id }), row.started.isFinite,
            row.seconds.isFinite
        else { return [] }
        let end = row.started + row.seconds
        let others = view.rows.lazy.filter { other in
            other.id != id && other.started < end && other.started + other.seconds > row.started
        }
        var found: [RunID] = []
        for other in others {
            let homes = view.homes[other.id] ?? []
            guard found.count < neighboursMax, homes.allSatisfy({ $0.runs <= runsHeldMax }) else {
                return []
            }
            found.append(other.id)
        }
        return found
    }

    private static func text(of name: String, in attachments: [Attachment]) -> String? {
        guard let attachment = attachments.named.first(where: { $0.name == name }),
            var content = try? AttachmentContent(of: attachment)
        else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < diffBytesMax, let part = try? content.next() { bytes += part }
        return String(decoding: bytes.prefix(diffBytesMax), as: UTF8.self)
    }

    /// Of a run that goes on and said how many epochs there are to be.
    private var forecast: Forecast? {
        guard run.status == .running, let first = run.epochs.first,
            let last = run.extra["planned"]?["last"]?.double
        else { return nil }
        var forecaster = Forecaster(first: Double(first.number))
        for epoch in run.epochs {
            guard let seconds = epoch.durationSeconds else { return nil }
            forecaster.add(
                epoch: Double(epoch.number),
                seconds: seconds,
                joules: epoch.energy?.joules
            )
        }
        return forecaster.forecast(until: last)
    }
}
