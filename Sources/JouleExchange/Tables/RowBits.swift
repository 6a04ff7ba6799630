/// Which rows have a value: one bit a row, the lowest of a byte first, as Arrow lays it out.
struct RowBits: Sendable {
    /// Bits of no row are 0.
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    init() {}

    subscript(row: Int) -> Bool { bytes[row >> 3] >> UInt8(row & 7) & 1 == 1 }

    /// Adds `rows` rows that are alike.
    mutating func append(_ hasValue: Bool, count rows: Int = 1) {
        let end = count + rows
        // The rest of a byte that was begun, then whole bytes.
        if hasValue, count & 7 != 0 {
            let free = min(8 - count & 7, rows)
            bytes[count >> 3] |= UInt8(truncatingIfNeeded: (1 << free) - 1) << UInt8(count & 7)
        }
        let missing = (end + 7) >> 3 - bytes.count
        if missing > 0 {
            bytes.append(contentsOf: repeatElement(hasValue ? 0xFF : 0, count: missing))
            if hasValue, end & 7 != 0 { bytes[bytes.count - 1] = UInt8(1 << (end & 7) - 1) }
        }
        count = end
    }

    mutating func append(contentsOf other: RowBits) {
        for row in 0..<other.count { append(other[row]) }
    }
}
