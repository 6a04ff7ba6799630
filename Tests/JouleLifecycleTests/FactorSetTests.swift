import FoundationEssentials
import JouleTestSupport
import Testing

@testable import JouleLifecycle

@Suite("Factors")
struct FactorSetTests {
    private let header = "kind,region,value,unit,signal,source\n"

    @Test(
        "A country answers to its codes and its name in any case",
        arguments: ["FR", "fr", "FRA", "France", " france "]
    )
    func country(name: String) throws {
        let factor = try #require(FactorSet.shipped.factor(.grid, for: name, year: nil))
        #expect(factor.region == "FR")
        #expect(factor.value == 44.179)
        #expect(factor.year == 2024)
        #expect(factor.signal == "location_average")
        #expect(!factor.source.isEmpty && !factor.licence.isEmpty)
    }

    @Test("Namibia is found although its code reads like a missing value")
    func namibia() {
        #expect(FactorSet.shipped.factor(.grid, for: "NA", year: nil)?.name == "Namibia")
    }

    @Test(
        "Cloud regions answer to provider and name, Azure's with or without spaces",
        arguments: [
            ("aws:eu-west-1", 316), ("azure:North Europe", 316), ("azure:northeurope", 316),
            ("gcp:us-central1", 412.72), ("egrid:camx", 195.03),
        ]
    )
    func cloud(region: String, value: Double) {
        #expect(FactorSet.shipped.factor(.grid, for: region, year: nil)?.value == value)
    }

    @Test(
        "The row of the year wins, then the nearest earlier, then the earliest later",
        arguments: [(2021, 2021), (2018, 2019), (2030, 2024), (2019, 2019)]
    )
    func years(asked: Int, found: Int) {
        let factor = FactorSet.shipped.factor(.grid, for: "gcp:us-central1", year: asked)
        #expect(factor?.year == found)
    }

    @Test("The name of a city in a cloud region is not taken for a country")
    func cities() {
        #expect(FactorSet.shipped.factor(.grid, for: "Ireland", year: nil)?.region == "IE")
        #expect(FactorSet.shipped.factor(.grid, for: "Iowa", year: nil) == nil)
        #expect(FactorSet.shipped.regions(near: "Iowa").contains("gcp:us-central1"))
        #expect(FactorSet.shipped.regions(near: "eu-west-1").contains("aws:eu-west-1"))
    }

    @Test("Every shipped row is plausible, has a source, and none is a zero")
    func shippedRows() {
        let factors = FactorSet.shipped.factors
        #expect(factors.count == 634)
        for factor in factors {
            #expect(!factor.source.isEmpty && !factor.licence.isEmpty, "\(factor.region)")
            switch factor.kind {
            case .grid: #expect(Plausible.isGridIntensity(factor.value), "\(factor.region)")
            case .pue: #expect(Plausible.pue.contains(factor.value), "\(factor.region)")
            case .embodied: #expect(Plausible.isMaking(factor.value), "\(factor.region)")
            case .tdp: #expect(Plausible.isDevicePower(factor.value), "\(factor.region)")
            case .peakFP32, .peakTF32, .peakFP16:
                #expect(Plausible.isPeak(factor.value), "\(factor.region)")
            }
        }
        #expect(FactorSet.shipped.factor(.grid, for: "CAF", year: nil) == nil)
        let montreal = FactorSet.shipped.factor(
            .grid,
            for: "gcp:northamerica-northeast1",
            year: 2022
        )
        #expect(montreal.map { $0.value > 0 } ?? true)
    }

    @Test("A provider's mean PUE is found from its region and year, a country has none")
    func providerPUE() {
        let mean = FactorSet.shipped.providerPUE(for: "aws:eu-west-1", year: 2026)
        #expect(mean?.value == 1.225 && mean?.low == 1.07 && mean?.high == 1.46)
        #expect(FactorSet.shipped.providerPUE(for: "FR", year: 2026) == nil)
    }

