package import JouleQuantities

/// What a run has left of what it measured, where others measured the same.
package struct SharedEnergy: Sendable, Hashable {
    /// How a part of its energy became another's.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Runs that knew nothing of each other read the meter at the same time.
        case divided
        /// A run of its own was logged within this one, and has all of its time.
        case enclosed
    }

    /// As the run itself tells it.
    package let measured: Energy?
    /// What is left, so that sums over all runs hold each joule once.
    package let counted: Energy?
    /// The longest time for which one meter was shared.
    package internal(set) var seconds = 0.0
    package internal(set) var reasons: Set<Reason> = []
    /// The first of those that it shared with, by name.
    package internal(set) var others: [RunID] = []
    /// Whether there are more.
    package internal(set) var hasMore = false
    /// The largest contradiction between its meter and another's reading of the same one, as a part
    /// of its energy, where their intervals do not allow it.
    package internal(set) var contradiction: Double?

    package static let othersMax = 8
}
