import JouleQuantities

/// The power that the processors of this job are modelled with.
///
/// Power is linear in load, P = idle + (full − idle) · load: the form of Cloud Carbon Footprint and
/// of Fan, Weber and Barroso ("Power provisioning for a warehouse-sized computer", ISCA 2007).
/// Being linear it needs no intervals: energy is idle power × time + power of load × busy time.
/// Real curves bend, which the interval holds.
struct CPUPowerModel: Sendable, Hashable {
    let idleWatts: Double
    let fullWatts: Double
    /// Half-width of the 95 % interval relative to the energy; a judgement, because no table
    /// states its error.
    let uncertaintyRelative: Double
    /// Where the watts are from.
    let basis: String

    /// Watts of `threads` processors of the machine that `cpu` describes.
    init(_ cpu: CPUFacts, threads: Double) {
        if !cpu.isVirtual, cpu.threads > 0, let model = cpu.model,
            let watts = ThermalDesignPower.watts(of: model)
        {
            // A package idles near a tenth of its TDP, as in CodeCarbon's model, and under full
            // load stays near it, by 50 % more or less.
            let full = watts * Double(cpu.sockets ?? 1) * threads / Double(cpu.threads)
            self.init(0.1 * full, full, 0.5, "\(watts) W TDP")
        } else if let kind = Microarchitecture(cpu) {
            // A guest's thread may share its core or have it alone.
            self.init(
                kind.idleWatts * threads,
                kind.fullWatts * threads,
                0.6,
                "\(kind.name) per vCPU (SPECpower)"
            )
        } else {
            // 4 W per thread, as CodeCarbon assumes for a processor that it does not know.
            self.init(0.4 * threads, 4 * threads, 0.75, "4 W per thread, processor unknown")
        }
    }

    private init(_ idle: Double, _ full: Double, _ uncertainty: Double, _ basis: String) {
        idleWatts = idle
        fullWatts = full
        uncertaintyRelative = uncertainty
        self.basis = basis
    }
}

/// Energy of the processors that this process may use, modelled from their busy time.
///
/// Only for machines without a counter. All programs on these processors are counted, because
/// `/proc/stat` does not tell them apart; under a cgroup quota, the quota's share of them.
final class CPUModelMeter: EnergyMeter {
    static let source = "model:cpu"

    let description: MeterDescription
    let uncertaintyRelative: Double?
    let powerMax: Power? = nil
    /// The kernel counts busy time in ticks.
    let refreshNS: Int64

    private let stat: KernelFile
    private let processors: Set<Int>
    private let model: CPUPowerModel
    private let sizeBytesMax: Int

    init(roots: SystemRoots, cpu: CPUFacts, limits: ProcessLimits) {
        stat = KernelFile(roots.path("/proc/stat"))
        let online = max(1, cpu.threads)
        processors = limits.processors
        let allowed = Double(processors.isEmpty ? online : processors.count)
        let threads = min(allowed, limits.quota ?? allowed)
        model = CPUPowerModel(cpu, threads: threads)
        uncertaintyRelative = model.uncertaintyRelative
        refreshNS = Int64(KernelTicks.seconds * 1e9)
        // A line of ten numbers for each processor and one for all, at the head of the file.
        sizeBytesMax = 256 * (2 + max(online, (processors.max() ?? 0) + 1))
        description = Self.description(model, threads: threads, of: cpu, limits, roots)
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        let bytes = try stat.read(sizeBytesMax: sizeBytesMax)
        let times = ProcessorTimes(stat: bytes, of: processors)
        guard times.processors > 0 else {
            let head = String(decoding: bytes.prefix(40), as: UTF8.self)
            throw .malformed(path: stat.path, content: head.trimmed)
        }
        let load = Double(times.busyTicks) * KernelTicks.seconds / Double(times.processors)
        let seconds = Double(now.nanoseconds) * 1e-9
        let joules = model.idleWatts * seconds + (model.fullWatts - model.idleWatts) * load
        return .cumulative(Energy(joules: joules))
    }

    private static func description(
        _ model: CPUPowerModel,
        threads: Double,
        of cpu: CPUFacts,
        _ limits: ProcessLimits,
        _ roots: SystemRoots
    ) -> MeterDescription {
        var description = MeterDescription(
            device: DeviceID("cpu"),
            source: source,
            provenance: .model,
            boundary: .device,
            identity: roots.bootID.map { "\($0):\(source)" + part(limits, of: cpu) }
        )
        description.extra["name"] = .orNull(cpu.model)
        description.extra["basis"] = .string(model.basis)
        description.extra["threads"] = .double(threads)
        description.extra["idle_w"] = .double(model.idleWatts)
        description.extra["full_w"] = .double(model.fullWatts)
        description.extra["uncertainty_rel"] = .double(model.uncertaintyRelative)
        return description
    }

    /// What tells the processors of this job from others'; nothing where it may use them all.
    private static func part(_ limits: ProcessLimits, of cpu: CPUFacts) -> String {
        var part = ""
        if !limits.processors.isEmpty, limits.processors.count < cpu.threads {
            part +=
                ":processors " + limits.processors.sorted().map(String.init).joined(separator: ",")
        }
        return part + (limits.quotaGroup.map { ":group \($0)" } ?? "")
    }
}

/// Busy time of some processors out of `/proc/stat` (proc_stat(5)).
struct ProcessorTimes: Equatable {
    /// Sum over the processors found, in ticks since boot.
    private(set) var busyTicks: UInt64 = 0
    private(set) var processors = 0

    /// Takes the lines `cpuN` of `wanted`, or of all when it is empty.
    init(stat bytes: [UInt8], of wanted: Set<Int>) {
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            // The lines of processors come first; a line that was cut off at the end is none.
            guard line.starts(with: "cpu".utf8) else { break }
            let words = line.split(separator: UInt8(ascii: " "))
            guard words.count > 7, let number = KernelFile.number(in: Array(words[0].dropFirst(3))),
                wanted.isEmpty || wanted.contains(Int(clamping: number))
            else { continue }
            // user, nice, system, irq and softirq; not idle, iowait and steal. Guest time is in
            // user already.
            let busy = [1, 2, 3, 6, 7].compactMap { KernelFile.number(in: Array(words[$0])) }
            guard busy.count == 5 else { continue }
            busyTicks = busy.reduce(busyTicks) { $0 &+ $1 }
            processors += 1
        }
    }
}
