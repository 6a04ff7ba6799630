import JouleMeters
import JouleQuantities
import JouleSampler

/// This run's part of what the meters of a shared machine measure.
///
/// Energy of the processors and their memory is shared by processor time, that of a GPU by the use
/// of its multiprocessors, or by what the run's MIG devices are of it; the idle machine's alike. Where
/// the processors' idle power is known and the run has a part of them to itself, their idle energy is
/// shared by that part. What no rule covers is not attributed.
struct Attribution: Sendable {
    private let scope = ProcessScope()
    private let began: ProcessorUsage?

    /// At the run's start.
    init() { began = scope.now() }

    /// What processors did since then; nil where that is not known.
    func usageNow() -> ProcessorUsage? { began.flatMap { scope.usage(since: $0) } }

    /// What the record of a run says; nil where nothing is known.
    ///
    /// `usage` is that at the run's end, `measured` is of the whole run by meter, `devices` are shares
    /// of GPUs by meter.
    func end(
        usage: ProcessorUsage?,
        meters: [MeterDescription],
        measured: [MeasuredEnergy?],
        devices: [Int: DeviceShare],
        seconds: Double
    ) -> JSON? {
        var reserved: Double?
        if let processors = usage?.processors {
            reserved = ProcessLimits(roots: .live).reservedShare(of: processors)
        }
        let sharing = Sharing(time: usage?.share, reserved: reserved, seconds: seconds)
        var object = JSONObject()
        if let usage {
            object["scope"] = .string(scope.kind.rawValue)
            object["name"] = scope.name.map(JSON.string)
            object["scope_cpu_s"] = .double(usage.scopeSeconds)
            object["machine_cpu_s"] = .double(usage.machineSeconds)
            object["processors"] = .integer(Int64(usage.processors))
            object["reserved_share"] = reserved.map(JSON.double)
        }
        return sharing.document(meters, measured, devices, beginning: object)
    }

    /// By what the processors' energy is shared.
    struct Sharing {
        /// This run's part of the time in which processors were busy; nil when not known.
        var time: Double?
        /// The part of the processors that nobody else gets; nil where nothing is set apart.
        var reserved: Double?
        var seconds: Double

        /// Rule, and this run's part of the energy of a meter; nil where no rule covers it.
        func part(
            of meter: MeterDescription,
            _ measured: MeasuredEnergy
        ) -> (rule: String, share: Double)? {
            if let share = meter.extra["mig_share"]?.double { return ("mig_share", share) }
            guard meter.isOfProcessors, let time else { return nil }
            let joules = measured.energy.joules
            guard let reserved, let watts = meter.extra["idle_power_w"]?.double, watts >= 0,
                joules > 0
            else { return ("cpu_time", time) }
            // What was missed of the energy holds no idle energy either.
            let idle = min(watts * seconds * measured.coverage, joules) / joules
            return ("cpu_time_and_reservation", idle * reserved + (1 - idle) * time)
        }

        /// The members `devices`, `attributed_j` and `unattributed_j` behind others; nil without a device.
        func document(
            _ meters: [MeterDescription],
            _ measured: [MeasuredEnergy?],
            _ devices: [Int: DeviceShare],
            beginning: JSONObject
        ) -> JSON? {
            var parts: [Int: Double] = [:]
            var list: [JSON] = []
            for (number, meter) in meters.enumerated() {
                guard let energy = measured[number] else { continue }
                // Of a divided GPU it is not told who else is on it.
                let seen = meter.extra["mig"] == nil ? devices[number] : nil
                let device = seen.map { (rule: $0.rule.rawValue, share: $0.share) }
                guard let (rule, share) = device ?? part(of: meter, energy) else {
                    continue
                }
                let own = energy.energy.joules * share
                parts[number] = own
                list.append([
                    "device": .string(meter.device.description), "rule": .string(rule),
                    "share": .double(share), "attributed_j": .double(own),
                ])
            }
            guard !list.isEmpty else { return nil }
            let total = meters.additive { measured[$0] != nil }.reduce(0) {
                $0 + (measured[$1]?.energy.joules ?? 0)
            }
            // Of a meter that no rule covers, the devices that it encloses may have one.
            let own = meters.additive { parts[$0] != nil }.reduce(0) { $0 + (parts[$1] ?? 0) }
            var object = beginning
            object["devices"] = .array(list)
            object["attributed_j"] = .double(own)
            object["unattributed_j"] = .double(max(0, total - own))
            return .object(object)
        }
    }
}

extension ProcessLimits {
    /// The part of so many processors that this process has to itself, by its affinity or its control
    /// group's quota; nil when it may use them all.
    fileprivate func reservedShare(of processors: Int) -> Double? {
        let allowed = self.processors.isEmpty ? processors : self.processors.count
        let usable = min(Double(allowed), quota ?? Double(allowed))
        guard processors > 0, usable < Double(processors) else { return nil }
        return usable / Double(processors)
    }
}

extension MeterDescription {
    /// Whether its energy follows the work of the processors: package, core, memory, and their model.
    ///
    /// A graphics unit's does not, nor that of a meter of the whole machine.
    fileprivate var isOfProcessors: Bool {
        let name = device.description
        guard boundary == .device, name == "cpu" || name.hasPrefix("cpu:") else { return false }
        return !name.hasSuffix("/uncore")
    }
}
