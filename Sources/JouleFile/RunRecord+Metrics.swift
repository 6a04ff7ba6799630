import JouleQuantities

extension RunRecord {
    /// The numbers among its final metrics, nested names joined by points.
    package var statedMetrics: [Metric] {
        metrics.map { Self.numbers(in: $0, under: "") } ?? []
    }

    /// What it came to in the metric `name`: in its last epoch that has it, else as its end states it.
    package func finalValue(of name: String) -> Double? {
        (finalMetrics.first { $0.name == name } ?? statedMetrics.first { $0.name == name })?.value
    }

    private static func numbers(in object: JSONObject, under prefix: String) -> [Metric] {
        object.members.flatMap { member -> [Metric] in
            switch member.value {
            case .object(let inner): numbers(in: inner, under: prefix + member.name + ".")
            case .integer, .double:
                member.value.double.map { [Metric(name: prefix + member.name, value: $0)] } ?? []
            default: []
            }
        }
    }
}
