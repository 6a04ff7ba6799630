import JouleQuantities

/// What the kernel's driver of AMD's GPUs shows of one: its power, by hwmon.
struct AMDMonitor {
    /// Its folder's name, such as `hwmon3`.
    private let name: String
    /// The address on the bus, such as `0000:03:00.0`.
    let address: String?
    private let file: String

    /// What tells it from others on this machine.
    var place: String { address ?? name }

    static func all(_ roots: SystemRoots) -> [AMDMonitor] {
        roots.names(in: HwmonSensors.directory).prefix(1024).compactMap { name in
            let path = "\(HwmonSensors.directory)/\(name)"
            guard roots.text("\(path)/name", sizeBytesMax: 64) == "amdgpu" else { return nil }
            let files = ["power1_average", "power1_input"].map { "\(path)/\($0)" }
            return files.first(where: roots.exists).map {
                AMDMonitor(name: name, address: roots.pciAddress(ofMonitor: path), file: $0)
            }
        }
    }

    /// Watts at this moment.
    func watts(_ roots: SystemRoots) -> Double? { roots.number(file).map { Double($0) * 1e-6 } }

    /// The limit in force, in watts.
    func limitWatts(_ roots: SystemRoots) -> Double? {
        roots.number("\(HwmonSensors.directory)/\(name)/power1_cap")
            .flatMap { $0 > 0 ? Double($0) * 1e-6 : nil }
    }

    func meter(_ roots: SystemRoots, identity: String?) -> SensorMeter {
        let description = MeterDescription(
            device: DeviceID("gpu:\(place)"),
            source: "hwmon:amdgpu",
            provenance: .integratedPower,
            boundary: .device,
            identity: identity
        )
        return SensorMeter(
            .power(KernelFile(roots.path(file))),
            description: description,
            uncertainty: 0.1,
            refreshNS: 100_000_000,
            wattsMax: 3000,
            users: AMDProcesses(at: address, roots: roots)
        )
    }
}
