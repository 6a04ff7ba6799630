import JouleFile
import JouleQuantities

@testable import JouleLifecycle

/// A run with one counter that saw `joules` over `seconds`, or no energy at all.
func makeRun(
    _ id: String,
    stage: Stage? = .training,
    joules: Double? = 3.6e6,
    seconds: Double? = 3600,
    region: String? = nil,
    pue: String? = nil
) throws -> RunRecord {
    var run = RunRecord(id: try requireID(id), status: .finished)
    run.stage = stage
    run.durationSeconds = seconds
    if let joules {
        run.meters = [makeMeter("cpu:0/package")]
        run.deviceEnergy = [makeReading(0, joules)]
        run.energy = Energy(joules: joules)
    }
    var env = JSONObject()
    env["JOULEBOOK_REGION"] = region.map(JSON.string)
    env["JOULEBOOK_PUE"] = pue.map(JSON.string)
    run.env = env.isEmpty ? nil : env
    return run
}

func makeMeter(
    _ device: String,
    provenance: Provenance = .counter,
    boundary: Boundary = .device,
    enclosedBy: String? = nil,
    identity: String? = nil
) -> MeterDescription {
    MeterDescription(
        device: DeviceID(device),
        source: provenance == .model ? "model:cpu" : "rapl:powercap",
        provenance: provenance,
        boundary: boundary,
        enclosedBy: enclosedBy.map { DeviceID($0) },
        identity: identity
    )
}

func makeReading(
    _ meter: Int,
    _ joules: Double,
    coverage: Double = 1,
    uncertainty: Double? = 0.05
) -> DeviceEnergy {
    DeviceEnergy(
        meter: meter,
        measured: MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: coverage,
            uncertaintyRelative: uncertainty
        )
    )
}

func requireID(_ text: String) throws -> RunID {
    guard let id = RunID(text) else { throw FixtureError.badID(text) }
    return id
}

enum FixtureError: Error {
    case badID(String)
}

/// SplitMix64, so that a failure can be repeated from its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Runs of many shapes: metered, modelled, declared, facility-side, unmeasured, here and there.
func makeRandomRuns(seed: UInt64, count: Int) throws -> [RunRecord] {
    var random = SeededGenerator(seed: seed)
    let regions = ["FR", "aws:eu-west-1", "gcp:us-central1", "nowhere", nil]
    return try (0..<count).map { number in
        var run = try makeRun(
            "run-\(number)",
            stage: Stage.allCases.randomElement(using: &random),
            joules: Bool.random(using: &random) ? Double.random(in: 0...1e9, using: &random) : nil,
            seconds: Bool.random(using: &random) ? Double.random(in: 1...1e5, using: &random) : nil,
            region: regions.randomElement(using: &random) ?? nil,
            pue: ["1.1", "1.5", "0.3", nil].randomElement(using: &random) ?? nil
        )
        if Bool.random(using: &random) {
            run.status = RunStatus.allCases.randomElement(using: &random) ?? .failed
        }
        if !run.meters.isEmpty, Bool.random(using: &random) { run.meters[0].provenance = .model }
        if Bool.random(using: &random) {
            var declared = DeclaredEnergy()
            declared.energy = Energy(kilowattHours: Double.random(in: 0...100, using: &random))
            declared.boundary = [Boundary.it, .facility, nil].randomElement(using: &random) ?? nil
            run.declared = declared
        }
        if number > 0 {
            let parent = Int.random(in: 0..<number, using: &random)
            run.parents = [Parent(id: try requireID("run-\(parent)"), relation: "initialises")]
        }
        return run
    }
}

func closeTo(_ value: Double?, _ expected: Double, relative: Double = 1e-12) -> Bool {
    guard let value else { return false }
    return abs(value - expected) <= abs(expected) * relative
}

extension LifecycleSummary {
    /// Of runs of which no ledger tells the course of their energy.
    init(
        runs: [RunRecord],
        options: LifecycleOptions = LifecycleOptions(),
        factors: FactorSet = .shipped,
        duplicates: [RunID: Energy?]? = nil
    ) throws(LifecycleError) {
        try self.init(
            LifecycleRuns(ReconciledRuns(runs)),
            options: options,
            factors: factors,
            duplicates: duplicates
        )
    }
}
