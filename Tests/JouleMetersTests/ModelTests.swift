import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Models for machines without counters")
struct ModelTests {
    private func sources(_ machine: borrowing EmulatedMachine) -> [String] {
        MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters
            .map(\.description.source)
    }

    /// Two sockets of a processor with 280 W TDP, two threads each, of which this process may use
    /// two.
    private func describeServer(_ machine: borrowing EmulatedMachine, flags: String = "fpu") {
        let lines = (0..<4).map { number in
            """
            processor\t: \(number)
            vendor_id\t: AuthenticAMD
            cpu family\t: 25
            model\t\t: 1
            model name\t: AMD EPYC 7763 64-Core Processor
            physical id\t: \(number / 2)
            core id\t\t: 0
            flags\t\t: \(flags)

            """
        }
        machine.write("/proc/cpuinfo", lines.joined(separator: "\n"))
        machine.write("/proc/self/status", "Name:\tx\nCpus_allowed_list:\t1,3\n")
        machine.write("/proc/meminfo", "MemTotal:       16000000 kB\n")
        setBusy(machine, ticks: 0)
    }

    private func setBusy(_ machine: borrowing EmulatedMachine, ticks: UInt64) {
        machine.write(
            "/proc/stat",
            """
            cpu  9 9 9 9 9 9 9 9 0 0
            cpu0 999999 0 0 0 0 0 0 0 0 0
            cpu1 \(ticks) 0 0 700 5 0 0 31 0 0
            cpu2 999999 0 0 0 0 0 0 0 0 0
            cpu3 0 0 \(ticks) 700 5 0 0 31 0 0
            intr 5 0 0

            """
        )
    }

    private func joules(_ meter: any EnergyMeter, atSecond second: Int64) throws -> Double {
        let now = Instant(nanoseconds: second * 1_000_000_000)
        guard case .cumulative(let energy) = try meter.read(at: now) else { return .nan }
        return energy.joules
    }

    @Test("A known processor idles at a tenth of its TDP and reaches it when busy")
    func designPower() throws {
        let machine = EmulatedMachine()
        describeServer(machine)
        let found = MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters
        let cpu = try #require(found.first)
        #expect(cpu.description.source == "model:cpu" && cpu.description.provenance == .model)
        #expect(cpu.uncertaintyRelative == 0.5)
        // Half of two packages of 280 W: 28 W idle, 280 W when both threads are busy.
        let idle = try joules(cpu, atSecond: 10) - joules(cpu, atSecond: 0)
        #expect(abs(idle - 280) < 1e-6)
        let before = try joules(cpu, atSecond: 10)
        setBusy(machine, ticks: 1000)
        #expect(abs(try joules(cpu, atSecond: 20) - before - 2800) < 1e-6)
    }

    @Test("A guest is modelled by its microarchitecture, an unknown processor by 4 W per thread")
    func guests() {
        let machine = EmulatedMachine()
        describeServer(machine, flags: "fpu hypervisor")
        let guest = CPUPowerModel(CPUFacts(roots: SystemRoots(under: machine.root)), threads: 2)
        #expect(abs(guest.fullWatts - 2 * 1.957) < 1e-9 && guest.uncertaintyRelative == 0.6)
        machine.write("/proc/cpuinfo", "processor: 0\nmodel name: Mystery 1\n")
        let mystery = CPUPowerModel(CPUFacts(roots: SystemRoots(under: machine.root)), threads: 2)
        #expect(mystery.fullWatts == 8 && mystery.uncertaintyRelative == 0.75)
    }

    @Test("A counter and a model never stand for the same device")
    func exclusive() {
        let machine = EmulatedMachine()
        describeServer(machine)
        #expect(sources(machine) == ["model:cpu", "model:ram"])
        machine.addZone("intel-rapl:0", "package-0")
        #expect(sources(machine) == ["rapl:powercap", "model:ram"])
        machine.addZone("intel-rapl:0:0", "dram")
        #expect(sources(machine) == ["rapl:powercap", "rapl:powercap"])
        machine.remove("/sys/class/powercap")
        machine.addZone("intel-rapl:1", "psys")
        #expect(sources(machine) == ["rapl:powercap"])
    }

