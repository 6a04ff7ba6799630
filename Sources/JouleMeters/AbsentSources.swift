import Glibc

/// Sources other than RAPL that a person may expect, and why they are not measured here.
enum AbsentSources {
    static func list(roots: SystemRoots) -> [AbsentMeter] {
        let accelerators = Accelerators(roots: roots)
        return [
            performanceEvents(roots),
            graphics("nvml", "NVIDIA", accelerators.nvidia),
            graphics("amdsmi", "AMD", accelerators.amd),
        ]
    }

    /// perf reads the counters of RAPL, so that it adds nothing where powercap is readable.
    private static func performanceEvents(_ roots: SystemRoots) -> AbsentMeter {
        let source = "rapl:perf"
        guard roots.exists("/sys/bus/event_source/devices/power/type") else {
            let reason = "the kernel offers no energy events (PMU \"power\") on this machine"
            return AbsentMeter(source: source, reason: reason, remedy: nil)
        }
        let level = roots.text("/proc/sys/kernel/perf_event_paranoid").flatMap { Int($0) }
        if let level, level > 0, geteuid() != 0 {
            return AbsentMeter(
                source: source,
                reason: "not read by this version, and closed to this user "
                    + "(perf_event_paranoid is \(level))",
                remedy: "sudo sysctl kernel.perf_event_paranoid=0"
            )
        }
        let reason = "not read by this version; the same counters are read through powercap"
        return AbsentMeter(source: source, reason: reason, remedy: nil)
    }

    private static func graphics(
        _ source: String,
        _ maker: String,
        _ names: [String]
    ) -> AbsentMeter {
        let reason =
            names.isEmpty
            ? "no \(maker) GPU is visible to this process"
            : "present but not measured by this version: \(names.joined(separator: ", "))"
        return AbsentMeter(source: source, reason: reason, remedy: nil)
    }
}
