import JouleQuantities
import Testing

@testable import JouleExchange

@Suite("Charts")
struct ChartsTests {
    /// Epochs of one second and ten joules each, with a loss that falls and an accuracy that rises.
    private func run(epochs: Int, energy: JSON = 10.0, started: JSON = 100.0) -> JSON {
        let rows = (0..<epochs).map { place -> JSON in
            let share = Double(place + 1) / Double(epochs)
            return [
                "epoch": .integer(Int64(place + 1)),
                "started": started.double.map { .double($0 + Double(place)) } ?? .null,
                "duration_s": started == .null ? .null : 1.0,
                "metrics": ["loss": .double(1 - share), "accuracy": .double(share)],
                "energy": ["total_j": energy],
                "phases": [
                    ["name": "train", "total_j": 8.0]
                ],
            ]
        }
        return ["run_id": "abcdef0123", "started": started, "epochs": .array(rows)]
    }

    private func values(_ spec: JSON?) -> [JSON] { spec?["data"]?["values"]?.array ?? [] }

    @Test("A course has a panel for scores, one for losses and one for energy, on one axis of time")
    func panels() throws {
        let spec = try #require(Charts.course(of: run(epochs: 4)))
        let panels = try #require(spec["vconcat"]?.array)
        #expect(panels.count == 3)
        let ends = panels.compactMap { values($0).last?["x"]?.double }
        #expect(ends == [4, 4, 4])
        #expect(values(panels.last).compactMap { $0["energy"]?.double } == [10, 20, 30, 40])
        #expect(spec["title"] != nil && spec["description"] != nil)
    }

    @Test("Energy that an epoch does not tell is missing from there on, and never zero")
    func missingEnergy() throws {
        let spec = try #require(Charts.course(of: run(epochs: 3, energy: .null)))
        #expect(spec["vconcat"]?.array?.count == 2)
    }

    @Test("Epochs without times are drawn by their numbers")
    func untimed() throws {
        let spec = try #require(Charts.course(of: run(epochs: 3, started: .null)))
        let last = try #require(spec["vconcat"]?.array?.last)
        #expect(values(last).compactMap { $0["x"]?.double } == [1, 2, 3])
        #expect(last["encoding"]?["x"]?["title"]?.string == "Epoch")
    }

    @Test("What no phase has is a part of its own, so that a bar is the whole epoch")
    func phases() throws {
        let rows = values(Charts.phases(of: run(epochs: 2)))
        let sums = Dictionary(grouping: rows) { $0["epoch"]?.integer ?? 0 }
            .mapValues { $0.reduce(0) { $0 + ($1["energy"]?.double ?? 0) } }
        #expect(sums == [1: 10, 2: 10])
        #expect(Charts.phases(of: ["epochs": []]) == nil)
    }

    @Test("A week's bar is its energy, of which what was avoidable is a part")
    func weeks() throws {
        let audit: JSON = [
            "trends": [
                "weeks": [
                    ["name": "2026-11-23", "runs": 2, "energy_j": 7.2e6, "avoidable_j": 1.8e6],
                    ["name": .null, "runs": 1, "energy_j": 3.6e6, "avoidable_j": 0.0],
                ]
            ]
        ]
        let rows = values(Charts.weeks(of: audit))
        #expect(rows.compactMap { $0["energy"]?.double } == [1.5, 0.5])
        #expect(Charts.weeks(of: [:]) == nil)
    }

    @Test("A stage's bar is what computers took, though a facility's energy was declared")
    func stages() throws {
        let lifecycle: JSON = [
            "stages": [
                [
                    "stage": "training",
                    "energy": [
                        "it_kwh": 1.5, "measured_kwh": 0.5, "model_kwh": 0.0, "declared_kwh": 2.5,
                    ],
                ],
                ["stage": "search", "energy": ["it_kwh": .null, "declared_kwh": 2.0]],
            ]
        ]
        let rows = values(Charts.stages(of: lifecycle))
        #expect(rows.compactMap { $0["energy"]?.double } == [0.25, 0, 1.25])
        #expect(Set(rows.compactMap { $0["stage"]?.string }) == ["training"])
    }

    @Test("A frontier leaves out runs whose energy or value is not known")
    func frontier() throws {
        let points: JSON = [
            ["id": "a", "project": "p", "value": 0.9, "energy_j": 20.0, "pareto": true],
            ["id": "b", "project": "p", "value": 0.8, "energy_j": .null, "pareto": false],
            ["id": "c", "project": "p", "value": "NaN", "energy_j": 10.0, "pareto": false],
        ]
        let spec = Charts.frontier(points: points, metric: "accuracy", isHigherBetter: true)
        #expect(values(spec).compactMap { $0["id"]?.string } == ["a"])
        #expect(Charts.frontier(points: [], metric: "accuracy", isHigherBetter: true) == nil)
    }

