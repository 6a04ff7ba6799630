import JouleLifecycle
import JouleQuantities

/// A file of cases, all recomputed.
struct CheckedFile {
    private(set) var cases: [CheckedCase] = []
    /// Cases that cannot be read, and where.
    private(set) var errors: [CaseError] = []

    init(_ json: JSON) throws(CaseError) {
        guard let examples = json["examples"]?.array else {
            throw CaseError("examples", "is no list")
        }
        guard !examples.isEmpty else { throw CaseError("examples", "holds no case") }
        for (number, example) in examples.enumerated() {
            do {
                cases.append(CheckedCase(try WorkedCase(example, number: number)))
            } catch {
                errors.append(error)
            }
        }
    }

    /// Reads a file's text.
    init(text: [UInt8]) throws(CaseError) {
        let json: JSON
        do { json = try JSON(parsing: text) } catch {
            throw CaseError("byte \(error.offset)", error.reason)
        }
        try self.init(json)
    }

    /// Whether every case is what its status says.
    var holds: Bool { errors.isEmpty && cases.allSatisfy(\.holds) }

    /// Everything, a block a case, the summary last.
    var report: String {
        (cases.map(\.report) + errors.map { "\($0)\n" } + [summary + "\n"])
            .joined(separator: "\n")
    }

    /// One line.
    var summary: String {
        let sound = cases.filter { $0.example.status == .reproduces }
        let other = cases.filter { $0.example.status == .publishedInconsistent }
        let rows = cases.flatMap(\.rows)
        func count(_ verdict: CheckedCase.Verdict) -> Int {
            rows.count { $0.verdict == verdict }
        }
        let parts = [
            "\(sound.count(where: \.holds)) of \(sound.count) cases reproduce",
            "\(other.count(where: \.holds)) of \(other.count) inconsistent ones raise an anomaly",
            "\(cases.count { $0.shape == nil }) of unknown shape",
            "\(errors.count) unreadable",
            "\(count(.ok)) of \(rows.count) published numbers computed and within tolerance, "
                + "\(count(.implied)) implied",
            "\(cases.reduce(0) { $0 + $1.recomputedCount }) compared with the file's own recomputation",
        ]
        return (holds ? "All hold: " : "NOT all hold: ") + parts.joined(separator: "; ")
    }
}

extension CheckedCase {
    /// The case in text: its shape, a row a number, what was raised, and the verdict.
    var report: String {
        guard let shape else {
            let names = example.inputs.numbers.map(\.path).joined(separator: ", ")
            return "\(example.title): unknown shape of inputs (\(names)): FAILS\n"
        }
        var lines = ["\(example.title): \(shape)"]
        let cells = rows.map { row in
            [
                "  \(row.name)", row.computed.map(Figure.number) ?? "–",
                Figure.number(row.published), row.relativeError.map(Self.share) ?? "–",
                Self.share(example.tolerance), row.verdict.rawValue,
            ]
        }
        if rows.isEmpty {
            lines.append("  publishes no number that could be compared")
        } else {
            lines += TextTable.plain(
                header: ["  quantity", "computed", "published", "error", "tolerance", "verdict"],
                rows: cells
            )
        }
        lines += remarks.map { "  raised: \($0.kind) at \($0.location): \($0.message)" }
        lines += disagreements.map { "  differs: \($0)" }
        lines += notes.map { "  note: \($0)" }
        let expected = example.status == .reproduces ? "reproduces" : "inconsistent as published"
        lines.append("  \(expected): \(holds ? "holds" : "FAILS")")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func share(_ value: Double) -> String {
        value == 0 ? "0 %" : "\(Figure.number(value * 100)) %"
    }
}
