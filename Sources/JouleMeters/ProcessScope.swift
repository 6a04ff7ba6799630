import Glibc
import JouleQuantities

/// The processes whose use of a shared machine counts as this run's.
///
/// The control group that a scheduler made for the job, where there is one, else this process with all
/// that it started.
package struct ProcessScope: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case slurmJob = "slurm_job"
        case kubernetesPod = "kubernetes_pod"
        case processTree = "process_tree"
    }

    package let kind: Kind
    /// The job's number or the pod's UID; nil where none is told.
    package let name: String?
    /// Files that hold the group's processor time, the first that can be read counts.
    private let accounts: [Account]
    private let roots: SystemRoots

    /// A file with the processor time of a control group.
    private struct Account: Sendable, Hashable {
        var path: String
        /// `usage_usec` of `cpu.stat` (version 2), else one number of nanoseconds (version 1).
        var isModern: Bool
    }

    /// The scope of this process.
    package init(roots: SystemRoots = .live) {
        self.roots = roots
        let lines = roots.text("/proc/self/cgroup", sizeBytesMax: 65_536) ?? ""
        let isPod = roots.containerHint == "kubernetes"
        var kind = Kind.processTree
        var name: String?
        var accounts: [Account] = []
        for line in lines.split(separator: "\n").prefix(256) {
            let parts = line.split(
                separator: ":",
                maxSplits: 2,
                omittingEmptySubsequences: false
            )
            guard parts.count == 3, !parts[2].split(separator: "/").contains("..") else { continue }
            let isModern = parts[0] == "0" && parts[1].isEmpty
            let controllers = parts[1].split(separator: ",")
            guard isModern || controllers.contains("cpuacct") else { continue }
            guard let group = Self.group(of: parts[2], isPod: isPod) else { continue }
            kind = group.kind
            name = name ?? group.name
            let below = group.path == "/" ? "" : group.path
            accounts +=
                isModern
                ? [Account(path: "/sys/fs/cgroup\(below)/cpu.stat", isModern: true)]
                : ["cpuacct", "cpu,cpuacct"].map {
                    Account(path: "/sys/fs/cgroup/\($0)\(below)/cpuacct.usage", isModern: false)
                }
        }
        let readable = accounts.filter { Self.seconds(of: $0, roots) != nil }
        self.accounts = readable
        // A group that nobody can account for is no scope.
        self.kind = readable.isEmpty ? .processTree : kind
        self.name = readable.isEmpty ? nil : name
    }

    /// The part of a control group's path that the whole job has in common.
    private static func group(
        of path: Substring,
        isPod: Bool
    ) -> (kind: Kind, name: String?, path: String)? {
        let parts = path.split(separator: "/").prefix(64)
        func upTo(_ index: Int) -> String { "/" + parts[...index].joined(separator: "/") }
        if let place = parts.firstIndex(where: { $0.hasPrefix("job_") }),
            parts.contains(where: { $0.hasPrefix("slurm") || $0.hasPrefix("uid_") })
        {
            return (.slurmJob, String(parts[place].dropFirst(4)), upTo(place))
        }
        if parts.contains(where: { $0.hasPrefix("kubepods") }),
            let place = parts.firstIndex(where: { $0.contains("pod") && !$0.hasPrefix("kubepods") })
                ?? parts.lastIndex(where: { $0.contains("-pod") })
        {
            return (.kubernetesPod, podUID(String(parts[place])), upTo(place))
        }
        // In a namespace of its own the group of a pod's container is the root.
        return isPod && parts.isEmpty ? (.kubernetesPod, nil, "/") : nil
    }

    /// The UID in `pod1234-…`, or in `kubepods-burstable-pod1234_….slice`.
    private static func podUID(_ part: String) -> String? {
        guard let end = part.split(separator: "-").last(where: { $0.hasPrefix("pod") }) else {
            return nil
        }
        let uid = part[end.startIndex...].dropFirst(3)
            .prefix { $0.isHexDigit || $0 == "-" || $0 == "_" }
        return uid.isEmpty ? nil : String(uid.map { $0 == "_" ? "-" : $0 })
    }

    private static func seconds(of account: Account, _ roots: SystemRoots) -> Double? {
        guard account.isModern else {
            return roots.number(account.path).map { Double($0) * 1e-9 }
        }
        let text = roots.text(account.path, sizeBytesMax: 16_384) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("usage_usec ") }
        return line.flatMap { UInt64($0.dropFirst("usage_usec ".count)) }.map { Double($0) * 1e-6 }
    }

    /// Whether a process is this one, or one that it started.
    package static func holds(_ process: Int32, roots: SystemRoots = .live) -> Bool {
        ProcessTree(roots: roots).holds(process)
    }

    // MARK: Reading

    /// How everything stands now, for `usage(since:)`; nil when the kernel does not tell.
    ///
    /// Reads few files, because a program may fork while it starts (Decision 0004).
    package func now() -> ProcessorUsage? {
        usage { $0.ownTicks() }
    }

    /// What the scope and the whole machine used since an earlier moment.
    ///
    /// Looks at every process of the machine. A process tree counts with those that were started since.
    package func usage(since earlier: ProcessorUsage) -> ProcessorUsage? {
        let later = usage { $0.ticks(ofStartedSince: earlier.uptimeTicks) }
        return later.map { later in
            ProcessorUsage(
                scopeSeconds: max(0, later.scopeSeconds - earlier.scopeSeconds),
                machineSeconds: max(0, later.machineSeconds - earlier.machineSeconds),
                processors: later.processors,
                uptimeTicks: later.uptimeTicks
            )
        }
    }

    private func usage(_ ticks: (ProcessTree) -> UInt64?) -> ProcessorUsage? {
        let kernel = KernelFile(roots.path("/proc/stat"))
        guard let bytes = try? kernel.read(sizeBytesMax: 4_194_304) else { return nil }
        let machine = ProcessorTimes(stat: bytes, of: [])
        guard machine.processors > 0 else { return nil }
        let group = accounts.lazy.compactMap { Self.seconds(of: $0, roots) }.first
        let tree = group == nil ? ticks(ProcessTree(roots: roots)) : nil
        guard let seconds = group ?? tree.map({ Double($0) * KernelTicks.seconds }) else {
            return nil
        }
        let uptime = roots.text("/proc/uptime")?.split(separator: " ").first.flatMap { Double($0) }
        let ticks = uptime.map { ($0 / KernelTicks.seconds).rounded(.down) }
        return ProcessorUsage(
            scopeSeconds: seconds,
            machineSeconds: Double(machine.busyTicks) * KernelTicks.seconds,
            processors: machine.processors,
            uptimeTicks: ticks.flatMap { UInt64(exactly: $0) } ?? 0
        )
    }
}

