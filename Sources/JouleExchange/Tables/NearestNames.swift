extension [String] {
    /// The names that are most like one that is not among them, the nearest first; at most five.
    ///
    /// Names that hold it come before those that differ in few letters.
    func nearest(to name: String) -> [String] {
        let wanted = Letters(name)
        let ranked = enumerated().map { place, known in
            (rank: wanted.distance(to: Letters(known)), place: place)
        }
        let nearest = ranked.sorted { ($0.rank, $0.place) < ($1.rank, $1.place) }.prefix(5)
        return nearest.map { self[$0.place] }
    }
}

/// A name as it is compared: without capitals, and so far as a person would read it.
private struct Letters {
    private let text: String
    private let bytes: [UInt8]

    private static let countMax = 64

    init(_ name: String) {
        text = name.lowercased()
        bytes = Array(text.utf8.prefix(Self.countMax))
    }

    /// How many letters are to be changed; less than nothing where the other holds all of it.
    func distance(to other: Letters) -> Int {
        guard !other.text.contains(text) else { return other.bytes.count - 2 * Self.countMax }
        // Levenshtein, Soviet Physics Doklady 10 (1966): row by row over the letters of both.
        var row = Array(0...other.bytes.count)
        for (place, byte) in bytes.enumerated() {
            var diagonal = row[0]
            row[0] = place + 1
            for (column, otherByte) in other.bytes.enumerated() {
                let changed = diagonal + (byte == otherByte ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.bytes.count]
    }
}
