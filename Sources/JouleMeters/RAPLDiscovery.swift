import Glibc
import JouleQuantities

/// Finds the energy counters of the powercap tree and how they enclose each other.
struct RAPLDiscovery {
    static let source = "rapl:powercap"
    static let directory = "/sys/class/powercap"

    private(set) var meters: [RAPLMeter] = []
    private(set) var absent: [AbsentMeter] = []
    /// Whether some counter is there that this process may not read.
    private(set) var isRefused = false
    /// Readable counters of devices that something else measures.
    private(set) var witnesses: [DeviceID: RAPLMeter] = [:]
    /// Whether some counter holds the processors' energy, so that no model may be added to it.
    var measuresProcessors: Bool { readable.contains { $0.isPackage || $0 == .psys } }
    /// Whether some counter holds the memory's energy.
    var measuresMemory: Bool { readable.contains { $0 == .dram || $0 == .psys } }

    /// Kinds of the zones that can be read.
    private var readable: [RAPLZone.Kind] = []

    private let roots: SystemRoots
    private let boot: String?

    /// Devices in `covered` are not measured, because something else does; their counters are witnesses.
    init(roots: SystemRoots, cpu: CPUFacts, covered: Set<DeviceID>) {
        self.roots = roots
        boot = roots.bootID
        let zones = Self.zones(roots)
        let devices = Self.devices(of: zones)
        let mirrors = self.mirrors(among: zones)
        for zone in zones {
            guard let device = devices[zone.id] else { continue }
            guard !covered.contains(device) else {
                let witness = meter(of: zone, device, enclosedBy: nil)
                if (try? witness.read(at: Instant(nanoseconds: 0))) != nil {
                    witnesses[device] = witness
                }
                continue
            }
            if zone.kind == .psys, isUnfed(zone, among: zones) {
                let reason = "zone \(zone.id) (psys) stands at zero: this board does not feed it"
                absent.append(AbsentMeter(source: Self.source, reason: reason, remedy: nil))
                continue
            }
            let parent = mirrors[zone.id] ?? Self.parent(of: zone, among: zones)
            add(zone, device, enclosedBy: parent.flatMap { devices[$0] })
        }
        if zones.isEmpty, covered.isEmpty { absent.append(Self.noZones(roots, cpu)) }
    }

    private mutating func add(_ zone: RAPLZone, _ device: DeviceID, enclosedBy: DeviceID?) {
        if case .other(let name) = zone.kind {
            let reason = "zone \(zone.id) has the unknown name \"\(name)\""
            absent.append(AbsentMeter(source: Self.source, reason: reason, remedy: nil))
            return
        }
        let meter = meter(of: zone, device, enclosedBy: enclosedBy)
        do throws(MeterError) {
            _ = try patiently { () throws(MeterError) in
                try meter.read(at: Instant(nanoseconds: 0))
            }
            meters.append(meter)
            readable.append(zone.kind)
        } catch {
            let isForbidden = error.isForbidden
            isRefused = isRefused || isForbidden
            absent.append(
                AbsentMeter(
                    source: Self.source,
                    reason: "\(zone.name) cannot be read: \(error)",
                    remedy: isForbidden ? Self.remedy : nil
                )
            )
        }
    }

    private func meter(
        of zone: RAPLZone,
        _ device: DeviceID,
        enclosedBy: DeviceID?
    ) -> RAPLMeter {
        let range = roots.number("\(zone.path)/max_energy_range_uj").flatMap { $0 > 0 ? $0 : nil }
        var description = MeterDescription(
            device: device,
            source: Self.source,
            provenance: .counter,
            boundary: .device,
            enclosedBy: enclosedBy,
            identity: boot.map { "\($0):rapl:\(device)" }
        )
        description.extra["zone"] = .string(zone.name)
        return RAPLMeter(zone, description: description, roots: roots, range: range)
    }

    // MARK: The tree

    /// Zones by id; zones of `intel-rapl-mmio`, which repeat those of `intel-rapl`, are dropped.
    private static func zones(_ roots: SystemRoots) -> [RAPLZone] {
        let all = roots.names(in: directory).prefix(4096)
        let direct = zones(all.filter { isZone($0, of: "intel-rapl") }, roots)
        guard direct.isEmpty else { return direct }
        return zones(all.filter { isZone($0, of: "intel-rapl-mmio") }, roots)
    }

    private static func zones(_ ids: [String], _ roots: SystemRoots) -> [RAPLZone] {
        ids.compactMap { id in
            let path = "\(directory)/\(id)"
            return roots.text("\(path)/name").map { RAPLZone(id: id, path: path, name: $0) }
        }
    }

    private static func isZone(_ name: String, of type: String) -> Bool {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count > 1 && parts[0] == type
            && parts.dropFirst().allSatisfy { Int($0) != nil }
    }

