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
        var socketIDs: Set<String> = []
        var coreIDs: Set<String> = []
        var socket = ""
        // 4 MiB hold the lines of more than two thousand processors.
        roots.forEachField(of: "/proc/cpuinfo", sizeBytesMax: 4 << 20) { name, value in
            if name == "processor" {
                threads += 1
            } else if name == "physical id" {
                socket = value.text
                socketIDs.insert(socket)
            } else if name == "core id" {
                coreIDs.insert("\(socket)\n\(value.text)")
            } else if threads <= 1 {
                note(name, value)
            }
        }
        sockets = socketIDs.isEmpty ? nil : socketIDs.count
        cores = coreIDs.isEmpty ? nil : coreIDs.count
        isVirtual = isVirtual || roots.exists("/sys/hypervisor/type")
    }

    /// Keeps the first processor's value.
    private mutating func note(_ name: KernelField, _ value: KernelField) {
        switch name.text {
        case "model name": model = model ?? value.text(sizeBytesMax: 200)
        case "vendor_id", "CPU implementer": vendor = vendor ?? value.text(sizeBytesMax: 64)
        case "cpu family": family = family ?? Int(value.text)
        case "model": modelNumber = modelNumber ?? Int(value.text)
        case "stepping": stepping = stepping ?? Int(value.text)
        case "CPU part": part = part ?? value.text(sizeBytesMax: 16)
        case "flags" where !isVirtual:
            isVirtual = value.text.split(separator: " ").contains("hypervisor")
        default: break
        }
    }
}
