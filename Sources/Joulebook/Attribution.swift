import JouleMeters
import JouleQuantities
import JouleSampler

/// This run's part of what the meters of a shared machine measure.
///
/// Energy of the processors and their memory is shared by processor time, that of a GPU by the use
/// of its multiprocessors, the idle machine's included. What no rule covers is not attributed.
struct Attribution: Sendable {
    private let scope = ProcessScope()
    private let began: ProcessorUsage?

    /// At the run's start.
    init() { began = scope.now() }

    /// What the record of a run that ends now says; nil where nothing is known.
    ///
    /// `joules` are those of the whole run by meter.
    func end(
        meters: [MeterDescription],
        joules: [Double?],
        devices: [Int: DeviceShare]
    ) -> JSON? {
        let usage = began.flatMap { scope.usage(since: $0) }
        var parts: [Int: Double] = [:]
        var list: [JSON] = []
        for (number, meter) in meters.enumerated() {
            guard let energy = joules[number] else { continue }
            let rule: String
            let share: Double
            if let device = devices[number] {
                (rule, share) = (device.rule.rawValue, device.share)
            } else if meter.isOfProcessors, let time = usage?.share {
                (rule, share) = ("cpu_time", time)
            } else {
                continue
            }
            parts[number] = energy * share
            list.append([
                "device": .string(meter.device.description), "rule": .string(rule),
                "share": .double(share), "attributed_j": .double(energy * share),
            ])
        }
        guard !list.isEmpty else { return nil }
        let additive = meters.additive { joules[$0] != nil }
        let total = additive.reduce(0) { $0 + (joules[$1] ?? 0) }
        let attributed = additive.reduce(0) { $0 + (parts[$1] ?? 0) }
        var object = JSONObject()
        if let usage {
            object["scope"] = .string(scope.kind.rawValue)
            object["name"] = scope.name.map(JSON.string)
            object["scope_cpu_s"] = .double(usage.scopeSeconds)
            object["machine_cpu_s"] = .double(usage.machineSeconds)
            object["processors"] = .integer(Int64(usage.processors))
        }
        object["devices"] = .array(list)
        object["attributed_j"] = .double(attributed)
        object["unattributed_j"] = .double(max(0, total - attributed))
        return .object(object)
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
