import FoundationEssentials
import JouleLifecycle
import JouleQuantities
import JouleTestSupport
import Testing

@testable import worked_examples

@Suite("Worked examples")
struct WorkedExampleTests {
    private static func ours() throws -> JSON {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/cases.json")
        return try JSON(parsing: Array(try Data(contentsOf: url)))
    }

    private static func cases(_ file: JSON) -> [JSONObject] {
        (file["examples"]?.array ?? []).compactMap(\.object)
    }

    private static func file(_ cases: [JSONObject]) -> JSON {
        ["examples": .array(cases.map(JSON.object))]
    }

    private func example(
        _ inputs: JSON,
        _ published: JSON,
        status: JSON = "reproduces"
    ) throws -> CheckedCase {
        let json: JSON = [
            "inputs": inputs, "published_outputs": published, "status": status,
            "tolerance_rel": 0.01,
        ]
        return CheckedCase(try WorkedCase(json, number: 0))
    }

    @Test("Our cases hold, and every known shape is among them")
    func holds() throws {
        let file = try CheckedFile(try Self.ours())
        #expect(file.holds, "\(file.report)")
        #expect(Set(file.cases.compactMap(\.shape)).count == Shapes.all.count)
        #expect(file.summary.hasPrefix("All hold: "))
    }

    @Test(
        "The shared published cases hold",
        .enabled(if: SharedCases.isPresent, SharedCases.missing)
    )
    func shared() throws {
        let file = try CheckedFile(text: Array(try Data(contentsOf: SharedCases.url)))
        #expect(file.holds, "\(file.report)")
        // A reader that finds no cases would hold, too.
        #expect(file.cases.count >= 78)
        #expect(file.cases.flatMap(\.rows).count { $0.verdict == .ok } >= 179)
    }

    @Test("Names, kinds, sources, notes and formulae choose nothing", arguments: 0..<5)
    func names(seed: UInt64) throws {
        let cases = Self.cases(try Self.ours())
        let plain = try CheckedFile(Self.file(cases))
        var random = SplitMix(seed: seed)
        let ids = cases.map { $0["id"] }.shuffled(using: &random)
        let others = zip(cases, ids).map { example, id in
            var other = example
            for name in ["id", "kind", "source", "note", "formula", "provenance"] {
                other[name] = Bool.random(using: &random) ? id : nil
            }
            return other
        }
        let shuffled = try CheckedFile(Self.file(others))
        #expect(shuffled.holds)
        for (left, right) in zip(plain.cases, shuffled.cases) {
            #expect(left.shape == right.shape)
            #expect(left.remarks == right.remarks)
            #expect(left.rows.map(\.computed) == right.rows.map(\.computed))
            #expect(left.rows.map(\.verdict) == right.rows.map(\.verdict))
        }
    }

    @Test("A case whose inputs are a thousand times too large or too small does not hold")
    func scaled() throws {
        for factor in [1e3, 1e-3] {
            for example in Self.cases(try Self.ours())
            where example["status"] == "reproduces" {
                let before = try CheckedFile(Self.file([example]))
                for input in example["inputs"]?.object?.members ?? [] {
                    guard Self.matters(input.name, to: before.cases[0]) else { continue }
                    var inputs = example["inputs"]?.object ?? JSONObject()
                    inputs[input.name] = Self.scaled(input.value, by: factor)
                    guard inputs[input.name] != input.value else { continue }
                    var wrong = example
                    wrong["inputs"] = .object(inputs)
                    let file = try CheckedFile(Self.file([wrong]))
                    #expect(!file.holds, "\(input.name) times \(factor): \(file.report)")
                }
            }
        }
    }

    /// Inputs that our published figures do not depend on, or only by their ratio.
    private static func matters(_ input: String, to example: CheckedCase) -> Bool {
        let free: Set = [
            "flop", "accelerators", "ac_kj", "electricity_usd_per_kwh", "day1_g",
            "region_min_g_per_kwh", "region_max_g_per_kwh",
        ]
        return !free.contains(input)
            && example.rows.contains { $0.verdict == .ok || $0.verdict == .implied }
    }

