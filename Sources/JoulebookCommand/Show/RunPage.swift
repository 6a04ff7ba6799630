import JouleFile
import JouleQuantities
import Joulebook

/// One run, set for a person to read.
struct RunPage {
    let run: RunRecord
    let attachments: [Attachment]
    /// What others measured with it, where they were looked at.
    var shared: SharedEnergy?
    let integrity: Integrity
    let look: Console.Look
    var progress: Progress?

    /// The page from top to bottom.
    func lines() -> [String] {
        var lines = heading() + facts() + meters() + artifacts() + epochs() + sparklines()
        if let progress { lines += [""] + progress.lines(mark: mark) }
        if !mark.sign.isEmpty { lines += [""] + EnergyMark.legend(look) }
        return lines + [""] + state()
    }

    private var mark: EnergyMark { EnergyMark(run) }

    private func state() -> [String] {
        let paint = IntegrityDocument.paint(integrity)
        return IntegrityDocument.sentence(integrity).visible.wrapped(to: look.width)
            .map { look.painted($0, paint) }
    }

    // MARK: What the run is

    private func heading() -> [String] {
        let stage = run.stage.map { ", \($0.rawValue)" } ?? ""
        let status = look.painted(run.status.rawValue, run.status.paint)
        let room = look.width - stage.columns - run.status.rawValue.columns - 2
        let project = (run.project ?? "(no project)").visible.shortenedInside(to: max(8, room))
        let name = look.painted(project, .strong)
        let count = run.epochs.count.counted("epoch")
        let steps =
            run.stepCount == 0 ? "" : ", " + run.stepCount.counted("step")
        let energy = run.energy?.joules ?? run.declared?.energy?.joules
        let date = Units.date(unixSeconds: run.started?.unixSeconds, withSeconds: true)
        let facts =
            "started \(date) UTC, took \(Units.duration(seconds: run.durationSeconds)), \(count)"
            + "\(steps), energy \(mark.text(joules: energy))"
        return ["\(name)\(stage): \(status)", "run \(run.id.description.visible)"]
            + facts.wrapped(to: look.width) + [""]
    }

    private func facts() -> [String] {
        var facts: [(String, String)] = []
        if let code = run.code { facts.append(("code", describe(code))) }
        if let data = run.data {
            let parts = [data.name, data.fingerprint].compactMap { $0 }
            facts.append(("data", parts.joined(separator: ", ")))
        }
        if let config = run.config {
            let leaves = FlatConfig.leaves(of: config).map { "\($0.path)=\($0.value)" }
            facts.append(("config", leaves.joined(separator: "  ")))
        }
        if let seed = run.seed { facts.append(("seed", FlatConfig.spelling(of: seed))) }
        if !run.tags.isEmpty { facts.append(("tags", run.tags.joined(separator: ", "))) }
        for note in run.extra["notes"]?.array ?? [] {
            let date = note["at"]?.double.map { Units.date(unixSeconds: $0) + " UTC: " } ?? ""
            facts.append(("note", date + (note["text"]?.string ?? note.string ?? note.text())))
        }
        if let selected = run.extra["selected"], let metric = selected["metric"]?.string {
            facts.append(("selected", "by \(metric), \(selected["goal"]?.string ?? "?") is better"))
        }
        facts += budget()
        if let replay = replay() { facts.append(("replay", replay)) }
        for parent in run.parents {
            facts.append(("parent", "\(parent.relation) \(parent.id)"))
        }
        if let hardware = run.hardware { facts.append(("hardware", describe(hardware))) }
        if run.env?["attribution"]?.string == "whole_machine" {
            facts.append(("scope", "energy of the whole machine, not of this program alone"))
        }
        if let shared { facts.append(("shared", describe(shared))) }
        if let ranks = run.worldSize { facts.append(("ranks", "\(ranks)")) }
        if let durability = run.extra["durability"]?.string {
            let reason = run.extra["absent"]?["ring"]?.string.map { "; no ring: \($0)" } ?? ""
            facts.append(("durable", durability + reason))
        }
        if let thinning = ThinningNote(run) { facts.append(("thinned", thinning.sentence)) }
        let faults = ["faults", "meter_faults"].flatMap { run.extra[$0]?.array ?? [] }
        for fault in faults {
            let date = Units.date(unixSeconds: fault["at"]?.double, withSeconds: true)
            facts.append(("fault", "\(date) UTC: \(fault["what"]?.string ?? "")"))
        }
        if let drops = run.drops, !drops.isEmpty {
            facts.append(("lost", JSON.object(drops).text()))
        }
        if let late = run.extra["late_calls"]?.integer, late > 0 {
            let calls = late.counted("call")
            facts.append(("late", "\(calls) came after the end of an epoch and were not kept"))
        }
        if !run.assumed.isEmpty { facts.append(("assumed", run.assumed.joined(separator: ", "))) }
        return facts.flatMap { name, text in
            // A digest of SHA-256 fits into 80 columns where it moves up by one.
            let lines = text.visible.wrapped(to: look.width - 9)
            return lines.enumerated().map { place, line in
                let title = place == 0 ? name : ""
                let indent = line.columns > look.width - 10 ? 9 : 10
                let padding = String(repeating: " ", count: max(0, indent - title.count))
                return look.painted(title, .faint) + padding + line
            }
        }
    }

