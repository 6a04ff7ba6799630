/// When runs start, as a summary takes it.
package enum StartShift: Sendable, Hashable {
    /// So many hours after they did; before, where it is negative.
    case later(hours: Double)
    /// Each run at the hour of the 24 from its start on in which it would have caused the least.
    case bestWithinDay
}

extension StartShift {
    /// Hours that a start can be moved by: the same time of year, so that the grid is alike.
    package static let hours: ClosedRange<Double> = -168...168

    /// By how many seconds a course is moved.
    ///
    /// A best start is one at which all hours are known; where there is none, the run stays.
    /// Source: Dodge et al. 2022, arXiv:2206.05229, § 5 (flexible start).
    func seconds<Signal>(of course: EnergyCourse, in series: IntensitySeries<Signal>) -> Double {
        switch self {
        case .later(let hours): return hours * 3600
        case .bestWithinDay:
            let starts = (0..<24).map { Double($0) * 3600 }
            let known = starts.compactMap { start in
                Self.intensity(of: course, in: series, laterBy: start).map { (start, $0) }
            }
            // Of starts that are as good the earliest.
            return known.min { $0.1 < $1.1 }?.0 ?? 0
        }
    }

    /// Grams per kWh over the whole; nil where some of it is not known.
    private static func intensity<Signal>(
        of course: EnergyCourse,
        in series: IntensitySeries<Signal>,
        laterBy seconds: Double
    ) -> Double? {
        var sum: Double? = 0
        course.forEachPiece(in: series, laterBy: seconds) { share, row in
            sum = sum.flatMap { sum in
                row.map { sum + share * $0.intensity.gramsPerKilowattHour }
            }
        }
        return sum
    }
}
