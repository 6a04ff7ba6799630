import CJouleSystem
import JouleQuantities

/// Energy of AMD's GPUs by ROCm SMI, by AMD SMI where that is not installed, and by hwmon where neither is.
///
/// A counter is trusted only where it moves as the power says: some boards show one that stands still,
/// or that counts for a neighbour.
package struct ROCmDriver: MeterDriver {
    static let source = "rocm-smi"
    package let library = MeterLibrary.driver(source)

    private let names: [String]
    private let roots: SystemRoots
    private let visible: VisibleDevices
    /// How long a counter is watched before it is trusted.
    private let trialNS: Int64

    /// `names` are those of the library, in the order in which they are tried; `environment`, that of the
    /// process, says which devices it may use.
    package init(
        names: [String] = [
            "librocm_smi64.so.1", "librocm_smi64.so.7", "librocm_smi64.so.6", "librocm_smi64.so.5",
            "/opt/rocm/lib/librocm_smi64.so", "libamd_smi.so.26", "libamd_smi.so.25",
            "libamd_smi.so.24", "/opt/rocm/lib/libamd_smi.so",
        ],
        roots: SystemRoots,
        trialNS: Int64 = 300_000_000,
        environment: (String) -> String?
    ) {
        self.names = names
        self.roots = roots
        self.trialNS = trialNS
        // The runtime's own list comes first; HIP's would number what that leaves.
        let lists = ["ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"]
        visible = VisibleDevices(lists.lazy.compactMap(environment).first)
    }

    package func open() -> FoundMeters {
        guard let library = ROCmLibrary(names) else { return withoutLibrary() }
        let devices: [OpenDevice]
        do throws(DriverFailure) {
            try library.start()
            let count = UInt32(min(try library.count(), 1024))
            let monitors = AMDMonitor.all(roots)
            devices = (0..<count).map { OpenDevice($0, library, monitors, roots) }
        } catch {
            return FoundMeters(absent: [absence("\(error.call) failed: \(error.words)")])
        }
        guard !devices.isEmpty else {
            return FoundMeters(absent: [absence("no AMD GPU is visible to this process")])
        }
        let places = visible.places(among: devices.map(\.uuid)) { _ in nil }
        let trials = places.map { Trial(of: devices[$0], library) }
        if trials.contains(where: { $0.first != nil }) {
            joule_sleep_until(MonotonicClock.nowNS() &+ trialNS)
        }
        var found = FoundMeters()
        for (place, device) in devices.enumerated() {
            guard let trial = places.firstIndex(of: place).map({ trials[$0] }) else {
                let reason = "\(device.label) is hidden from this process by its environment"
                found.absent.append(absence(reason))
                continue
            }
            add(device, trial, library, to: &found)
        }
        return found
    }

    // MARK: Devices

    private struct OpenDevice {
        let number: UInt32
        let name: String?
        /// As ROCm's runtime writes it where the device has a number of its own.
        let uuid: String
        let limitWatts: Double?
        /// What the kernel tells of the same device.
        let monitor: AMDMonitor?
        let users: AMDProcesses?

        init(
            _ number: UInt32,
            _ library: ROCmLibrary,
            _ monitors: [AMDMonitor],
            _ roots: SystemRoots
        ) {
            self.number = number
            let address = library.busAddress(of: number)
            name = library.name(of: number)
            monitor = address.flatMap { address in
                monitors.first { $0.address == address }
            }
            users = AMDProcesses(at: address, roots: roots)
            limitWatts = library.powerLimit(of: number) ?? monitor?.limitWatts(roots)
            // ROCm SMI reads the same file.
            let unique =
                library.uniqueID(of: number)
                ?? address.flatMap { roots.text("/sys/bus/pci/devices/\($0)/unique_id") }
                .flatMap { UInt64($0, radix: 16) }.flatMap { $0 == 0 ? nil : $0 }
            uuid = unique.map { "GPU-\(hex($0, 16))" } ?? address ?? "\(number)"
        }

        var label: String { "\(name ?? "AMD GPU") (\(uuid))" }
    }

    /// A counter as it was when it was first looked at.
    private struct Trial {
        let first: UInt64?
        let startNS: Int64

        init(of device: OpenDevice, _ library: ROCmLibrary) {
            first = try? library.energy(of: device.number).steps
            startNS = MonotonicClock.nowNS()
        }

        /// Mean power since then; nil when the counter did not move.
        func watts(_ device: OpenDevice, _ library: ROCmLibrary) -> Double? {
            guard let first, let now = try? library.energy(of: device.number), now.steps > first
            else { return nil }
            let seconds = Double(MonotonicClock.nowNS() &- startNS) * 1e-9
            return seconds > 0 ? Double(now.steps - first) * now.joulesPerStep / seconds : nil
        }
    }

    private func add(
        _ device: OpenDevice,
        _ trial: Trial,
        _ library: ROCmLibrary,
        to found: inout FoundMeters
    ) {
        let counted = trial.watts(device, library)
        let monitor = library.isAMDSMI ? device.monitor : nil
        let told = (monitor?.watts(roots) ?? (try? library.power(of: device.number)))
            .flatMap { $0 > 0 ? $0 : nil }
        // The two differ while the load changes, but not by a factor.
        let agree = counted.map { counted in
            told.map { counted > $0 / 4 && counted < $0 * 4 } ?? true
        }
        if agree == true {
            let facts = about(device, nil, library)
            found.meters.append(ROCmMeter(library, device.number, isCounter: true, facts))
        } else if let monitor, told != nil {
            _ = monitor.meter(roots, identity: identity(of: device)).add(to: &found)
        } else if told != nil {
            let why =
                switch (trial.first, counted) {
                case (nil, _): "the device has no energy counter"
                case (_, nil): "its energy counter stands still"
                case (_, let watts?): "its energy counter would mean \(Int(watts)) W"
                }
            let facts = about(device, why, library)
            found.meters.append(ROCmMeter(library, device.number, isCounter: false, facts))
        } else {
            let reason = """
                \(device.label) tells neither energy nor power; on cards of two dies the other one \
                counts for both
                """
            found.absent.append(absence(reason))
        }
    }

    /// `why` says why its power is read and not its counter.
    private func about(
        _ device: OpenDevice,
        _ why: String?,
        _ library: ROCmLibrary
    ) -> ROCmMeter.Facts {
        var description = MeterDescription(
            device: DeviceID("gpu:\(device.uuid)"),
            source:
                "\(library.isAMDSMI ? "amd-smi" : Self.source):\(why == nil ? "energy" : "power")",
            provenance: why == nil ? .counter : .integratedPower,
            boundary: .device,
            identity: identity(of: device)
        )
        description.extra["index"] = .integer(Int64(device.number))
        description.extra["name"] = .orNull(device.name)
        description.extra["power_limit_w"] = device.limitWatts.map(JSON.double)
        description.extra["not_counted"] = why.map(JSON.string)
        if visible.hasIndices {
            description.extra["order"] = .string(
                "the list of visible devices has numbers, taken to be in the order of this library"
            )
        }
        return ROCmMeter.Facts(
            description: description,
            limitWatts: device.limitWatts,
            users: device.users
        )
    }

    /// The same whichever of the two libraries reads the device.
    private func identity(of device: OpenDevice) -> String { "\(Self.source):\(device.uuid)" }

    private func absence(_ reason: String) -> AbsentMeter {
        AbsentMeter(source: Self.source, reason: reason, remedy: nil)
    }

    // MARK: Without the library

    /// The power that the kernel's driver shows.
    private func withoutLibrary() -> FoundMeters {
        var found = FoundMeters()
        for monitor in AMDMonitor.all(roots) {
            let identity = roots.bootID.map { "\($0):\(monitor.place)" }
            _ = monitor.meter(roots, identity: identity).add(to: &found)
        }
        guard found.meters.isEmpty, found.absent.isEmpty else { return found }
        let known = Accelerators(roots: roots).amd
        guard !known.isEmpty else {
            return FoundMeters(absent: [absence("no AMD GPU is visible to this process")])
        }
        let names = known.joined(separator: ", ")
        let reason =
            "\(names): present, but ROCm's library (librocm_smi64 or libamd_smi) is not found"
        let remedy = "sudo apt install rocm-smi-lib"
        return FoundMeters(
            absent: [AbsentMeter(source: Self.source, reason: reason, remedy: remedy)]
        )
    }
}

