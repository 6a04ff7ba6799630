import Glibc
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleMeters

@Suite("RAPL through perf")
struct RAPLEventTests {
    private static let directory = "/sys/bus/event_source/devices/power"

    /// Two sockets whose performance unit counts packages and memory.
    private func machine() -> EmulatedMachine {
        let machine = EmulatedMachine()
        let directory = Self.directory
        machine.write("\(directory)/type", "9\n")
        machine.write("\(directory)/cpumask", "0,8\n")
        for (name, config) in [("pkg", 2), ("cores", 1), ("ram", 3), ("psys", 5)] {
            machine.write("\(directory)/events/energy-\(name)", "event=0x0\(config)\n")
            machine.write("\(directory)/events/energy-\(name).scale", "2.5e-10\n")
        }
        for (processor, socket) in [(0, 0), (8, 1)] {
            let topology = "/sys/devices/system/cpu/cpu\(processor)/topology"
            machine.write("\(topology)/physical_package_id", "\(socket)\n")
            machine.write("\(topology)/die_id", "0\n")
        }
        return machine
    }

    @Test("Packages and memory of every socket are counted once, cores within their packages")
    func sockets() throws {
        let machine = machine()
        let asked = Mutex<[[UInt64]]>([])
        let events = RAPLEvents(roots: SystemRoots(under: machine.root)) {
            type,
            config,
            processor in
            asked.withLock { $0.append([UInt64(type), config, UInt64(processor)]) }
            return pipeHolding([8_000_000_000])
        }
        let expected: [[UInt64]] = [
            [9, 2, 0], [9, 2, 8], [9, 1, 0], [9, 1, 8], [9, 3, 0], [9, 3, 8],
        ]
        #expect(asked.withLock { $0 } == expected)
        let descriptions = events.meters.map(\.description)
        let counted = descriptions.additive.map { descriptions[$0].device.description }
        #expect(counted == ["cpu:0/package", "cpu:1/package", "cpu:0/dram", "cpu:1/dram"])
        let reading = try #require(events.meters.first).read(at: Instant(nanoseconds: 0))
        #expect(reading == .counter(8_000_000_000, range: nil, joulesPerUnit: 2.5e-10))
        #expect(events.measuresProcessors && events.measuresMemory)
        // At the end of the pipe the counter says nothing any more.
        #expect(throws: MeterError.self) {
            try events.meters.first?.read(at: Instant(nanoseconds: 0))
        }
    }

    @Test("Powercap keeps what perf does not measure, under the same names and identities")
    func besides() throws {
        let machine = machine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 5)
        machine.addZone("intel-rapl:0:0", "dram", microjoules: 5)
        machine.addZone("intel-rapl:1", "psys", microjoules: 5)
        let roots = SystemRoots(under: machine.root)
        let cpu = CPUFacts(roots: roots)
        let events = RAPLEvents(roots: roots) { _, config, _ in
            config == 2 ? pipeHolding([1]) : -ENODEV
        }
        let rest = RAPLDiscovery(roots: roots, cpu: cpu, covered: events.devices)
        #expect(
            rest.meters.map(\.description.device.description) == ["cpu:0/dram", "platform/psys"]
        )
        let all = (events.meters as [any EnergyMeter] + rest.meters).map(\.description)
        #expect(all.additive.map { all[$0].device.description } == ["platform/psys"])
        let alone = RAPLDiscovery(roots: roots, cpu: cpu, covered: [])
        #expect(
            alone.meters.first?.description.identity == events.meters.first?.description.identity
        )
    }

    @Test("A refusal is said once, with what would allow it")
    func refused() {
        let machine = machine()
        let events = RAPLEvents(roots: SystemRoots(under: machine.root)) { _, _, _ in -EACCES }
        #expect(events.meters.isEmpty && events.absent.count == 1)
        #expect(events.absent.first?.remedy?.contains("perf_event_paranoid=0") == true)
        machine.write("/.dockerenv", "")
        let inside = RAPLEvents(roots: SystemRoots(under: machine.root)) { _, _, _ in -EPERM }
        #expect(inside.absent.first?.remedy?.contains("--cap-add PERFMON") == true)
    }

    @Test("Sockets of several dies are left to powercap, which tells mirrored counters")
    func dies() {
        let machine = machine()
        machine.write("/sys/devices/system/cpu/cpu8/topology/die_id", "1\n")
        let events = RAPLEvents(roots: SystemRoots(under: machine.root)) { _, _, _ in
            Issue.record("opened")
            return -EACCES
        }
        #expect(events.meters.isEmpty && events.absent.count == 1)
    }

    @Test("Garbage in the kernel's files opens nothing and traps nowhere")
    func garbage() {
        let machine = machine()
        let directory = Self.directory
        machine.write("\(directory)/events/energy-pkg", "event=0xzz\n")
        machine.write("\(directory)/events/energy-cores.scale", "NaN\n")
        machine.write("\(directory)/events/energy-ram.scale", "-1\n")
        let events = RAPLEvents(roots: SystemRoots(under: machine.root)) { _, _, _ in
            Issue.record("opened")
            return -EACCES
        }
        #expect(events.meters.isEmpty)
    }
}

/// A descriptor that gives these values, eight bytes each, and then its end.
private func pipeHolding(_ values: [UInt64]) -> Int32 {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { return -errno }
    for value in values {
        unsafe withUnsafeBytes(of: value) { _ = unsafe write(ends[1], $0.baseAddress, 8) }
    }
    _ = close(ends[1])
    return ends[0]
}
