import CJouleSystem
import JouleQuantities

/// Energy of NVIDIA's GPUs by NVML.
///
/// A GPU is read by its energy counter where it has one (Volta and later), else by its power. Power of
/// the module is the last resort: on Grace Hopper it includes the processor, and the meter says so.
package struct NVMLDriver: MeterDriver {
    static let source = "nvml"
    package let library = MeterLibrary.driver(source)

    private let names: [String]
    private let roots: SystemRoots
    private let visible: VisibleDevices
    /// How CUDA numbers the devices, `CUDA_DEVICE_ORDER`.
    private let order: String?

    /// `names` are those of the library, in the order in which they are tried; `environment`, that of the
    /// process, says which devices it may use.
    package init(
        names: [String] = ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"],
        roots: SystemRoots,
        environment: (String) -> String?
    ) {
        self.names = names
        self.roots = roots
        visible = VisibleDevices(environment("CUDA_VISIBLE_DEVICES"))
        order = environment("CUDA_DEVICE_ORDER")
    }

    package func open() -> FoundMeters {
        guard let library = NVMLLibrary(names) else { return FoundMeters(absent: [absence()]) }
        let count: Int
        do throws(DriverFailure) {
            try library.start()
            count = try library.count()
        } catch {
            return FoundMeters(absent: [absence(after: error)])
        }
        var found = FoundMeters()
        let devices = openDevices(of: library, count: count, &found.absent)
        let choices = visible.choices(among: devices.map(\.uuid)) { name in
            (try? library.parent(ofMIG: name)).flatMap { try? library.uuid(of: $0) }
        }
        for place in devices.indices {
            let device = devices[place]
            let chosen = choices.filter { $0.place == place }
            guard !chosen.isEmpty else {
                let reason = "\(device.label) is hidden from this process by CUDA_VISIBLE_DEVICES"
                found.absent.append(AbsentMeter(source: Self.source, reason: reason, remedy: nil))
                continue
            }
            do throws(DriverFailure) {
                let parts = chosen.compactMap(\.mig)
                found.meters.append(try meter(of: device, parts: parts, library))
            } catch {
                let reason = "\(device.label) tells neither energy nor power: \(error.words)"
                found.absent.append(AbsentMeter(source: Self.source, reason: reason, remedy: nil))
            }
        }
        if devices.isEmpty, found.absent.isEmpty { found.absent = [absence()] }
        return found
    }

    // MARK: Devices

    /// One GPU that the driver let this process open.
    private struct OpenDevice {
        let index: Int
        let uuid: String
        let name: String?
        let device: NVMLLibrary.Device

        var label: String { "\(name ?? "GPU") (\(uuid))" }
    }

    private func openDevices(
        of library: NVMLLibrary,
        count: Int,
        _ absent: inout [AbsentMeter]
    ) -> [OpenDevice] {
        var devices: [OpenDevice] = []
        for index in 0..<min(count, 1024) {
            do throws(DriverFailure) {
                let device = try library.device(at: index)
                let uuid = try library.uuid(of: device)
                let name = library.name(of: device)
                devices.append(OpenDevice(index: index, uuid: uuid, name: name, device: device))
            } catch {
                // A scheduler gave this one to somebody else: nothing is missing here.
                let what =
                    error.status == JOULE_NVML_NO_PERMISSION
                    ? "is closed to this process" : "cannot be opened"
                let reason = "GPU \(index) \(what): \(error.words)"
                absent.append(AbsentMeter(source: Self.source, reason: reason, remedy: nil))
            }
        }
        return devices
    }

    /// The best reading that a device has; `parts` are the MIG devices of it that the list names.
    private func meter(
        of device: OpenDevice,
        parts: [String],
        _ library: NVMLLibrary
    ) throws(DriverFailure) -> any EnergyMeter {
        let readings = NVMLReading.allCases
        var refusal: DriverFailure?
        for reading in readings {
            do throws(DriverFailure) {
                _ = try reading.value(of: device.device, library)
            } catch {
                refusal = refusal ?? error
                continue
            }
            let meter = NVMLMeter(
                library,
                device.device,
                reading,
                architecture: library.architecture(of: device.device),
                powerLimit: library.powerLimitMax(of: device.device)
                    ?? library.powerLimit(of: device.device),
                description: description(of: device, parts, reading, library)
            )
            guard reading == .energy else { return meter }
            return NVMLSampledMeter(instead: meter, library, device.device) ?? meter
        }
        throw refusal ?? DriverFailure(status: 3, call: "nvml", words: "Not Supported")
    }

    private func description(
        of device: OpenDevice,
        _ parts: [String],
        _ reading: NVMLReading,
        _ library: NVMLLibrary
    ) -> MeterDescription {
        var description = MeterDescription(
            // The name by which its processor's meters say what they are part of.
            device: DeviceID(reading.isOfModule ? "module:\(device.index)" : "gpu:\(device.uuid)"),
            source: "\(Self.source):\(reading.word)",
            provenance: reading == .energy ? .counter : .integratedPower,
            boundary: .device,
            identity: "\(Self.source):\(device.uuid)"
        )
        let handle = device.device
        description.extra["index"] = .integer(Int64(device.index))
        description.extra["name"] = .orNull(device.name)
        description.extra["driver"] = library.driverVersion.map(JSON.string)
        description.extra["memory_bytes"] = library.memoryBytes(of: handle)
            .flatMap { Int64(exactly: $0) }.map(JSON.integer)
        description.extra["power_limit_w"] = library.powerLimit(of: handle).map(JSON.double)
        description.extra["clock_max_mhz"] = library.clockMax(of: handle)
            .map { .integer(Int64($0)) }
        if reading.isOfModule {
            description.extra["scope"] = .string("module: the GPU, and a processor beside it")
            description.extra["gpu"] = .string(device.uuid)
        }
        if library.isDivided(handle) {
            description.describeDivision { () throws(DriverFailure) in
                try MIGShare(of: handle, named: parts, library)
            }
        }
        if isOrderAssumed {
            description.extra["order"] = .string(
                "CUDA_VISIBLE_DEVICES has numbers, taken to be in the order of the bus; "
                    + "CUDA_DEVICE_ORDER=PCI_BUS_ID makes that certain"
            )
        }
        return description
    }

    /// CUDA numbers devices by speed unless told otherwise, NVML by their place on the bus; for equal
    /// devices the two agree.
    private var isOrderAssumed: Bool {
        order != "PCI_BUS_ID" && visible.hasIndices
    }

    // MARK: What is missing, and what to do

    private func absence() -> AbsentMeter {
        let known = Accelerators(roots: roots).nvidia
        guard !known.isEmpty else {
            let reason = "no NVIDIA GPU is visible to this process"
            return AbsentMeter(source: Self.source, reason: reason, remedy: nil)
        }
        let names = known.joined(separator: ", ")
        let reason = "\(names): present, but its driver's library (\(self.names[0])) is not found"
        guard let container = roots.containerHint else {
            let remedy = "sudo nvidia-smi   # its package brings the library"
            return AbsentMeter(source: Self.source, reason: reason, remedy: remedy)
        }
        return AbsentMeter(
            source: Self.source,
            reason: "\(reason) inside this container (\(container))",
            remedy: "docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility …"
        )
    }

    private func absence(after failure: DriverFailure) -> AbsentMeter {
        var remedy: String?
        if failure.status == JOULE_NVML_VERSION_MISMATCH {
            remedy = "sudo reboot   # the library and the loaded driver are of different versions"
        } else if failure.status == JOULE_NVML_DRIVER_NOT_LOADED,
            !Accelerators(roots: roots).nvidia.isEmpty
        {
            remedy = "sudo modprobe nvidia"
        }
        return AbsentMeter(
            source: Self.source,
            reason: "\(failure.call) failed: \(failure.words)",
            remedy: remedy
        )
    }
}

