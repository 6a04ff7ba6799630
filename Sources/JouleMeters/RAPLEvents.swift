import CJouleSystem
import Glibc
import JouleQuantities

/// RAPL's counters as perf shows them: the events `energy-*` of the performance unit `power`.
///
/// They have 64 bits, so that no wrap is ever in doubt, and need no file of root: a process with
/// CAP_PERFMON, or any where `perf_event_paranoid` is at most 0, may read them. Two things are left to
/// powercap, because these counters begin at zero: whether the board feeds psys, and which dies of a
/// socket show one counter.
struct RAPLEvents {
    static let source = "rapl:perf"
    private static let directory = "/sys/bus/event_source/devices/power"

    private(set) var meters: [RAPLEventMeter] = []
    private(set) var absent: [AbsentMeter] = []
    /// Devices that are measured, by the names that powercap's meters have as well.
    private(set) var devices: Set<DeviceID> = []
    /// Whether some counter holds the processors' energy, and whether some holds the memory's.
    private(set) var measuresProcessors = false
    private(set) var measuresMemory = false

    private let roots: SystemRoots
    private let boot: String?

    /// Opens a counter, or answers an errno below zero.
    typealias Opener = (_ type: UInt32, _ config: UInt64, _ processor: Int) -> Int32

    /// As the kernel does.
    static func open(type: UInt32, config: UInt64, processor: Int) -> Int32 {
        let file = joule_performance_event(type, config, Int32(clamping: processor))
        return file >= 0 ? file : -errno
    }

    init(roots: SystemRoots, open: Opener = Self.open) {
        self.roots = roots
        boot = roots.bootID
        guard let type = roots.number("\(Self.directory)/type").flatMap({ UInt32(exactly: $0) })
        else {
            absent = [Self.absence("the kernel offers no energy events (PMU \"power\")")]
            return
        }
        guard !hasSeveralDies else {
            absent = [Self.absence("which dies of a socket show one counter is not told here")]
            return
        }
        let mask = roots.text("\(Self.directory)/cpumask", sizeBytesMax: 4096)
        let processors = ProcessLimits.list(mask ?? "")
        for event in Event.allCases {
            for processor in processors.sorted() {
                guard add(event, of: processor, type, open) else { return }
            }
        }
    }

    private enum Event: String, CaseIterable {
        case package = "energy-pkg"
        case core = "energy-cores"
        case uncore = "energy-gpu"
        case dram = "energy-ram"

        /// As `RAPLDiscovery` names the same.
        var part: String {
            switch self {
            case .package: "package"
            case .core: "core"
            case .uncore: "uncore"
            case .dram: "dram"
            }
        }
    }

    /// False when this process may open none.
    private mutating func add(
        _ event: Event,
        of processor: Int,
        _ type: UInt32,
        _ open: Opener
    ) -> Bool {
        let path = "\(Self.directory)/events/\(event.rawValue)"
        guard let config = Self.config(roots.text(path, sizeBytesMax: 256)),
            let scale = roots.text("\(path).scale", sizeBytesMax: 64).flatMap(Double.init),
            scale > 0, scale < 1
        else { return true }
        let file = open(type, config, processor)
        guard file >= 0 else {
            let isRefused = file == -EACCES || file == -EPERM
            let reason = "\(event.rawValue) is refused: \(systemMessage(-file))"
            absent.append(Self.absence(reason, remedy: isRefused ? remedy : nil))
            return !isRefused
        }
        let topology = "/sys/devices/system/cpu/cpu\(processor)/topology"
        let socket = "cpu:\(roots.number("\(topology)/physical_package_id") ?? 0)"
        let device = DeviceID("\(socket)/\(event.part)")
        guard devices.insert(device).inserted else {
            _ = close(file)
            return true
        }
        let isPart = event == .core || event == .uncore
        var description = MeterDescription(
            device: device,
            source: Self.source,
            provenance: .counter,
            boundary: .device,
            enclosedBy: DeviceID(isPart ? "\(socket)/package" : "platform/psys"),
            identity: boot.map { "\($0):rapl:\(device)" }
        )
        description.extra["event"] = .string(event.rawValue)
        description.extra["processor"] = .integer(Int64(processor))
        meters.append(
            RAPLEventMeter(
                file,
                path: path,
                description: description,
                joulesPerUnit: scale,
                kind: event == .dram ? .dram : .core
            )
        )
        measuresProcessors = measuresProcessors || event == .package
        measuresMemory = measuresMemory || event == .dram
        return true
    }

    private var hasSeveralDies: Bool {
        roots.names(in: "/sys/devices/system/cpu").contains { name in
            name.hasPrefix("cpu") && Int(name.dropFirst(3)) != nil
                && (roots.number("/sys/devices/system/cpu/\(name)/topology/die_id") ?? 0) > 0
        }
    }

    /// `event=0x02`.
    private static func config(_ text: String?) -> UInt64? {
        guard let text, text.hasPrefix("event=0x") else { return nil }
        return UInt64(text.dropFirst(8), radix: 16)
    }

    // MARK: What is missing, and what to do

    /// Until the next boot; a file of `/etc/sysctl.d` keeps it.
    ///
    /// Container engines forbid the call to whoever lacks the capability, whatever the host allows.
    private var remedy: String {
        roots.containerHint == nil
            ? "sudo sysctl kernel.perf_event_paranoid=0" : "docker run --cap-add PERFMON …"
    }

    private static func absence(_ reason: String, remedy: String? = nil) -> AbsentMeter {
        AbsentMeter(source: source, reason: reason, remedy: remedy)
    }
}

/// An energy counter of a processor, read through perf.
final class RAPLEventMeter: EnergyMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    // The counter is renewed about every millisecond (Intel SDM volume 3, "RAPL interfaces").
    let refreshNS: Int64 = 1_000_000
    let powerMax: Power? = Power(watts: 1500)

    private let file: Int32
    private let path: String
    private let joulesPerUnit: Double

    /// Takes the descriptor over.
    init(
        _ file: Int32,
        path: String,
        description: MeterDescription,
        joulesPerUnit: Double,
        kind: RAPLZone.Kind
    ) {
        self.file = file
        self.path = path
        self.description = description
        self.joulesPerUnit = joulesPerUnit
        uncertaintyRelative = RAPLMeter.uncertainty(of: kind)
    }

    deinit { _ = close(file) }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        var value: UInt64 = 0
        // SAFETY: the kernel writes at most the eight bytes of the value.
        let got = unsafe withUnsafeMutableBytes(of: &value) { bytes in
            unsafe Glibc.read(file, bytes.baseAddress, 8)
        }
        guard got == 8 else {
            throw .unreadable(path: path, code: got < 0 ? errno : ENODATA)
        }
        return .counter(value, range: nil, joulesPerUnit: joulesPerUnit)
    }
}