    @Test(
        "A bad factor file is refused with the line and the column",
        arguments: [
            ("grid,FR,0,g/kWh,location_average,me", "value"),
            ("grid,FR,-3,g/kWh,location_average,me", "value"),
            ("grid,FR,1501,g/kWh,location_average,me", "value"),
            ("grid,FR,nan,g/kWh,location_average,me", "value"),
            ("grid,FR,,g/kWh,location_average,me", "value"),
            ("grid,FR,twelve,g/kWh,location_average,me", "value"),
            ("grid,FR,0.05,kg/kWh,location_average,me", "unit"),
            ("grid,FR,50,g/kWh,marginal,me", "signal"),
            ("grid,FR,50,g/kWh,,me", "signal"),
            ("grid,FR,50,g/kWh,location_average,", "source"),
            ("grid,,50,g/kWh,location_average,me", "region"),
            ("wind,FR,50,g/kWh,location_average,me", "kind"),
            ("pue,here,0.9,1,,me", "value"),
            ("pue,here,31,1,,me", "value"),
            ("pue,here,1.2,%,,me", "unit"),
            ("embodied,GPU,0,kgCO2e,,me", "value"),
            ("embodied,GPU,2e5,kgCO2e,,me", "value"),
            ("embodied,GPU,150,g/kWh,,me", "unit"),
            ("embodied,GPU,150,kgCO2e,location_average,me", "signal"),
            ("tdp,GPU,0,W,,me", "value"), ("tdp,GPU,5001,W,,me", "value"),
            ("peak_fp16,GPU,1e6,TFLOPS,,me", "value"), ("peak_fp32,GPU,9,FLOPS,,me", "unit"),
            ("peak_tf32,GPU,-1,TFLOPS,,me", "value"),
            ("grid,FR,50,g/kWh,location_average", "row"),
            ("grid,\"FR,50,g/kWh,location_average,me", "row"),
            ("grid,\"FR\"x,50,g/kWh,location_average,me", "row"),
        ]
    )
    func badRow(row: String, column: String) {
        let good = "grid,DE,400,g/kWh,location_average,me\n"
        #expect {
            try FactorSet(csv: header + good + row + "\n", name: "f.csv", version: "1")
        } throws: { error in
            guard case .badFactor(let path, let line, let found, _)? = error as? LifecycleError
            else { return false }
            return path == "f.csv" && line == 3 && found == column
        }
    }

    @Test("A region stated twice is refused with both lines")
    func duplicateRow() throws {
        let row = "grid,FR,50,g/kWh,location_average,me\n"
        let error = #expect(throws: LifecycleError.self) {
            try FactorSet(csv: header + row + "# note\n\n" + row, name: "f.csv", version: "1")
        }
        let text = try #require(error).description
        #expect(text.contains("line 5") && text.contains("line 2"))
    }

    @Test(
        "A header with a missing, an unknown or a repeated column is refused",
        arguments: [
            "", "# only a comment\n", "kind,region,value,unit\n",
            "kind,region,value,unit,source,x\n",
            "kind,kind,region,value,unit,source\n",
        ]
    )
    func badHeader(text: String) {
        #expect(throws: LifecycleError.self) {
            try FactorSet(csv: text, name: "f.csv", version: "1")
        }
    }

    @Test("A file with a byte order mark, CR LF, quotes and no last newline is read")
    func tolerance() throws {
        let text =
            "\u{FEFF}# mine\r\nkind,region,name,value,unit,signal,source\r\n"
            + "grid,lab,\"The \"\"lab\"\", roof\",12.5,g/kWh,location_average,\"me\r\nand you\""
        let set = try FactorSet(csv: text, name: "f.csv", version: "1")
        let factor = try #require(set.factor(.grid, for: "LAB", year: nil))
        #expect(factor.name == "The \"lab\", roof")
        #expect(factor.value == 12.5)
        #expect(factor.source == "me\r\nand you")
    }

    @Test("A user's rows replace the shipped rows of the same region and no others")
    func adding() throws {
        let row = "grid,fr,11,g/kWh,location_average,my contract\n"
        let own = try FactorSet(csv: header + row, name: "own.csv", version: "abc")
        let both = FactorSet.shipped.adding(own)
        #expect(both.factor(.grid, for: "FR", year: 2024)?.value == 11)
        #expect(both.factor(.grid, for: "FR", year: 2024)?.set == "own.csv")
        #expect(both.factor(.grid, for: "DE", year: nil)?.set == "joulebook-factors")
        #expect(both.name == "joulebook-factors + own.csv")
    }

    @Test(
        "A user's row replaces the shipped rows of its region by whichever name it is given",
        arguments: [("FR", ""), ("fr", ""), ("FRA", ""), ("France", ""), ("place:lab", "x|FRA")]
    )
    func addingByAlias(region: String, aliases: String) throws {
        let text =
            "kind,region,value,unit,signal,source,aliases\n"
            + "grid,\(region),11,g/kWh,location_average,my contract,\(aliases)\n"
        let own = try FactorSet(csv: text, name: "own.csv", version: "abc")
        let both = FactorSet.shipped.adding(own)
        for asked in ["FR", "FRA", "France", "france", region] {
            for year in [nil, 2019, 2024] {
                let found = both.factor(.grid, for: asked, year: year)
                #expect(found?.value == 11 && found?.set == "own.csv", "\(asked) \(year ?? 0)")
            }
        }
        #expect(both.rows(.grid, of: "FR").count == 1)
        #expect(both.factor(.grid, for: "DE", year: nil)?.set == "joulebook-factors")
        // A row of another kind is no row of this one.
        let shipped = FactorSet.shipped.factors.filter { $0.kind == .pue }
        #expect(both.factors.filter { $0.kind == .pue } == shipped)
    }

    @Test("A directory, a missing file and bytes that are not text are one clear error each")
    func unreadable() throws {
        let directory = TemporaryDirectory()
        let binary = directory.path + "/binary"
        try Data([0xFF, 0xFE, 0x00, 0x80]).write(to: URL(filePath: binary))
        for path in [directory.path, directory.path + "/none", binary] {
            #expect {
                try FactorSet(reading: path)
            } throws: { error in
                if case .unreadable(path, _)? = error as? LifecycleError { true } else { false }
            }
        }
    }

    @Test("A factor file is named after itself and versioned by its content")
    func fileVersion() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/mine.csv"
        let file = URL(filePath: path)
        try Data((header + "grid,x,5,g/kWh,location_average,me\n").utf8).write(to: file)
        let set = try FactorSet(reading: path)
        #expect(set.name == "mine.csv" && set.version.count == 12)
        try Data((header + "grid,x,6,g/kWh,location_average,me\n").utf8).write(to: file)
        #expect(try FactorSet(reading: path).version != set.version)
    }

    @Test("Random bytes in place of a factor file throw and never trap", arguments: 0..<200)
    func hostile(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let alphabet = Array("grid,pue\"\n\r#FR1e9-.g/kWh\u{0}\u{FEFF}é")
        let text = String((0..<200).compactMap { _ in alphabet.randomElement(using: &random) })
        _ = try? FactorSet(csv: header + text, name: "f.csv", version: "1")
        #expect(throws: LifecycleError.self) {
            try FactorSet(csv: text, name: "f.csv", version: "1")
        }
    }
}
