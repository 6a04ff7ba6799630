/// What this process may use of the machine: processors by affinity, time and memory by cgroup.
package struct ProcessLimits: Sendable, Hashable {
    /// Logical processors that this process may run on; empty when the kernel does not say.
    package let processors: Set<Int>
    /// Processors' worth of time per second that the cgroup allows; nil without a limit.
    package let quota: Double?
    /// Memory that the cgroup allows; nil without a limit.
    package let memoryLimitBytes: UInt64?
    /// The control groups whose limits these are, by the numbers that the kernel gives them in this
    /// boot, whatever a container calls them; nil without a limit.
    let quotaGroup: UInt64?
    let memoryGroup: UInt64?
    /// Memory of the machine.
    package let memoryTotalBytes: UInt64?

    /// Memory that this process may use: the machine's, or the cgroup's limit if that is smaller.
    package var memoryBytes: UInt64? {
        guard let total = memoryTotalBytes else { return memoryLimitBytes }
        return min(total, memoryLimitBytes ?? total)
    }

    package init(roots: SystemRoots) {
        processors = Self.list(roots.field("Cpus_allowed_list", of: "/proc/self/status") ?? "")
        let memory = roots.field("MemTotal", of: "/proc/meminfo") ?? ""
        memoryTotalBytes = Self.bytes(kibibytes: memory)
        let groups = ControlGroups(roots: roots)
        let memoryLimit = groups.memoryLimitBytes(below: memoryTotalBytes ?? .max)
        memoryLimitBytes = memoryLimit?.value
        memoryGroup = memoryLimit.flatMap { roots.inode($0.group) }
        let quota = groups.quota
        self.quota = quota?.value
        quotaGroup = quota.flatMap { roots.inode($0.group) }
    }

    /// A list of the kernel such as `0-3,8`; entries that are not understood are left out.
    static func list(_ text: String) -> Set<Int> {
        var members: Set<Int> = []
        for part in text.split(separator: ",").prefix(4096) {
            let words = part.split(separator: "-", omittingEmptySubsequences: false)
            let ends = words.compactMap { Int(String($0).trimmed) }
            guard let first = ends.first, let last = ends.last, words.count <= 2,
                ends.count == words.count,
                0 <= first, first <= last, last < 65_536
            else { continue }
            members.formUnion(first...last)
        }
        return members
    }

    /// The bytes of a size such as `24684096 kB`.
    private static func bytes(kibibytes text: String) -> UInt64? {
        guard let first = text.split(separator: " ").first, let size = UInt64(first) else {
            return nil
        }
        let (bytes, overflow) = size.multipliedReportingOverflow(by: 1024)
        return overflow ? nil : bytes
    }
}

/// The control groups of this process, version 1, version 2, or both.
struct ControlGroups {
    /// A limit and the group that sets it, the outermost where several set the same.
    struct Limit<Value> {
        let value: Value
        let group: String

        static func least(of limits: [Limit]) -> Limit? where Value: Comparable {
            limits.reversed().min { $0.value < $1.value }
        }
    }

    private let roots: SystemRoots
    /// Directories from this process's group up to the root, by controller.
    private let memory: [String]
    private let cpu: [String]

    init(roots: SystemRoots) {
        self.roots = roots
        var memory: [String] = []
        var cpu: [String] = []
        let lines = roots.text("/proc/self/cgroup", sizeBytesMax: 65_536) ?? ""
        for line in lines.split(separator: "\n").prefix(256) {
            let parts = line.split(
                separator: ":",
                maxSplits: 2,
                omittingEmptySubsequences: false
            )
            guard parts.count == 3 else { continue }
            let controllers = parts[1].split(separator: ",")
            if parts[0] == "0" && parts[1].isEmpty {
                let chain = Self.chain(parts[2], below: "/sys/fs/cgroup")
                memory += chain
                cpu += chain
            }
            if controllers.contains("memory") {
                memory += Self.chain(parts[2], below: "/sys/fs/cgroup/memory")
            }
            if controllers.contains("cpu") {
                cpu += Self.chain(parts[2], below: "/sys/fs/cgroup/cpu")
                cpu += Self.chain(parts[2], below: "/sys/fs/cgroup/cpu,cpuacct")
            }
        }
        self.memory = memory
        self.cpu = cpu
    }

    /// The least limit of this group and those above it, if it is below `total`.
    func memoryLimitBytes(below total: UInt64) -> Limit<UInt64>? {
        let limits = memory.flatMap { group in
            ["memory.max", "memory.limit_in_bytes"].compactMap { name in
                roots.number("\(group)/\(name)").map { Limit(value: $0, group: group) }
            }
        }
        return .least(of: limits.filter { $0.value > 0 && $0.value < total })
    }

    /// The least quota of this group and those above it, in processors.
    var quota: Limit<Double>? {
        let modern = cpu.compactMap { group -> Limit<Double>? in
            let parts = (roots.text("\(group)/cpu.max") ?? "").split(separator: " ")
            guard parts.count == 2, let limit = UInt64(parts[0]), let period = UInt64(parts[1]),
                limit > 0, period > 0
            else { return nil }
            return Limit(value: Double(limit) / Double(period), group: group)
        }
        let old = cpu.compactMap { group -> Limit<Double>? in
            // Without a limit the quota is -1, which is no unsigned number.
            guard let limit = roots.number("\(group)/cpu.cfs_quota_us"), limit > 0,
                let period = roots.number("\(group)/cpu.cfs_period_us"), period > 0
            else { return nil }
            return Limit(value: Double(limit) / Double(period), group: group)
        }
        return .least(of: modern + old)
    }

    /// `/a/b` below `root` as `[root/a/b, root/a, root]`; in a container the deeper ones may not
    /// exist, and the root is this container's own group.
    private static func chain(_ path: Substring, below root: String) -> [String] {
        var chain = [root]
        for part in path.split(separator: "/").prefix(64) where part != ".." && part != "." {
            chain.append("\(chain[chain.count - 1])/\(part)")
        }
        return chain.reversed()
    }
}