/// One GPU.
private final class ROCmMeter: SharedDeviceMeter {
    struct Facts {
        var description: MeterDescription
        let limitWatts: Double?
        let users: AMDProcesses?
    }

    let description: MeterDescription
    // AMD promises nothing; its counter is the sum of what its power sensor says.
    let uncertaintyRelative: Double?
    let refreshNS: Int64
    let powerMax: Power?
    let use = DeviceUse.now

    private let rocm: ROCmLibrary
    private let device: UInt32
    private let isCounter: Bool
    private let users: AMDProcesses?

    init(_ rocm: ROCmLibrary, _ device: UInt32, isCounter: Bool, _ facts: Facts) {
        self.rocm = rocm
        self.device = device
        self.isCounter = isCounter
        users = facts.users
        uncertaintyRelative = isCounter ? 0.05 : 0.1
        // The firmware adds to the counter every millisecond; power is a mean of some hundred.
        refreshNS = isCounter ? 1_000_000 : 100_000_000
        // Twice the limit: short peaks exceed it, and a card of two dies may count for both.
        powerMax = Power(watts: facts.limitWatts.map { 2 * $0 } ?? 3000)
        var description = facts.description
        description.extra["uncertainty_rel"] = .double(isCounter ? 0.05 : 0.1)
        self.description = description
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        do throws(DriverFailure) {
            guard !isCounter else {
                let (steps, joules) = try rocm.energy(of: device)
                return .counter(steps, range: nil, joulesPerUnit: joules)
            }
            let watts = try rocm.power(of: device)
            guard let powerMax, watts <= powerMax.watts else {
                throw DriverFailure(
                    status: JOULE_ROCM_NOT_SUPPORTED,
                    call: "rsmi_dev_power_get",
                    words: "\(watts) W is more than the device can draw"
                )
            }
            return .power(Power(watts: watts))
        } catch {
            throw error.error
        }
    }

    func processes(since: Instant) throws(MeterError) -> [DeviceProcess] { users?.now() ?? [] }
}
