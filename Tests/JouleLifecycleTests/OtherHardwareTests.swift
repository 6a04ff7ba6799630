import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("The same work on other hardware")
struct OtherHardwareTests {
    private let l4 = OtherHardware("NVIDIA L4", .fp16)

    /// An hour in which two H100 took 3 kWh and the processor 1 kWh.
    private func makeGPURun(_ id: String = "a", name: String? = "NVIDIA H100 80GB HBM3") throws
        -> RunRecord
    {
        var run = try makeRun(id, region: "FR", pue: "1.5")
        run.hardware = Hardware(host: "h")
        run.hardware?.devices = [.init(kind: "cpu", name: "Xeon", count: 1)]
        run.meters = [makeMeter("cpu:0/package")]
        for gpu in 0..<2 {
            var meter = makeMeter("gpu:\(gpu)", identity: "\(id)-\(gpu)")
            meter.extra["name"] = name.map(JSON.string)
            run.meters.append(meter)
        }
        run.deviceEnergy = [
            makeReading(0, 3.6e6), makeReading(1, 7.2e6), makeReading(2, 3.6e6),
        ]
        return run
    }

    private func beside(
        _ runs: [RunRecord],
        _ hardware: OtherHardware,
        life: HardwareLife? = nil,
        factors: FactorSet = .shipped
    ) throws -> (totals: AlternativeTotals, summary: LifecycleSummary) {
        var options = LifecycleOptions()
        options.life = life
        options.beside = [Alternative("other", [.hardware(hardware)])]
        let summary = try LifecycleSummary(runs: runs, options: options, factors: factors)
        return (try #require(summary.beside.first), summary)
    }

    @Test("Energy of the GPUs goes by TDP over peak, that of the rest by the time")
    func energy() throws {
        let (totals, summary) = try beside([makeGPURun()], l4)
        let ratio = (72.0 / 121) / (700.0 / 989.4)
        let time = 989.4 / 121
        let expected = 3 * ratio + time
        let impact = totals.impact
        #expect(closeTo(impact.it?.point?.kilowattHours, expected))
        let spread = 46.2 / 21.3
        #expect(closeTo(impact.it?.low.kilowattHours, expected / spread))
        #expect(closeTo(impact.it?.high.kilowattHours, expected * spread))
        #expect(closeTo(impact.facility?.high.kilowattHours, 1.5 * expected * spread))
        #expect(closeTo(impact.carbon?.low.grams, 1.5 * expected / spread * 44.179))
        // Nothing of it was measured, and its uncertainty is not that of the meters.
        #expect(impact.evidence.measured == 0)
        #expect(closeTo(impact.evidence.model, expected * 3.6e6))
        #expect(impact.uncertaintyRelative == nil)
        // The summary stays as it is.
        #expect(closeTo(summary.totals.it?.point?.kilowattHours, 4))
        #expect(summary.totals.evidence.model == 0)
    }

    @Test(
        "The same device is the same energy, whichever name it has, and there and back is as before"
    )
    func inverse() throws {
        for precision in OtherHardware.Precision.allCases {
            let same = OtherHardware("NVIDIA H100 SXM5 80GB", precision)
            let totals = try beside([makeGPURun()], same).totals
            #expect(closeTo(totals.impact.it?.point?.kilowattHours, 4))
        }
        let (one, other) = (
            DeviceRating(power: Power(watts: 700), teraflops: 989.4),
            DeviceRating(power: Power(watts: 72), teraflops: 121)
        )
        #expect(closeTo(one.energyRatio(to: other) * other.energyRatio(to: one), 1))
        #expect(closeTo(one.timeRatio(to: other) * other.timeRatio(to: one), 1))
    }

    @Test("Making is that of the other devices for as long as the work takes there")
    func making() throws {
        let life = try HardwareLife(years: 4)
        let (totals, summary) = try beside([makeGPURun()], l4, life: life)
        let hours = 4 * 8760.0
        #expect(closeTo(summary.totals.embodied?.point?.value, 2 * 575_100 / hours))
        let expected = 2 * 123_500 * (989.4 / 121) / hours
        #expect(closeTo(totals.impact.embodied?.point?.value, expected))
        #expect(closeTo(totals.impact.embodied?.high.value, expected * 46.2 / 21.3))
    }

    @Test("What is not known is a dash with its reason, for all runs or none")
    func refusals() throws {
        func refusal(_ runs: [RunRecord], _ hardware: OtherHardware) throws -> String {
            let (totals, summary) = try beside(runs, hardware)
            #expect(totals.impact.it == nil && totals.impact.runs == runs.count)
            #expect(totals.impact.coverage == 0 && totals.impact.embodied == nil)
            let member = try #require(summary.json["beside"]?.array?.first)
            #expect(member["totals"]?["energy"]?.object?["it_kwh"] == .null)
            #expect(member.object?["it_ratio"] == .null)
            #expect(member["hardware"]?["refused"]?.string == totals.refusal)
            let text = summary.tableText(width: 1000)
            #expect(text.contains("Beside it, other: – because \(totals.refusal ?? "")."))
            return try #require(totals.refusal)
        }
        let run = try makeGPURun()
        #expect(try refusal([run], OtherHardware("Abacus", .fp16)).contains("of 'Abacus' are not"))
        #expect(
            try refusal([run], OtherHardware("NVIDIA Tesla T4", .fp16)).contains("peak_fp16")
        )
        let unknown = try makeGPURun("b", name: "Abacus")
        #expect(try refusal([run, unknown], l4).contains("of 'Abacus' are not known"))
        #expect(try refusal([run, makeRun("c")], l4).contains("run c names no GPU"))
        var mixed = run
        mixed.meters[1].extra["name"] = "NVIDIA L4"
        #expect(try refusal([mixed], l4).contains("run a has GPUs of no name or of several"))
        var whole = run
        whole.meters.append(makeMeter("bmc", boundary: .it))
        whole.deviceEnergy.append(makeReading(3, 3.6e7))
        #expect(try refusal([whole], l4).contains("no meter of its own saw the GPUs of run a"))
        var processor = run
        processor.deviceEnergy = [run.deviceEnergy[0]]
        #expect(try refusal([processor], l4).contains("no meter of its own saw the GPUs"))
    }

