import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Energy of a run")
struct RunEnergyTests {
    private func impact(_ run: RunRecord, pue: Double = 1.5) -> RunImpact {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = pue
        return RunImpact(of: run, options: options, factors: .shipped)
    }

    @Test("Energy declared for a facility, or with its PUE inside, is never multiplied again")
    func pueOnce() throws {
        var run = try makeRun("a", joules: nil)
        var declared = DeclaredEnergy()
        declared.energy = Energy(kilowattHours: 120)
        declared.boundary = .facility
        run.declared = declared
        #expect(impact(run).facility?.point?.kilowattHours == 120)
        #expect(closeTo(impact(run).it?.point?.kilowattHours, 80))
        declared.boundary = nil
        declared.pue = 1.2
        run.declared = declared
        #expect(impact(run).facility?.point?.kilowattHours == 120)
        #expect(closeTo(impact(run).it?.point?.kilowattHours, 100))
    }

    @Test("A facility meter is facility energy, and the IT meter beside it is not added to it")
    func facilityMeter() throws {
        var run = try makeRun("a", joules: nil)
        run.meters = [
            makeMeter("building", provenance: .external, boundary: .facility),
            makeMeter("pdu", provenance: .external, boundary: .it),
            makeMeter("cpu:0/package"),
        ]
        run.deviceEnergy = [makeReading(0, 9e6), makeReading(1, 7.2e6), makeReading(2, 3.6e6)]
        run.energy = Energy(joules: 9e6)
        #expect(impact(run).facility?.point?.kilowattHours == 2.5)
        #expect(impact(run).it?.point?.kilowattHours == 2)
        #expect(impact(run).energy.remarks.isEmpty)
        #expect(Impact(of: [impact(run)]).evidence.measured == 9e6)
    }

    @Test("A PUE recorded by the run is used where no option states one, and IT energy stays IT")
    func recordedPUE() throws {
        let run = try makeRun("a", region: "FR", pue: "1.25")
        let impact = RunImpact(of: run, options: LifecycleOptions(), factors: .shipped)
        #expect(impact.it?.point?.kilowattHours == 1)
        #expect(impact.facility?.point?.kilowattHours == 1.25)
    }

    @Test("A package inside psys is not added to it; without a psys reading it counts")
    func enclosed() throws {
        var run = try makeRun("a", joules: nil)
        run.meters = [
            makeMeter("psys"), makeMeter("cpu:0/package", enclosedBy: "psys"),
            makeMeter("cpu:0/dram", enclosedBy: "cpu:0/package"),
        ]
        run.deviceEnergy = [makeReading(0, 10), makeReading(1, 6), makeReading(2, 2)]
        #expect(RunEnergy(of: run).joules == 10)
        run.deviceEnergy = [makeReading(0, 0, coverage: 0), makeReading(1, 6), makeReading(2, 2)]
        #expect(RunEnergy(of: run).joules == 6)
        run.deviceEnergy = [makeReading(1, 6)]
        #expect(RunEnergy(of: run).joules == 6)
    }

    @Test("Meters that claim to enclose each other are no evidence; the run's total then stands")
    func ring() throws {
        var run = try makeRun("a", joules: nil)
        run.meters = [makeMeter("a", enclosedBy: "b"), makeMeter("b", enclosedBy: "a")]
        run.deviceEnergy = [makeReading(0, 1), makeReading(1, 2)]
        run.energy = Energy(joules: 2)
        #expect(RunEnergy(of: run).joules == 2)
        #expect(RunEnergy(of: run).parts.map(\.provenance) == [.declared])
    }

