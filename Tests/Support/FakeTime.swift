import Synchronization

/// A clock that moves only when a test moves it.
package final class FakeTime: Sendable {
    private let nanoseconds: Atomic<Int64>

    package init(nanoseconds: Int64 = 1_000_000_000_000) {
        self.nanoseconds = Atomic(nanoseconds)
    }

    package var now: Int64 { nanoseconds.load(ordering: .relaxed) }

    package func advance(seconds: Double) {
        nanoseconds.wrappingAdd(Int64((seconds * 1e9).rounded()), ordering: .relaxed)
    }
}
