import JouleFile
import JouleQuantities

/// What a summary leaves out or stands on in place of a measurement, in words.
struct Gaps {
    private(set) var remarks: [Remark] = []

    init(_ impacts: [RunImpact], stages: [Stage], shared: SharedRuns, options: LifecycleOptions) {
        let stated = options.site
        energy(impacts)
        let words = shared.sentence(of: impacts.count) {
            let scale = Scale.energy(upTo: $0.joules)
            return "\(scale.text($0.joules)) \(scale.unit)"
        }
        if let words { note("shared", "runs", words) }
        evidence(impacts)
        components(impacts)
        site(impacts)
        for stage in Stage.allCases where stage != .other && !stages.contains(stage) {
            note("stage", stage.rawValue, "no run of this stage was recorded")
        }
        if options.life == nil {
            note("impact", "making", "embodied carbon takes a life of the hardware (--lifetime 4)")
        } else {
            making(impacts)
        }
        let isMatched = impacts.contains { $0.timed?.market != nil }
        if stated.purchase == nil, !isMatched {
            note("impact", "carbon", "what electricity was bought is not known (--contract)")
        } else if stated.purchase?.isWhole == false {
            note("impact", "carbon", "the rest beside the contracts is not known (--residual)")
        }
        if stated.land == nil {
            note("impact", "land", "land of generating the electricity is not known (--land)")
        }
        if stated.wue == nil { note("impact", "water", "water on site is not known (--wue)") }
        if stated.ewif == nil {
            note("impact", "water", "water of generating the electricity is not known (--ewif)")
        }
        if stated.tariff == nil { note("impact", "cost", "no price is stated (--tariff)") }
    }

    private mutating func energy(_ impacts: [RunImpact]) {
        count(impacts.filter { !$0.hasEnergy }, of: impacts, "energy") { "\($0) have no energy" }
        count(impacts.filter { $0.hasEnergy && $0.energy.coverage < 0.9 }, of: impacts, "coverage")
        {
            "\($0) were observed for less than 90 % of their time; gaps are not filled in"
        }
        count(impacts.filter { $0.run.status == .running }, of: impacts, "running") {
            "\($0) have not ended; their energy so far is included"
        }
        count(impacts.filter { $0.run.stage == nil }, of: impacts, "stage_not_stated") {
            "\($0) do not state a stage and stand under 'other'"
        }
    }

    private mutating func evidence(_ impacts: [RunImpact]) {
        let all = Impact(of: impacts)
        let total = all.evidence.measured + all.evidence.model + all.evidence.declared
        if total > 0, all.evidence.model > 0 {
            let share = Figure.percent(all.evidence.model / total)
            note("model", "energy", "\(share) of the energy is modelled, not measured")
        }
        if total > 0, all.evidence.declared > 0 {
            let share = Figure.percent(all.evidence.declared / total)
            note("declared", "energy", "\(share) of the energy is stated by a record, not metered")
        }
        let parts = impacts.map(\.energy.parts)
        let unknown = zip(impacts, parts).filter { _, parts in
            parts.contains { $0.uncertaintyRelative == nil && $0.joules > 0 }
        }
        count(unknown.map(\.0), of: impacts, "uncertainty") {
            "\($0) do not state the uncertainty of their energy; no range contains it"
        }
        let devices = zip(impacts, parts).filter { _, parts in
            parts.contains { $0.boundary == .device && $0.provenance != .declared }
        }
        count(devices.map(\.0), of: impacts, "boundary") {
            "\($0) meter components, not the whole machine; power supplies, fans and the rest "
                + "are outside"
        }
    }

    /// Components that a run had and that none of its meters saw.
    private mutating func components(_ impacts: [RunImpact]) {
        var runsByKind: [String: Int] = [:]
        for impact in impacts
        where impact.energy.parts.contains(where: { $0.boundary == .device })
            && !impact.run.meters.isEmpty
        {
            let metered = impact.run.meters.map { $0.device.description.lowercased() }
            let kinds = Set((impact.run.hardware?.devices ?? []).map { $0.kind.lowercased() })
            for kind in kinds where !metered.contains(where: { Self.meters($0, kind) }) {
                runsByKind[kind, default: 0] += 1
            }
        }
        for kind in runsByKind.keys.sorted() {
            let runs = runsByKind[kind] ?? 0
            note("component", kind, "in \(runs) of \(impacts.count) runs no meter saw it")
        }
    }

    private mutating func making(_ impacts: [RunImpact]) {
        count(impacts.filter { $0.making?.unknown == nil }, of: impacts, "making") {
            "\($0) do not tell their hardware or their time; its making is left out"
        }
        var runsByDevice: [String: Int] = [:]
        for device in impacts.flatMap({ $0.making?.unknown ?? [] }) {
            runsByDevice[device, default: 0] += 1
        }
        for device in runsByDevice.keys.sorted().prefix(Self.devicesMax) {
            let runs = runsByDevice[device] ?? 0
            let words = "in \(runs) of \(impacts.count) runs its making is not known (--factors)"
            note("making", device, words)
        }
        let more = runsByDevice.count - Self.devicesMax
        if more > 0 { note("making", "devices", "\(more) more of unknown making") }
    }

    private static let devicesMax = 20

    private static func meters(_ device: String, _ kind: String) -> Bool {
        let names = kind == "memory" ? ["memory", "dram"] : [kind]
        return names.contains { device.hasPrefix($0) || device.hasSuffix("/\($0)") }
    }

    private mutating func site(_ impacts: [RunImpact]) {
        let known = impacts.filter(\.hasEnergy)
        count(known.filter { $0.site.grid == nil }, of: impacts, "region") {
            "\($0) do not state a region; their carbon is a range over all countries (--region)"
        }
        count(known.filter { !$0.site.pueIsStated && $0.needsPUE }, of: impacts, "pue") {
            "\($0) do not state a PUE; their facility energy is a range (--pue, 1 for a machine "
                + "outside a data centre)"
        }
        count(known.filter { $0.site.pueIsStated && $0.site.pueFactor != nil }, of: impacts, "pue")
        {
            "\($0) take the mean PUE that their cloud provider discloses, not their data centre's"
        }
    }

    private mutating func count(
        _ runs: [RunImpact],
        of all: [RunImpact],
        _ kind: String,
        _ message: (String) -> String
    ) {
        guard !runs.isEmpty else { return }
        note(kind, "runs", message("\(runs.count) of \(all.count) runs"))
    }

    private mutating func note(_ kind: String, _ location: String, _ message: String) {
        remarks.append(Remark(kind, at: location, message))
    }
}

extension RunImpact {
    /// Whether the step from IT to facility energy is taken at all.
    var needsPUE: Bool { !energy.parts.contains { $0.boundary == .facility } }
}