/// What can be read of a GPU, the best first.
enum NVMLReading: CaseIterable {
    case energy, powerNow, powerMean, power, modulePower

    /// The end of the meter's source, such as `nvml:energy`.
    var word: String {
        switch self {
        case .energy: "energy"
        case .powerNow: "power_instant"
        case .powerMean: "power_average"
        case .power: "power"
        case .modulePower: "module_power"
        }
    }

    var isOfModule: Bool { self == .modulePower }

    /// Millijoules or milliwatts.
    func value(
        of device: NVMLLibrary.Device,
        _ library: NVMLLibrary
    ) throws(DriverFailure) -> UInt64 {
        let gpu = JOULE_NVML_SCOPE_GPU
        let now = JOULE_NVML_FIELD_POWER_INSTANT
        switch self {
        case .energy: return try library.energy(of: device)
        case .powerNow: return try library.field(now, scope: gpu, of: device)
        case .powerMean:
            let mean = JOULE_NVML_FIELD_POWER_AVERAGE
            return try library.field(mean, scope: gpu, of: device)
        case .power: return try library.power(of: device)
        case .modulePower:
            let module = JOULE_NVML_SCOPE_MODULE
            return try library.field(now, scope: module, of: device)
        }
    }
}

/// One GPU.
final class NVMLMeter: SharedDeviceMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    let refreshNS: Int64
    let powerMax: Power?

    private let nvml: NVMLLibrary
    private let device: NVMLLibrary.Device
    private let reading: NVMLReading

    init(
        _ nvml: NVMLLibrary,
        _ device: NVMLLibrary.Device,
        _ reading: NVMLReading,
        architecture: Int?,
        powerLimit: Double?,
        description: MeterDescription
    ) {
        self.nvml = nvml
        self.device = device
        self.reading = reading
        var description = description
        // NVIDIA states ± 5 % for power. Sensors that look at a quarter of the time only (GA100, GH100:
        // Yang, Adamek and Armour, "Part-time Power Measurements", arXiv 2312.02741) are taken to be
        // twice as uncertain where their readings are integrated here.
        let isPartTime = architecture == 7 || architecture == 9
        let uncertainty = reading != .energy && isPartTime ? 0.1 : 0.05
        uncertaintyRelative = uncertainty
        description.extra["uncertainty_rel"] = .double(uncertainty)
        // Counters and instant power are renewed every 20 to 100 ms; the mean is one of a second.
        let isMean = reading == .powerMean || reading == .power && (architecture ?? 0) >= 7
        refreshNS = isMean ? 1_000_000_000 : 100_000_000
        // Twice the highest limit: short peaks exceed it.
        powerMax = Power(watts: powerLimit.map { 2 * $0 } ?? 3000)
        self.description = description
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        do throws(DriverFailure) {
            let value = try reading.value(of: device, nvml)
            guard reading != .energy else {
                return .counter(value, range: nil, joulesPerUnit: 1e-3)
            }
            let watts = Double(value) * 1e-3
            guard let powerMax, watts <= powerMax.watts else {
                throw DriverFailure(
                    status: JOULE_NVML_UNKNOWN,
                    call: "\(NVMLDriver.source):\(reading.word)",
                    words: "\(watts) W is more than the device can draw"
                )
            }
            return .power(Power(watts: watts))
        } catch {
            throw error.error
        }
    }

    func processes(since: Instant) throws(MeterError) -> [DeviceProcess] {
        try nvml.processes(of: device, since: since)
    }
}