    /// The limits of the run, and what came of them.
    private func budget() -> [(String, String)] {
        guard let budget = run.extra["budget"], budget.object != nil else { return [] }
        let limits = BudgetEvent.Quantity.allCases.compactMap { quantity in
            budget[quantity.rawValue]?.double.map { "\(Units.significant($0)) \(quantity.unit)" }
        }
        let events = (run.extra["budget_events"]?.array ?? []).map { event in
            let date = Units.date(unixSeconds: event["at"]?.double, withSeconds: true)
            let value = (event["value"]?.double).map { Units.significant($0) } ?? Units.unknown
            let quantity = event["quantity"]?.string ?? ""
            return ("", "\(date) UTC: \(event["kind"]?.string ?? ""), \(value) \(quantity)")
        }
        return [("budget", limits.joined(separator: ", "))] + events
    }

    /// The earlier run whose epochs this one's were, bit for bit.
    private func replay() -> String? {
        guard let of = run.extra["replay"]?["of"]?.string,
            let epoch = run.extra["replay"]?["epoch"]?.integer
        else { return nil }
        guard let until = run.extra["replay"]?["until"]?.integer else {
            return "of \(of), seen at epoch \(epoch)"
        }
        return "of \(of), seen at epoch \(epoch); equal until epoch \(until)"
    }

    private func describe(_ code: CodeIdentity) -> String {
        var text = code.entry ?? "unknown entry point"
        if let commit = code.commit { text += " at \(commit.prefix(12))" }
        if code.dirty == true { text += " with uncommitted changes" }
        return text
    }

    private func describe(_ shared: SharedEnergy) -> String {
        let names =
            shared.others.map(\.short).joined(separator: ", ") + (shared.hasMore ? ", …" : "")
        let counted = mark.text(joules: shared.counted?.joules)
        return "its meters with \(names) for \(Units.duration(seconds: shared.seconds)); in sums "
            + "\(counted) are its own"
    }

    private func describe(_ hardware: Hardware) -> String {
        let devices = hardware.devices.map { device in
            let count = device.count.map { $0 == 1 ? "" : "\($0) × " } ?? ""
            return count + (device.name.map { "\(device.kind) \($0)" } ?? device.kind)
        }
        return ([hardware.host] + devices).compactMap { $0 }.joined(separator: "; ")
    }

    // MARK: What it used

