import JouleQuantities

/// Meters among the kernel's hardware monitors: GPUs of Intel, NVIDIA Grace, and power meters of ACPI.
///
/// Names and units are those of the kernel's `Documentation/hwmon/sysfs-interface.rst`.
struct HwmonSensors {
    static let directory = "/sys/class/hwmon"
    /// The device that is all of the machine.
    static let wholeServer = "server"

    private(set) var found = FoundMeters()
    /// Whether some sensor holds the processors' energy, so that no model may be added to it, and
    /// whether one holds the memory's.
    private(set) var measuresProcessors = false
    private(set) var measuresMemory = false

    private let roots: SystemRoots

    init(roots: SystemRoots) {
        self.roots = roots
        var sockets: [String: PowerMeterSite] = [:]
        for name in roots.names(in: Self.directory).prefix(1024) {
            let path = "\(Self.directory)/\(name)"
            switch roots.text("\(path)/name", sizeBytesMax: 64) {
            // i915 shows each tile besides, as `i915_gt0`.
            case "i915", "xe": addIntelGPU(path)
            case "power_meter": note(PowerMeterSite(path: path, name: name, roots), in: &sockets)
            default: break
            }
        }
        for device in sockets.keys.sorted() {
            if let site = sockets[device] { add(site, among: sockets) }
        }
    }

    // MARK: Intel

    /// The card's counter where there is one, else its package's.
    ///
    /// The counter behind it has 32 bits of 2⁻¹⁴ J; the driver extends it while it is read, which the
    /// beat does often enough.
    private mutating func addIntelGPU(_ path: String) {
        let counters = [1, 2].filter { roots.exists("\(path)/energy\($0)_input") }
        guard let number = counters.first else {
            let reason = "\(path) has no energy counter: this Intel GPU shares the processor's"
            found.absent.append(AbsentMeter(source: "hwmon:intel", reason: reason, remedy: nil))
            return
        }
        let address = roots.pciAddress(ofMonitor: path)
        var description = MeterDescription(
            device: DeviceID("gpu:\(address ?? path)"),
            source: "hwmon:intel",
            provenance: .counter,
            boundary: .device,
            identity: identity(address ?? path)
        )
        description.extra["scope"] = .orNull(roots.text("\(path)/energy\(number)_label"))
        let file = KernelFile(roots.path("\(path)/energy\(number)_input"))
        // As RAPL's, whose interface it follows; the driver's own reading is not cached.
        let meter = SensorMeter(
            .energy(file),
            description: description,
            uncertainty: 0.1,
            refreshNS: 1_000_000,
            wattsMax: 1500
        )
        _ = meter.add(to: &found)
    }

    private func identity(_ place: String) -> String? { roots.bootID.map { "\($0):\(place)" } }

    // MARK: Power meters of ACPI

    /// What one power meter measures.
    private struct PowerMeterSite {
        let path: String
        let file: String
        /// As the firmware calls it, such as `CPU Power Socket 0`.
        let label: String?
        let kind: Kind
        let socket: Int
        let intervalMilliseconds: UInt64?

        enum Kind { case module, grace, cpu, systemIO, whole }

        init(path: String, name: String, _ roots: SystemRoots) {
            // Some kernels keep the files beside the device and not in the monitor's folder.
            let place = ["\(path)/device", path].first { roots.exists("\($0)/power1_average") }
            self.path = place ?? path
            file = "\(place ?? path)/power1_average"
            label = roots.text("\(place ?? path)/power1_oem_info", sizeBytesMax: 256)
            intervalMilliseconds = roots.number("\(place ?? path)/power1_average_interval")
            let words = (label ?? "").split(separator: " ").map(String.init)
            socket = words.last.flatMap { Int($0) } ?? 0
            kind =
                switch words.first {
                case "Module" where words.count > 1: .module
                case "Grace" where words.count > 1: .grace
                case "CPU" where words.count > 1: .cpu
                case "SysIO" where words.count > 1: .systemIO
                default: .whole
                }
        }

        /// A name that is unique within the machine.
        var device: String {
            switch kind {
            case .module: "module:\(socket)"
            case .grace: "cpu:\(socket)/package"
            case .cpu: "cpu:\(socket)/core"
            case .systemIO: "cpu:\(socket)/sysio"
            case .whole: HwmonSensors.wholeServer
            }
        }

        /// What holds this one's energy, the nearest first.
        var holders: [String] {
            switch kind {
            case .module, .whole: []
            case .grace: ["module:\(socket)"]
            case .cpu, .systemIO: ["cpu:\(socket)/package", "module:\(socket)"]
            }
        }
    }

    private mutating func note(_ site: PowerMeterSite, in sites: inout [String: PowerMeterSite]) {
        guard let first = sites[site.device] else {
            sites[site.device] = site
            return
        }
        let reason = "\(site.path) measures the same as \(first.path), as far as its name tells"
        found.absent.append(AbsentMeter(source: "hwmon:acpi", reason: reason, remedy: nil))
    }

    private mutating func add(_ site: PowerMeterSite, among sites: [String: PowerMeterSite]) {
        guard site.kind != .module else {
            let reason = "\(site.device) holds a GPU besides, which is read by itself"
            found.absent.append(AbsentMeter(source: "hwmon:grace", reason: reason, remedy: nil))
            return
        }
        let isWhole = site.kind == .whole
        var description = MeterDescription(
            device: DeviceID(site.device),
            source: isWhole ? "hwmon:acpi" : "hwmon:grace",
            provenance: .integratedPower,
            // What a server's own meter measures lies before its power supplies.
            boundary: isWhole ? .it : .device,
            // The module is NVML's to measure, where it tells nothing better of the GPU in it.
            enclosedBy: (site.holders.first { sites[$0] != nil } ?? site.holders.last).map {
                DeviceID($0)
            },
            identity: identity(site.path)
        )
        description.extra["name"] = .orNull(site.label)
        // A mean over the interval, which is 50 ms on Grace and often a second elsewhere.
        let milliseconds = Int64(clamping: site.intervalMilliseconds ?? (isWhole ? 1000 : 50))
        let meter = SensorMeter(
            .power(KernelFile(roots.path(site.file))),
            description: description,
            uncertainty: 0.1,
            refreshNS: min(max(1, milliseconds), 60_000) &* 1_000_000,
            wattsMax: isWhole ? 20_000 : 3000
        )
        guard meter.add(to: &found) else { return }
        measuresProcessors = measuresProcessors || site.kind == .grace || site.kind == .cpu
        measuresMemory = measuresMemory || site.kind == .grace
    }
}

extension SystemRoots {
    /// The address on the bus of the device that a hardware monitor belongs to, such as
    /// `0000:03:00.0`.
    func pciAddress(ofMonitor path: String) -> String? {
        let lines = (text("\(path)/device/uevent") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("PCI_SLOT_NAME=") }
        return line.map { String($0.dropFirst(14)) }
    }
}
