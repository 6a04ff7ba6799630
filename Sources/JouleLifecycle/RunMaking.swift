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
    init(of run: RunFacts, _ view: FrameView, life: HardwareLife, moved: MovedWork?) {
        let devices = moved.map { view.devices(onOther: $0.device) } ?? view.madeDevices
        guard !devices.isEmpty, let seconds = run.seconds,
            let share = life.share(hours: seconds / 3600 * (moved?.timeRatio ?? 1))
        else { return }
        var unknown: Set<String> = []
        for device in devices {
            guard let row = device.row else {
                unknown.insert(device.words)
                continue
            }
            func grams(_ kilograms: Double) -> EmbodiedCarbon {
                EmbodiedCarbon(kilograms * 1000).amortised(over: share).scaled(by: device.count)
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

    /// Devices of one name, and what is known of their making.
    struct Device {
        let words: String
        let count: Double
        let row: Factor?

        init(_ device: Hardware.Device, _ factors: FactorSet) {
            let name = device.name ?? ""
            words = name.isEmpty ? device.kind : "\(device.kind) '\(name)'"
            // A device that is named without a number is one.
            count = Double(max(0, device.count ?? 1))
            row = factors.factor(.embodied, for: name, year: nil)
        }
    }

    /// What runs had: of GPUs those that they metered, else all that their hardware lists.
    ///
    /// A run meters the GPUs that it may use, on each of its nodes; the list is that of one node, with
    /// GPUs that others use.
    static func devices(of frame: RunFrame) -> [Hardware.Device] {
        let listed = frame.hardware?.devices ?? []
        var metered: [String: Set<String>] = [:]
        for meter in frame.meters where meter.enclosedBy == nil && meter.device.component == .gpu {
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

extension FrameView {
    /// The devices with others in place of the GPUs.
    fileprivate func devices(onOther name: String) -> [RunMaking.Device] {
        devices.map { device in
            let other = Hardware.Device(kind: "gpu", name: name, count: device.count)
            return RunMaking.Device(device.kind == "gpu" ? other : device, factors)
        }
    }
}
