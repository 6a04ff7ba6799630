import Glibc
package import JouleQuantities

/// The facts about this machine that a run records.
package enum HardwareInventory {
    /// Reads a few files of the kernel; a fact that cannot be read is left out.
    ///
    /// `environment`, that of the process, tells the scheduler.
    package static func collect(
        roots: SystemRoots = .live,
        machine: MachineFacts? = nil,
        environment: (String) -> String? = environmentVariable
    ) -> Hardware {
        let machine = machine ?? MachineFacts(roots: roots)
        let (cpu, limits) = (machine.cpu, machine.limits)
        var hardware = Hardware(host: roots.text("/proc/sys/kernel/hostname", sizeBytesMax: 256))
        hardware.devices = [processor(cpu)] + Accelerators(roots: roots).devices
        hardware.extra["cpu"] = .object(topology(cpu, limits, roots))
        hardware.extra["memory"] = .object(memory(limits, roots))
        let facts = [
            ("kernel", roots.text("/proc/sys/kernel/osrelease", sizeBytesMax: 256)),
            ("boot_id", roots.bootID),
            ("container", roots.containerHint),
            ("vendor", roots.machineVendor),
            ("instance", roots.cloudInstance),
            ("scheduler", scheduler(environment)),
        ]
        for (name, value) in facts { hardware.extra[name] = value.map(JSON.string) }
        hardware.extra["virtual_machine"] = .bool(cpu.isVirtual)
        return hardware
    }

    /// The scheduler that started this process, by the variables that it sets.
    private static func scheduler(_ environment: (String) -> String?) -> String? {
        let marks = [
            ("SLURM_JOB_ID", "slurm"), ("PBS_JOBID", "pbs"), ("LSB_JOBID", "lsf"),
            ("FLUX_JOB_ID", "flux"), ("SGE_TASK_ID", "sge"), ("_CONDOR_JOB_AD", "htcondor"),
            ("RAY_JOB_ID", "ray"), ("KUBERNETES_SERVICE_HOST", "kubernetes"),
        ]
        return marks.first { environment($0.0) != nil }?.1
    }

    private static func processor(_ cpu: CPUFacts) -> Hardware.Device {
        Hardware.Device(kind: "cpu", name: cpu.model, count: cpu.sockets ?? 1)
    }

    private static func topology(
        _ cpu: CPUFacts,
        _ limits: ProcessLimits,
        _ roots: SystemRoots
    ) -> JSONObject {
        var facts = JSONObject()
        facts["sockets"] = cpu.sockets.map { .integer(Int64($0)) }
        facts["cores"] = cpu.cores.map { .integer(Int64($0)) }
        facts["threads"] = cpu.threads > 0 ? .integer(Int64(cpu.threads)) : nil
        facts["smt"] = roots.number("/sys/devices/system/cpu/smt/active").map { .bool($0 != 0) }
        let usable = limits.processors.count
        facts["usable_threads"] = usable > 0 ? .integer(Int64(usable)) : nil
        facts["cgroup_quota"] = limits.quota.map(JSON.double)
        let governor = "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"
        facts["governor"] = roots.text(governor, sizeBytesMax: 64).map(JSON.string)
        return facts
    }

    private static func memory(_ limits: ProcessLimits, _ roots: SystemRoots) -> JSONObject {
        var facts = JSONObject()
        facts["total_bytes"] = limits.memoryTotalBytes.flatMap { Int64(exactly: $0) }
            .map(JSON.integer)
        facts["cgroup_limit_bytes"] = limits.memoryLimitBytes.flatMap { Int64(exactly: $0) }
            .map(JSON.integer)
        let nodes = roots.names(in: "/sys/devices/system/node").count {
            $0.hasPrefix("node") && Int($0.dropFirst(4)) != nil
        }
        facts["numa_nodes"] = nodes > 0 ? .integer(Int64(nodes)) : nil
        return facts
    }
}

/// Graphics processors and other accelerators that the kernel knows of.
struct Accelerators {
    /// Model names, one for each device, by maker.
    private(set) var nvidia: [String] = []
    private(set) var amd: [String] = []
    private(set) var intel: [String] = []
    /// Others, which tell no energy.
    private(set) var others: [String] = []

    init(roots: SystemRoots) {
        let directory = "/proc/driver/nvidia/gpus"
        for name in roots.names(in: directory).prefix(256) {
            let lines = (roots.text("\(directory)/\(name)/information") ?? "").split(
                separator: "\n"
            )
            let model = lines.first { $0.hasPrefix("Model:") }
            nvidia.append(model.map { String($0.dropFirst(6)).trimmed } ?? "NVIDIA GPU")
        }
        for name in roots.names(in: "/sys/class/drm").prefix(4096)
        where name.hasPrefix("card") && Int(name.dropFirst(4)) != nil {
            switch roots.text("/sys/class/drm/\(name)/device/vendor", sizeBytesMax: 64) {
            case "0x1002":
                let product = roots.text("/sys/class/drm/\(name)/device/product_name")
                amd.append(product ?? "AMD GPU")
            case "0x8086": intel.append("Intel GPU")
            // The driver's own list names these devices better.
            case "0x10de" where nvidia.isEmpty: nvidia.append("NVIDIA GPU")
            default: break
            }
        }
        for name in roots.names(in: "/sys/class/accel").prefix(4096) where name.hasPrefix("accel") {
            switch roots.text("/sys/class/accel/\(name)/device/vendor", sizeBytesMax: 64) {
            case "0x1ae0": others.append("Google TPU")
            case "0x1da3": others.append("Intel Gaudi")
            case "0x17cb": others.append("Qualcomm Cloud AI")
            // Intel's NPU is a part of the processor, whose package is measured.
            default: break
            }
        }
        for name in roots.names(in: "/dev").prefix(65_536) {
            if isDevice(name, "neuron") { others.append("AWS Neuron device") }
            if isDevice(name, "apex_") { others.append("Coral Edge TPU") }
        }
    }

    private func isDevice(_ name: String, _ start: String) -> Bool {
        name.hasPrefix(start) && Int(name.dropFirst(start.count)).map { $0 >= 0 } == true
    }

    var devices: [Hardware.Device] { Self.devices("gpu", nvidia + amd + intel) + unmeasured }

    /// Those that nothing here tells the energy of.
    var unmeasured: [Hardware.Device] { Self.devices("accelerator", others) }

    /// Equal devices in one entry with their count.
    private static func devices(_ kind: String, _ names: [String]) -> [Hardware.Device] {
        var devices: [Hardware.Device] = []
        for name in names {
            if let place = devices.firstIndex(where: { $0.name == name }) {
                devices[place].count = (devices[place].count ?? 0) + 1
            } else {
                devices.append(Hardware.Device(kind: kind, name: name, count: 1))
            }
        }
        return devices
    }
}