    @Test("Curves of no run are a specification that somebody else fills")
    func template() throws {
        let spec = Charts.curves(of: [])
        #expect(values(spec).isEmpty)
        #expect(spec["encoding"]?["y"]?["field"]?.string == "value")
        let filled = Charts.efficiency(of: [run(epochs: 2), run(epochs: 3)])
        #expect(values(filled).count == 5)
        #expect(values(filled).first?["energy"]?.double == 10.0 / 3600)
    }

    @Test("Runs whose ids begin alike are curves of their own, each as short as it may be")
    func names() throws {
        func run(_ id: String) -> JSON {
            guard case .object(var parts) = self.run(epochs: 2) else { return .null }
            parts["run_id"] = .string(id)
            return .object(parts)
        }
        func names(_ ids: String...) -> [String] {
            values(Charts.curves(of: ids.map(run))).compactMap { $0["run"]?.string }
        }
        #expect(Set(names("experiment-001", "experiment-002")).count == 2)
        #expect(Set(names("abcdefgh-1", "bcdefghi-1")) == ["abcdefgh", "bcdefghi"])
        #expect(Set(names("experiment", "experiment-2")) == ["experiment", "experiment-"])
    }

    @Test("Of many epochs the first, the last and some between are drawn, and sums are of all")
    func manyEpochs() throws {
        let spec = try #require(Charts.course(of: run(epochs: 9001)))
        let rows = values(spec["vconcat"]?.array?.last)
        #expect(rows.count == Charts.epochsMax)
        #expect(rows.first?["epoch"]?.double == 1 && rows.last?["epoch"]?.double == 9001)
        #expect(rows.last?["energy"]?.double == 90010.0 / 3600)
        #expect(values(Charts.curves(of: [run(epochs: 9001)])).count == Charts.epochsMax)
    }

    @Test(
        "What is better is told by whole words",
        arguments: [
            ("valLoss", MetricDirection.lower), ("val/loss_2", .lower), ("top5_acc", .higher),
            ("acc1", .higher), ("F1", .higher), ("wer", .lower), ("latency_s", .lower),
            ("score_loss", .lower), ("previous", nil), ("lr", nil), ("grad_norm", nil), ("", nil),
        ]
    )
    func direction(name: String, better: MetricDirection?) {
        #expect(MetricDirection(ofMetric: name) == better)
    }

    @Test("A dozen devices have a colour each")
    func colours() throws {
        let point = Charts.PowerPoint(seconds: 1, low: 1, mean: 2, high: 3)
        let spec = Charts.power(
            (0..<12).map { .init(device: "\($0)", provenance: "counter", points: [point]) }
        )
        let range = spec?["config"]?["range"]?["category"]?.array?.compactMap(\.string)
        #expect(try Set(#require(range).prefix(12)).count == 12)
    }

    @Test("Power has no line where readings are missing")
    func gaps() throws {
        func parts(_ seconds: [Double]) -> [Int64] {
            let points = seconds.map { Charts.PowerPoint(seconds: $0, low: 1, mean: 2, high: 3) }
            let course = Charts.PowerCourse(device: "cpu", provenance: "counter", points: points)
            return values(Charts.power([course])).compactMap { $0["part"]?.integer }
        }
        #expect(parts([0]) == [0])
        // A meter may be read seldom, and never quite regularly.
        #expect(parts([0, 10, 20, 31, 60, 70]) == [0, 0, 0, 0, 0, 0])
        #expect(parts([0, 1, 2, 3, 60, 61, 62, 90]) == [0, 0, 0, 0, 1, 1, 1, 2])
        let spec = Charts.power([
            .init(
                device: "cpu",
                provenance: "counter",
                points: [.init(seconds: 0, low: 1, mean: 2, high: 3)]
            )
        ])
        #expect(spec?["encoding"]?["detail"]?["field"]?.string == "part")
    }

    @Test(
        "What is not measured says so in words",
        arguments: [("model", "modelled"), ("declared", "declared"), ("counter", "measured")]
    )
    func provenance(name: String, word: String) throws {
        let point = Charts.PowerPoint(seconds: 1, low: 1, mean: 2, high: 3)
        let course = Charts.PowerCourse(device: "cpu", provenance: name, points: [point])
        let rows = values(Charts.power([course]))
        #expect(rows.first?["known"]?.string == word)
        #expect(rows.first?["mean"]?.double == 2)
        #expect(Charts.power([]) == nil)
    }
}