/// Processor time since the machine, or the scope, began.
package struct ProcessorUsage: Sendable, Hashable {
    package let scopeSeconds: Double
    package let machineSeconds: Double
    /// Logical processors of the machine.
    package let processors: Int

    /// Ticks since the machine began.
    let uptimeTicks: UInt64

    /// The scope's part of the time in which processors were busy; nil where none was.
    ///
    /// The kernel counts the machine's time in ticks, which may miss some of the scope's.
    package var share: Double? {
        guard machineSeconds > 0 || scopeSeconds > 0 else { return nil }
        return scopeSeconds / max(machineSeconds, scopeSeconds)
    }
}

/// A process with all that it started and that has not been taken over by another one.
struct ProcessTree {
    let roots: SystemRoots
    private static let processesMax = 65_536
    private static let depthMax = 256

    /// What `/proc/PID/stat` says of one process (proc_pid_stat(5)).
    private struct Entry {
        var process: Int32
        var parent: Int32
        /// Of itself and of the children that it waited for.
        var ticks: UInt64
        /// Ticks after the machine began.
        var started: UInt64

        init?(_ line: [UInt8]) {
            // The program's name, in parentheses, may hold anything.
            guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
            let space = UInt8(ascii: " ")
            let fields = line[(end + 1)...].split(separator: space, maxSplits: 20)
            guard fields.count > 19, let parent: Int32 = Self.number(fields[1]),
                let process: Int32 = Self.number(line.prefix { $0 != space })
            else { return nil }
            let times: [UInt64] = fields[11...14].compactMap(Self.number)
            guard times.count == 4, let started: UInt64 = Self.number(fields[19]) else {
                return nil
            }
            self.process = process
            self.parent = parent
            ticks = times.reduce(0, &+)
            self.started = started
        }

        private static func number<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Value? {
            Value(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Processor time of this process and of the children that it waited for, in ticks.
    func ownTicks() -> UInt64? { entry("self")?.ticks }

    /// The same with the descendants that were started at an uptime, in ticks, or later.
    func ticks(ofStartedSince uptime: UInt64) -> UInt64? {
        guard let own = entry("self") else { return nil }
        return descendants(of: own).filter { $0.started >= uptime }
            .reduce(own.ticks) { $0 &+ $1.ticks }
    }

    /// Whether a process is this one or below it; false for one that has ended.
    func holds(_ process: Int32) -> Bool {
        guard let own = entry("self")?.process else { return false }
        var next = process
        for _ in 0..<Self.depthMax {
            if next == own { return true }
            guard next > 1, let parent = entry("\(next)")?.parent else { return false }
            next = parent
        }
        return false
    }

    private func descendants(of own: Entry) -> [Entry] {
        var children: [Int32: [Entry]] = [:]
        for name in roots.names(in: "/proc").prefix(Self.processesMax) where Int32(name) != nil {
            guard let entry = entry(name) else { continue }
            children[entry.parent, default: []].append(entry)
        }
        var seen: Set = [own.process]
        var found: [Entry] = []
        var pending = [own.process]
        while let parent = pending.popLast() {
            for child in children[parent] ?? [] where seen.insert(child.process).inserted {
                found.append(child)
                pending.append(child.process)
            }
        }
        return found
    }

    private func entry(_ process: String) -> Entry? {
        Entry(roots.bytes("/proc/\(process)/stat", sizeBytesMax: 4096))
    }
}

/// The time unit of `/proc`.
enum KernelTicks {
    static let seconds: Double = {
        let perSecond = sysconf(Int32(_SC_CLK_TCK))
        return 1 / Double(perSecond > 0 ? perSecond : 100)
    }()
}
