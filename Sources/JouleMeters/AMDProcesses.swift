import JouleQuantities

/// The processes on one of AMD's GPUs, as the kernel's compute driver (KFD) lists them.
///
/// ROCm SMI and AMD SMI read the same files and tell them in structures that are not the same in all of
/// their versions.
struct AMDProcesses: Sendable {
    private static let directory = "/sys/class/kfd/kfd"
    private static let entriesMax = 4096

    /// The numbers that the driver gives the GPU, several where it is partitioned.
    private let numbers: [UInt64]
    private let roots: SystemRoots

    /// Nil where the driver does not know the GPU at this place on the bus, such as `0000:03:00.0`.
    init?(at address: String?, roots: SystemRoots) {
        guard let place = address.flatMap(BusPlace.init(address:)) else { return nil }
        let nodes = "\(Self.directory)/topology/nodes"
        numbers = roots.names(in: nodes).prefix(Self.entriesMax).compactMap { node in
            let properties = roots.text("\(nodes)/\(node)/properties", sizeBytesMax: 16_384)
            guard properties.flatMap(BusPlace.init(properties:)) == place else { return nil }
            // Processors have the number 0.
            return roots.number("\(nodes)/\(node)/gpu_id").flatMap { $0 > 0 ? $0 : nil }
        }
        guard !numbers.isEmpty else { return nil }
        self.roots = roots
    }

    /// Those with a queue on the GPU, and how many compute units each of them holds at this moment.
    func now() -> [DeviceProcess] {
        let processes = "\(Self.directory)/proc"
        return roots.names(in: processes).prefix(Self.entriesMax).compactMap { name in
            guard let id = Int32(name), hasQueue("\(processes)/\(name)/queues") else { return nil }
            let units = numbers.compactMap { number in
                roots.number("\(processes)/\(name)/stats_\(number)/cu_occupancy")
            }
            let isTold = units.count == numbers.count
            return DeviceProcess(id: id, use: isTold ? units.reduce(0) { $0 + Double($1) } : nil)
        }
    }

    private func hasQueue(_ queues: String) -> Bool {
        roots.names(in: queues).prefix(Self.entriesMax).contains { queue in
            roots.number("\(queues)/\(queue)/gpuid").map(numbers.contains) ?? false
        }
    }
}

/// Where a GPU is on the bus; partitions of one differ in nothing else than the function.
private struct BusPlace: Equatable {
    let domain: UInt64
    let busAndDevice: UInt64

    /// `0000:03:00.0`.
    init?(address: String) {
        let parts = address.split { $0 == ":" || $0 == "." }.map { UInt64($0, radix: 16) }
        guard parts.count == 4, let domain = parts[0], let bus = parts[1], let device = parts[2],
            bus < 256, device < 32
        else { return nil }
        self.domain = domain
        busAndDevice = bus << 5 | device
    }

    /// Lines such as `location_id 768` and `domain 0`.
    init?(properties: String) {
        var values: [Substring: UInt64] = [:]
        for line in properties.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, let value = UInt64(words[1]) { values[words[0]] = value }
        }
        guard let location = values["location_id"] else { return nil }
        domain = values["domain"] ?? 0
        busAndDevice = location >> 3 & 0x1FFF
    }
}
