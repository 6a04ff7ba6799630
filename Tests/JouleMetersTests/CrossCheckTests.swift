import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleMeters

@Suite("Two readers of one counter")
struct CrossCheckTests {
    /// A counter that a test moves.
    private final class Counter: EnergyMeter {
        let description: MeterDescription
        let uncertaintyRelative: Double? = 0.05
        let refreshNS: Int64 = 1_000_000
        let powerMax: Power? = Power(watts: 1500)
        let range: UInt64?
        let joules = Mutex(0.0)
        let reads = Atomic<Int>(0)
        let isBroken = Atomic<Bool>(false)

        init(_ source: String, range: UInt64? = nil) {
            self.range = range
            description = MeterDescription(
                device: DeviceID("cpu:0/package"),
                source: source,
                provenance: .counter,
                boundary: .device
            )
        }

        func read(at now: Instant) throws(MeterError) -> EnergyReading {
            reads.wrappingAdd(1, ordering: .relaxed)
            guard !isBroken.load(ordering: .relaxed) else {
                throw .refused(call: "read", reason: "broken")
            }
            let units = UInt64(joules.withLock { $0 } * 1e6)
            return .counter(
                range.map { units % ($0 + 1) } ?? units,
                range: range,
                joulesPerUnit: 1e-6
            )
        }
    }

    /// Reads ten times a second for a minute, while the counters count so many watts.
    private func minute(
        _ checked: CrossCheckedMeter,
        _ counters: [(Counter, watts: (Double) -> Double)]
    ) throws {
        for beat in 0..<600 {
            let seconds = Double(beat) * 0.1
            for (counter, watts) in counters {
                counter.joules.withLock { $0 += watts(seconds) * 0.1 }
            }
            _ = try checked.read(at: Instant(nanoseconds: Int64(seconds * 1e9)))
        }
    }

    @Test("Readers that agree raise no doubt, across wraps, and the witness is read seldom")
    func agreement() throws {
        let perf = Counter("rapl:perf")
        // As of some AMD processors, and about to wrap.
        let powercap = Counter("rapl:powercap", range: 65_532_610_987)
        powercap.joules.withLock { $0 = 65_000 }
        let checked = CrossCheckedMeter(perf, witness: powercap)
        let watts = { (seconds: Double) in
            seconds.truncatingRemainder(dividingBy: 5) < 2 ? 20.0 : 400
        }
        try minute(checked, [(perf, watts), (powercap, { 1.005 * watts($0) })])
        #expect(checked.doubt == nil)
        #expect(powercap.reads.load(ordering: .relaxed) <= 2 * 5)
        #expect(checked.description.extra["checked_by"] == .string("rapl:powercap"))
    }

    @Test(
        "Readers that disagree raise a doubt with both figures, whichever of them is higher",
        arguments: [4.0, 0.25, 1.2]
    )
    func disagreement(factor: Double) throws {
        let perf = Counter("rapl:perf")
        let powercap = Counter("rapl:powercap", range: 262_143_328_850)
        let checked = CrossCheckedMeter(perf, witness: powercap)
        try minute(checked, [(perf, { _ in 100 }), (powercap, { _ in 100 * factor })])
        let doubt = try #require(checked.doubt)
        #expect(doubt.at.nanoseconds == 2_000_000_000)
        #expect(doubt.what.contains("rapl:perf counted 200.0 J"))
        #expect(doubt.what.contains("rapl:powercap \(200 * factor) J"))
    }

    @Test("A witness that may wrap twice between two looks says nothing")
    func narrow() throws {
        let perf = Counter("rapl:perf")
        let powercap = Counter("rapl:powercap", range: 2_000_000_000)
        let checked = CrossCheckedMeter(perf, witness: powercap)
        try minute(checked, [(perf, { _ in 250 }), (powercap, { _ in 250 })])
        #expect(checked.doubt == nil)
    }

    @Test("A disagreement that comes later is found within 20 seconds")
    func late() throws {
        let perf = Counter("rapl:perf")
        let powercap = Counter("rapl:powercap", range: nil)
        let checked = CrossCheckedMeter(perf, witness: powercap)
        try minute(checked, [(perf, { _ in 100 }), (powercap, { $0 < 30 ? 100 : 0 })])
        #expect(try #require(checked.doubt).at.nanoseconds <= 50_000_000_000)
    }

    @Test("A witness that cannot be read, or restarts, is no doubt and stops nothing")
    func witnesses() throws {
        let perf = Counter("rapl:perf")
        let powercap = Counter("rapl:powercap", range: 262_143_328_850)
        let checked = CrossCheckedMeter(perf, witness: powercap)
        try minute(
            checked,
            [(perf, { _ in 100 }), (powercap, { abs($0 - 30) < 0.01 ? -30_000 : 100 })]
        )
        #expect(checked.doubt == nil)
        powercap.isBroken.store(true, ordering: .relaxed)
        try minute(checked, [(perf, { _ in 100 })])
        #expect(checked.doubt == nil)
        perf.isBroken.store(true, ordering: .relaxed)
        #expect(throws: MeterError.self) {
            try checked.read(at: Instant(nanoseconds: 100_000_000_000))
        }
    }

    @Test("Powercap's counters of what perf measures are witnesses, and no meters")
    func discovery() {
        let machine = EmulatedMachine()
        machine.addZone("intel-rapl:0", "package-0", microjoules: 5)
        machine.addZone("intel-rapl:0:0", "dram", microjoules: 5)
        let roots = SystemRoots(under: machine.root)
        let package = DeviceID("cpu:0/package")
        let found = RAPLDiscovery(roots: roots, cpu: CPUFacts(roots: roots), covered: [package])
        #expect(found.meters.map(\.description.device.description) == ["cpu:0/dram"])
        #expect(Array(found.witnesses.keys) == [package])
        machine.remove("/sys/class/powercap/intel-rapl:0/energy_uj")
        let closed = RAPLDiscovery(roots: roots, cpu: CPUFacts(roots: roots), covered: [package])
        #expect(closed.witnesses.isEmpty && closed.absent.isEmpty)
    }
}
