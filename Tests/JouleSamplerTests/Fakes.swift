import JouleMeters
import JouleQuantities
import JouleTestSupport
import Synchronization

@testable import JouleSampler

/// A meter whose readings a test chooses.
final class FakeMeter: EnergyMeter {
    let description: MeterDescription
    let library: MeterLibrary
    let uncertaintyRelative: Double? = 0
    let refreshNS: Int64 = 0
    let powerMax: Power?
    private let source: @Sendable (Int64) throws(MeterError) -> EnergyReading

    init(
        _ name: String = "fake",
        library: MeterLibrary = .kernelFiles,
        powerMax: Power? = Power(watts: 1500),
        source: @escaping @Sendable (Int64) throws(MeterError) -> EnergyReading
    ) {
        self.library = library
        self.powerMax = powerMax
        self.source = source
        description = MeterDescription(
            device: DeviceID(name),
            source: "fake",
            provenance: .counter,
            boundary: .device
        )
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        try source(now.nanoseconds)
    }

    static let failure = MeterError.unreadable(path: "/fake", code: 5)
}

/// A counter of microjoules with a known truth behind it.
final class FakeCounter: Sendable {
    let microjoules = Mutex<UInt64>(0)
    let isBroken = Atomic<Bool>(false)
    let range: UInt64

    init(at start: UInt64 = 0, range: UInt64 = 262_143_328_850) {
        self.range = range
        restart(at: start)
    }

    /// Uses energy, wrapping as the hardware does.
    func use(joules: Double) {
        microjoules.withLock {
            $0 = ($0 + UInt64((joules * 1e6).rounded())) % (range + 1)
        }
    }

    func restart(at value: UInt64) { microjoules.withLock { $0 = value } }

    var meter: FakeMeter {
        FakeMeter { [self] (_) throws(MeterError) -> EnergyReading in
            if isBroken.load(ordering: .relaxed) { throw FakeMeter.failure }
            let value = microjoules.withLock { $0 }
            return .counter(value, range: range, joulesPerUnit: 1e-6)
        }
    }
}

/// One lane over some meters on a clock of its own, driven step by step.
struct Bench: ~Copyable {
    let time = FakeTime()
    /// Moves only where a test makes the machine sleep.
    let slept = FakeTime(nanoseconds: 0)
    var log: LaneLog
    private var next: UInt64 = 1

    init(_ meters: [any EnergyMeter]) {
        let (time, slept) = (time, slept)
        log = LaneLog(
            meters: meters,
            indices: Array(meters.indices),
            clock: SamplerClock(
                monotonicNS: { time.now },
                bootNS: { time.now + slept.now }
            )
        )
        log.readAll()
    }

    init(_ counter: FakeCounter) { self.init([counter.meter]) }

    mutating func open(at: Int64? = nil) -> WindowID {
        let id = WindowID(number: next)
        next += 1
        log.settle([.opened(id, at: at ?? time.now)])
        return id
    }

    /// Closes a window; what it delivers may have to wait for another reading.
    mutating func close(_ id: WindowID, at: Int64? = nil) -> Delivery {
        let box = Delivery()
        let receipt = WindowReceipt(meters: log.indices.count, lanes: 1) { box.put($0) }
        log.settle([.closed(id, at: at ?? time.now, receipt)])
        return box
    }

    /// Lets `watts` flow for whole seconds, reading at the end of each.
    mutating func run(_ counter: FakeCounter, seconds: Int, watts: Double = 100) {
        for _ in 0..<seconds {
            time.advance(seconds: 1)
            counter.use(joules: watts)
            log.readAll()
        }
    }
}

/// Keeps what a window delivered.
final class Delivery: Sendable {
    private let state = Mutex<(values: [MeasuredEnergy?]?, count: Int)>((nil, 0))

    var values: [MeasuredEnergy?]? { state.withLock { $0.values } }
    var count: Int { state.withLock { $0.count } }
    /// The first meter's value.
    var first: MeasuredEnergy? { values?.first ?? nil }

    func put(_ values: [MeasuredEnergy?]) {
        state.withLock {
            $0.values = values
            $0.count += 1
        }
    }
}
