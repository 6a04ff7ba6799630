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
        open = Set(try Self.texts(json, "open", at: "open"))
        labels.reserveCapacity(runs.members.count)
        for member in runs.members {
            labels[member.name] = try Self.label(member.value, at: "runs.\(member.name)")
        }
    }

    private static func label(_ json: JSON, at path: String) throws(LabelError) -> Label {
        let line = try text(json, "line", at: path)
        guard line == "not_waste" || DetectorScore.lines.contains(line) else {
            throw LabelError(path: "\(path).line", reason: "'\(line)' is no line of an audit")
        }
        return Label(
            class: json["class"] == nil ? nil : try text(json, "class", at: path),
            of: Set(try texts(json, "of", at: "\(path).of")),
            line: line,
            amount: Amount(
                joules: try amount(json, "joules", at: path),
                seconds: try amount(json, "seconds", at: path)
            ),
            work: try text(json, "work", at: path),
            recipe: try text(json, "recipe", at: path),
            trap: json["trap"] == nil ? nil : try text(json, "trap", at: path)
        )
    }

    private static func text(
        _ json: JSON,
        _ name: String,
        at path: String
    ) throws(LabelError) -> String {
        guard let text = json[name]?.string else {
            throw LabelError(path: "\(path).\(name)", reason: "is not a string")
        }
        return text
    }

    /// Empty where the member is absent.
    private static func texts(
        _ json: JSON,
        _ name: String,
        at path: String
    ) throws(LabelError) -> [String] {
        guard let value = json[name] else { return [] }
        let texts = value.array?.compactMap(\.string)
        guard let texts, texts.count == value.array?.count else {
            throw LabelError(path: path, reason: "is not an array of strings")
        }
        return texts
    }

    private static func amount(
        _ json: JSON,
        _ name: String,
        at path: String
    ) throws(LabelError) -> Double? {
        guard let value = json[name] else { return nil }
        guard let number = value.double, number.isFinite, number >= 0 else {
            throw LabelError(path: "\(path).\(name)", reason: "is not an amount")
        }
        return number
    }
}
