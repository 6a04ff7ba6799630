import Glibc

/// Does pieces of work that have nothing to do with each other on several threads at once.
///
/// Results come in the order of the pieces, whichever was done first.
public struct Workers: Sendable {
    /// Threads, the caller's own among them.
    public let count: Int

    /// So many threads, the caller's own among them.
    @inlinable
    public init(count: Int) { self.count = count }

    /// As many as there are processors, and no more than are worth it.
    public static let all = Workers(
        count: min(max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))), 16)
    )

    /// What `body` gives for each number below `count`.
    @inlinable
    public func map<Result>(_ count: Int, _ body: (Int) -> Result) -> [Result] {
        map(count, with: { () }, { number, _ in body(number) })
    }

    /// The same where each thread keeps something of its own from one piece to the next.
    @inlinable
    public func map<State, Result>(
        _ count: Int,
        with state: () -> State,
        _ body: (Int, inout State) -> Result
    ) -> [Result] {
        guard min(self.count, count) > 1 else {
            var state = state()
            return (0..<count).map { body($0, &state) }
        }
        return unsafe [Result](unsafeUninitializedCapacity: count) { results, initialized in
            run(count) { next in
                var state = state()
                while let number = next() {
                    // SAFETY: each number is given once, so that each place is written once.
                    unsafe results.initializeElement(at: number, to: body(number, &state))
                }
            }
            initialized = count
        }
    }

    /// What `body` gives for each of `items`, of which one takes no time to speak of.
    @inlinable
    public func mapEach<Item, Result>(_ items: [Item], _ body: (Item) -> Result) -> [Result] {
        let stretch = 4096
        return unsafe [Result](unsafeUninitializedCapacity: items.count) { results, initialized in
            _ = map((items.count + stretch - 1) / stretch) { number in
                for place in number * stretch..<min((number + 1) * stretch, items.count) {
                    // SAFETY: each number is given once, so that each place is written once.
                    unsafe results.initializeElement(at: place, to: body(items[place]))
                }
            }
            initialized = items.count
        }
    }

    /// Where those of `items` are of which `isWanted` holds, in order.
    @inlinable
    public func places<Item>(in items: [Item], where isWanted: (Item) -> Bool) -> [Int] {
        let stretch = 4096
        return map((items.count + stretch - 1) / stretch) { number in
            (number * stretch..<min((number + 1) * stretch, items.count))
                .filter { isWanted(items[$0]) }
        }.flatMap(\.self)
    }

    /// `items` in an order in which no two are equal.
    @inlinable
    public func sorted<Item>(_ items: [Item], by precedes: (Item, Item) -> Bool) -> [Item] {
        let parts = items.count < 4096 ? 1 : count
        var sorted = map(parts) { part in
            items[items.count * part / parts..<items.count * (part + 1) / parts]
                .sorted(by: precedes)
        }
        while sorted.count > 1 {
            let pairs = sorted
            sorted = map((pairs.count + 1) / 2) { pair in
                2 * pair + 1 == pairs.count
                    ? pairs[2 * pair] : merged(pairs[2 * pair], pairs[2 * pair + 1], by: precedes)
            }
        }
        return sorted[0]
    }

    @inlinable
    func merged<Item>(_ a: [Item], _ b: [Item], by precedes: (Item, Item) -> Bool)
        -> [Item]
    {
        var merged: [Item] = []
        merged.reserveCapacity(a.count + b.count)
        var (left, right) = (0, 0)
        while left < a.count, right < b.count {
            if precedes(b[right], a[left]) {
                merged.append(b[right])
                right += 1
            } else {
                merged.append(a[left])
                left += 1
            }
        }
        merged += a[left...]
        merged += b[right...]
        return merged
    }

    /// Has all threads take numbers below `count` until there is none left.
    @usableFromInline
    func run(_ count: Int, _ body: (_ next: () -> Int?) -> Void) {
        withoutActuallyEscaping(body) { body in
            let share = Share(count, body)
            let threads = (1..<min(self.count, count)).compactMap { _ in
                // Where the system has none to give, the others do its part.
                try? startThread("joulebook") { share.run() }
            }
            share.run()
            for thread in threads { pthread_join(thread, nil) }
        }
    }

    /// What the threads share.
    private final class Share: @unchecked Sendable {
        // Unchecked: `body` is run on several threads at once, on pieces that share nothing that any
        // of them changes; who gives it sees to that.
        private let next = Lock(0)
        private let count: Int
        private let body: (_ next: () -> Int?) -> Void

        init(_ count: Int, _ body: @escaping (_ next: () -> Int?) -> Void) {
            self.count = count
            self.body = body
        }

        func run() {
            body {
                next.withLock { next in
                    guard next < count else { return nil }
                    defer { next += 1 }
                    return next
                }
            }
        }
    }
}
