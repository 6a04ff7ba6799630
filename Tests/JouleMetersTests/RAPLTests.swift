import Glibc
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Testing

@Suite("RAPL through powercap")
struct RAPLTests {
    private static let now = Instant(nanoseconds: 0)

    private func meters(_ machine: borrowing EmulatedMachine) -> [any EnergyMeter] {
        raplOnly(MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters)
    }

    private func raplOnly(_ meters: [any EnergyMeter]) -> [any EnergyMeter] {
        meters.filter { $0.description.source == "rapl:powercap" }
    }

    private func absent(_ machine: borrowing EmulatedMachine) -> [AbsentMeter] {
        MeterInventory.discover(roots: SystemRoots(under: machine.root)).absent
            .filter { $0.source == "rapl:powercap" }
    }

    @Test("Two packages with memory add up once, with or without psys")
    func hierarchy() {
        let machine = EmulatedMachine()
        for socket in 0...1 {
            machine.addZone("intel-rapl:\(socket)", "package-\(socket)")
            machine.addZone("intel-rapl:\(socket):0", "core")
            machine.addZone("intel-rapl:\(socket):1", "uncore")
            machine.addZone("intel-rapl:\(socket):2", "dram")
            machine.addZone("intel-rapl-mmio:\(socket)", "package-\(socket)")
        }
        let names = { (meters: [MeterDescription]) in
            meters.additive.map { meters[$0].device.description }.sorted()
        }
        let plain = meters(machine).map(\.description)
        #expect(plain.count == 8)
        #expect(names(plain) == ["cpu:0/dram", "cpu:0/package", "cpu:1/dram", "cpu:1/package"])
        machine.addZone("intel-rapl:2", "psys")
        #expect(names(meters(machine).map(\.description)) == ["platform/psys"])
    }

    @Test("A psys that the board does not feed is absent and hides nothing")
    func unfedPlatform() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 5_000_000)
        machine.addZone("intel-rapl:1", "psys", microjoules: 0)
        let found = meters(machine).map(\.description)
        #expect(found.additive.map { found[$0].device.description } == ["cpu:0/package"])
        #expect(absent(machine).first?.reason.contains("stands at zero") == true)
    }

    @Test("Zones of mmio are read only where the others are missing")
    func mmio() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl-mmio:0", "package-0")
        #expect(meters(machine).map(\.description.device) == [DeviceID("cpu:0/package")])
    }

    @Test("Dies are packages of their own, and every meter has its physical identity")
    func dies() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0-die-0", microjoules: 5)
        machine.addZone("intel-rapl:1", "package-0-die-1", microjoules: 5)
        let found = meters(machine).map(\.description)
        #expect(found.map(\.device.description) == ["cpu:0.0/package", "cpu:0.1/package"])
        #expect(found.additive == [0, 1])
        let boot = "6f3c1f0e-0000-4000-8000-000000000001"
        #expect(found[0].identity == "\(boot):rapl:cpu:0.0/package")
        #expect(found[0].provenance == .counter && found[0].boundary == .device)
    }

    @Test("A reading is the counter with its range, as it changes under the open file")
    func reading() throws {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 41, range: 65_532_610_987)
        let meter = try #require(meters(machine).first)
        let value = { (raw: UInt64) in
            EnergyReading.counter(raw, range: 65_532_610_987, joulesPerUnit: 1e-6)
        }
        #expect(try meter.read(at: Self.now) == value(41))
        machine.setCounter("intel-rapl:0", 65_532_610_987)
        #expect(try meter.read(at: Self.now) == value(65_532_610_987))
        // 65.5 kJ at no more than 1500 W.
        #expect(meter.wrapNS(of: value(0)) == 43_688_407_324)
    }

    @Test(
        "Hostile content is a failed reading, never a value and never a trap",
        arguments: [
            "", "\n", "garbage", "-5", "1e9", "0x10", "12 34", "99999999999999999999999",
            "262143328851", "\u{0}\u{0}\u{0}", String(repeating: "9", count: 100_000),
        ]
    )
    func hostile(content: String) throws {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 1)
        let meter = try #require(meters(machine).first)
        machine.write("/sys/class/powercap/intel-rapl:0/energy_uj", content)
        #expect(throws: MeterError.self) { try meter.read(at: Self.now) }
        machine.setCounter("intel-rapl:0", 7)
        #expect(throws: Never.self) { try meter.read(at: Self.now) }
        machine.write("/sys/class/powercap/intel-rapl:0/energy_uj", content)
        #expect(meters(machine).isEmpty)
        #expect(absent(machine).count == 1)
    }

    @Test("A file that vanishes is a failed reading until it is back")
    func vanishing() throws {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 1)
        let meter = try #require(meters(machine).first)
        machine.remove("/sys/class/powercap/intel-rapl:0/energy_uj")
        #expect(throws: MeterError.self) { try meter.read(at: Self.now) }
        machine.setCounter("intel-rapl:0", 9)
        let back = EnergyReading.counter(9, range: 262_143_328_850, joulesPerUnit: 1e-6)
        #expect(try meter.read(at: Self.now) == back)
    }

    @Test("Names nobody knows are reported and not summed; odd directories are ignored")
    func unknownZones() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-99999999999999999999")
        machine.addZone("intel-rapl:x", "package-0")
        machine.addZone("intel-rapl", "package-0")
        #expect(meters(machine).isEmpty)
        #expect(
            absent(machine).map(\.reason) == [
                "zone intel-rapl:0 has the unknown name \"package-99999999999999999999\""
            ]
        )
    }

    @Test("A range of nonsense means an unknown range", arguments: ["", "0", "none", "-1"])
    func rangeless(content: String) throws {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 3)
        machine.write("/sys/class/powercap/intel-rapl:0/max_energy_range_uj", content)
        let reading = try #require(meters(machine).first).read(at: Self.now)
        #expect(reading == .counter(3, range: nil, joulesPerUnit: 1e-6))
    }

    @Test("A counter for root only is absent, with the command that opens it")
    func permission() {
        let denied = MeterError.unreadable(path: "/x", code: EACCES)
        #expect(denied.description == "/x: permission denied")
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0")
        unsafe chmod(machine.root + "/sys/class/powercap/intel-rapl:0/energy_uj", 0)
        // Root reads everything; the law is about everybody else.
        guard geteuid() != 0 else { return }
        #expect(absent(machine).first?.remedy?.contains("udevadm") == true)
    }

    @Test("A virtual machine without counters says that nothing can be done")
    func virtualMachine() {
        let machine = EmulatedMachine()
        machine.write("/proc/cpuinfo", "processor : 0\nflags : fpu hypervisor sse\n")
        #expect(absent(machine).first?.reason.contains("virtual machine") == true)
        #expect(absent(machine).first?.remedy == nil)
    }

    @Test("A container that hides the tree, and a module that is not loaded, have their remedies")
    func remedies() {
        let machine = EmulatedMachine()
        #expect(absent(machine).first?.remedy == "sudo modprobe intel_rapl_msr")
        machine.write("/.dockerenv", "")
        #expect(absent(machine).first?.remedy?.contains("systempaths=unconfined") == true)
    }
}
