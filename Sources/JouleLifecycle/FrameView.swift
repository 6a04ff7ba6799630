import JouleFile
import JouleQuantities

/// What can be told of all runs of one frame at once, each thing when it is first asked for.
final class FrameView {
    private let frame: RunFrame
    private let options: LifecycleOptions
    let factors: FactorSet
    /// By meter, what it saw.
    let sources: [EnergySource]
    private var sites: [KnownSite] = []
    private var counted: [UInt64: [Int]] = [:]

    init(_ frame: RunFrame, _ options: LifecycleOptions, _ factors: FactorSet) {
        self.frame = frame
        sources = frame.meters.map { EnergySource($0, on: frame.hardware?.host) }
        self.options = options
        self.factors = factors
    }

    /// One of a few years.
    private struct KnownSite {
        let year: Int?
        let statedPUE: PUE?
        let site: RunSite
        /// By how its rows were used, whether that was told.
        var told: [Bool] = Array(repeating: false, count: 64)
    }

    /// Where runs of a year drew their energy, of which `statedPUE` is known.
    func site(inYearOf started: WallTime?, statedPUE: PUE?) -> RunSite {
        let year = started?.year
        let known = sites.first { $0.year == year && $0.statedPUE == statedPUE }
        if let known { return known.site }
        let site = RunSite(
            of: frame,
            year: year,
            statedPUE: statedPUE,
            options: options,
            factors: factors
        )
        sites.append(KnownSite(year: year, statedPUE: statedPUE, site: site))
        return site
    }

    /// The rows that a run of this frame used; nil where the same were told before.
    func newFactors(of impact: RunImpact) -> [UsedFactor]? {
        guard let place = sites.firstIndex(where: { $0.site === impact.site }) else { return nil }
        let use =
            (impact.usesPUE ? 1 : 0) | (impact.carbon == nil ? 0 : 2)
            | (impact.making?.carbon == nil ? 0 : 4) | (impact.refusal == nil ? 0 : 8)
            | (impact.timed?.uncovered == 0 ? 16 : 0) | (impact.timed?.factor == nil ? 0 : 32)
        guard !sites[place].told[use] else { return nil }
        sites[place].told[use] = true
        return impact.factorsUsed
    }

    /// The meters of which each joule counts once, of those that have a value: a facility's first.
    ///
    /// Facility energy holds the IT energy and stands beside it, with the PUE between them.
    func counted(_ hasValue: (Int) -> Bool) -> [Int] {
        let meters = frame.meters
        func all() -> [Int] {
            meters.additive { hasValue($0) && meters[$0].boundary == .facility }
                + meters.additive { hasValue($0) && meters[$0].boundary != .facility }
        }
        guard meters.count <= UInt64.bitWidth else { return all() }
        let present = meters.indices.reduce(into: UInt64(0)) { bits, meter in
            if hasValue(meter) { bits |= 1 << UInt64(meter) }
        }
        if let known = counted[present] { return known }
        let found = all()
        counted[present] = found
        return found
    }

    /// Kinds of components that runs had and that none of their meters saw; none without meters.
    private(set) lazy var unmeteredKinds: [String] = {
        guard !frame.meters.isEmpty else { return [] }
        let metered = frame.meters.map { $0.device.description.lowercased() }
        let kinds = Set((frame.hardware?.devices ?? []).map { $0.kind.lowercased() })
        return kinds.filter { kind in !metered.contains { Self.meters($0, kind) } }.sorted()
    }()

    /// The hardware that runs had to themselves.
    private(set) lazy var devices = RunMaking.devices(of: frame)
    /// The same with what is known of the making.
    private(set) lazy var madeDevices = devices.map { RunMaking.Device($0, factors) }

    private static func meters(_ device: String, _ kind: String) -> Bool {
        let names = kind == "memory" ? ["memory", "dram"] : [kind]
        return names.contains { device.hasPrefix($0) || device.hasSuffix("/\($0)") }
    }
}

/// Makes impacts of runs one after the other, and remembers what those of one frame have in common.
struct ImpactMaker {
    private let options: LifecycleOptions
    private let factors: FactorSet
    private var views: [ObjectIdentifier: FrameView] = [:]

    init(_ options: LifecycleOptions, _ factors: FactorSet) {
        self.options = options
        self.factors = factors
    }

    mutating func impact(of run: RunFacts) -> RunImpact { RunImpact(of: run, view(run), options) }

    /// The impact, and the rows that it used where these were not told before.
    ///
    /// `tally` is of the runs that `run` stands for; nil where it is one.
    mutating func told(_ run: RunFacts, _ tally: RunTally? = nil)
        -> (impact: RunImpact, newFactors: [UsedFactor]?)
    {
        let view = view(run)
        let impact = RunImpact(of: run, view, options, tally)
        return (impact, view.newFactors(of: impact))
    }

    /// Whether energies of different runs can be added up before factors are applied.
    var addsUp: Bool { options.life == nil && options.hardware == nil && factors.series == nil }

    mutating func view(_ run: RunFacts) -> FrameView {
        let name = ObjectIdentifier(run.frame)
        if let known = views[name] { return known }
        let view = FrameView(run.frame, options, factors)
        views[name] = view
        return view
    }
}
