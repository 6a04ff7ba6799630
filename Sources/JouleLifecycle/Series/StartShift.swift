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

    /// The pieces of a course as it would have been, and by how many seconds it is moved.
    ///
    /// A best start is one at which all hours are known; where there is none, the run stays.
    /// Source: Dodge et al. 2022, arXiv:2206.05229, § 5 (flexible start).
    func pieces<Signal>(
        of course: EnergyCourse,
        in series: IntensitySeries<Signal>
    ) -> (shiftSeconds: Double, pieces: [IntensitySeries<Signal>.Piece]) {
        switch self {
        case .later(let hours):
            let seconds = hours * 3600
            return (seconds, course.shifted(bySeconds: seconds).pieces(in: series))
        case .bestWithinDay:
            var best = (shiftSeconds: 0.0, pieces: course.pieces(in: series))
            var least = Self.intensity(best.pieces) ?? .infinity
            for hour in 1..<24 {
                let seconds = Double(hour) * 3600
                let pieces = course.shifted(bySeconds: seconds).pieces(in: series)
                if let intensity = Self.intensity(pieces), intensity < least {
                    least = intensity
                    best = (seconds, pieces)
                }
            }
            return best
        }
    }

    /// Grams per kWh over the whole; nil where some of it is not known.
    private static func intensity<Signal>(_ pieces: [IntensitySeries<Signal>.Piece]) -> Double? {
        var sum = 0.0
        for (share, row) in pieces {
            guard let row else { return nil }
            sum += share * row.intensity.gramsPerKilowattHour
        }
        return sum
    }
}
