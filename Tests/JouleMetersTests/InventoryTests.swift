import JouleMeters
import JouleQuantities
import JouleTestSupport
import Testing

@Suite("Inventory")
struct InventoryTests {
    @Test("Hardware facts are collected, and unknown ones are left out")
    func hardware() {
        let machine = EmulatedMachine()
        let roots = SystemRoots(under: machine.root)
        #expect(HardwareInventory.collect(roots: roots).host == nil)
        machine.write("/proc/sys/kernel/hostname", "node7\n")
        machine.write("/proc/cpuinfo", "processor : 0\nphysical id : 0\nmodel name : A\n")
        machine.write("/proc/meminfo", "MemTotal: 1000 kB\n")
        machine.write("/sys/devices/system/node/node0/cpulist", "0\n")
        machine.write("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n")
        for gpu in 0...1 {
            machine.write(
                "/proc/driver/nvidia/gpus/0000:0\(gpu):00.0/information",
                "Model: \t\t NVIDIA H200\nIRQ: 5\n"
            )
        }
        machine.write("/sys/class/dmi/id/product_name", "p5.48xlarge\n")
        let facts = HardwareInventory.collect(roots: roots) { name in
            name == "SLURM_JOB_ID" ? "7" : nil
        }
        #expect(facts.host == "node7")
        #expect(facts.devices.map(\.name) == ["A", "NVIDIA H200"])
        #expect(facts.devices.map(\.count) == [1, 2])
        let extra = JSON.object(facts.extra)
        #expect(extra["memory"]?["total_bytes"]?.integer == 1_024_000)
        #expect(extra["memory"]?["numa_nodes"]?.integer == 1)
        #expect(extra["vendor"]?.string == "Amazon EC2")
        #expect(extra["instance"]?.string == "p5.48xlarge")
        #expect(extra["scheduler"]?.string == "slurm")
        #expect(extra["boot_id"]?.string?.isEmpty == false)
        #expect(extra["cpu"]?["governor"] == nil)
        let driver = NVMLDriver(names: ["libnothing.so"], roots: roots) { _ in nil }
        let absent = driver.open().absent
        #expect(absent.count == 1 && absent[0].reason.contains("NVIDIA H200"))
        #expect(absent[0].remedy != nil)
        machine.write("/.dockerenv", "")
        #expect(driver.open().absent[0].remedy?.contains("--gpus all") == true)
    }

    @Test("An empty machine has no meters, says why, and traps nowhere")
    func empty() {
        let inventory = MeterInventory.discover(roots: SystemRoots(under: "/nonexistent"))
        #expect(inventory.meters.isEmpty)
        let sources = Set(inventory.absent.map(\.source))
        #expect(sources.isSuperset(of: ["rapl:powercap", "rapl:perf"]))
        #expect(inventory.absent.allSatisfy { !$0.reason.isEmpty })
        let libraries = ["nvml", "rocm-smi", "ipmi"].map(MeterLibrary.driver)
        #expect(inventory.drivers.map(\.library) == libraries)
        let roots = SystemRoots(under: "/nonexistent")
        let drivers: [any MeterDriver] = [
            NVMLDriver(names: [], roots: roots) { _ in nil },
            ROCmDriver(names: [], roots: roots) { _ in nil },
            IPMIDriver(roots: roots),
        ]
        for found in drivers.map({ $0.open() }) {
            #expect(found.meters.isEmpty && found.absent.count == 1)
        }
    }

    @Test("The running machine has something that counts towards its total")
    func running() {
        let inventory = MeterInventory.discover()
        #expect(!inventory.meters.map(\.description).additive.isEmpty)
    }
}
