package import JouleQuantities

/// What the record of a run says of its having been thinned, the last time.
package struct ThinningNote: Sendable, Hashable {
    /// When.
    package let at: WallTime
    /// Of so long one reading of each meter is left.
    package let intervalSeconds: Int64
    /// Rows of telemetry.
    package let readingsBefore: Int64
    package let readingsAfter: Int64

    /// Nil where the record does not say it.
    package init?(_ run: RunRecord) {
        guard let origin = run.extra["thinned_from"], let at = origin["at"]?.double,
            let at = WallTime(unixSeconds: at), let interval = origin["interval_s"]?.integer,
            interval > 0,
            let before = origin["rows"]?["before"]?.integer,
            let after = origin["rows"]?["after"]?.integer
        else { return nil }
        self.at = at
        intervalSeconds = interval
        readingsBefore = before
        readingsAfter = after
    }
}