    @Test("Memory is what the job may use, by either version of cgroups")
    func memory() throws {
        let machine = EmulatedMachine()
        describeServer(machine)
        let roots = SystemRoots(under: machine.root)
        let watts = {
            let meter = try #require(
                MemoryModelMeter(roots: roots, limits: ProcessLimits(roots: roots))
            )
            return try self.joules(meter, atSecond: 1)
        }
        #expect(abs(try watts() - 16.384 * 0.3725) < 1e-9)
        machine.write("/proc/self/cgroup", "4:memory:/job/step\n0::/\n")
        machine.write("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "8000000000\n")
        machine.write("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
        #expect(abs(try watts() - 8 * 0.3725) < 1e-9)
        machine.write("/proc/self/cgroup", "0::/job/step\n")
        machine.write("/sys/fs/cgroup/job/step/memory.max", "max\n")
        machine.write("/sys/fs/cgroup/job/memory.max", "2000000000\n")
        machine.write("/sys/fs/cgroup/job/cpu.max", "150000 100000\n")
        #expect(abs(try watts() - 2 * 0.3725) < 1e-9)
        #expect(ProcessLimits(roots: roots).quota == 1.5)
    }

    private func identities(_ machine: borrowing EmulatedMachine, group: String) -> [String] {
        machine.write("/proc/self/cgroup", "0::\(group)\n")
        return MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters
            .compactMap(\.description.identity)
    }

    @Test("What jobs may use is modelled apart, and as one for the processes of a job")
    func identities() throws {
        let machine = EmulatedMachine()
        describeServer(machine)
        let pinned = identities(machine, group: "/")
        #expect(pinned.first?.hasSuffix(":model:cpu:processors 1,3") == true)
        machine.write("/proc/self/status", "Cpus_allowed_list:\t0-3\n")
        let free = identities(machine, group: "/")
        #expect(free.first?.hasSuffix(":model:cpu") == true)
        #expect(free.last?.hasSuffix(":model:ram") == true && free.last == pinned.last)
        for job in ["a", "b"] {
            machine.write("/sys/fs/cgroup/\(job)/memory.max", "2000000000\n")
            machine.write("/sys/fs/cgroup/\(job)/cpu.max", "150000 100000\n")
        }
        let first = identities(machine, group: "/a/rank-0")
        #expect(first == identities(machine, group: "/a/rank-1"))
        let second = identities(machine, group: "/b")
        #expect(Set(free + first + second).count == 6)
    }

    @Test(
        "Names of processors as kernels print them are found",
        arguments: [
            ("AMD EPYC 7763 64-Core Processor", 280.0),
            ("Intel(R) Xeon(R) CPU E5-2670 v3 @ 2.30GHz", 120),
            ("Intel(R) Xeon(R) Platinum 8480+", 350),
            ("13th Gen Intel(R) Core(TM) i9-13900K", 125),
            ("AMD Ryzen 7 PRO 5850U with Radeon Graphics", 15),
        ]
    )
    func names(model: String, watts: Double) {
        #expect(ThermalDesignPower.watts(of: model) == watts)
    }

    @Test(
        "Names that no table has give no watts",
        arguments: [
            "", "AMD EPYC", "280", "amd", "AMD EPYC 7763|", String(repeating: "x", count: 10_000),
        ]
    )
    func unknownNames(model: String) {
        #expect(ThermalDesignPower.watts(of: model) == nil)
    }

    @Test("Every line of the table of processors has watts and names")
    func table() {
        let lines = ThermalDesignPower.table.description.split(separator: "\n")
        #expect(lines.count > 1000)
        for line in lines {
            let parts = line.split(separator: "|")
            let watts = Double(parts.first ?? "") ?? -1
            #expect(watts > 0 && watts <= 1000 && parts.count > 1, "\(line)")
            #expect(parts.dropFirst().allSatisfy { ProcessorName.canonical(String($0)) == $0 })
        }
    }

    @Test(
        "Busy time of nonsense is a failed reading",
        arguments: [
            "", "cpu", "cpu 1 2 3", "intr 5", "cpu1 a b c d e f g h", "cpu1 1 2 3",
            "cpu99999999999999999999 1 2 3 4 5 6 7 8",
        ]
    )
    func hostile(stat: String) throws {
        let machine = EmulatedMachine()
        describeServer(machine)
        let meter = try #require(
            MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters.first
        )
        machine.write("/proc/stat", stat)
        #expect(throws: MeterError.self) { try meter.read(at: Instant(nanoseconds: 0)) }
    }

    @Test(
        "Lists of processors are read as far as they make sense",
        arguments: [
            ("0-3,8", [0, 1, 2, 3, 8]), ("", []), ("5", [5]), ("3-1", []), ("0-99999999", []),
            ("-1", []), ("a,2", [2]), ("1-2-3", []), ("9223372036854775807", []),
        ]
    )
    func lists(text: String, members: [Int]) {
        #expect(ProcessLimits.list(text).sorted() == members)
    }
}