    /// The zone whose energy contains this one's.
    ///
    /// The tree lists dram under its package although the package's counter excludes it, and psys
    /// beside the packages although it contains them.
    private static func parent(of zone: RAPLZone, among zones: [RAPLZone]) -> String? {
        let psys = zones.first { $0.kind == .psys }?.id
        switch zone.kind {
        case .psys: return zone.id == psys ? nil : psys
        case .package, .dram: return psys
        case .core, .uncore, .other: return zone.parentID
        }
    }

    /// Dies that report the counter of an earlier die of their socket, by id.
    ///
    /// Some AMD processors show one counter once per die. Two counters that agree to the
    /// microjoule, move, and still agree are one counter.
    private func mirrors(among zones: [RAPLZone]) -> [String: String] {
        var mirrors: [String: String] = [:]
        for (index, zone) in zones.enumerated() {
            guard case .package(let socket, _?) = zone.kind else { continue }
            let earlier = zones[..<index].first {
                guard case .package(socket, _?) = $0.kind, mirrors[$0.id] == nil else {
                    return false
                }
                return isOneCounter($0, zone)
            }
            mirrors[zone.id] = earlier?.id
        }
        return mirrors
    }

    /// Whether psys stands at zero although a package beside it has counted.
    private func isUnfed(_ psys: RAPLZone, among zones: [RAPLZone]) -> Bool {
        let counted = zones.contains {
            $0.kind.isPackage && (roots.number("\($0.path)/energy_uj") ?? 0) > 0
        }
        return counted && roots.number("\(psys.path)/energy_uj") == 0
    }

    private func isOneCounter(_ left: RAPLZone, _ right: RAPLZone) -> Bool {
        guard let before = commonValue(left, right) else { return false }
        // Three refreshes of the counter.
        usleep(3000)
        guard let after = commonValue(left, right) else { return false }
        return after != before
    }

    /// The value of both counters; nil when the second is not what the first was just before or
    /// just after.
    private func commonValue(_ left: RAPLZone, _ right: RAPLZone) -> UInt64? {
        let paths = [left, right, left].map { "\($0.path)/energy_uj" }
        let values = paths.compactMap { roots.number($0) }
        guard values.count == 3, values[0] > 0, values[1] == values[0] || values[1] == values[2]
        else { return nil }
        return values[0]
    }

    /// A name for each zone, unique within the machine.
    private static func devices(of zones: [RAPLZone]) -> [String: DeviceID] {
        var names: [String: DeviceID] = [:]
        var taken: Set<String> = []
        for zone in zones {
            let place = package(of: zone, among: zones)
            let part =
                switch zone.kind {
                case .package: "package"
                case .dram: "dram"
                case .core: "core"
                case .uncore: "uncore"
                case .psys: "psys"
                case .other(let name): name
                }
            var device = "\(place ?? "platform")/\(part)"
            if !taken.insert(device).inserted {
                device += "#\(zone.id)"
                taken.insert(device)
            }
            names[zone.id] = DeviceID(device)
        }
        return names
    }

    /// `cpu:0` or `cpu:0.1` (socket, die) of a package and of what is listed under it.
    private static func package(of zone: RAPLZone, among zones: [RAPLZone]) -> String? {
        if case .package(let socket, let die) = zone.kind {
            return die.map { "cpu:\(socket).\($0)" } ?? "cpu:\(socket)"
        }
        guard let parentID = zone.parentID,
            let parent = zones.first(where: { $0.id == parentID })
        else { return nil }
        return package(of: parent, among: zones)
    }

    // MARK: What is missing, and what to do

    /// Lets a group read the counters, now and after every boot.
    ///
    /// They have been readable by root
    /// only since the PLATYPUS attack (CVE-2020-8694).
    static let remedy = """
        sudo groupadd -f rapl && sudo usermod -aG rapl "$USER" && \
        echo 'SUBSYSTEM=="powercap", ACTION=="add", KERNEL=="intel-rapl*:*", \
        RUN+="/bin/sh -c '"'"'chgrp rapl /sys%p/energy_uj; chmod g+r /sys%p/energy_uj'"'"'"' | \
        sudo tee /etc/udev/rules.d/90-rapl.rules && sudo udevadm control --reload && \
        sudo udevadm trigger --subsystem-match=powercap --action=add   # then log in again
        """

    private static func noZones(_ roots: SystemRoots, _ cpu: CPUFacts) -> AbsentMeter {
        if cpu.isVirtual {
            let reason = "this is a virtual machine, and its host does not pass the counters on"
            return AbsentMeter(source: source, reason: reason, remedy: nil)
        }
        guard cpu.vendor == "GenuineIntel" || cpu.vendor == "AuthenticAMD" else {
            let reason = "this processor has no RAPL counters"
            return AbsentMeter(source: source, reason: reason, remedy: nil)
        }
        if let container = roots.containerHint {
            let reason = "\(directory) is hidden inside this container (\(container))"
            let remedy = "docker run --security-opt systempaths=unconfined …"
            return AbsentMeter(source: source, reason: reason, remedy: remedy)
        }
        return AbsentMeter(
            source: source,
            reason: "\(directory) holds no zones; the kernel module may not be loaded",
            remedy: "sudo modprobe intel_rapl_msr"
        )
    }
}
