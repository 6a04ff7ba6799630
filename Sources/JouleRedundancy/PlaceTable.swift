/// Places by number: a hash table with open addressing, for as many numbers as were said.
struct PlaceTable {
    private struct Entry {
        var number: UInt64 = 0
        /// One more than the place; 0 where there is none.
        var place: Int32 = 0
    }

    private var entries: [Entry]

    init(capacity: Int = 0) {
        var size = 2
        while size < 2 * capacity { size *= 2 }
        entries = Array(repeating: Entry(), count: size)
    }

    /// Another one in each process, so that nobody can choose numbers that fall together.
    private static let secret = UInt64.random(in: .min ... .max)

    subscript(number: UInt64) -> Int32? {
        let slot = slot(of: number)
        return entries[slot].place == 0 ? nil : entries[slot].place - 1
    }

    /// Puts a number at another place; its place before.
    mutating func replace(_ number: UInt64, with place: Int32) -> Int32? {
        let slot = slot(of: number)
        let before = entries[slot].place
        entries[slot] = Entry(number: number, place: place + 1)
        return before == 0 ? nil : before - 1
    }

    private func slot(of number: UInt64) -> Int {
        let mask = entries.count - 1
        var slot =
            Int(truncatingIfNeeded: Fingerprint64.combine(Self.secret, number)) & mask
        while entries[slot].place != 0, entries[slot].number != number { slot = (slot + 1) & mask }
        return slot
    }
}
