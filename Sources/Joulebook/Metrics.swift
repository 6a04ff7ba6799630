/// Named numbers of one step or epoch, as a literal: `["loss": loss, "accuracy": accuracy]`.
///
/// NaN and the infinities are kept as they are. Of two values under one name the later counts.
public struct Metrics: Sendable, ExpressibleByDictionaryLiteral {
    let pairs: [(String, Double)]

    /// No metrics.
    public init() {
        pairs = []
    }

    /// The metrics of a literal, in its order.
    public init(dictionaryLiteral elements: (String, Double)...) {
        pairs = elements
    }

    /// The metrics of a dictionary, in the order of their names.
    public init(_ values: [String: Double]) {
        pairs = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
