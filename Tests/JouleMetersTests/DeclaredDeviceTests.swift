import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleMeters

@Suite("Devices that somebody declares")
struct DeclaredDeviceTests {
    private func found(
        _ entries: String?,
        on machine: borrowing EmulatedMachine = EmulatedMachine()
    ) -> FoundMeters {
        DeclaredDevices(roots: SystemRoots(under: machine.root)) { name in
            name == "JOULEBOOK_DEVICES" ? entries : nil
        }.found
    }

    /// Joules of one hour.
    private func energy(_ meter: any EnergyMeter) throws -> Double {
        let hour = Instant(nanoseconds: 3_600_000_000_000)
        guard case .cumulative(let end) = try meter.read(at: hour),
            case .cumulative(let start) = try meter.read(at: Instant(nanoseconds: 0))
        else { return .nan }
        return end.joules - start.joules
    }

    @Test("Energy is device-hours × the power of the table at the stated use")
    func table() throws {
        let all = found("tpu-v4:4@0.6 GAUDI2:8@1 tpu-v3 edge-tpu@0").meters
        let watts: [Double] = [4 * (90 + 0.6 * 102), 4800, 220, 0.2]
        #expect(all.count == watts.count)
        for (meter, watts) in zip(all, watts) {
            #expect(abs(try energy(meter) - watts * 3600) < 1e-6 * watts * 3600)
            #expect(meter.description.provenance == .model)
            #expect(meter.description.source == "model:accelerator")
            #expect(meter.description.extra["basis"]?.string?.isEmpty == false)
        }
        #expect(all.map(\.description.device.description)[1] == "accelerator:gaudi2")
        #expect(all[0].description.extra["utilisation"] == .double(0.6))
        #expect(all[0].uncertaintyRelative == 0.3 && all[1].uncertaintyRelative == 0.5)
    }

    @Test(
        "Unless its use is stated, the interval holds a device at rest and at full load",
        arguments: AcceleratorPower.table
    )
    func interval(row: AcceleratorPower) throws {
        let meter = try #require(found("\(row.name):2").meters.first)
        let watts = try energy(meter) / 3600 / 2
        let half = try #require(meter.uncertaintyRelative) * watts
        #expect(row.low > 0 && row.low < row.high)
        #expect(watts - half <= row.low + 1e-9 && watts + half >= row.high - 1e-9)
        #expect(row.mean.map { $0 >= row.low && $0 <= row.high } ?? true)
        #expect(!row.source.isEmpty && row.name == row.name.lowercased())
    }

    @Test("A stated power is taken as stated, and said to be")
    func stated() throws {
        let all = found("cs-2=15000-23000W:2 board=7.5").meters
        #expect(all.count == 2)
        #expect(try energy(all[0]) == 2 * 19_000 * 3600)
        #expect(all[0].uncertaintyRelative == 4000.0 / 19_000)
        #expect(try energy(all[1]) == 7.5 * 3600)
        #expect(all[1].uncertaintyRelative == nil)
        #expect(all.allSatisfy { $0.description.provenance == .declared })
    }

    @Test(
        "An entry that is none is said, and the others are measured",
        arguments: [
            "tpu-v9", "tpu-v4:0", "tpu-v4:-1", "tpu-v4:x", "tpu-v4:99999999", "tpu-v4@1.1",
            "tpu-v4@-0.1",
            "tpu-v4@nan", "tpu-v4@", "tpu-v4:", "=5W", ":4", "a=", "a=W", "a=-5", "a=5-4", "a=0",
            "a=1e300", "a=inf", "a=1-2-3", "a=5W@0.5", "a/b=5", "tpu-v4@0x", "gaudi2",
        ]
    )
    func mistakes(entry: String) {
        let all = found("\(entry) gaudi2")
        #expect(all.meters.map(\.description.device.description) == ["accelerator:gaudi2"])
        #expect(all.absent.count == 1)
        #expect(all.absent.allSatisfy { $0.reason.hasPrefix("JOULEBOOK_DEVICES: ") })
    }

    @Test("A name that is not in the table is answered with the names that are")
    func unknown() {
        let reason = found("tpu-v9").absent.first?.reason ?? ""
        #expect(AcceleratorPower.table.allSatisfy { reason.contains($0.name) })
        #expect(reason.contains("tpu-v9=100-300W"))
    }

    @Test("Accelerators that are here and not declared are listed with the way to declare them")
    func present() {
        let machine = EmulatedMachine()
        for number in 0..<4 {
            machine.write("/sys/class/accel/accel\(number)/device/vendor", "0x1ae0\n")
        }
        machine.write("/sys/class/accel/accel9/device/vendor", "0x8086\n")
        for name in ["neuron0", "neuron1", "neuron_core", "apex_0", "neuron"] {
            machine.write("/dev/\(name)", "")
        }
        let absent = found(nil, on: machine).absent
        #expect(
            absent.map { String($0.reason.prefix(21)) }.sorted() == [
                "1 × Coral Edge TPU: p", "2 × AWS Neuron device", "4 × Google TPU: prese",
            ]
        )
        #expect(absent.allSatisfy { $0.remedy?.contains("JOULEBOOK_DEVICES=") == true })
        #expect(found("tpu-v4:4", on: machine).absent.isEmpty)
        let roots = SystemRoots(under: machine.root)
        let devices = HardwareInventory.collect(roots: roots).devices.filter {
            $0.kind == "accelerator"
        }
        #expect(devices.map(\.count) == [4, 1, 2])
        #expect(found(nil).absent.isEmpty)
    }
}