    private static func scaled(_ json: JSON, by factor: Double) -> JSON {
        switch json {
        case .integer, .double: json.double.map { .double($0 * factor) } ?? json
        case .array(let elements): .array(elements.map { scaled($0, by: factor) })
        case .object(let object):
            .object(
                object.members.reduce(into: JSONObject()) {
                    $0[$1.name] = scaled($1.value, by: factor)
                }
            )
        default: json
        }
    }

    @Test("A new case of a known shape needs no new code")
    func newCase() throws {
        let site = try example(
            ["accelerators": 4, "mean_power_kw": 0.25, "hours": 10, "pue": 1.2, "g_per_kwh": 100],
            ["facility_kwh": 12, "kg": 1.2, "it_energy_wh": 10_000]
        )
        #expect(site.holds, "\(site.report)")
        let making = try example(
            ["te_kg": 876, "lifetime_years": 10, "days_per_year": 365, "reserved_hours": 100],
            ["embodied_g": 1000]
        )
        #expect(making.holds, "\(making.report)")
        let unit = try example(
            ["operational_t": 3, "embodied_t": 1, "requests": 2_000_000],
            ["g_per_request": 2]
        )
        #expect(unit.holds, "\(unit.report)")
    }

    @Test("An unknown shape is told as such, with its inputs, and fails whatever its status")
    func unknown() throws {
        for status in ["reproduces", "published_inconsistent"] as [JSON] {
            let odd = try example(
                ["gpu_hours": 10, "tdp_w": 300, "moon_phase": 0.5],
                ["kwh": 3],
                status: status
            )
            #expect(odd.shape == nil)
            #expect(!odd.holds)
            #expect(odd.report.contains("unknown shape"))
            #expect(odd.report.contains("moon_phase"))
        }
    }

    @Test("An output that nothing gives is not computed, and fails the case")
    func notComputed() throws {
        let odd = try example(["gpu_hours": 10, "tdp_w": 300], ["kwh": 3, "water_l": 5])
        #expect(odd.rows.map(\.verdict) == [.ok, .notComputed])
        #expect(!odd.holds)
    }

    @Test("A published energy that no device could have taken in its hours is raised")
    func impliedPower() throws {
        let sound = try example(["gpu_hours": 100, "kg_per_kwh": 0.5], ["mwh": 0.03, "kg": 15])
        #expect(sound.rows.map(\.verdict) == [.implied, .ok])
        #expect(sound.holds)
        let odd = try example(["gpu_hours": 100, "kg_per_kwh": 0.5], ["mwh": 30, "kg": 15_000])
        #expect(odd.remarks.map(\.kind) == ["implausible_power"])
        #expect(!odd.holds)
    }

    @Test("A case that is called inconsistent and is sound does not hold")
    func soundCalledInconsistent() throws {
        let sound = try example(
            ["gpu_hours": 10, "tdp_w": 300],
            ["kwh": 3],
            status: "published_inconsistent"
        )
        #expect(sound.remarks.isEmpty)
        #expect(!sound.holds)
    }

    @Test("A PUE that no facility has is raised, not applied")
    func implausiblePUE() throws {
        let odd = try example(["gpu_hours": 10, "tdp_w": 300, "pue": 0.9], ["kwh": 2.7])
        #expect(odd.remarks.map(\.kind) == ["implausible_pue"])
        #expect(!odd.holds)
    }

    @Test("A computed value that the file's own recomputation contradicts fails the case")
    func recomputed() throws {
        for (value, holds) in [(3.0, true), (3.1, false)] {
            let json: JSON = [
                "inputs": ["gpu_hours": 10, "tdp_w": 300], "published_outputs": ["kwh": 3],
                "recomputed": ["kwh": .double(value), "unheard_of": 1, "odd": true],
                "status": "reproduces",
                "tolerance_rel": 0.01,
            ]
            let checked = CheckedCase(try WorkedCase(json, number: 0))
            #expect(checked.holds == holds)
            #expect(checked.disagreements.isEmpty == holds)
        }
    }
}

/// The folder that holds published cases for several projects, where there is one.
private enum SharedCases {
    static let missing: Comment =
        "no shared folder; set JOULEBOOK_SHARED to run the shared published cases"
    static var isPresent: Bool { FileManager.default.fileExists(atPath: url.path) }

    static var url: URL {
        let root = ProcessInfo.processInfo.environment["JOULEBOOK_SHARED"] ?? "../shared"
        return URL(filePath: root + "/data/examples/worked_examples.json")
    }
}