    @Test("A run without energy stays one, and refuses nothing")
    func noEnergy() throws {
        var lost = try makeGPURun("b")
        lost.deviceEnergy = []
        lost.energy = nil
        let totals = try beside([makeGPURun(), lost], l4).totals
        #expect(totals.refusal == nil && totals.impact.runsWithEnergy == 1)
    }

    @Test("A model is called one wherever it is shown, with what it stands on and its rows")
    func shown() throws {
        let (totals, summary) = try beside([makeGPURun()], l4)
        let text = summary.tableText(width: 1000)
        #expect(text.contains("model: other") && text.contains("a model (F16)"))
        #expect(text.contains("a factor of 2.169 either way"))
        #expect(text.contains("F16: energy on other GPUs"))
        let kinds = totals.factorsUsed.map(\.factor.kind)
        #expect(kinds.filter { $0 == .tdp }.count == 2)
        #expect(kinds.filter { $0 == .peakFP16 }.count == 2)
        let member = summary.json["beside"]?.array?.first?["hardware"]
        #expect(member?["device"]?.string == "NVIDIA L4" && member?.object?["refused"] == .null)
        #expect(member?["precision"]?.string == "fp16")
    }

    @Test("A user's own device is one as well")
    func own() throws {
        let rows =
            "kind,region,value,unit,source\n"
            + "tdp,mine,350,W,me\npeak_fp16,mine,989.4,TFLOPS,me\n"
        let own = try FactorSet(csv: rows, name: "own.csv", version: "1")
        let totals = try beside(
            [makeGPURun()],
            OtherHardware("mine", .fp16),
            factors: .shipped.adding(own)
        ).totals
        #expect(closeTo(totals.impact.it?.point?.kilowattHours, 3 * 0.5 + 1))
    }
}
