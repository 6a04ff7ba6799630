/// Which rows have a value: one bit a row.
package struct RowMask: Sendable, Hashable {
    /// Rows that the mask speaks of.
    package private(set) var count = 0
    /// Row r is bit r mod 64 of word r div 64; bits of no row are 0.
    package private(set) var words: [UInt64] = []

    package init() {}

    package init(_ rows: some Sequence<Bool>) {
        for hasValue in rows { append(hasValue) }
    }

    /// From bits whose unused ones are 0.
    init(words: [UInt64], count: Int) {
        self.words = words
        self.count = count
    }

    package subscript(row: Int) -> Bool { words[row >> 6] >> UInt64(row & 63) & 1 == 1 }

    /// Rows with a value.
    package var valueCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

    /// Whether every row has a value.
    package var isFull: Bool { valueCount == count }

    package mutating func append(_ hasValue: Bool) {
        if count & 63 == 0 { words.append(0) }
        if hasValue { words[count >> 6] |= 1 << UInt64(count & 63) }
        count += 1
    }

    /// Adds `rows` rows without a value.
    package mutating func appendNulls(_ rows: Int) {
        count += rows
        words.append(contentsOf: repeatElement(0, count: ((count + 63) >> 6) - words.count))
    }

    /// The rows that have a value, in order.
    package var rows: [Int] {
        var rows: [Int] = []
        rows.reserveCapacity(count)
        for (place, word) in words.enumerated() {
            var rest = word
            while rest != 0 {
                rows.append((place << 6) + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return rows
    }
}
