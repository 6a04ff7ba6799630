import JouleFile
import JouleQuantities

extension ThinningNote {
    /// When a run was thinned, and to what.
    var sentence: String {
        let date = Units.date(unixSeconds: at.unixSeconds)
        return "\(date) UTC to a reading of each meter each \(intervalSeconds) s: "
            + "\(readingsBefore.counted("reading")) to \(readingsAfter)"
    }

    /// The `thinned` of a file of `verify --json`; nil when no run was.
    static func json(_ thinnings: [ThinningNote]) -> JSON? {
        guard !thinnings.isEmpty else { return nil }
        return .array(
            thinnings.map { thinning in
                [
                    "at": .double(thinning.at.unixSeconds),
                    "interval_s": .integer(thinning.intervalSeconds),
                    "rows": [
                        "before": .integer(thinning.readingsBefore),
                        "after": .integer(thinning.readingsAfter),
                    ],
                ]
            }
        )
    }
}
