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
    /// Other runs of that time that were not looked at for meters that they shared with it; none of
    /// one without meters.
    private let unseen: Int

    /// So many other runs are looked at for what they measured together.
    private static let neighboursMax = 64
    private static let diffBytesMax = 1 << 19
    /// So many stretches of time has the chart of power.
    static let powerPoints = 300

    /// Nil where there is no such run.
    init?(of id: RunID, in view: LedgerStore.View, powerPoints: Int = powerPoints) {
        guard let homes = view.homes[id] else { return nil }
        if let home = homes.first, homes.count == 1, home.isLarge {
            guard let found = LedgerDirectory.runs([id], at: home.place),
                let record = found.records[id]
            else { return nil }
            self.init(record, found.integrity, in: view)
            return
        }
        var neighbours = Self.neighbours(of: id, in: view)
        var unseen = 0
        if neighbours.count > Self.neighboursMax
            || neighbours.contains(where: { view.homes[$0]?.contains(where: \.isLarge) ?? false })
        {
            unseen = neighbours.count
            neighbours = []
        }
        if let whole = view.whole[id], homes.count == 1, neighbours.isEmpty {
            self.init(
                whole,
                PowerCourses(of: id, TelemetryWindow(points: powerPoints), in: view),
                unseen: unseen
            )
            return
        }
        let wanted = Set([id] + neighbours)
        let places = Set(wanted.flatMap { view.homes[$0] ?? [] }.map(\.place))
        let directory = LedgerDirectory(of: places, keeping: wanted)
        guard let run = directory.runs.first(where: { $0.id == id }),
            let integrity = directory.integrity(of: id)
        else { return nil }
        let attachments = directory.attachments(of: id)
        self.init(
            run: run,
            document: RunDocument.json(
                run,
                attachments,
                shared: neighbours.isEmpty ? nil : directory.reconciled([id]).sharing[id],
                integrity: integrity,
                progress: Progress(ofSelected: run)
            ),
            diff: Self.text(of: "code.diff", in: attachments),
            power: PowerCourses(of: id, TelemetryWindow(points: powerPoints), in: view),
            unseen: unseen
        )
    }

    /// Of a run that was imported with many others: it brought nothing along but its record.
    private init(_ record: RunRecord, _ integrity: Integrity, in view: LedgerStore.View) {
        let document = RunDocument.json(
            record,
            [],
            integrity: integrity,
            progress: Progress(ofSelected: record)
        )
        self.init(
            run: record,
            document: document,
            diff: nil,
            power: nil,
            unseen: Self.neighbours(of: record.id, in: view).count
        )
    }

    /// Of a run that is at hand.
    private init(_ whole: LedgerStore.Whole, _ power: PowerCourses?, unseen: Int) {
        let document = RunDocument.json(
            whole.record,
            whole.attachments,
            integrity: whole.integrity,
            progress: Progress(ofSelected: whole.record)
        )
        let diff = Self.text(of: "code.diff", in: whole.attachments)
        self.init(run: whole.record, document: document, diff: diff, power: power, unseen: unseen)
    }

    private init(
        run: RunRecord,
        document: JSON,
        diff: String?,
        power: PowerCourses?,
        unseen: @autoclosure () -> Int
    ) {
        self.run = run
        self.document = document
        self.diff = diff
        self.power = power
        self.unseen = run.meters.isEmpty ? 0 : unseen()
    }

    /// Makes the pages of several runs; a ledger that holds many of them is read once.
    struct Several {
        private let view: LedgerStore.View
        private let powerPoints: Int
        private var found: [RunID: RunPageDocument] = [:]

        init(_ ids: [RunID], in view: LedgerStore.View, powerPoints: Int) {
            self.view = view
            self.powerPoints = powerPoints
            var large: [LedgerDirectory.Place: Set<RunID>] = [:]
            for id in ids {
                guard let homes = view.homes[id], homes.count == 1, homes[0].isLarge else {
                    continue
                }
                large[homes[0].place, default: []].insert(id)
            }
            for (place, wanted) in large {
                guard let read = LedgerDirectory.runs(wanted, at: place) else { continue }
                for (id, record) in read.records {
                    found[id] = RunPageDocument(record, read.integrity, in: view)
                }
            }
        }

        func page(of id: RunID) -> RunPageDocument? {
            found[id] ?? RunPageDocument(of: id, in: view, powerPoints: powerPoints)
        }
    }

    var json: JSON {
        [
            "schema": "joulebook.page.run/1",
            "run": told,
            "left_out": [
                "epochs": .integer(Int64(leftOut)), "concurrent_runs": .integer(Int64(unseen)),
            ],
            "used_j": leftOut > 0 ? used : .null,
            "epoch_energy_j": .orNull(epochEnergy),
            "best": best ?? .null,
            "forecast": forecast?.json ?? .null,
            "code": ["diff": .orNull(diff)],
            "charts": .object(charts),
            "power": power?.json ?? .null,
        ]
    }

    /// The same without what its charts hold already.
    var brief: JSON {
        guard case .object(var page) = json else { return json }
        page["power"] = .null
        return .object(page)
    }

    // MARK: Its epochs

    private var leftOut: Int { max(0, run.epochs.count - Charts.epochsMax) }

    /// The document with as many of its epochs as anybody looks at.
    var told: JSON {
        guard leftOut > 0, var parts = document.object else { return document }
        parts["epochs"] = .array((parts["epochs"]?.array ?? []).thinned(to: Charts.epochsMax))
        if var progress = parts["progress"]?.object, let steps = progress["epochs"]?.array {
            progress["epochs"] = .array(steps.thinned(to: Charts.epochsMax))
            parts["progress"] = .object(progress)
        }
        return .object(parts)
    }

    /// What all epochs had used at the end of each that is told; null from one on that does not tell.
    private var used: JSON {
        var sum: Double? = 0
        let sums = run.epochs.map { epoch in
            sum = sum.flatMap { before in epoch.energy.map { before + $0.joules } }
            return JSON.orNull(sum)
        }
        return .array(sums.thinned(to: Charts.epochsMax))
    }

    /// The mean of the epochs that tell their energy.
    private var epochEnergy: Double? {
        let known = run.epochs.compactMap { $0.energy?.joules }
        return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
    }

    /// The best value of the metric that matters, the last where nothing tells what is better.
    private var best: JSON? {
        var seen: Set<ExactName> = []
        let names = run.epochs.flatMap(\.metrics).map(\.name).filter {
            seen.insert(ExactName($0)).inserted
        }
        let selected = Progress(ofSelected: run)
        guard let name = selected?.metric ?? MetricDirection.mainMetric(of: names) else {
            return nil
        }
        let direction =
            (selected?.goal.rawValue).flatMap(MetricDirection.init(rawValue:))
            ?? MetricDirection(ofMetric: name)
        let values = run.epochs.compactMap { epoch in
            epoch.metrics.last { $0.name.isExactly(name) && $0.value.isFinite }
                .map { (epoch: epoch.number, value: $0.value) }
        }
        let best =
            switch direction {
            case .higher: values.max { $0.value < $1.value }
            case .lower: values.min { $0.value < $1.value }
            case nil: values.last
            }
        guard let best else { return nil }
        return [
            "metric": .string(name), "better": .orNull(direction?.rawValue),
            "value": .double(best.value), "epoch": .integer(Int64(best.epoch)),
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

    /// Runs that measured at the same time.
    private static func neighbours(of id: RunID, in view: LedgerStore.View) -> [RunID] {
        guard let row = view.rows.first(where: { $0.id == id }), row.started.isFinite,
            row.seconds.isFinite
        else { return [] }
        let end = row.started + row.seconds
        return view.rows.filter { other in
            other.id != id && other.started < end && other.started + other.seconds > row.started
        }.map(\.id)
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