    private func meters() -> [String] {
        let known = run.deviceEnergy.filter { run.meters.indices.contains($0.meter) }
        guard !known.isEmpty else { return ["", "energy by device: not recorded"] }
        var table = Table([
            .init(title: "device", mayShrink: true), .init(title: "source", mayShrink: true),
            .init(title: "provenance", mayGo: 3),
            .init(title: "energy", isRight: true, hasUnits: true),
            .init(title: "±", isRight: true, mayGo: 2),
            .init(title: "covered", isRight: true, mayGo: 1),
        ])
        for item in known {
            let meter = run.meters[item.meter]
            let mark = EnergyMark(meter.provenance)
            let part = meter.enclosedBy.map { " (in \($0))" } ?? ""
            table.append([
                .init(meter.device.description + part), .init(meter.source),
                .init(meter.provenance.words, mark.paint),
                .init(mark.text(joules: item.measured.energy.joules), mark.paint),
                .init(Units.uncertainty(item.measured.uncertaintyRelative)),
                .init(Units.percent(item.measured.coverage)),
            ])
        }
        return ["", "energy by device"] + table.lines(look: look, indent: 2) + idle(of: known)
            + doubts(of: known) + attributed() + divided()
    }

    /// GPUs of whose energy the run's part is not known, because they are divided.
    private func divided() -> [String] {
        run.meters.flatMap { meter -> [String] in
            guard let reason = meter.extra["mig_share_unknown"]?.string else { return [] }
            let text = "\(meter.device): the part of its MIG devices is not known: \(reason)"
            return text.visible.wrapped(to: look.width - 2).map { "  \($0)" }
        }
    }

    /// This run's part of a machine that others used as well.
    private func attributed() -> [String] {
        guard let attribution = run.extra["attribution"]?.object,
            let own = attribution["attributed_j"]?.double, own.isFinite,
            let rest = attribution["unattributed_j"]?.double, rest.isFinite
        else { return [] }
        let rules = (attribution["devices"]?.array ?? []).prefix(1024)
            .compactMap { $0.object?["rule"]?.string }
        let known = [
            ("cpu_time", "processor time"),
            ("cpu_time_and_reservation", "processor time and what is set apart"),
            ("sm_utilization", "use of the GPU"),
            ("cu_occupancy", "compute units held"),
            ("sole_user", "being alone on the device"),
            ("mig_share", "its MIG devices' part of the GPU"),
        ]
        let words = known.filter { rules.contains($0.0) }.map(\.1)
        let rule = words.isEmpty ? "" : ", by " + words.joined(separator: " and ")
        let mark = EnergyMark(.model)
        let until = attribution["until"]?.double.map { Units.date(unixSeconds: $0) }
        let told = until.map { ", as of \($0) UTC" } ?? ""
        return [
            "  of which by this run  \(mark.text(joules: own))\(rule)\(told)",
            "  of others, idle, or not told apart  \(mark.text(joules: rest))",
        ]
    }

    /// What the devices would have used without the run, where their idle power was measured before.
    private func idle(of known: [DeviceEnergy]) -> [String] {
        known.flatMap { item -> [String] in
            let meter = run.meters[item.meter]
            guard let watts = meter.extra["idle_power_w"]?.double, watts >= 0,
                let seconds = run.durationSeconds
            else { return [] }
            let joules = min(
                watts * seconds * item.measured.coverage,
                item.measured.energy.joules
            )
            let date = Units.date(unixSeconds: meter.extra["idle_measured"]?.double)
            return faint(
                "\(meter.device): of which idle \(mark.text(joules: joules)) (\(date) UTC)"
            )
        }
    }

    /// What is doubtful about the energy of a device; interpolated edges are in its interval.
    private func doubts(of known: [DeviceEnergy]) -> [String] {
        known.flatMap { item -> [String] in
            let words = item.measured.flags.subtracting(.interpolated).words
            guard !words.isEmpty else { return [] }
            return faint("\(run.meters[item.meter].device): \(words.joined(separator: ", "))")
        }
    }

