import JouleMeters
import JouleQuantities
import JouleTestSupport
import Synchronization

@testable import JouleSampler

/// A meter whose readings a test chooses.
final class FakeMeter: EnergyMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double? = 0
    let refreshNS: Int64
    let stepJoules: Double
    let powerMax: Power?
    private let source: @Sendable (Int64) throws(MeterError) -> EnergyReading

    init(
        _ name: String = "fake",
        powerMax: Power? = Power(watts: 1500),
        refreshNS: Int64 = 0,
        stepJoules: Double = 0,
        source: @escaping @Sendable (Int64) throws(MeterError) -> EnergyReading
    ) {
        self.powerMax = powerMax
        self.refreshNS = refreshNS
        self.stepJoules = stepJoules
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
    private var next = 1

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
        log.settle([.closed(id, at: at ?? time.now) { box.put($0) }])
        return box
    }

    /// Looks as a lane does, until a moment, or until all edges are answered.
    ///
    /// That is a moment after an edge, as often as edges that wait ask for, and every second.
    mutating func look(until end: Int64) {
        var next = time.now + 1_500_000
        while next < end {
            time.advance(seconds: Double(next - time.now) * 1e-9)
            log.readAll()
            log.settle([])
            if log.pollNS == nil, end == .max { return }
            next = time.now + (log.pollNS ?? 1_000_000_000)
        }
        if end > time.now { time.advance(seconds: Double(end - time.now) * 1e-9) }
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
    private let state = Mutex<(values: [Int: MeasuredEnergy], count: Int)>(([:], 0))

    /// By meter, those that observed something; nil before anything was delivered.
    var values: [Int: MeasuredEnergy]? { state.withLock { $0.count > 0 ? $0.values : nil } }
    /// How many threads have delivered.
    var count: Int { state.withLock { $0.count } }
    /// The first meter's value.
    var first: MeasuredEnergy? { values?[0] }

    func put(_ parts: [WindowEnergy]) {
        state.withLock { state in
            for part in parts { state.values[part.meter] = part.measured }
            state.count += 1
        }
    }
}

/// A library that a test opens, or lets hang.
struct FakeDriver: MeterDriver {
    let library = MeterLibrary.driver("fake")
    let look: @Sendable () -> FoundMeters

    func open() -> FoundMeters { look() }
}

/// A switch between threads.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool {
        get { value.load(ordering: .acquiring) }
        set { value.store(newValue, ordering: .releasing) }
    }
}

/// SplitMix64, so that a failing case can be repeated from its seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
