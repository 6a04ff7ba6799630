import JouleFile
import JouleQuantities

/// How many runs lack what.
struct GapCounts: Sendable {
    /// What a run may lack, or stand on in place of it.
    enum Kind: Int, CaseIterable {
        case energy, coverage, running, stage, uncertainty, boundary, region
        case pueUnknown, pueOfProvider, making
        /// Jobs of Slurm, and those of them on several nodes.
        case job, wideJob
    }

    private(set) var runs = 0
    private var counts = [Int](repeating: 0, count: Kind.allCases.count)
    /// By kind of component, runs that had it and did not meter it.
    private(set) var unmetered: [String: Int] = [:]
    /// By device of which nobody knows the making.
    private(set) var unknownMaking: [String: Int] = [:]

    /// The first by name of the jobs on several nodes.
    private(set) var wideJobs: [RunID] = []

    static let listedMax = 20

    subscript(kind: Kind) -> Int { counts[kind.rawValue] }

    mutating func add(_ impact: RunImpact) {
        let (site, tally) = (impact.site, impact.tally)
        runs += tally.runs
        counts[Kind.coverage.rawValue] += tally.sparse
        counts[Kind.uncertainty.rawValue] += tally.uncertain
        func note(_ kind: Kind, _ isSo: Bool) {
            if isSo { counts[kind.rawValue] += tally.runs }
        }
        note(.energy, !impact.hasEnergy)
        note(.running, impact.run.status == .running)
        note(.stage, impact.run.stage == nil)
        var (isOfDevices, isMetered) = (false, false)
        for part in impact.energy.parts {
            isOfDevices = isOfDevices || part.boundary == .device
            isMetered = isMetered || (part.boundary == .device && part.provenance != .declared)
        }
        note(.boundary, isMetered)
        if impact.hasEnergy {
            note(.region, site.grid == nil)
            note(.pueUnknown, !site.pueIsStated && impact.needsPUE)
            note(.pueOfProvider, site.pueIsStated && site.pueFactor != nil)
        }
        if isOfDevices {
            for kind in impact.unmeteredKinds { unmetered[kind, default: 0] += tally.runs }
        }
        note(.making, impact.making?.unknown == nil)
        if impact.run.isJob {
            note(.job, true)
            let isWide = impact.run.meters.first?.identity == nil
            note(.wideJob, isWide)
            if isWide { list([impact.run.id]) }
        }
        for device in impact.making?.unknown ?? [] {
            unknownMaking[device, default: 0] += tally.runs
        }
    }

    mutating func add(_ other: GapCounts) {
        runs += other.runs
        for place in counts.indices { counts[place] += other.counts[place] }
        list(other.wideJobs)
        unmetered.merge(other.unmetered, uniquingKeysWith: +)
        unknownMaking.merge(other.unknownMaking, uniquingKeysWith: +)
    }

    private mutating func list(_ jobs: [RunID]) {
        wideJobs = Array((wideJobs + jobs).sorted().prefix(Self.listedMax))
    }
}

/// What a summary leaves out or stands on in place of a measurement, in words.
struct Gaps {
    private let counts: GapCounts
    private(set) var remarks: [Remark] = []

    init(
        _ counts: GapCounts,
        of all: Impact,
        stages: [Stage],
        isMatched: Bool,
        shared: SharedRuns,
        options: LifecycleOptions
    ) {
        self.counts = counts
        let stated = options.site
        energy()
        let words = shared.sentence(of: counts.runs) {
            let scale = Scale.energy(upTo: $0.joules)
            return "\(scale.text($0.joules)) \(scale.unit)"
        }
        if let words { note("shared", "runs", words) }
        jobs()
        evidence(all)
        components()
        site()
        for stage in Stage.allCases where stage != .other && !stages.contains(stage) {
            note("stage", stage.rawValue, "no run of this stage was recorded")
        }
        if options.life == nil {
            note("impact", "making", "embodied carbon takes a life of the hardware (--lifetime 4)")
        } else {
            making()
        }
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

    private mutating func energy() {
        note(.energy, "energy") { "\($0) have no energy" }
        note(.coverage, "coverage") {
            "\($0) were observed for less than 90 % of their time; gaps are not filled in"
        }
        note(.running, "running") { "\($0) have not ended; their energy so far is included" }
        note(.stage, "stage_not_stated") { "\($0) do not state a stage and stand under 'other'" }
    }

    /// Of Slurm's jobs, what their energy stands on.
    private mutating func jobs() {
        note(.job, "slurm") {
            "\($0) are jobs of Slurm with the energy of their nodes, whoever used it; what runs in "
                + "them measured is counted with these"
        }
        guard counts[.wideJob] > 0 else { return }
        let names = counts.wideJobs.map(\.description).joined(separator: ", ")
        let more = counts[.wideJob] - counts.wideJobs.count
        let rest = more > 0 ? " and \(more) more" : ""
        note("slurm", "nodes", "taken to be alone on several nodes: \(names)\(rest)")
    }

    private mutating func evidence(_ all: Impact) {
        let total = all.evidence.measured + all.evidence.model + all.evidence.declared
        if total > 0, all.evidence.model > 0 {
            let share = Figure.percent(all.evidence.model / total)
            note("model", "energy", "\(share) of the energy is modelled, not measured")
        }
        if total > 0, all.evidence.declared > 0 {
            let share = Figure.percent(all.evidence.declared / total)
            note("declared", "energy", "\(share) of the energy is stated by a record, not metered")
        }
        note(.uncertainty, "uncertainty") {
            "\($0) do not state the uncertainty of their energy; no range contains it"
        }
        note(.boundary, "boundary") {
            "\($0) meter components, not the whole machine; power supplies, fans and the rest "
                + "are outside"
        }
    }

    /// Components that a run had and that none of its meters saw.
    private mutating func components() {
        for (kind, runs) in counts.unmetered.sorted(by: { $0.key < $1.key }) {
            note("component", kind, "in \(runs) of \(counts.runs) runs no meter saw it")
        }
    }

    private mutating func making() {
        note(.making, "making") {
            "\($0) do not tell their hardware or their time; its making is left out"
        }
        let devices = counts.unknownMaking.sorted { $0.key < $1.key }
        for (device, runs) in devices.prefix(GapCounts.listedMax) {
            let words = "in \(runs) of \(counts.runs) runs its making is not known (--factors)"
            note("making", device, words)
        }
        let more = devices.count - GapCounts.listedMax
        if more > 0 { note("making", "devices", "\(more) more of unknown making") }
    }

    private mutating func site() {
        note(.region, "region") {
            "\($0) do not state a region; their carbon is a range over all countries (--region)"
        }
        note(.pueUnknown, "pue") {
            "\($0) do not state a PUE; their facility energy is a range (--pue, 1 for a machine "
                + "outside a data centre)"
        }
        note(.pueOfProvider, "pue") {
            "\($0) take the mean PUE that their cloud provider discloses, not their data centre's"
        }
    }

    private mutating func note(
        _ gap: GapCounts.Kind,
        _ kind: String,
        _ message: (String) -> String
    ) {
        guard counts[gap] > 0 else { return }
        note(kind, "runs", message("\(counts[gap]) of \(counts.runs) runs"))
    }

    private mutating func note(_ kind: String, _ location: String, _ message: String) {
        remarks.append(Remark(kind, at: location, message))
    }
}

extension RunImpact {
    /// Whether the step from IT to facility energy is taken at all.
    var needsPUE: Bool { !energy.parts.contains { $0.boundary == .facility } }
}
