import FoundationEssentials
import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Factors, found and explained")
struct FactorChoiceTests {
    private let set = FactorSet.shipped

    private func own(_ rows: String) throws -> FactorSet {
        let header = "kind,region,value,unit,source,signal,low,high,name,licence\n"
        return set.adding(try FactorSet(csv: header + rows, name: "own.csv", version: "1"))
    }

    private func quantity(
        _ kind: Factor.Kind,
        _ region: String,
        year: Int? = nil,
        in set: FactorSet = .shipped
    ) throws -> FactorChoice.Quantity {
        let choice = FactorChoice(of: region, year: year, in: set)
        return try #require(choice.quantities.first { $0.kind == kind })
    }

    @Test(
        "What is explained is what a summary uses, for every region of the set and for none of it",
        arguments: [nil, 2018, 2021, 2023, 2030] as [Int?]
    )
    func agreement(year: Int?) throws {
        let known = Set(set.factors.map(\.region))
        #expect(known.count > 300)
        for region in known.union(["Atlantis", "aws:nowhere", "france", "FRA"]) {
            var run = try makeRun("a", region: region)
            run.started = year.flatMap {
                WallTime(unixSeconds: Double($0 - 1970) * 31_556_952 + 1e7)
            }
            #expect(run.started?.year == year)
            let used = RunImpact(of: run, options: LifecycleOptions(), factors: set).factorsUsed
            let explained = FactorChoice(of: region, year: year, in: set).quantities.flatMap(\.rows)
            #expect(Set(explained) == Set(used), "\(region)")
        }
    }

    @Test("The ends of what is not stated are those of a summary's range")
    func ends() throws {
        let run = try makeRun("a", region: "Atlantis")
        let impact = RunImpact(of: run, options: LifecycleOptions(), factors: set)
        let carbon = try quantity(.grid, "Atlantis")
        let pue = try quantity(.pue, "Atlantis")
        #expect(carbon.value == nil && pue.value == nil)
        #expect(!carbon.isStated && !pue.isStated)
        let low = try #require(carbon.low) * #require(pue.low)
        let high = try #require(carbon.high) * #require(pue.high)
        #expect(closeTo(impact.carbon?.low.grams, low))
        #expect(closeTo(impact.carbon?.high.grams, high))
    }

    @Test(
        "The first step says how a region was understood",
        arguments: [
            ("fr", "'fr' is the code of France."),
            ("FRA", "'FRA' is another code of FR."),
            ("france", "'france' is the name of FR."),
            ("aws:eu-west-1", "'aws:eu-west-1' has a factor of its own (Ireland)"),
            ("Atlantis", "No factor of the set is for 'Atlantis', and none is guessed"),
        ]
    )
    func understood(region: String, sentence: String) throws {
        #expect(try quantity(.grid, region).steps.first?.hasPrefix(sentence) == true)
    }

    @Test(
        "A step says why this year",
        arguments: [
            (2021, "the year of the run"), (2030, "the nearest before 2030"),
            (2000, "the earliest after 2000"), (nil, "the newest is taken"),
        ]
    )
    func age(year: Int?, reason: String) throws {
        let steps = try quantity(.grid, "gcp:us-central1", year: year).steps
        #expect(steps.contains { $0.contains(reason) })
        let undated = try quantity(.grid, "aws:eu-west-1", year: year).steps
        #expect(undated.contains { $0.contains("does not say which year") })
    }

