package import JouleQuantities

/// What a generator planted among run records (`Benchmarks/redundancy/generate`).
///
/// A run without a label repeats nothing and is repeated by nothing.
package struct PlantedTruth: Sendable {
    package static let schema = "joulebook.labels/1"

    /// The truth about one run.
    struct Label: Sendable {
        /// Nil when the run belongs to no class.
        var `class`: String?
        /// Runs that it repeats.
        var of: Set<String>
        var line: String
        /// On the line; nil when not known.
        var amount: Amount
        /// Equal exactly where the same is computed.
        var work: String
        /// Equal where the same is computed apart from the seed.
        var recipe: String
        /// What makes the run look like something else.
        var trap: String?
    }

    /// Energy, or the time that stands in for it.
    struct Amount: Sendable {
        var joules: Double?
        var seconds: Double?
    }

    var labels: [String: Label] = [:]
    /// Classes of which some members are labelled, so that precision says nothing.
    var open: Set<String> = []

    package init(_ json: JSON) throws(LabelError) {
        guard json["schema"]?.string == Self.schema else {
            throw LabelError(path: "schema", reason: "is not \(Self.schema)")
        }
        guard let runs = json["runs"]?.object else {
            throw LabelError(path: "runs", reason: "is not an object of labels by run")
        }
        open = Set((json["open"]?.array ?? []).compactMap(\.string))
        labels.reserveCapacity(runs.members.count)
        for member in runs.members {
            labels[member.name] = try Self.label(member.value, of: member.name)
        }
    }

    private static func label(_ json: JSON, of run: String) throws(LabelError) -> Label {
        func text(_ name: String) throws(LabelError) -> String {
            guard let text = json[name]?.string else {
                throw LabelError(path: "runs.\(run).\(name)", reason: "is not a string")
            }
            return text
        }
        func amount(_ name: String) throws(LabelError) -> Double? {
            guard let value = json[name] else { return nil }
            guard let number = value.double, number.isFinite, number >= 0 else {
                throw LabelError(path: "runs.\(run).\(name)", reason: "is not an amount")
            }
            return number
        }
        return Label(
            class: json["class"]?.string,
            of: Set((json["of"]?.array ?? []).compactMap(\.string)),
            line: try text("line"),
            amount: Amount(joules: try amount("joules"), seconds: try amount("seconds")),
            work: try text("work"),
            recipe: try text("recipe"),
            trap: json["trap"]?.string
        )
    }
}