    @Test("A record says of its energy what a summary says: what no meter saw was declared")
    func sayingTheSame() throws {
        var total = try makeRun("a", joules: nil)
        total.energy = Energy(joules: 5)
        var epochs = try makeRun("b", joules: nil)
        epochs.epochs = [EpochRecord(number: 1)]
        epochs.epochs[0].energy = Energy(joules: 5)
        epochs.epochs[0].durationSeconds = 1
        var stated = try makeRun("c", joules: nil)
        stated.declared = DeclaredEnergy()
        stated.declared?.energy = Energy(joules: 5)
        var unfinished = epochs
        unfinished.meters = [makeMeter("cpu:0/package")]
        unfinished.epochs[0].deviceEnergy = [makeReading(0, 5)]
        let metered = try [Provenance.counter, .external, .model].map { provenance in
            var run = try makeRun("d", joules: nil)
            run.meters = [makeMeter("gpu:0"), makeMeter("cpu:0/package", provenance: provenance)]
            run.deviceEnergy = [makeReading(0, 2), makeReading(1, 3)]
            run.energy = Energy(joules: 5)
            return run
        }
        let runs = [total, epochs, stated, unfinished, try makeRun("e", joules: nil)] + metered
        #expect(
            runs.map(\.energyProvenance)
                == [.declared, .declared, .declared, .counter, nil, .counter, .external, .model]
        )
        for run in runs {
            #expect(RunEnergy(of: run).parts.map(\.provenance).max() == run.energyProvenance)
        }
        #expect(epochs.energyProvenance(of: epochs.epochs[0]) == .declared)
        #expect(unfinished.energyProvenance(of: unfinished.epochs[0]) == .counter)
    }

    @Test("Meters of one physical identity count once, those of other machines add")
    func identities() throws {
        var run = try makeRun("a", joules: nil)
        run.meters = [
            makeMeter("cpu:0/package", identity: "boot-1/pkg0"),
            makeMeter("cpu:0/package@rank1", identity: "boot-1/pkg0"),
            makeMeter("cpu:0/package@rank2", identity: "boot-2/pkg0"),
        ]
        run.deviceEnergy = [makeReading(0, 100), makeReading(1, 100), makeReading(2, 50)]
        #expect(RunEnergy(of: run).joules == 150)
        run.deviceEnergy.append(makeReading(2, 50))
        #expect(RunEnergy(of: run).joules == 150)
    }

    @Test("A run nobody closed has the energy of its epochs, with the time outside uncovered")
    func killed() throws {
        var run = try makeRun("a", joules: nil, seconds: 40)
        run.status = .killed
        run.meters = [makeMeter("cpu:0/package")]
        run.epochs = (1...3).map { number in
            var epoch = EpochRecord(number: number)
            epoch.durationSeconds = 10
            epoch.deviceEnergy = [makeReading(0, 100)]
            epoch.energy = Energy(joules: 100)
            return epoch
        }
        let energy = RunEnergy(of: run)
        #expect(energy.joules == 300 && energy.coverage == 0.75)
        #expect(energy.parts.map(\.provenance) == [.counter])
        #expect(closeTo(energy.parts.first?.uncertaintyRelative, 0.05))
    }

    @Test("A total without a meter is a statement; epochs stand in where there is no total")
    func stated() throws {
        var run = try makeRun("a", joules: nil)
        run.epochs = [EpochRecord(number: 1), EpochRecord(number: 2)]
        run.epochs[0].energy = Energy(joules: 5)
        #expect(RunEnergy(of: run).joules == 5)
        run.energy = Energy(joules: 7)
        let energy = RunEnergy(of: run)
        #expect(energy.joules == 7 && energy.parts.first?.provenance == .declared)
    }

    @Test("What is declared never adds to what was metered, and a gross difference is raised")
    func declaredBesideMetered() throws {
        var run = try makeRun("a")
        var declared = DeclaredEnergy()
        declared.energy = Energy(kilowattHours: 1000)
        run.declared = declared
        let energy = RunEnergy(of: run)
        #expect(energy.joules == 3.6e6)
        #expect(energy.remarks.map(\.kind) == ["declared_vs_measured"])
    }

    @Test("Device hours times average power is IT energy (F1)")
    func deviceHours() throws {
        var run = try makeRun("a", joules: nil)
        var declared = DeclaredEnergy()
        // LLaMA 65B: 1 022 362 GPU hours at 400 W and PUE 1.1 are 449 MWh.
        declared.deviceHours = 1_022_362
        declared.averagePower = Power(watts: 400)
        run.declared = declared
        let impact = impact(run, pue: 1.1)
        #expect(closeTo(impact.facility?.point?.kilowattHours, 449_000, relative: 0.01))
        declared.pue = 1.1
        run.declared = declared
        let stated = RunImpact(of: run, options: LifecycleOptions(), factors: .shipped)
        #expect(stated.facility?.point == impact.facility?.point)
        #expect(stated.it?.point == impact.it?.point)
    }

    @Test(
        "An energy that is negative or not finite is left out and raised",
        arguments: [-1, -.infinity, .infinity, .nan] as [Double]
    )
    func implausibleEnergy(joules: Double) throws {
        var run = try makeRun("a", joules: joules)
        #expect(RunEnergy(of: run).parts.isEmpty)
        #expect(RunEnergy(of: run).remarks.contains { $0.kind == "implausible_energy" })
        run.meters = []
        run.deviceEnergy = []
        #expect(RunEnergy(of: run).parts.isEmpty)
        #expect(RunEnergy(of: run).remarks.contains { $0.kind == "implausible_energy" })
    }

    @Test("Epochs above the run's total, and meters off it, are raised")
    func partsAndTotal() throws {
        var run = try makeRun("a", joules: 100)
        run.epochs = [EpochRecord(number: 1)]
        run.epochs[0].energy = Energy(joules: 101)
        #expect(RunEnergy(of: run).remarks.isEmpty)
        run.epochs[0].energy = Energy(joules: 103)
        #expect(RunEnergy(of: run).remarks.map(\.kind) == ["parts_vs_total"])
        run.epochs = []
        run.energy = Energy(joules: 50)
        #expect(RunEnergy(of: run).remarks.map(\.kind) == ["parts_vs_total"])
    }

    @Test("A megawatt and a half on one host, and a meter that stood still, are raised")
    func power() throws {
        let absurd = try makeRun("a", joules: 1.5e6, seconds: 1)
        #expect(RunEnergy(of: absurd).remarks.map(\.kind) == ["implausible_power"])
        let still = try makeRun("b", joules: 0, seconds: 60)
        #expect(RunEnergy(of: still).remarks.map(\.kind) == ["implausible_power"])
    }

    @Test("Llama 3.3's published 12.9 t for 7.0 M GPU hours is raised, not fitted")
    func impliedIntensity() throws {
        var run = try makeRun("a", joules: nil, seconds: nil)
        var declared = DeclaredEnergy()
        declared.deviceHours = 7.0e6
        declared.averagePower = Power(watts: 700)
        declared.extra["carbon_kg"] = .double(12_900)
        run.declared = declared
        #expect(RunEnergy(of: run).remarks.map(\.kind) == ["implied_intensity"])
        declared.extra["carbon_kg"] = .double(2_040_000)
        run.declared = declared
        #expect(RunEnergy(of: run).remarks.isEmpty)
    }
}
