/// A quantity that adds and scales.
package protocol Summable: Sendable, Comparable {
    static var zero: Self { get }
    static func + (left: Self, right: Self) -> Self
    func scaled(by factor: Double) -> Self
}

/// A quantity between two limits, with a point value only where every input was stated.
package struct Estimate<Quantity: Summable>: Sendable {
    /// Nil when some input is not known: a range is then all that can be said.
    package var point: Quantity?
    package var low: Quantity
    package var high: Quantity

    package init(_ point: Quantity) {
        self.point = point
        low = point
        high = point
    }

    package init(point: Quantity?, low: Quantity, high: Quantity) {
        self.point = point
        self.low = low
        self.high = high
    }

    /// The sum has a point only where both terms have one.
    package static func + (left: Self, right: Self) -> Self {
        var point: Quantity?
        if let first = left.point, let second = right.point { point = first + second }
        return Self(point: point, low: left.low + right.low, high: left.high + right.high)
    }

    /// The sum of the estimates that exist, nil when none does.
    package static func sum(_ terms: some Sequence<Self?>) -> Self? {
        terms.reduce(into: nil) { add($1, to: &$0) }
    }

    /// Adds a term where it exists.
    static func add(_ term: Self?, to total: inout Self?) {
        guard let term else { return }
        total = total.map { $0 + term } ?? term
    }

    /// What another quantity is that grows with this one.
    func map<Other>(_ other: (Quantity) -> Other) -> Estimate<Other> {
        Estimate<Other>(point: point.map(other), low: other(low), high: other(high))
    }

    /// The limits, widened on both sides by a relative uncertainty.
    package func widened(by uncertaintyRelative: Double) -> Self {
        Self(
            point: point,
            low: low.scaled(by: max(0, 1 - uncertaintyRelative)),
            high: high.scaled(by: 1 + uncertaintyRelative)
        )
    }
}

/// The uncertainty of a sum of energies (F13).
///
/// Errors of one source (one meter, one model) are the same error each time and add linearly;
/// errors of different sources are independent and add in quadrature (GUM, JCGM 100).
package struct CombinedUncertainty: Sendable {
    private var joulesByError: [SharedError: Double] = [:]
    private var total = 0.0
    private var hasUnknown = false

    package init() {}

    /// Adds one amount of energy and its relative uncertainty, nil when that is not known.
    package mutating func add(joules: Double, relative: Double?, error: SharedError) {
        total += joules
        if let relative, relative.isFinite, relative >= 0 {
            joulesByError[error, default: 0] += joules * relative
        } else if joules > 0 {
            hasUnknown = true
        }
    }

    package mutating func add(_ other: CombinedUncertainty) {
        total += other.total
        hasUnknown = hasUnknown || other.hasUnknown
        joulesByError.merge(other.joulesByError, uniquingKeysWith: +)
    }

    /// Half-width of the 95 % interval relative to the sum; nil as soon as one part's is not known.
    package var relative: Double? {
        guard !hasUnknown, total > 0 else { return nil }
        // Sorted, because the order of a dictionary would show in the last bits.
        let squares = joulesByError.values.sorted().reduce(0) { $0 + $1 * $1 }
        return squares.squareRoot() / total
    }
}
