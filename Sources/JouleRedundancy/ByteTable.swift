import Glibc

/// Byte strings, each kept once and named by its place.
///
/// A hash table with open addressing over one array of bytes: a string costs its bytes and some
/// sixteen more, a quarter of what a dictionary of arrays takes.
struct ByteTable {
    private var bytes: [UInt8] = []
    /// Where each string ends; the next one begins there.
    private var ends: [Int] = []
    private var hashes: [UInt32] = []
    /// One more than a place; 0 where there is none.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)

    var count: Int { ends.count }

    /// The bytes at a place.
    subscript(place: UInt32) -> ArraySlice<UInt8> {
        let place = Int(place)
        return bytes[(place == 0 ? 0 : ends[place - 1])..<ends[place]]
    }

    /// The place of `key`, and whether it is new.
    mutating func place(of key: [UInt8]) -> (place: UInt32, isNew: Bool) {
        // Seeded anew in each process, so that nobody can choose keys that fall together.
        var hasher = Hasher()
        unsafe key.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = UInt32(truncatingIfNeeded: hasher.finalize())
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let place = slots[slot] - 1
            if hashes[Int(place)] == hash, isEqual(place, key) { return (place, false) }
            slot = (slot + 1) & mask
        }
        let place = UInt32(ends.count)
        bytes += key
        ends.append(bytes.count)
        hashes.append(hash)
        slots[slot] = place + 1
        if ends.count * 4 > slots.count * 3 { grow() }
        return (place, true)
    }

    private func isEqual(_ place: UInt32, _ key: [UInt8]) -> Bool {
        let stored = self[place]
        guard stored.count == key.count else { return false }
        return unsafe stored.withUnsafeBytes { stored in
            unsafe key.withUnsafeBytes { key in
                // SAFETY: both have `key.count` bytes; of none, nothing is read.
                unsafe key.isEmpty || memcmp(stored.baseAddress!, key.baseAddress!, key.count) == 0
            }
        }
    }

    private mutating func grow() {
        var larger = [UInt32](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for (place, hash) in hashes.enumerated() {
            var slot = Int(hash) & mask
            while larger[slot] != 0 { slot = (slot + 1) & mask }
            larger[slot] = UInt32(place) + 1
        }
        slots = larger
    }
}
