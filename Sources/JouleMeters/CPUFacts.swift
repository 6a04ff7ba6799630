/// What `/proc/cpuinfo` says about the processors.
package struct CPUFacts: Sendable, Hashable {
    /// Model name as the kernel prints it, such as `AMD EPYC 7763 64-Core Processor`.
    package private(set) var model: String?
    /// `GenuineIntel`, `AuthenticAMD`, or an ARM implementer such as `0x41`.
    package private(set) var vendor: String?
    package private(set) var family: Int?
    package private(set) var modelNumber: Int?
    package private(set) var stepping: Int?
    /// ARM part number, such as `0xd40`.
    package private(set) var part: String?
    /// Logical processors that are on line.
    package private(set) var threads = 0
    package private(set) var sockets: Int?
    package private(set) var cores: Int?
    /// Whether the processor says that a hypervisor is underneath.
    package private(set) var isVirtual = false

    package init(roots: SystemRoots) {
        // 4 MiB hold the lines of more than two thousand processors.
        let text = roots.text("/proc/cpuinfo", sizeBytesMax: 4 << 20) ?? ""
        var socketIDs: Set<Substring> = []
        var coreIDs: Set<[Substring]> = []
        var socket: Substring = ""
        for line in text.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = String(line[..<colon]).trimmed
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch name {
            case "processor": threads += 1
            case "physical id":
                socket = value
                socketIDs.insert(value)
            case "core id": coreIDs.insert([socket, value])
            default: note(name, value)
            }
        }
        sockets = socketIDs.isEmpty ? nil : socketIDs.count
        cores = coreIDs.isEmpty ? nil : coreIDs.count
        isVirtual = isVirtual || roots.exists("/sys/hypervisor/type")
    }

    /// Keeps the first processor's value.
    private mutating func note(_ name: String, _ value: Substring) {
        switch name {
        case "model name": model = model ?? String(value.prefix(200)).trimmed
        case "vendor_id", "CPU implementer": vendor = vendor ?? String(value.prefix(64))
        case "cpu family": family = family ?? Int(value)
        case "model": modelNumber = modelNumber ?? Int(value)
        case "stepping": stepping = stepping ?? Int(value)
        case "CPU part": part = part ?? String(value.prefix(16))
        case "flags" where !isVirtual:
            isVirtual = value.split(separator: " ").contains("hypervisor")
        default: break
        }
    }
}
