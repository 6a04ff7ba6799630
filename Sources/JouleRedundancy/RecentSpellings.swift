import JouleQuantities

/// Short texts of leaves that were seen not long ago, with what they were taken for.
///
/// Another text in the same slot takes its place: what is forgotten is looked up again.
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

        fileprivate var slot: Int {
            var hash = (low ^ UInt64(UInt32(bitPattern: path))) &* 0x9E37_79B9_7F4A_7C15
            hash = (hash ^ hash >> 29 ^ high) &* 0xBF58_476D_1CE4_E5B9
            return Int(truncatingIfNeeded: hash >> 51)
        }
    }

    /// What a leaf is.
    struct Known {
        /// Its place among the spellings of the vocabulary.
        let spelling: UInt32
        let kind: KeyKinds.Kinds
    }

    private struct Entry {
        let key: Key
        let known: Known
    }

    private var entries = [Entry?](repeating: nil, count: 1 << 13)

    func known(_ key: Key) -> Known? {
        guard let entry = entries[key.slot], entry.key == key else { return nil }
        return entry.known
    }

    mutating func remember(_ key: Key, as known: Known) {
        entries[key.slot] = Entry(key: key, known: known)
    }
}
