import JouleQuantities

/// One published case: what went in, what came out, and how near it must come.
struct WorkedCase: Sendable {
    /// What its publication is known to be.
    enum Status: String, Sendable {
        case reproduces
        case publishedInconsistent = "published_inconsistent"
    }

    /// For people alone; nothing is chosen by it.
    let title: String
    let status: Status
    let tolerance: Double
    let inputs: StatedMembers
    let published: StatedMembers
    /// What somebody else computed from the same inputs, rounded.
    let recomputed: StatedMembers?

    init(_ json: JSON, number: Int) throws(CaseError) {
        let location = "examples[\(number)]"
        title = json["id"]?.string.map { "\(location) \($0)" } ?? location
        guard let word = json["status"]?.string, let status = Status(rawValue: word) else {
            throw CaseError(
                "\(location).status",
                "is neither reproduces nor published_inconsistent"
            )
        }
        guard let tolerance = json["tolerance_rel"]?.double, tolerance >= 0, tolerance < 1 else {
            throw CaseError("\(location).tolerance_rel", "is no share between 0 and 1")
        }
        self.status = status
        self.tolerance = tolerance
        inputs = try StatedMembers(json["inputs"], at: "\(location).inputs")
        published = try StatedMembers(
            json["published_outputs"],
            at: "\(location).published_outputs"
        )
        recomputed =
            if let member = json["recomputed"] {
                try StatedMembers(member, at: "\(location).recomputed", passesOver: true)
            } else { nil }
    }
}
