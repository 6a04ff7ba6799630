/// Where the blocks of rows are since the last index, and what they hold.
package struct IndexPayload: Sendable, Hashable {
    /// A span of time in nanoseconds since 1970; empty when it ends before it begins.
    package struct Span: Sendable, Hashable {
        package var from: Int64
        package var to: Int64

        package static let empty = Span(from: .max, to: .min)
        package static let always = Span(from: .min, to: .max)

        package init(from: Int64, to: Int64) {
            self.from = from
            self.to = to
        }

        package func intersects(_ other: Span) -> Bool {
            max(from, other.from) <= min(to, other.to)
        }

        package mutating func formUnion(_ other: Span) {
            from = min(from, other.from)
            to = max(to, other.to)
        }
    }

    /// The zone map of one column in one block.
    package struct Zone: Sendable, Hashable {
        package var column: UInt16
        /// Rows with a value.
        package var count: UInt64
        /// Nil when no value is a number, and for strings.
        package var bounds: Bounds?

        package init(column: UInt16, count: UInt64, bounds: Bounds?) {
            self.column = column
            self.count = count
            self.bounds = bounds
        }
    }

    /// Patterns of the smallest and the largest value.
    package struct Bounds: Sendable, Hashable {
        package var minimum: UInt64
        package var maximum: UInt64

        package init(minimum: UInt64, maximum: UInt64) {
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    /// One DATA block.
    package struct Entry: Sendable, Hashable {
        package var offset: UInt64
        package var table: UInt16
        package var rows: UInt64
        package var firstRow: UInt64
        package var zones: [Zone]

        package init(
            offset: UInt64,
            table: UInt16,
            rows: UInt64,
            firstRow: UInt64,
            zones: [Zone]
        ) {
            self.offset = offset
            self.table = table
            self.rows = rows
            self.firstRow = firstRow
            self.zones = zones
        }
    }

    /// The way to an earlier index, and what lies on it.
    package struct Pointer: Sendable, Hashable {
        package var ordinal: UInt64
        package var offset: UInt64
        /// Times of the rows of all indexes between that one and this.
        package var skipped: Span

        package init(ordinal: UInt64, offset: UInt64, skipped: Span) {
            self.ordinal = ordinal
            self.offset = offset
            self.skipped = skipped
        }
    }

    /// Number of indexes before this one.
    package var ordinal: UInt64
    /// Nearest first; the first skips nothing.
    package var pointers: [Pointer]
    package var entries: [Entry]

    package init(ordinal: UInt64, pointers: [Pointer], entries: [Entry]) {
        self.ordinal = ordinal
        self.pointers = pointers
        self.entries = entries
    }

    /// The index `ordinal` points to the last one before it whose number is a multiple of each of
    /// these; so any index is reached in as many steps as its number has digits in base 8, times 8.
    package static let strides: [UInt64] = (0..<8).map { 1 << (3 * $0) }
}
