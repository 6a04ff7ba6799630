import FoundationEssentials
import JouleTestSupport
import Testing

@testable import JouleLifecycle

@Suite("Factors")
struct FactorSetTests {
    private let header = "kind,region,value,unit,signal,source\n"

    @Test(
        "A country answers to its codes and its name in any case",
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
