import FoundationEssentials
import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Published schemas")
struct SchemaTests {
    private func schema(_ name: String) throws -> JSON {
        // This file lies two folders below the root of the package.
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let data = try Data(contentsOf: root.appending(path: "Schemas/\(name).schema.json"))
        return try JSON(parsing: Array(data))
    }

    private func names(_ json: JSON?) -> Set<String> {
        Set(json?.object?.members.map(\.name) ?? [])
    }

    private func words(_ json: JSON?) -> [String] {
        (json?["enum"]?.array ?? []).compactMap(\.string)
    }

    @Test("Each object of a summary has exactly the required members of its schema")
    func lifecycleMembers() throws {
        let schema = try schema("lifecycle")
        var options = LifecycleOptions()
        options.model = "a"
        options.site = try SiteStatement(
            wue: 1,
            ewif: 1,
            land: 1,
            tariff: Money(1, "EUR"),
            purchase: try Purchase(contracts: [(0.5, 1)], residual: 2)
        )
        let json = try LifecycleSummary(runs: [try makeRun("a", region: "FR")], options: options)
            .json
        func check(_ value: JSON?, _ shape: JSON?, _ what: String) {
            let required = Set((shape?["required"]?.array ?? []).compactMap(\.string))
            #expect(names(value) == required && !required.isEmpty, "\(what)")
            #expect(names(shape?["properties"]) == required, "\(what)")
        }
        let properties = schema["properties"]
        // Whoever has read the ledgers adds what could not be read.
        var whole = try #require(json.object)
        whole["problems"] = []
        check(.object(whole), schema, "summary")
        for part in ["scope", "factors", "lineage", "overhead", "efficiency"] {
            check(json[part], properties?[part], part)
        }
        let definitions = schema["$defs"]
        check(json["totals"], definitions?["impact"], "totals")
        for part in ["energy", "carbon", "water", "cost", "range"] {
            let shape = definitions?["impact"]?["properties"]?[part]
            check(json["totals"]?[part], shape, part)
        }
        check(json["totals"]?["water"]?["on_site"], definitions?["litres"], "litres")
        check(json["scope"]?["tariff"], properties?["scope"]?["properties"]?["tariff"], "tariff")
        let purchase = properties?["scope"]?["properties"]?["purchase"]
        check(json["scope"]?["purchase"], purchase, "purchase")
        check(json["lineage"]?["own"], definitions?["lineagePart"], "own")
        check(json["factors"]?["rows_used"]?.array?.first, definitions?["factor"], "row")
        check(json["not_measured"]?.array?.first, definitions?["remark"], "remark")
    }

    @Test("The schemas list the words that the program knows, in its order")
    func words() throws {
        let record = try schema("run-record")["properties"]
        let stages = Stage.allCases.map(\.rawValue)
        #expect(words(record?["stage"]) == stages)
        #expect(words(record?["status"]) == RunStatus.allCases.map(\.rawValue))
        let meter = record?["meters"]?["items"]?["properties"]
        #expect(words(meter?["provenance"]) == Provenance.allCases.map(\.rawValue))
        #expect(words(meter?["boundary"]) == Boundary.allCases.map(\.rawValue))
        let impact = try schema("lifecycle")["properties"]?["stages"]?["items"]?["allOf"]?.array?
            .last
        #expect(words(impact?["properties"]?["stage"]) == stages)
    }

    @Test("Every member that the program writes into a run record is in its schema")
    func recordMembers() throws {
        let properties = try schema("run-record")["properties"]
        var run = try makeRun("a", region: "FR")
        run.epochs = [EpochRecord(number: 1)]
        run.epochs[0].deviceEnergy = [makeReading(0, 1)]
        run.epochs[0].phases = [PhaseRecord(name: "validation")]
        run.declared = DeclaredEnergy()
        run.process = ProcessIdentity(host: "h", bootID: "b", pid: 1, startTicks: 1)
        run.hardware = Hardware(host: "h")
        run.rank = 0
        run.worldSize = 2
        run.tags = ["t"]
        run.assumed = ["energy_j"]
        run.parents = [Parent(id: run.id, relation: "resumes")]
        run.code = CodeIdentity(entry: "e")
        run.data = DataIdentity(name: "d")
        func check(_ value: JSON?, _ shape: JSON?, _ what: String) {
            let unknown = names(value).subtracting(names(shape))
            #expect(unknown.isEmpty && !names(value).isEmpty, "\(what): \(unknown)")
        }
        check(run.json, properties, "record")
        let epoch = run.json["epochs"]?.array?.first
        let shape = properties?["epochs"]?["items"]?["properties"]
        check(epoch, shape, "epoch")
        let phase = shape?["phases"]?["items"]?["properties"]
        check(epoch?["phases"]?.array?.first, phase, "phase")
        check(run.json["process"], properties?["process"]?["properties"], "process")
        let meter = properties?["meters"]?["items"]?["properties"]
        check(run.json["meters"]?.array?.first, meter, "meter")
    }
}
