import JouleFile
import JouleQuantities

/// The energy of one run, counted once, with the evidence for it.
struct RunEnergy: Sendable {
    /// One amount that adds to the run's energy.
    struct Part: Sendable {
        var joules: Double
        var uncertaintyRelative: Double?
        var source: EnergySource

        var provenance: Provenance { source.provenance }
        var boundary: Boundary { source.boundary }
        var device: DeviceID? { source.device }
    }

    var parts: [Part]
    /// Share of the run's time that was observed, 0…1.
    var coverage: Double
    /// PUE that a stated facility energy contains, or that a statement gives for its site.
    var statedPUE: PUE?
    /// What is wrong with what the run says about its energy.
    var remarks: [Remark] = []

    /// No energy, before any evidence was looked at.
    init() {
        parts = []
        coverage = 0
    }

    /// The parts that hold all the others: the facility's where it was metered.
    ///
    /// A facility meter encloses the IT meters beside it, so their energies never add.
    var outermost: [Part] {
        let facility = parts.filter { $0.boundary == .facility }
        return facility.isEmpty ? parts : facility
    }

    var joules: Double { outermost.reduce(0) { $0 + $1.joules } }

    /// Finds the best evidence that a run has.
    ///
    /// Its meters, else its total, else its epochs, else what somebody declared. Weaker evidence
    /// never adds to stronger evidence.
    init(of run: RunFacts, _ view: FrameView) {
        let metered = MeteredEnergy(of: run, view)
        parts = metered.parts
        coverage = metered.coverage
        remarks = metered.remarks
        if parts.isEmpty { useStated(run) }
        if parts.isEmpty { useDeclared(run) }
        if parts.isEmpty { coverage = 0 }
        if let pue = run.declared?.pue {
            statedPUE = PUE(pue)
            if statedPUE == nil { remark("bad_pue", run, "declares a PUE of \(pue)") }
        }
        check(run)
    }

    /// A total, or epochs, without any word on which meter saw them: that is a statement.
    private mutating func useStated(_ run: RunFacts) {
        guard let joules = run.energy?.joules ?? run.epochs.joules else { return }
        add(joules, boundary: .device, source: "energy_j", run)
    }

    mutating func useDeclared(_ run: RunFacts) {
        guard let declared = run.declared else { return }
        let source = declared.source ?? "declared"
        if let energy = declared.energy {
            // A statement that names a PUE and no boundary has that PUE inside (F1).
            let boundary = declared.boundary ?? (declared.pue == nil ? .it : .facility)
            add(energy.joules, boundary: boundary, source: source, run)
        } else if let power = declared.averagePower,
            let hours = declared.deviceHours ?? run.seconds.map({ $0 / 3600 })
        {
            let energy = EnergyIT(power: power, hours: hours)
            add(energy.joules, boundary: declared.boundary ?? .it, source: source, run)
        }
    }

    private mutating func add(
        _ joules: Double,
        boundary: Boundary,
        source: String,
        _ run: RunFacts
    ) {
        guard joules.isFinite, joules >= 0 else {
            remark("implausible_energy", run, "states \(joules) J; it is left out")
            return
        }
        coverage = 1
        parts = [
            Part(
                joules: joules,
                uncertaintyRelative: nil,
                source: EnergySource(.declared, boundary, error: SharedError(source), device: nil)
            )
        ]
    }

    mutating func remark(_ kind: String, _ run: RunFacts, _ message: String) {
        remark(Remark(kind, at: "run \(run.id)", message))
    }

    mutating func remark(_ remark: Remark?) {
        if let remark { remarks.append(remark) }
    }
}
