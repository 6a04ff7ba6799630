import JouleQuantities

/// Slots for short texts of leaves that were seen not long ago.
///
/// Another text may take a slot: what is forgotten is spelt again.
struct RecentSpellings {
    /// The text of a leaf at some path; nil for one that is too long.
    struct Key: Equatable {
        private let low: UInt64
        private let high: UInt64
        private let path: ConfigurationPaths.Place
        private let count: Int32

        private static let countMax = 16

        init?(_ text: [UInt8], _ place: Range<Int>, at path: ConfigurationPaths.Place) {
            guard place.count <= Self.countMax, place.lowerBound + Self.countMax <= text.count
            else { return nil }
            (low, high) = unsafe text.withUnsafeBytes { bytes in
                func word(_ start: Int) -> UInt64 {
                    // SAFETY: as many bytes as a key may have are there from the lower bound on.
                    let word = unsafe bytes.loadUnaligned(
                        fromByteOffset: place.lowerBound + start,
                        as: UInt64.self
                    )
                    let left = place.count - start
                    guard left < 8 else { return word }
                    return UInt64(littleEndian: word) & (1 << UInt64(8 * max(0, left)) - 1)
                }
                return (word(0), word(8))
            }
            self.path = path
            count = Int32(place.count)
        }

        var slot: Int {
            var hash = (low ^ UInt64(UInt32(bitPattern: path))) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ hash >> 29 ^ high) &* 0xBF58_476D_1CE4_E5B9
            return Int(truncatingIfNeeded: hash >> 51)
        }
    }

    static let slotCount = 1 << 13

    private var keys = [Key?](repeating: nil, count: slotCount)

    /// Whether it is in its slot.
    func has(_ key: Key) -> Bool { keys[key.slot] == key }

    mutating func remember(_ key: Key) { keys[key.slot] = key }
}
