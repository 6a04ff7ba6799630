import JouleFile
import JouleQuantities

/// How the making of hardware is shared out over its life, as the user states it.
package struct HardwareLife: Sendable, Hashable {
    package let years: Double
    /// Share of its life in which it does something useful; 1 charges idle time to nobody.
    package let utilisation: Double

    /// Throws for what no hardware has.
    package init(years: Double, utilisation: Double = 1) throws(LifecycleError) {
        if !Plausible.lifetimeYears.contains(years) {
            throw .implausible("lifetime", years, Plausible.lifetimeYears, "years of use")
        }
        if !Plausible.utilisation.contains(utilisation) {
            let what = "the share of its life in which hardware is used"
            throw .implausible("utilisation", utilisation, Plausible.utilisation, what)
        }
        self.years = years
        self.utilisation = utilisation
    }

    /// The part of a life that so many hours are.
    func share(hours: Double) -> LifeShare? {
        LifeShare(
            lifetimeHours: years * YearHours.days365,
            reservedHours: hours,
            utilisation: utilisation
        )
    }

    /// What it says, for a person.
    var sentence: String {
        let whole = years == years.rounded() ? String(Int(years)) : Figure.number(years)
        return "hardware lives \(whole) years, used \(Figure.percent(utilisation)) of them"
    }
}

/// F5 for one run: of making each device that it had to itself, the part of its life that the run took.
struct RunMaking {
    /// Over the devices whose making is known; nil when it is of none.
    private(set) var carbon: Estimate<EmbodiedCarbon>?
    private(set) var factorsUsed: [UsedFactor] = []
    /// Devices of the run whose making is not known; nil where the run tells of no device or no time.
    private(set) var unknown: Set<String>?

    /// On other hardware its GPUs are as many others, and all devices are used for the time there.
    init(of run: RunRecord, life: HardwareLife, factors: FactorSet, moved: MovedWork? = nil) {
        let devices = Self.devices(of: run).map { device in
            guard let moved, device.kind == "gpu" else { return device }
            return Hardware.Device(kind: "gpu", name: moved.device, count: device.count)
        }
        guard !devices.isEmpty, let seconds = run.seconds,
            let share = life.share(hours: seconds / 3600 * (moved?.timeRatio ?? 1))
        else { return }
        var unknown: Set<String> = []
        for device in devices {
            let name = device.name ?? ""
            guard let row = factors.factor(.embodied, for: name, year: nil) else {
                unknown.insert(name.isEmpty ? device.kind : "\(device.kind) '\(name)'")
                continue
            }
            // A device that is named without a number is one.
            let count = Double(max(0, device.count ?? 1))
            func grams(_ kilograms: Double) -> EmbodiedCarbon {
                EmbodiedCarbon(kilograms * 1000).amortised(over: share).scaled(by: count)
            }
            let made = Estimate(
                point: grams(row.value),
                low: grams(row.low ?? row.value),
                high: grams(row.high ?? row.value)
            )
            let spread = moved == nil ? 1 : DeviceRating.spread
            carbon = Estimate.sum([carbon, made.spread(by: spread)])
            factorsUsed.append(UsedFactor(factor: row, role: .point))
        }
        self.unknown = unknown
    }

    /// What the run had: of GPUs those that it metered, else all that its hardware lists.
    ///
    /// A run meters the GPUs that it may use, on each of its nodes; the list is that of one node, with
    /// GPUs that others use.
    static func devices(of run: RunRecord) -> [Hardware.Device] {
        let listed = run.hardware?.devices ?? []
        var metered: [String: Set<String>] = [:]
        for meter in run.meters where meter.enclosedBy == nil && meter.device.component == .gpu {
            guard let name = meter.extra["name"]?.string else { continue }
            metered[name, default: []].insert(meter.identity ?? meter.device.description)
        }
        guard !metered.isEmpty else { return listed }
        let gpus = metered.sorted { $0.key < $1.key }.map {
            Hardware.Device(kind: "gpu", name: $0.key, count: $0.value.count)
        }
        return listed.filter { $0.kind != "gpu" } + gpus
    }
}
