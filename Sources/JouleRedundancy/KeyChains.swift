import JouleQuantities

/// Numbers of one key in a chain each, in the order in which they came.
struct KeyChains {
    private var keys: [IndexSum]
    private var next: [Int32]
    /// By number of the first of a chain the last one.
    private var last: [Int32]
    /// One more than the first of a chain; 0 where there is none.
    private var slots: [Int32]
    private var count = 0
    /// The first of each chain of more than one.
    private(set) var shared: [Int] = []

    /// Room for so many numbers.
    init(count: Int) {
        var size = 16
        while size < 2 * count { size *= 2 }
        slots = Array(repeating: 0, count: size)
        keys = Array(repeating: IndexSum(), count: count)
        next = Array(repeating: -1, count: count)
        last = Array(repeating: -1, count: count)
    }

    mutating func reset() {
        for slot in slots.indices { slots[slot] = 0 }
        count = 0
        shared.removeAll(keepingCapacity: true)
    }

    /// Adds the next number, counted from 0.
    mutating func add(_ key: IndexSum) {
        let mask = slots.count - 1
        let number = Int32(count)
        keys[count] = key
        next[count] = -1
        last[count] = number
        count += 1
        var slot = Int(truncatingIfNeeded: key.value) & mask
        while slots[slot] != 0 {
            let first = slots[slot] - 1
            if keys[Int(first)] == key {
                if last[Int(first)] == first { shared.append(Int(first)) }
                next[Int(last[Int(first)])] = number
                last[Int(first)] = number
                last[Int(number)] = -1
                return
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = number + 1
    }

    /// Whether a number is all of its chain.
    func isAlone(_ number: Int) -> Bool { last[number] == Int32(number) }

    func forEach(from first: Int, _ body: (Int) -> Void) {
        var number = Int32(first)
        while number >= 0 {
            body(Int(number))
            number = next[Int(number)]
        }
    }
}

/// Runs divided by a key, so that those of one key come to one thread.
struct KeyShards {
    /// Runs and their keys, shard after shard, each in the order in which they came.
    private let runs: [KeyedRun]
    private let keys: [IndexSum]
    private let ends: [Int]
    private let workers: Workers

    /// The number of shards is the same on every machine, and so is the order of what comes out.
    private static let countMax = 256
    private static let sizeMin = 512
    private static let stretch = 8192

    /// `key` is nil for runs that are left out.
    init(_ all: [KeyedRun], on workers: Workers, by key: (KeyedRun) -> IndexSum?) {
        var count = 1
        while count < Self.countMax, count * Self.sizeMin < all.count { count *= 2 }
        let stretches = workers.map((all.count + Self.stretch - 1) / Self.stretch) { stretch in
            let range =
                stretch * Self.stretch..<min((stretch + 1) * Self.stretch, all.count)
            return range.map { key(all[$0]) }
        }
        // Not the bits by which chains find their slot.
        func shard(_ key: IndexSum) -> Int {
            Int(truncatingIfNeeded: key.value >> 64) & (count - 1)
        }
        var ends = [Int](repeating: 0, count: count)
        for keys in stretches {
            for case let key? in keys { ends[shard(key)] += 1 }
        }
        for place in ends.indices.dropFirst() { ends[place] += ends[place - 1] }
        var places = [0] + ends.dropLast()
        var order = [Int32](repeating: 0, count: ends.last ?? 0)
        var sorted = [IndexSum](repeating: IndexSum(), count: order.count)
        var number: Int32 = 0
        for keys in stretches {
            for key in keys {
                if let key {
                    let place = places[shard(key)]
                    places[shard(key)] += 1
                    order[place] = number
                    sorted[place] = key
                }
                number += 1
            }
        }
        runs = order.map { all[Int($0)] }
        keys = sorted
        self.ends = ends
        self.workers = workers
    }

    /// Has `body` look at each shard, on all threads.
    func map<Result>(_ body: (Shard) -> Result) -> [Result] {
        workers.map(ends.count) { number in
            let range = (number == 0 ? 0 : ends[number - 1])..<ends[number]
            return body(Shard(runs: runs[range], keys: keys[range]))
        }
    }

    /// All runs of some keys.
    struct Shard {
        fileprivate let runs: ArraySlice<KeyedRun>
        fileprivate let keys: ArraySlice<IndexSum>

        /// Calls one of both with the runs of each key; runs of one key in their order.
        func forEach(alone: (KeyedRun) -> Void, several: ([KeyedRun]) -> Void) {
            var chains = KeyChains(count: runs.count)
            for key in keys { chains.add(key) }
            for (number, run) in runs.enumerated() where chains.isAlone(number) { alone(run) }
            for first in chains.shared {
                var same: [KeyedRun] = []
                chains.forEach(from: first) { same.append(runs[runs.startIndex + $0]) }
                several(same)
            }
        }

        /// Calls `body` with the runs of each key that several have.
        func forEachGroup(_ body: ([KeyedRun]) -> Void) { forEach(alone: { _ in }, several: body) }
    }
}
