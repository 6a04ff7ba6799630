import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import worked_examples

@Suite("Worked examples from a hostile file")
struct HostileExampleTests {
    @Test(
        "What is no file of cases is an error that says where",
        arguments: [
            ("", "byte 0"), ("[]", "examples"), ("{}", "examples"),
            ("{\"examples\": 1}", "examples"),
            ("{\"examples\": []}", "examples"), ("{\"examples\": [1e999]}", "byte 14"),
        ]
    )
    func noFile(text: String, location: String) {
        let error = #expect(throws: CaseError.self) { try CheckedFile(text: Array(text.utf8)) }
        #expect(error?.location == location)
    }

    @Test(
        "A case that cannot be read is an error that says where, and the file does not hold",
        arguments: [
            ("null", "examples[0].status"),
            ("{\"status\": \"fine\"}", "examples[0].status"),
            ("{\"status\": \"reproduces\"}", "examples[0].tolerance_rel"),
            (Self.body(tolerance: "-1"), "examples[0].tolerance_rel"),
            (Self.body(tolerance: "\"NaN\""), "examples[0].tolerance_rel"),
            (Self.body(inputs: "3"), "examples[0].inputs"),
            (Self.body(inputs: "{\"pue\": true}"), "examples[0].inputs.pue"),
            (Self.body(inputs: "{\"pue\": NaN}"), "examples[0].inputs.pue"),
            (Self.body(inputs: "{\"pue\": \"Infinity\"}"), "examples[0].inputs.pue"),
            (Self.body(inputs: "{\"kwh\": 1e200}"), "examples[0].inputs.kwh"),
            (Self.body(inputs: "{\"kwh\": [1, {}]}"), "examples[0].inputs.kwh[0]"),
            (Self.body(inputs: "{\"kwh\": [1, \"a\"]}"), "examples[0].inputs.kwh[1]"),
            (Self.body(inputs: "{\"kwh\": {\"a\": []}}"), "examples[0].inputs.kwh.a"),
            (Self.body(outputs: "[]"), "examples[0].published_outputs"),
        ]
    )
    func noCase(text: String, location: String) throws {
        let file = try CheckedFile(text: Array("{\"examples\": [\(text)]}".utf8))
        #expect(file.errors.map(\.location) == [location])
        #expect(!file.holds)
        #expect(file.report.contains(location))
    }

    private static func body(
        tolerance: String = "0.01",
        inputs: String = "{}",
        outputs: String = "{}"
    ) -> String {
        """
        {"status": "reproduces", "tolerance_rel": \(tolerance), "inputs": \(inputs), \
        "published_outputs": \(outputs)}
        """
    }

    private static let odd: [JSON] = [
        .null, true, 0, -1, 1e99, -1e99, 1e-300, "NaN", "x64", "Vx999999999999999999999", "", [],
        {
            var empty = JSONObject()
            empty[""] = 1
            return .object(empty)
        }(), [0, 0], [[1]], ["a": ["b": 1]], [["h": 1], ["t": 2]], 9_223_372_036_854_775_807,
    ]

    private static let oddNames = [
        "", "_", "per", "per_", "_per_kwh", "kwh_per_per_kwh", "g_per_0_tokens", "g_per_nan_tokens",
        "g_per_1e400_tokens", "kwh_per_500mL", "per_0_x", "t_range", "µ_kg", "b",
    ]

    @Test("No value and no name anywhere in a case stops the program", arguments: 0..<300)
    func mutated(seed: UInt64) throws {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Resources/cases.json")
        let json = try JSON(parsing: Array(try Data(contentsOf: url)))
        var random = SplitMix(seed: seed)
        var cases: [JSON] = []
        for example in json["examples"]?.array ?? [] {
            cases.append(Self.spoilt(example, depth: 0, &random))
        }
        let file = try CheckedFile(["examples": .array(cases)])
        #expect(file.cases.count + file.errors.count == cases.count)
        #expect(!file.report.isEmpty)
    }

    private static func spoilt(_ json: JSON, depth: Int, _ random: inout SplitMix) -> JSON {
        if depth > 1, Int.random(in: 0..<12, using: &random) == 0 {
            return odd.randomElement(using: &random) ?? .null
        }
        switch json {
        case .array(let elements):
            return .array(elements.map { spoilt($0, depth: depth + 1, &random) })
        case .object(let object):
            var result = JSONObject()
            for member in object.members {
                let isRenamed = depth > 0 && Int.random(in: 0..<20, using: &random) == 0
                let name = isRenamed ? oddNames.randomElement(using: &random) : nil
                result[name ?? member.name] = spoilt(member.value, depth: depth + 1, &random)
            }
            return .object(result)
        default: return json
        }
    }
}
