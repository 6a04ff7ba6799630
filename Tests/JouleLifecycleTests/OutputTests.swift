import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Output")
struct OutputTests {
    private func summary(_ runs: [RunRecord]) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = 1.25
        return try LifecycleSummary(runs: runs, options: options)
    }

    private func names(_ json: JSON?) -> [String] {
        json?.object?.members.map(\.name) ?? []
    }

    @Test("The JSON has every field that interface.md promises, in its order")
    func fields() throws {
        let json = try summary([try makeRun("a")]).json
        #expect(
            names(json) == [
                "schema", "scope", "inputs", "factors", "stages", "totals", "beside",
                "lineage", "overhead",
                "shared", "making", "inference", "efficiency", "anomalies", "not_measured",
            ]
        )
        #expect(json["schema"]?.string == "joulebook.lifecycle/1")
        #expect(names(json["factors"]).starts(with: ["set", "version", "rows_used"]))
        let stage = try #require(json["stages"]?.array?.first)
        for name in [
            "stage", "runs", "coverage", "energy", "carbon", "water_l", "land_m2", "cost", "range",
            "uncertainty_rel",
        ] { #expect(names(stage).contains(name), "\(name)") }
        #expect(names(stage["energy"]).starts(with: ["it_kwh", "facility_kwh"]))
        #expect(
            names(stage["carbon"]).starts(with: [
                "location_kg", "market_annual_kg", "market_hourly_kg", "embodied_kg",
            ])
        )
        #expect(names(json["totals"]) == Array(names(stage).dropFirst()))
        #expect(names(json["lineage"]) == ["own", "inherited", "allocated", "unallocated"])
        #expect(
            names(json["overhead"]).starts(with: [
                "search_kwh", "failed_kwh", "duplicate_kwh", "share",
            ])
        )
        for name in ["kwh_to_target", "pareto", "sci"] {
            #expect(json["efficiency"]?.object?[name] == .null, "\(name)")
        }
        for later in ["water_l", "land_m2"] { #expect(stage.object?[later] == .null) }
        #expect(closeTo(stage["carbon"]?["location_kg"]?.double, 1.25 * 44.179e-3))
        #expect(closeTo(stage["uncertainty_rel"]?.double, 0.05))
        #expect(closeTo(stage["range"]?["high"]?.double, 1.05 * 1.25 * 44.179e-3))
    }

    @Test("Every factor row names its year, signal, source, licence, set and role")
    func rows() throws {
        let json = try summary([try makeRun("a")]).json
        let row = try #require(json["factors"]?["rows_used"]?.array?.first)
        for name in [
            "region", "value", "unit", "year", "signal", "source", "licence", "set", "role",
        ] {
            #expect(row[name] != nil, "\(name)")
        }
        #expect(json["factors"]?["attribution"]?.string?.contains("Ember") == true)
    }

    @Test("The JSON parses back to itself", arguments: 0..<5)
    func parses(seed: UInt64) throws {
        let json = try LifecycleSummary(runs: try makeRandomRuns(seed: seed, count: 20)).json
        #expect(try JSON(parsing: json.text(.pretty)) == json)
    }

    @Test(
        "Prose lines keep to the terminal's width, down to a floor",
        arguments: [20, 60, 80, 120]
    )
    func width(columns: Int) throws {
        let text = try summary([try makeRun("a"), try makeRun("b", joules: nil)])
            .tableText(width: columns)
        let prose = text.split(separator: "\n").drop { !$0.hasPrefix("Energy:") }
        for line in prose where line.contains(" ") && !line.hasPrefix("Factors") {
            let longest = line.split(separator: " ").map(\.count).max() ?? 0
            #expect(line.count <= max(columns, longest + 4), "\(line)")
        }
    }

    @Test("A table that is too wide is several with the same first column", arguments: 0..<50)
    func tables(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let columns = Int.random(in: 1...12, using: &random)
        let width = Int.random(in: 40...120, using: &random)
        let cells = (0..<4).map { row in
            (0..<columns).map { column in
                let size = Int.random(in: 4...14, using: &random)
                return "\(row).\(column)" + String(repeating: "x", count: size)
            }
        }
        let lines = TextTable.plain(header: cells[0], rows: Array(cells[1...]), width: width)
        #expect(lines.allSatisfy { $0.count <= width }, "seed \(seed)")
        let tables = lines.split(separator: "", omittingEmptySubsequences: false)
        for (row, expected) in cells.enumerated() {
            let found = tables.map {
                $0[$0.startIndex + row].split(separator: " ").map(String.init)
            }
            #expect(found.allSatisfy { $0.first == expected[0] })
            #expect([expected[0]] + found.flatMap { $0.dropFirst() } == expected)
        }
        let whole = TextTable.plain(header: cells[0], rows: Array(cells[1...]))
        #expect((whole.allSatisfy { $0.count <= width }) == (tables.count == 1), "seed \(seed)")
        if tables.count == 1 { #expect(lines == whole) }
    }

    @Test("A long name in the first column is cut to half of the width")
    func longName() {
        let name = String(repeating: "n", count: 90)
        let lines = TextTable.plain(header: ["a", "b"], rows: [[name, "1"]], width: 80)
        #expect(lines.last == String(repeating: "n", count: 39) + "…  1")
        #expect(TextTable.plain(header: ["a", "b"], rows: [], width: .max) == ["a  b"])
    }

    @Test("The table names stage, energy, carbon, factor and what was not measured")
    func table() throws {
        var run = try makeRun("a")
        run.hardware = Hardware(host: "h")
        run.hardware?.devices = [.init(kind: "gpu", name: "H200", count: 1)]
        let text = try summary([run]).tableText(width: 200)
        #expect(text.contains("training") && text.contains("IT kWh") && text.contains("1.250"))
        #expect(text.contains("France") && text.contains("44.18"))
        #expect(text.contains("component: gpu: in 1 of 1 runs no meter saw it"))
        #expect(text.contains("stages without runs: data_collection"))
    }

    @Test("Markup in names from a ledger stays text")
    func markup() throws {
        var declared = DeclaredEnergy()
        declared.pue = 99
        var run = try makeRun("<img src=x>|a|\\")
        run.declared = declared
        let markdown = try summary([run]).markdown
        for (place, character) in zip(markdown.indices, markdown) where character == "<" {
            #expect(markdown[..<place].last == "\\")
        }
        #expect(markdown.contains("\\<img src=x\\>\\|a\\|\\\\"))
    }

    @Test(
        "Figures keep four digits",
        arguments: [
            (0, "0"), (1, "1.000"), (12.3456, "12.35"), (999.96, "1000.0"), (1234.5, "1235"),
            (0.0123456, "0.01235"), (0.000012345, "1.23e-5"), (1.5e12, "1.50e12"), (-2.5, "-2.500"),
            (.nan, "NaN"), (.infinity, "∞"),
        ] as [(Double, String)]
    )
    func figures(value: Double, text: String) {
        #expect(Figure.number(value) == text)
    }
}
