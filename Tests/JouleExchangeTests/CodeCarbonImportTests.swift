import JouleFile
import JouleQuantities
import Testing

@testable import JouleExchange

@Suite("Import of CodeCarbon's emissions.csv")
struct CodeCarbonImportTests {
    /// Version 3: 38 columns.
    private static let new = [
        ("timestamp", "2026-03-02T10:15:00"), ("project_name", "digits"), ("run_id", "run-a"),
        ("experiment_id", "e-1"), ("duration", "3600.5"), ("emissions", "0.084"),
        ("emissions_rate", "2.3e-05"), ("cpu_power", "120.0"), ("gpu_power", "1350.0"),
        ("ram_power", "30.0"), ("cpu_energy", "0.12"), ("gpu_energy", "1.35"),
        ("ram_energy", "0.03"), ("energy_consumed", "1.5"), ("water_consumed", "0.0"),
        ("country_name", "France"), ("country_iso_code", "FRA"), ("region", "ile-de-france"),
        ("cloud_provider", ""), ("cloud_region", ""), ("os", "Linux-6.1"),
        ("python_version", "3.12.1"), ("codecarbon_version", "3.3.2"), ("cpu_count", "64"),
        ("cpu_model", "AMD EPYC 7543"), ("gpu_count", "4.0"),
        ("gpu_model", "4 x NVIDIA A100"), ("longitude", "2.35"), ("latitude", "48.85"),
        ("ram_total_size", "503.5"), ("tracking_mode", "machine"),
        ("cpu_utilization_percent", "40.5"), ("gpu_utilization_percent", "90.0"),
        ("ram_utilization_percent", "12.0"), ("ram_used_gb", "60.4"), ("on_cloud", "N"),
        ("pue", "1.25"), ("wue", "0.0"),
    ]
    /// Up to 2.2.2: 30 columns.
    private static let old = without(
        "experiment_id",
        "water_consumed",
        "cpu_utilization_percent",
        "gpu_utilization_percent",
        "ram_utilization_percent",
        "ram_used_gb",
        "pue",
        "wue"
    )

    private static func without(_ names: String...) -> [(String, String)] {
        new.filter { !names.contains($0.0) }
    }

    private func csv(
        _ columns: [(String, String)] = new,
        _ changes: [String: String]...
    ) -> String {
        let rows = (changes.isEmpty ? [[:]] : changes).map { change in
            columns.map { change[$0.0] ?? $0.1 }.joined(separator: ",") + "\n"
        }
        return columns.map(\.0).joined(separator: ",") + "\n" + rows.joined()
    }

    private func read(_ bytes: [UInt8]) throws -> [RunRecord] {
        try reading(bytes, as: "emissions.csv", CodeCarbonImport.read(path:))
    }

    private func read(_ text: String) throws -> [RunRecord] { try read(Array(text.utf8)) }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    private func only(_ text: String) throws -> RunRecord {
        let records = try read(text)
        #expect(records.count == 1)
        return try #require(records.first)
    }

    @Test("A row of version 3 is one run, whose energy is a statement with its PUE inside")
    func newRow() throws {
        #expect(Self.new.count == 38)
        let run = try only(csv())
        #expect(run.id.description == "run-a" && run.project == "digits")
        // 2026-03-02T10:15:00Z
        #expect(run.ended?.unixSeconds == 1_772_446_500)
        #expect(run.started?.unixSeconds == 1_772_442_899.5 && run.durationSeconds == 3600.5)
        #expect(run.assumed == ["status", "started", "ended"])
        let declared = try #require(run.declared)
        #expect(declared.energy == Energy(joules: 5_400_000))
        #expect(declared.boundary == .facility && declared.pue == 1.25)
        #expect(declared.source == "codecarbon 3.3.2")
        #expect(declared.extra["carbon_kg"] == .double(0.084))
        #expect(declared.extra["components_kwh"] == ["cpu": 0.12, "gpu": 1.35, "ram": 0.03])
        #expect(run.energy == nil && run.meters.isEmpty && run.deviceEnergy.isEmpty)
        #expect(run.env?["JOULEBOOK_REGION"] == "FRA" && run.env?.members.count == 1)
        #expect(run.hardware?.devices.map(\.name) == ["AMD EPYC 7543", "NVIDIA A100"])
        #expect(run.hardware?.devices.map(\.count) == [nil, 4])
        #expect(run.hardware?.extra["topology"] == ["threads": 64])
        let rest = try #require(run.extra["codecarbon"]?.object)
        #expect(rest["tracking_mode"] == "machine" && rest["cpu_power"] == 120)
        #expect(rest["energy_consumed"] == nil && rest["cloud_region"] == nil)
    }

    @Test("A row of version 2.2.2 has no PUE, and its energy is that of the IT")
    func oldRow() throws {
        #expect(Self.old.count == 30)
        let run = try only(csv(Self.old, ["codecarbon_version": "2.2.2"]))
        #expect(run.declared?.energy == Energy(joules: 5_400_000))
        #expect(run.declared?.boundary == .it && run.declared?.pue == nil)
        #expect(run.declared?.source == "codecarbon 2.2.2")
    }