    @Test("A country's credit names whom its source asks to name; a user's row its own source")
    func credit() throws {
        let shipped = try quantity(.grid, "FR").steps.last
        #expect(shipped?.contains("CC BY 4.0") == true && shipped?.contains("Ember;") == true)
        let row = "grid,FR,11,g/kWh,my office,location_average,9,15,,CC BY 4.0\n"
        let own = try quantity(.grid, "FR", in: own(row))
        #expect(own.steps.last?.contains("my office") == true)
        #expect(own.steps.last?.contains("Ember") == false)
        let nobody = try self.own("grid,lab:roof,12,g/kWh,me,location_average,,,,\n")
        #expect(
            try quantity(.grid, "lab:roof", in: nobody).steps.last?.contains("not stated") == true
        )
    }

    @Test("A user's row is told to take the place of a shipped one, with its limits")
    func replaced() throws {
        let set = try own(
            "grid,FR,11,g/kWh,me,location_average,9,15,,\n"
                + "grid,lab,7,g/kWh,me,location_average,,,,\n"
        )
        let carbon = try quantity(.grid, "France", in: set)
        #expect(carbon.value == 11, "the user's row has the names of the shipped ones")
        let alias = try self.own("grid,FRA,11,g/kWh,me,location_average,,,,\n")
        for name in ["FR", "FRA"] {
            let steps = try quantity(.grid, name, in: alias).steps
            #expect(steps.contains { $0.contains("takes the place") }, "\(name)")
        }
        let own = try quantity(.grid, "FR", in: set)
        #expect(own.value == 11 && own.low == 9 && own.high == 15)
        #expect(own.steps.contains { $0.contains("takes the place") })
        #expect(
            try !quantity(.grid, "lab", in: set).steps.contains { $0.contains("takes the place") }
        )
    }

    @Test(
        "A code finds what has it, and other words find what they begin a word of",
        arguments: [
            (["FR"], ["FR"]), (["fra"], ["FR"]), (["aws:eu-west-1"], ["aws:eu-west-1"]),
            (["eu-west-1"], ["aws:eu-west-1"]), (["camx", "2023"], ["egrid:CAMX"]),
            (["congo"], ["CD", "CG"]),
            (["united", "king"], ["GB"]),
            (["pue", "jean"], ["site:jean-zay-idris"]), (["oman"], ["OM"]),
            (["gcp", "pue", "2024"], ["gcp"]), (["?"], []), (["water"], []), (["FR", "pue"], []),
        ]
    )
    func search(queries: [String], regions: [String]) {
        #expect(Set(set.factors(matching: queries).map(\.region)) == Set(regions))
    }

    @Test("A kind and a source find exactly theirs, and no query finds all")
    func kinds() {
        #expect(set.factors(matching: ["Carbon"]) == set.factors.filter { $0.kind == .grid })
        #expect(set.factors(matching: ["PUE"]) == set.factors.filter { $0.kind == .pue })
        let ember = set.factors.filter { $0.source.contains("Ember") }
        #expect(set.factors(matching: ["ember"]) == ember && !ember.isEmpty)
        #expect(set.factors(matching: []) == set.factors)
    }

    @Test("Random queries never trap, and what they find is in the set", arguments: 0..<50)
    func hostile(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let alphabet = Array("FRaws: -é\u{0}\n\u{202E}2024ı\u{301}")
        let query = String((0..<8).compactMap { _ in alphabet.randomElement(using: &random) })
        #expect(set.factors(matching: [query]).count <= set.factors.count)
        #expect(FactorChoice(of: query, year: nil, in: set).quantities.count == 2)
    }

    @Test("Each object of a listing has exactly the required members of its schema")
    func members() throws {
        // This file lies two folders below the root of the package.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Schemas/factors.schema.json"))
        let schema = try JSON(parsing: Array(data))
        let choice = FactorChoice(of: "Atlantis", year: 2024, in: set)
        let json = FactorListing(of: set, explaining: choice).json
        func check(_ value: JSON?, _ shape: JSON?, _ what: String) {
            let required = Set((shape?["required"]?.array ?? []).compactMap(\.string))
            func names(_ json: JSON?) -> Set<String> {
                Set(json?.object?.members.map(\.name) ?? [])
            }
            #expect(names(value) == required && !required.isEmpty, "\(what)")
            #expect(names(shape?["properties"]) == required, "\(what)")
        }
        check(json, schema, "listing")
        check(json["explanation"], schema["properties"]?["explanation"], "explanation")
        let quantity = json["explanation"]?["quantities"]?.array?.first
        check(quantity, schema["$defs"]?["quantity"], "quantity")
        check(json["factors"]?.array?.first, schema["$defs"]?["factor"], "factor")
    }
}
