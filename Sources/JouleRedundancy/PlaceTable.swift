/// Places by number: a hash table with open addressing, for as many numbers as were said.
struct PlaceTable {
    /// Numbers beside one more than their place; 0 where there is none.
    private var numbers: [UInt64]
    private var places: [Int32]

    init(capacity: Int = 0) {
        var size = 2
        while size < 2 * capacity { size *= 2 }
        numbers = Array(repeating: 0, count: size)
        places = Array(repeating: 0, count: size)
    }

    /// Another one in each process, so that nobody can choose numbers that fall together.
    private static let secret = UInt64.random(in: .min ... .max)

    subscript(number: UInt64) -> Int32? {
        let slot = slot(of: number)
        return places[slot] == 0 ? nil : places[slot] - 1
    }

    /// Puts a number at another place; its place before.
    mutating func replace(_ number: UInt64, with place: Int32) -> Int32? {
        let slot = slot(of: number)
        defer {
            numbers[slot] = number
            places[slot] = place + 1
        }
        return places[slot] == 0 ? nil : places[slot] - 1
    }

    private func slot(of number: UInt64) -> Int {
        let mask = numbers.count - 1
        var slot =
            Int(truncatingIfNeeded: Fingerprint64.combine(Self.secret, number)) & mask
        while places[slot] != 0, numbers[slot] != number { slot = (slot + 1) & mask }
        return slot
    }
}
