import JouleQuantities

/// What a run logged by steps, on its way from another program's history into a ledger.
///
/// Points keep their order, and values their bits: a step may come again, or go back.
package struct LoggedSteps: Sendable, Hashable {
    /// One value of one metric.
    package struct Point: Sendable, Hashable {
        package let step: Int64
        /// Nanoseconds since 1970; nil where nobody noted when it was.
        package let timeNS: Int64?
        /// Place of the name among `names`.
        package let metric: UInt16
        fileprivate let bits: UInt64

        package var value: Double { Double(bitPattern: bits) }
    }

    /// Of metrics, in the order in which they first came.
    package private(set) var names: [String] = []
    package private(set) var points: [Point] = []
    private var places: [ExactName: UInt16] = [:]

    /// Points of one step that were logged this soon after each other are one row.
    private static let rowNSMax: Int64 = 100_000_000

    package init() {}

    /// Adds a point behind the others, of at most 65,536 different names.
    package mutating func add(_ name: String, _ value: Double, step: Int64, timeNS: Int64?) {
        let exact = ExactName(name)
        let place = places[exact] ?? UInt16(truncatingIfNeeded: names.count)
        if Int(place) == names.count {
            names.append(name)
            places[exact] = place
        }
        points.append(Point(step: step, timeNS: timeNS, metric: place, bits: value.bitPattern))
    }

    /// Whether a metric of the name has a point.
    package func has(_ name: String) -> Bool { places[ExactName(name)] != nil }

    /// Puts the points into the order of their times, those of one time into that of their steps.
    package mutating func sortByTime() {
        let order = points.indices.sorted { left, right in
            let (a, b) = (points[left], points[right])
            return (a.timeNS ?? .min, a.step, left) < (b.timeNS ?? .min, b.step, right)
        }
        points = order.map { points[$0] }
    }

    /// Gives the points of each row of the table of steps: neighbours of one step, each metric once.
    package func rows<Failure: Error>(_ body: (ArraySlice<Point>) throws(Failure) -> Void)
        throws(Failure)
    {
        var start = 0
        var seen: Set<UInt16> = []
        for place in points.indices {
            let (first, point) = (points[start], points[place])
            if point.step != first.step || !Self.isSoon(point.timeNS, after: first.timeNS)
                || seen.contains(point.metric)
            {
                try body(points[start..<place])
                start = place
                seen.removeAll(keepingCapacity: true)
            }
            seen.insert(point.metric)
        }
        if start < points.count { try body(points[start...]) }
    }

    private static func isSoon(_ time: Int64?, after first: Int64?) -> Bool {
        guard let time, let first else { return time == first }
        let (difference, overflows) = time.subtractingReportingOverflow(first)
        return !overflows && (-rowNSMax...rowNSMax).contains(difference)
    }
}
