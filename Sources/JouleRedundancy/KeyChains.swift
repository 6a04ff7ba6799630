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
