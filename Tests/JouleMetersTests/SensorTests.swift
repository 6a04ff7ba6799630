import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Sensors of the kernel")
struct SensorTests {
    private func inventory(_ machine: borrowing EmulatedMachine) -> MeterInventory {
        MeterInventory.discover(roots: SystemRoots(under: machine.root)) { _ in nil }
    }

    private func names(_ inventory: MeterInventory) -> [String] {
        inventory.meters.map(\.description.device.description)
    }

    private func value(of device: String, in inventory: MeterInventory) throws -> EnergyReading {
        let meter = inventory.meters.first { $0.description.device.description == device }
        return try #require(meter).read(at: Instant(nanoseconds: 0))
    }

    private func addMonitor(
        _ machine: borrowing EmulatedMachine,
        _ number: Int,
        _ name: String,
        _ files: [String: String]
    ) {
        let path = "/sys/class/hwmon/hwmon\(number)"
        machine.write("\(path)/name", "\(name)\n")
        for (file, content) in files { machine.write("\(path)/\(file)", "\(content)\n") }
    }

    private func machine() -> EmulatedMachine {
        let machine = EmulatedMachine()
        machine.write("/proc/stat", "cpu  1 0 0 1 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\n")
        machine.write("/proc/meminfo", "MemTotal: 1000000 kB\n")
        return machine
    }

    @Test(
        "A card of Intel is read by its counter, whichever driver shows it",
        arguments: ["i915", "xe"]
    )
    func intel(driver: String) throws {
        let machine = machine()
        addMonitor(
            machine,
            3,
            driver,
            [
                "energy1_input": "123456789",
                "device/uevent": "DRIVER=\(driver)\nPCI_SLOT_NAME=0000:03:00.0",
            ]
        )
        addMonitor(machine, 4, "i915_gt0", ["energy1_input": "1"])
        let found = inventory(machine)
        #expect(names(found) == ["gpu:0000:03:00.0", "cpu", "ram"])
        let reading = try value(of: "gpu:0000:03:00.0", in: found)
        #expect(reading == .counter(123_456_789, range: nil, joulesPerUnit: 1e-6))
        let description = try #require(found.meters.first?.description)
        #expect(description.provenance == .counter && description.source == "hwmon:intel")
        #expect(description.identity?.hasSuffix(":0000:03:00.0") == true)
    }

    @Test("A card of AMD is read by the kernel where none of its libraries is installed")
    func amd() throws {
        let machine = machine()
        addMonitor(
            machine,
            2,
            "amdgpu",
            ["power1_average": "123000000", "device/uevent": "PCI_SLOT_NAME=0000:03:00.0"]
        )
        addMonitor(machine, 3, "amdgpu", ["power1_input": "7000000"])
        addMonitor(machine, 4, "amdgpu", ["temp1_input": "7000"])
        let roots = SystemRoots(under: machine.root)
        let found = ROCmDriver(names: [], roots: roots) { _ in nil }.open()
        let names = found.meters.map(\.description.device.description)
        #expect(names == ["gpu:0000:03:00.0", "gpu:hwmon3"])
        let reading = try #require(found.meters.first).read(at: Instant(nanoseconds: 0))
        #expect(reading == .power(Power(watts: 123)))
        #expect(AMDMonitor.all(roots).first?.limitWatts(roots) == nil)
        machine.write("/sys/class/hwmon/hwmon2/power1_cap", "300000000\n")
        #expect(AMDMonitor.all(roots).first?.limitWatts(roots) == 300)
    }

