import Glibc

/// Hands what one thread makes to another one, in its order and a few elements ahead at most.
///
/// What is handed on depends on nothing but what is made, however fast either thread is. The taker takes
/// to the end, or the maker waits for ever.
package final class Relay<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var hasEnded = false
    }

    private let state = Lock(State())
    private let room: Int
    private let made = Bell()
    private let taken = Bell()

    /// At most `room` elements wait, at least one.
    package init(room: Int) { self.room = max(1, room) }

    /// The next element, for which it waits; nil at the end.
    package func next() -> Element? {
        while true {
            made.quiet()
            let (element, hasEnded) = state.withLock { state in
                state.waiting.isEmpty
                    ? (nil, state.hasEnded) : (state.waiting.removeFirst(), false)
            }
            if element != nil { taken.ring() }
            if element != nil || hasEnded { return element }
            made.wait(until: .max)
        }
    }

    /// Has `make` make elements on a thread of its own, each of which it gives; false when the system has
    /// no thread to give.
    package func start(_ make: @escaping @Sendable (_ give: @escaping (Element) -> Void) -> Void)
        -> Bool
    {
        let thread = try? startThread("joulebook") { [self] in
            make { [self] in give($0) }
            state.withLock { $0.hasEnded = true }
            made.ring()
        }
        if let thread { pthread_detach(thread) }
        return thread != nil
    }

    /// Whether a next element would have to wait.
    package var isFull: Bool { state.withLock { $0.waiting.count >= room } }

    private func give(_ element: Element) {
        while true {
            taken.quiet()
            let isGiven = state.withLock { state in
                guard state.waiting.count < room else { return false }
                state.waiting.append(element)
                return true
            }
            guard !isGiven else { return made.ring() }
            taken.wait(until: .max)
        }
    }
}
