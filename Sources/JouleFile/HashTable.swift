/// Numbers, in the order in which they come, things that are told apart by their hashes.
///
/// A hash table with open addressing, half of it empty, for hashes that are spread already, as `Hasher`
/// spreads them: nothing is hashed again.
package struct HashTable {
    @usableFromInline var hashes: [Int] = []
    /// One more than a number; 0 where there is none.
    @usableFromInline var slots: [Int32] = Array(repeating: 0, count: 64)

    @inlinable package init() {}

    package var count: Int { hashes.count }

    /// The number of the thing with this hash of which `isIt` holds, and whether it is new.
    @inlinable
    package mutating func number(of hash: Int, where isIt: (Int) -> Bool = { _ in true })
        -> (number: Int, isNew: Bool)
    {
        let mask = slots.count - 1
        var slot = hash & mask
        while slots[slot] != 0 {
            let number = Int(slots[slot]) - 1
            if hashes[number] == hash, isIt(number) { return (number, false) }
            slot = (slot + 1) & mask
        }
        hashes.append(hash)
        slots[slot] = Int32(hashes.count)
        if hashes.count * 2 > slots.count { grow() }
        return (hashes.count - 1, true)
    }

    @usableFromInline
    mutating func grow() {
        var larger = [Int32](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for (number, hash) in hashes.enumerated() {
            var slot = hash & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = Int32(number + 1)
        }
        slots = larger
    }
}