    @Test("xe's package stands in where the card has no counter, and no counter is said")
    func intelPackage() throws {
        let machine = machine()
        addMonitor(machine, 0, "xe", ["energy2_input": "7", "energy2_label": "pkg"])
        addMonitor(machine, 1, "xe", ["power1_max": "7"])
        let found = inventory(machine)
        #expect(found.meters.first?.description.extra["scope"]?.string == "pkg")
        #expect(
            found.absent.contains { $0.source == "hwmon:intel" && $0.reason.contains("hwmon1") }
        )
    }

    @Test("Grace counts each joule once, and the module with its GPU is left to the GPU's meter")
    func grace() throws {
        let machine = machine()
        let meters = ["Module", "Grace", "CPU", "SysIO"]
        for (number, name) in meters.enumerated() {
            addMonitor(
                machine,
                number,
                "power_meter",
                [
                    "device/power1_average": "\(100_000_000 * (4 - number))",
                    "device/power1_oem_info": "\(name) Power Socket 1",
                    "device/power1_average_interval": "50",
                ]
            )
        }
        let found = inventory(machine)
        #expect(names(found) == ["cpu:1/core", "cpu:1/package", "cpu:1/sysio"])
        let descriptions = found.meters.map(\.description)
        #expect(
            descriptions.additive.map { descriptions[$0].device.description } == ["cpu:1/package"]
        )
        #expect(try value(of: "cpu:1/package", in: found) == .power(Power(watts: 300)))
        #expect(found.meters.first?.refreshNS == 50_000_000)
        #expect(found.absent.contains { $0.reason.contains("module:1") })
        // Where NVML measures only the module, Grace is part of that.
        let module = MeterDescription(
            device: DeviceID("module:1"),
            source: "nvml:module_power",
            provenance: .integratedPower,
            boundary: .device
        )
        let all = descriptions.filter { $0.provenance != .model } + [module]
        #expect(all.additive.map { all[$0].device.description } == ["module:1"])
    }

    @Test("All bits set is no power, and the time around it a gap")
    func sentinel() throws {
        let machine = machine()
        let file = "/sys/class/hwmon/hwmon0/device/power1_average"
        addMonitor(machine, 0, "power_meter", ["device/power1_average": "40000000"])
        let found = inventory(machine)
        #expect(try value(of: "server", in: found) == .power(Power(watts: 40)))
        machine.write(file, "4294967295000\n")
        #expect(throws: MeterError.self) { try value(of: "server", in: found) }
        machine.write(file, "-5\n")
        #expect(throws: MeterError.self) { try value(of: "server", in: found) }
    }

    @Test("A server's own meter is of the whole server, and wider than the models of its parts")
    func server() throws {
        let machine = machine()
        addMonitor(machine, 0, "power_meter", ["power1_average": "250000000"])
        let descriptions = inventory(machine).meters.map(\.description)
        #expect(descriptions.map(\.device.description) == ["server", "cpu", "ram"])
        #expect(descriptions.first?.boundary == .it)
        #expect(descriptions.additive == [0])
    }

    @Test("A Jetson's input holds its rails, and no model is added to a measured board")
    func jetson() throws {
        let machine = machine()
        addMonitor(
            machine,
            2,
            "ina3221",
            [
                "in1_label": "VDD_IN", "in1_input": "5000", "curr1_input": "2000",
                "in2_label": "VDD_CPU_GPU_CV", "in2_input": "5000", "curr2_input": "800",
                "in3_label": "NC", "in3_input": "0", "curr3_input": "0",
            ]
        )
        let found = inventory(machine)
        #expect(names(found) == ["board/VDD_IN", "board/VDD_CPU_GPU_CV"])
        #expect(try value(of: "board/VDD_IN", in: found) == .power(Power(watts: 10)))
        #expect(try value(of: "board/VDD_CPU_GPU_CV", in: found) == .power(Power(watts: 4)))
        let descriptions = found.meters.map(\.description)
        #expect(descriptions.additive == [0])
    }

    @Test("Without an input the rails add up, and one that another one feeds does not")
    func jetsonRails() {
        let machine = machine()
        let rails = ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"]
        for (index, name) in (rails + ["VDDQ_VDD2_1V8AO"]).enumerated() {
            let place = "/sys/class/hwmon/hwmon\(index / 3)"
            let channel = index % 3 + 1
            machine.write("\(place)/name", "ina3221\n")
            machine.write("\(place)/in\(channel)_label", "\(name)\n")
            machine.write("\(place)/in\(channel)_input", "5000\n")
            machine.write("\(place)/curr\(channel)_input", "1000\n")
        }
        let descriptions = inventory(machine).meters.map(\.description)
        let counted = descriptions.additive.map { descriptions[$0].device.description }
        #expect(counted == rails.map { "board/\($0)" })
    }

    @Test("Older kernels of Jetsons show milliwatts")
    func olderJetson() throws {
        let machine = machine()
        let path = "/sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0"
        machine.write("\(path)/rail_name_0", "POM_5V_IN\n")
        machine.write("\(path)/in_power0_input", "2500\n")
        machine.write("\(path)/rail_name_1", "POM_5V_GPU\n")
        machine.write("\(path)/in_power1_input", "500\n")
        let found = inventory(machine)
        #expect(try value(of: "board/POM_5V_IN", in: found) == .power(Power(watts: 2.5)))
        let descriptions = found.meters.map(\.description)
        #expect(descriptions.additive == [0])
    }
}
