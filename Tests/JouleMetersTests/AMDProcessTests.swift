import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Processes on AMD's GPUs")
struct AMDProcessTests {
    private static let directory = "/sys/class/kfd/kfd"
    private let directory = Self.directory

    private func addNode(
        _ machine: borrowing EmulatedMachine,
        _ node: Int,
        gpu: Int,
        location: Int,
        domain: Int = 0
    ) {
        let path = "\(directory)/topology/nodes/\(node)"
        machine.write("\(path)/gpu_id", "\(gpu)\n")
        let properties = "simd_count 440\nlocation_id \(location)\ndomain \(domain)\n"
        machine.write("\(path)/properties", properties)
    }

    private func addProcess(
        _ machine: borrowing EmulatedMachine,
        _ process: Int,
        queueOn gpu: Int?,
        units: [Int: String]
    ) {
        let path = "\(directory)/proc/\(process)"
        machine.write("\(path)/pasid", "7\n")
        if let gpu { machine.write("\(path)/queues/3/gpuid", "\(gpu)\n") }
        for (gpu, text) in units { machine.write("\(path)/stats_\(gpu)/cu_occupancy", text) }
    }

    private func users(of address: String, _ machine: borrowing EmulatedMachine) -> [Int32: Double?]
    {
        let users = AMDProcesses(at: address, roots: SystemRoots(under: machine.root))?.now() ?? []
        return Dictionary(uniqueKeysWithValues: users.map { ($0.id, $0.use) })
    }

    @Test("Whoever has a queue on the GPU uses it, by the compute units that it holds there")
    func queues() {
        let machine = EmulatedMachine()
        addNode(machine, 0, gpu: 0, location: 0)
        addNode(machine, 1, gpu: 51140, location: 0x0300)
        addNode(machine, 2, gpu: 4711, location: 0x8300, domain: 1)
        addProcess(machine, 100, queueOn: 51140, units: [51140: "60\n", 4711: "9\n"])
        addProcess(machine, 200, queueOn: 4711, units: [51140: "0\n", 4711: "7\n"])
        addProcess(machine, 300, queueOn: nil, units: [51140: "5\n"])
        #expect(users(of: "0000:03:00.0", machine) == [100: 60])
        #expect(users(of: "0001:83:00.0", machine) == [200: 7])
        #expect(users(of: "0000:83:00.0", machine).isEmpty)
        #expect(users(of: "0000:00:00.0", machine).isEmpty)
    }

    @Test("Partitions of one GPU are one device")
    func partitions() {
        let machine = EmulatedMachine()
        addNode(machine, 1, gpu: 11, location: 0x0300)
        addNode(machine, 2, gpu: 12, location: 0x1000_0300)
        addNode(machine, 3, gpu: 13, location: 0x0301)
        addProcess(machine, 100, queueOn: 12, units: [11: "1\n", 12: "20\n", 13: "300\n"])
        #expect(users(of: "0000:03:00.0", machine) == [100: 321])
    }

    @Test(
        "What is not told, or is no number, is no use of nobody",
        arguments: [nil, "", "-1", "x"]
    )
    func untold(text: String?) {
        let machine = EmulatedMachine()
        addNode(machine, 1, gpu: 11, location: 0x0300)
        addProcess(machine, 100, queueOn: 11, units: text.map { [11: $0] } ?? [:])
        machine.write("\(directory)/proc/x/queues/0/gpuid", "11\n")
        machine.write("\(directory)/proc/101/queues/0/gpuid", "eleven\n")
        #expect(users(of: "0000:03:00.0", machine) == [100: nil])
    }

    @Test(
        "A place that is none has no users",
        arguments: ["", "hwmon3", "0000:03:00", "0000:103:00.0", "0000:03:20.0", "0000:03:zz.0"]
    )
    func noPlace(address: String) {
        let machine = EmulatedMachine()
        addNode(machine, 1, gpu: 11, location: 0x0300)
        #expect(AMDProcesses(at: address, roots: SystemRoots(under: machine.root)) == nil)
    }

    @Test("The power that the kernel shows of a GPU is shared like any other")
    func monitor() throws {
        let machine = EmulatedMachine()
        let monitor = "/sys/class/hwmon/hwmon2"
        machine.write("\(monitor)/name", "amdgpu\n")
        machine.write("\(monitor)/power1_average", "123000000\n")
        machine.write("\(monitor)/device/uevent", "PCI_SLOT_NAME=0000:03:00.0\n")
        addNode(machine, 1, gpu: 11, location: 0x0300)
        addProcess(machine, 100, queueOn: 11, units: [11: "4\n"])
        let roots = SystemRoots(under: machine.root)
        let found = ROCmDriver(names: [], roots: roots) { _ in nil }.open()
        let meter = try #require(found.meters.first as? any SharedDeviceMeter)
        #expect(meter.use == .now)
        let processes = try meter.processes(since: Instant(nanoseconds: 0))
        #expect(processes == [DeviceProcess(id: 100, use: 4)])
    }
}
