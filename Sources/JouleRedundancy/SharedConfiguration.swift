/// The leaves of a configuration by their places in a table, in order, with what they add up to.
///
/// One piece of memory: there is one for nearly every run.
struct SharedConfiguration: RandomAccessCollection, Hashable {
    private struct Head {
        let sum: IndexSum
        let count: Int
    }

    private let memory: ManagedBuffer<Head, LeafTable.ID>

    init(_ leaves: [LeafTable.ID], _ sum: IndexSum) {
        memory = .create(minimumCapacity: leaves.count) { _ in
            Head(sum: sum, count: leaves.count)
        }
        unsafe memory.withUnsafeMutablePointerToElements { places in
            // SAFETY: there is room for so many.
            for (place, leaf) in leaves.enumerated() {
                unsafe (places + place).initialize(to: leaf)
            }
        }
    }

    var sum: IndexSum { memory.header.sum }
    var startIndex: Int { 0 }
    var endIndex: Int { memory.header.count }

    subscript(place: Int) -> LeafTable.ID {
        // SAFETY: indices of a collection are below its end.
        unsafe memory.withUnsafeMutablePointerToElements { unsafe $0[place] }
    }

    func withContiguousStorageIfAvailable<Result>(
        _ body: (UnsafeBufferPointer<LeafTable.ID>) throws -> Result
    ) rethrows -> Result? {
        let count = endIndex
        return unsafe try memory.withUnsafeMutablePointerToElements { places in
            // SAFETY: there are so many.
            unsafe try body(UnsafeBufferPointer(start: places, count: count))
        }
    }

    /// The sums find candidates, the leaves decide.
    static func == (left: Self, right: Self) -> Bool {
        left.memory === right.memory || left.sum == right.sum && left.elementsEqual(right)
    }

    func hash(into hasher: inout Hasher) { hasher.combine(sum) }
}

/// Configurations of one program, each kept once.
struct SharedConfigurations {
    private var known: [IndexSum: SharedConfiguration] = [:]

    /// For so many runs.
    init(capacity: Int = 0) { known.reserveCapacity(capacity) }

    mutating func shared(_ leaves: [LeafTable.ID], _ table: LeafTable) -> SharedConfiguration {
        let sum = table.sum(of: leaves)
        if let known = known[sum], known.elementsEqual(leaves) { return known }
        let configuration = SharedConfiguration(leaves, sum)
        known[sum] = configuration
        return configuration
    }
}
