import JouleFile
import JouleQuantities

/// What can be told of all runs of one frame at once, each thing when it is first asked for.
final class FrameView {
    private let frame: RunFrame
    private let options: LifecycleOptions
    private let factors: FactorSet
    private var sites: [SiteKey: RunSite] = [:]
    private var counted: [UInt64: [Int]] = [:]

    init(_ frame: RunFrame, _ options: LifecycleOptions, _ factors: FactorSet) {
        self.frame = frame
        self.options = options
        self.factors = factors
    }

    private struct SiteKey: Hashable {
        let year: Int?
        let statedPUE: Double?
    }

    /// Where runs of a year drew their energy, of which `statedPUE` is known.
    func site(inYearOf started: WallTime?, statedPUE: PUE?) -> RunSite {
        let key = SiteKey(year: started?.year, statedPUE: statedPUE?.value)
        if let known = sites[key] { return known }
        let site = RunSite(
            of: frame,
            year: key.year,
            statedPUE: statedPUE,
            options: options,
            factors: factors
        )
        sites[key] = site
        return site
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

    /// By meter, what errs with it.
    private(set) lazy var errorSources: [String] = frame.meters.map { meter in
        // A model errs in the same way wherever it is used, sensors of a kind on one machine.
        meter.provenance == .model
            ? meter.source : "\(meter.source) on \(frame.hardware?.host ?? "one host")"
    }

    /// Kinds of components that runs had and that none of their meters saw; none without meters.
    private(set) lazy var unmeteredKinds: [String] = {
        guard !frame.meters.isEmpty else { return [] }
        let metered = frame.meters.map { $0.device.description.lowercased() }
        let kinds = Set((frame.hardware?.devices ?? []).map { $0.kind.lowercased() })
        return kinds.filter { kind in !metered.contains { Self.meters($0, kind) } }.sorted()
    }()

    /// The hardware that runs had to themselves.
    private(set) lazy var devices = RunMaking.Device.all(of: frame, factors)

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
    private var last: (frame: RunFrame, view: FrameView)?

    init(_ options: LifecycleOptions, _ factors: FactorSet) {
        self.options = options
        self.factors = factors
    }

    /// The view of a run's frame.
    mutating func view(of run: RunFacts) -> FrameView {
        if let last, last.frame === run.frame { return last.view }
        let name = ObjectIdentifier(run.frame)
        let view = views[name] ?? FrameView(run.frame, options, factors)
        views[name] = view
        last = (run.frame, view)
        return view
    }

    mutating func impact(of run: RunFacts) -> RunImpact {
        RunImpact(of: run, view(of: run), options, factors)
    }
}
