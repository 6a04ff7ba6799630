import Glibc

/// Byte strings, each kept once and named by its place.
///
/// A hash table with open addressing over one array of bytes: a string costs its bytes and some
/// sixteen more, a quarter of what a dictionary of arrays takes.
package struct ByteTable {
    private var bytes: [UInt8] = []
    /// Where each string ends; the next one begins there.
    private var ends: [Int] = []
    private var hashes: [UInt32] = []
    /// One more than a place; 0 where there is none.
    private var slots: [UInt32] = Array(repeating: 0, count: 64)
    /// Another one each time, so that nobody can choose keys that fall together.
    private let secret = UInt64.random(in: .min ... .max) | 1

    package init() {}

    package var count: Int { ends.count }

    /// The bytes at a place.
    package subscript(place: UInt32) -> ArraySlice<UInt8> { bytes[range(of: place)] }

    private func range(of place: UInt32) -> Range<Int> {
        let place = Int(place)
        return (place == 0 ? 0 : ends[place - 1])..<ends[place]
    }

    /// The place of `key`, and whether it is new.
    package mutating func place(of key: [UInt8]) -> (place: UInt32, isNew: Bool) {
        place(of: key.span)
    }

    /// The same of a part of other bytes.
    package mutating func place(of key: Span<UInt8>) -> (place: UInt32, isNew: Bool) {
        place(of: key, hash(key))
    }

    /// The places of keys that lie one behind the other, each to where `ends` says; new ones have the
    /// places from `count` on, in their order.
    package mutating func places(of keys: [UInt8], _ ends: [Int]) -> [UInt32] {
        while (self.ends.count + ends.count) * 4 > slots.count * 3 { grow() }
        // What lies anywhere in memory is asked for by all keys before any of them waits for it.
        var hashes: [UInt32] = []
        hashes.reserveCapacity(ends.count)
        var start = 0
        for end in ends {
            hashes.append(hash(keys.span.extracting(start..<end)))
            start = end
        }
        var places = hashes.map { slots[Int($0) & (slots.count - 1)] }
        for (number, place) in places.enumerated() where place != 0 {
            if self.hashes[Int(place) - 1] != hashes[number] { places[number] = 0 }
        }
        start = 0
        for (number, end) in ends.enumerated() {
            let key = keys.span.extracting(start..<end)
            start = end
            let known = places[number]
            places[number] =
                known != 0 && isEqual(known - 1, key)
                ? known - 1 : place(of: key, hashes[number]).place
        }
        return places
    }

    private mutating func place(of key: Span<UInt8>, _ hash: UInt32)
        -> (place: UInt32, isNew: Bool)
    {
        let mask = slots.count - 1
        var slot = Int(hash) & mask
        while slots[slot] != 0 {
            let place = slots[slot] - 1
            if hashes[Int(place)] == hash, isEqual(place, key) { return (place, false) }
            slot = (slot + 1) & mask
        }
        let place = UInt32(ends.count)
        // SAFETY: the buffer is read within the call.
        unsafe key.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
        ends.append(bytes.count)
        hashes.append(hash)
        slots[slot] = place + 1
        if ends.count * 4 > slots.count * 3 { grow() }
        return (place, true)
    }

    /// Forgets everything.
    package mutating func removeAll() { self = ByteTable() }

    private func isEqual(_ place: UInt32, _ key: Span<UInt8>) -> Bool {
        let range = range(of: place)
        guard range.count == key.count else { return false }
        return unsafe bytes.withUnsafeBytes { stored in
            unsafe key.withUnsafeBytes { key in
                guard let a = stored.baseAddress, let b = key.baseAddress else {
                    return true
                }
                // SAFETY: both have `key.count` bytes there.
                return unsafe memcmp(a + range.lowerBound, b, key.count) == 0
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

    // MARK: Hashing

    /// Eight bytes at a time, folded as products of 128 bits.
    private func hash(_ key: Span<UInt8>) -> UInt32 {
        let factor = 0x9E37_79B9_7F4A_7C15 ^ secret
        var hash = secret ^ UInt64(truncatingIfNeeded: key.count)
        unsafe key.withUnsafeBytes { key in
            var place = 0
            while place + 8 <= key.count {
                // SAFETY: eight bytes are left from `place` on.
                let word = unsafe key.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                hash = Self.folded(hash ^ word, factor)
                place += 8
            }
            var rest: UInt64 = 0
            while place < key.count {
                rest = unsafe rest << 8 | UInt64(key[place])
                place += 1
            }
            hash = Self.folded(hash ^ rest, factor)
        }
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
    }

    @inline(__always)
    private static func folded(_ word: UInt64, _ factor: UInt64) -> UInt64 {
        let product = word.multipliedFullWidth(by: factor)
        return product.high ^ product.low
    }
}