    @Test("The 31 columns of 2.2.3 to 2.3 have a PUE; 1 is what nobody set")
    func middleRow() throws {
        let columns = Self.old + [("pue", "1.25")]
        #expect(columns.count == 31)
        #expect(try only(csv(columns)).declared?.pue == 1.25)
        let unset = try only(csv(columns, ["pue": "1.0"])).declared
        #expect(unset?.boundary == .it && unset?.pue == nil)
    }

    @Test("Columns are found by name, in any order, and unknown ones are kept")
    func order() throws {
        let shuffled = Self.new.reversed() + [("note", "#1"), ("grade", "7")]
        let run = try only(csv(shuffled))
        let rest = run.extra["codecarbon"]?.object
        #expect(rest?["note"] == "#1" && rest?["grade"] == 7)
        #expect(run.declared == (try only(csv())).declared)
    }

    @Test("Of several rows of one run the last counts; rows that fall are no run's")
    func flushes() throws {
        let later = ["energy_consumed": "2.5", "duration": "7200"]
        let records = try read(csv(Self.new, [:], ["run_id": "run-b"], later))
        #expect(records.map(\.id.description) == ["run-a", "run-b"])
        #expect(records[0].declared?.energy == Energy(joules: 9_000_000))
        #expect(records[0].durationSeconds == 7200)
        let text = message(csv(Self.new, later, [:]))
        #expect(text.contains("line 3: field energy_consumed: less than on line 2"), "\(text)")
    }

    @Test("A time with its zone is not assumed")
    func zone() throws {
        let run = try only(csv(Self.new, ["timestamp": "2026-03-02T10:15:00.5+01:00"]))
        #expect(run.ended?.unixSeconds == 1_772_442_900.5 && run.assumed == ["status"])
    }

    @Test("A byte order mark, CR LF, and quotes with commas and lines in them are read")
    func quoting() throws {
        let text = csv(Self.new, ["project_name": "\"a,\n\"\"b\"\"\""])
        let lines = text.replacing("\n", with: "\r\n")
        #expect(try only("\u{FEFF}" + lines).project == "a,\n\"b\"")
    }

    @Test("A model of several kinds of devices stays as it is")
    func devices() throws {
        let run = try only(csv(Self.new, ["gpu_count": "3", "gpu_model": "2 x A1 x B"]))
        #expect(run.hardware?.devices.last == .init(kind: "gpu", name: "2 x A1 x B", count: 3))
    }

    @Test(
        "A bad cell is named by its line, column and reason",
        arguments: [
            ("energy_consumed", "NaN"), ("energy_consumed", "-1"), ("energy_consumed", "1e308"),
            ("energy_consumed", ""), ("energy_consumed", "inf"), ("duration", "-0.5"),
            ("duration", "1e308"), ("duration", "soon"), ("duration", ""), ("timestamp", ""),
            ("timestamp", "yesterday"), ("timestamp", "2026-02-30T00:00:00"), ("pue", "0.5"),
            ("pue", "nan"), ("run_id", ""), ("cpu_energy", "0x1"), ("gpu_count", "1.5"),
            ("cpu_count", "1e300"), ("emissions", "-1"),
        ]
    )
    func badCell(column: String, value: String) {
        let bad = ["run_id": "run-b"].merging([column: value]) { $1 }
        let text = message(csv(Self.new, [:], bad))
        #expect(text.contains("emissions.csv: line 3: field \(column): "), "\(text)")
    }

    @Test("What is no such table is refused with the reason")
    func noTable() {
        #expect(message("").contains("the file is empty"))
        #expect(message("\n\n").contains("the file is empty"))
        let header = Self.new.map(\.0).joined(separator: ",") + "\n"
        #expect(message(header).contains("only a header"))
        let rows = csv().split(separator: "\n").dropFirst().joined(separator: "\n")
        #expect(message(rows).contains("line 1: field timestamp: the column is missing"))
        #expect(
            message(csv(Self.without("run_id"))).contains("field run_id: the column is missing")
        )
        #expect(message(csv() + "a,b\n").contains("line 3: 2 fields where the header has 38"))
        #expect(message(csv() + "\"a").contains("line 3: a quote is never closed"))
        #expect(message(csv(Self.new + [("pue", "2")])).contains("field pue: the column stands"))
        #expect(
            message(csv(Self.new + [("task_name", "t")])).contains("emissions.csv; import that")
        )
    }

    @Test("Bytes that are no UTF-8, and a line of 100 MB, are refused on their lines")
    func hostileBytes() {
        let header = Array(csv().utf8)
        for (bytes, reason) in [
            ([0xC3, 0x28], "line 3: not UTF-8"),
            ([UInt8](repeating: 0x61, count: 100_000_000), "line 3: longer than 1048576 bytes"),
        ] {
            #expect {
                try read(header + bytes)
            } throws: { "\($0)".contains(reason) }
        }
    }
}
