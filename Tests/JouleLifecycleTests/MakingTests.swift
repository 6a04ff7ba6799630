import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Making of hardware over its life, and the score of software carbon intensity")
struct MakingTests {
    private func run(
        _ id: String,
        _ devices: [(kind: String, name: String?, count: Int?)],
        seconds: Double? = 86400,
        joules: Double? = 3.6e6
    ) throws -> RunRecord {
        var run = try makeRun(id, joules: joules, seconds: seconds)
        var hardware = Hardware(host: "node")
        hardware.devices = devices.map {
            Hardware.Device(kind: $0.kind, name: $0.name, count: $0.count)
        }
        run.hardware = hardware
        return run
    }

    private func summary(
        _ runs: [RunRecord],
        years: Double? = 4,
        utilisation: Double = 1,
        unit: FunctionalUnit? = nil,
        region: String? = "FR",
        factors: FactorSet = .shipped
    ) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = region
        options.pue = 1.5
        options.life = try years.map { try HardwareLife(years: $0, utilisation: utilisation) }
        options.unit = unit
        return try LifecycleSummary(runs: runs, options: options, factors: factors)
    }

    @Test("Eight devices for a day are that part of eight lives, whichever name the driver gives")
    func share() throws {
        for name in ["NVIDIA H100 80GB HBM3", "nvidia h100 sxm5 80gb"] {
            let json = try summary([run("a", [("gpu", name, 8)])]).json
            let expected = 8 * 575.1 * 24 / (4 * 8760)
            #expect(closeTo(json["totals"]?["carbon"]?["embodied_kg"]?.double, expected))
            let rows = json["factors"]?["rows_used"]?.array ?? []
            #expect(rows.contains { $0["kind"]?.string == "embodied" })
        }
        // Used half of its life, a device is made for half as many hours.
        let half = try summary([run("a", [("gpu", "NVIDIA L4", 1)])], utilisation: 0.5)
        let expected = 123.5 * 24 / (4 * 8760 * 0.5)
        #expect(closeTo(half.json["totals"]?["carbon"]?["embodied_kg"]?.double, expected))
    }

    @Test("Of GPUs those count that the run metered, on all of its nodes and no others")
    func metered() throws {
        // Each node lists eight GPUs; the run had one of a shared node, or all of two nodes.
        for identities in [["nvml:GPU-1"], (0..<16).map { "nvml:GPU-\($0)" }] {
            var run = try run("a", [("gpu", "NVIDIA L4", 8), ("cpu", "EPYC 7R13", 2)])
            run.meters += identities.map { identity in
                var meter = makeMeter("gpu:\(identity)", identity: identity)
                meter.extra["name"] = "NVIDIA L4"
                return meter
            }
            // Two ranks may read one GPU.
            run.meters.append(run.meters[run.meters.count - 1])
            let kilograms = try summary([run]).totals.embodied?.point.map { $0.value / 1000 }
            let expected = Double(identities.count) * 123.5 * 24 / (4 * 8760)
            #expect(closeTo(kilograms, expected))
        }
    }

    @Test("It is the runs' and their stages', and owes nothing to their energy")
    func sums() throws {
        var other = try run("b", [("gpu", "NVIDIA L4", 2)], seconds: 3600, joules: nil)
        other.stage = .evaluation
        let json = try summary([run("a", [("gpu", "NVIDIA L4", 1)]), other]).json
        let stages = (json["stages"]?.array ?? []).map {
            $0["carbon"]?["embodied_kg"]?.double ?? .nan
        }
        let hour = 123.5 / (4 * 8760)
        #expect(stages.count == 2)
        #expect(closeTo(stages.first, 24 * hour) && closeTo(stages.last, 2 * hour))
        #expect(closeTo(json["totals"]?["carbon"]?["embodied_kg"]?.double, 26 * hour))
    }

    @Test("What is not known is null and named: no life, no hardware, no time, no row")
    func unknown() throws {
        let card: [(kind: String, name: String?, count: Int?)] = [("gpu", "NVIDIA L4", 1)]
        let runs = try [
            summary([run("a", card)], years: nil), summary([makeRun("a")]),
            summary([run("a", card, seconds: nil)]), summary([run("a", [("gpu", "Mystery 9", 1)])]),
        ]
        for summary in runs {
            let carbon = summary.json["totals"]?["carbon"]?.object
            #expect(carbon?["embodied_kg"] == .null)
            #expect(
                summary.notMeasured.contains { $0.kind == "making" || $0.location == "making" }
            )
        }
        // Devices with a row count, those without are named beside it.
        let mixed = try summary([run("a", card + [("cpu", "EPYC 7R13", 2), ("ram", nil, nil)])])
        #expect(mixed.json["totals"]?["carbon"]?["embodied_kg"]?.double != nil)
        let named = mixed.notMeasured.filter { $0.kind == "making" }.map(\.location)
        #expect(named == ["cpu 'EPYC 7R13'", "ram"])
    }

    @Test("A user's rows make known what the set lacks, with their limits")
    func ownRows() throws {
        let rows = """
            kind,region,value,low,high,unit,source
            embodied,EPYC 7R13,30,20,50,kgCO2e,measured by me
            """
        let set = FactorSet.shipped.adding(try FactorSet(csv: rows, name: "own", version: "1"))
        let json = try summary([run("a", [("cpu", "EPYC 7R13", 2)])], factors: set).json
        let carbon = json["totals"]?["carbon"]
        let hours = 2 * 24 / (4 * 8760.0)
        #expect(closeTo(carbon?["embodied_kg"]?.double, 30 * hours))
        #expect(closeTo(carbon?["embodied_range_kg"]?["low"]?.double, 20 * hours))
        #expect(closeTo(carbon?["embodied_range_kg"]?["high"]?.double, 50 * hours))
    }

    @Test("Whatever life is stated, the other lives are the same")
    func sensitivity() throws {
        let runs = try [run("a", [("gpu", "NVIDIA L4", 1)])]
        let lives = [(3.0, 1.0), (6, 0.3), (4, 0.7)]
        for (years, utilisation) in lives {
            let cases = try #require(
                summary(runs, years: years, utilisation: utilisation).json["making"]?[
                    "sensitivity"
                ]?
                .array
            )
            #expect(cases.count == 9)
            for one in cases {
                let years = try #require(one["lifetime_years"]?.double)
                let used = try #require(one["utilisation"]?.double)
                let expected = 123.5 * 24 / (years * 8760 * used)
                #expect(closeTo(one["embodied_kg"]?.double, expected, relative: 1e-9))
            }
        }
    }

    @Test("SCI is operational and embodied carbon for each unit, and null where one is missing")
    func score() throws {
        let runs = try [run("a", [("gpu", "NVIDIA L4", 1)])]
        let unit = FunctionalUnit(2000, "requests")
        let sci = try summary(runs, unit: unit).json["efficiency"]?["sci"]
        let operational = 1.5 * 44.179
        let embodied = 123_500.0 * 24 / (4 * 8760)
        #expect(closeTo(sci?["operational_g"]?.double, operational))
        #expect(closeTo(sci?["embodied_g"]?.double, embodied))
        #expect(closeTo(sci?["g_per_unit"]?.double, (operational + embodied) / 2000))
        let partial = try [
            summary(runs, years: nil, unit: unit), summary(runs, unit: unit, region: nil),
        ]
        for summary in partial {
            let sci = summary.json["efficiency"]?["sci"]?.object
            #expect(sci?["g_per_unit"] == .null)
            #expect(summary.tableText(width: 80).contains("not known without"))
        }
        #expect(try summary(runs).json["efficiency"]?.object?["sci"] == .null)
    }

    @Test(
        "Lives that no hardware has are refused",
        arguments: [(0.0, 1.0), (31, 1), (4, 0), (4, 2)]
    )
    func bounds(years: Double, utilisation: Double) {
        #expect(throws: LifecycleError.self) {
            try HardwareLife(years: years, utilisation: utilisation)
        }
    }
}