    /// A remark below a table.
    private func faint(_ text: String) -> [String] {
        text.visible.wrapped(to: look.width - 2).map { look.painted("  \($0)", .faint) }
    }

    private func artifacts() -> [String] {
        let named = attachments.named
        guard !named.isEmpty else { return [] }
        let shown = named.suffix(32)
        let more = named.count - shown.count
        let note = more > 0 ? [look.painted("  \(more) earlier ones in --json", .faint)] : []
        return ["", "attachments"]
            + ListedAttachments.table(Array(shown)).lines(look: look, indent: 2) + note
    }

    // MARK: How it went

    private func epochs() -> [String] {
        guard !run.epochs.isEmpty else { return ["", "no epoch was logged"] }
        let names = Metrics.names(of: run)
        let shown = Array(names.prefix(max(1, (look.width - 44) / 12)))
        // Imported records often do not say when an epoch began.
        let isDated = run.epochs.contains { $0.started != nil }
        var table = Table(
            [.init(title: "epoch", isRight: true)]
                + (isDated ? [.init(title: "started (UTC)", mayGo: 1)] : [])
                + [
                    .init(title: "took", isRight: true, hasUnits: true),
                    .init(title: "energy", isRight: true, hasUnits: true),
                ]
                + shown.map { .init(title: $0.visible, isRight: true, mayShrink: true) }
        )
        for epoch in run.epochs {
            let date = Units.date(unixSeconds: epoch.started?.unixSeconds, withSeconds: true)
            let values = shown.map { name -> Table.Cell in
                let metric = epoch.metrics.last { $0.name == name }
                return .init(metric.map { Units.significant($0.value, digits: 4) } ?? Units.unknown)
            }
            table.append(
                [.init("\(epoch.number)")] + (isDated ? [.init(String(date.suffix(8)))] : [])
                    + [
                        .init(Units.duration(seconds: epoch.durationSeconds)),
                        .init(mark.text(joules: epoch.energy?.joules), mark.paint),
                    ] + values
            )
        }
        let hidden = names.count - shown.count
        let note = hidden > 0 ? [look.painted("  \(hidden) more metrics in --json", .faint)] : []
        return ["", "epochs"] + table.lines(look: look, indent: 2) + note
    }

    private func sparklines() -> [String] {
        guard run.epochs.count > 1 else { return [] }
        let energies = run.epochs.map { $0.energy?.joules }
        var lines = spark("energy", energies) { mark.text(joules: $0) }
        let powers = run.epochs.map { epoch in
            epoch.energy.flatMap { energy in
                epoch.durationSeconds.flatMap { $0 > 0 ? energy.joules / $0 : nil }
            }
        }
        lines += spark("power", powers) { mark.sign + Units.power(watts: $0) }
        for name in Metrics.names(of: run).prefix(2) {
            lines += spark(name, Metrics.course(of: name, in: run)) {
                Units.significant($0, digits: 4)
            }
        }
        return lines.isEmpty ? [] : [""] + lines
    }

    /// The course of a number over the epochs, and between what it moved.
    private func spark(
        _ name: String,
        _ values: [Double?],
        _ spelt: (Double) -> String
    ) -> [String] {
        let known = values.compactMap(\.self).filter(\.isFinite)
        guard let low = known.min(), let high = known.max() else { return [] }
        let title = name.visible.shortened(to: 12)
        let padding = String(repeating: " ", count: 14 - title.columns)
        let range = low < high ? "\(spelt(low)) … \(spelt(high))" : spelt(low)
        let width = max(1, look.width - 14 - 2 - range.columns)
        let line = Sparkline.text(values, width: width)
        return [look.painted(title, .faint) + padding + line + "  " + look.painted(range, .faint)]
    }
}

extension RunStatus {
    /// How the word is painted.
    var paint: Paint {
        switch self {
        case .finished: .good
        case .failed, .killed: .bad
        case .running: .doubtful
        }
    }
}
