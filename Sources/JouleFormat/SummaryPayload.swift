/// Totals over everything before it, so that a reader need not read everything and a writer can go on.
package struct SummaryPayload: Sendable, Hashable {
    /// What is known of one column, in one block or in all.
    package struct Column: Sendable, Hashable {
        /// Rows with a value.
        package var count: UInt64
        /// Smallest and largest in the order of the type, NaN left out; 0 when there is none.
        package var minimum: UInt64
        package var maximum: UInt64
        /// Pattern of the last value.
        package var last: UInt64
        /// Exact sum, in units of 1 for integers and of 10⁻⁶ for floating point; nil when a value
        /// was not such a multiple.
        package var sum: Int128?
        /// Whether a value other than NaN was seen.
        package var hasNumber: Bool

        package init() {
            count = 0
            minimum = 0
            maximum = 0
            last = 0
            sum = 0
            hasNumber = false
        }
    }

    /// What is known of one table; strings have no statistics but their count.
    package struct Table: Sendable, Hashable {
        package var schema: TableSchema
        /// One more than the ring slot of the last row; 0 when none was in a ring.
        package var covered: UInt64
        package var rows: UInt64
        /// As many as the schema has columns.
        package var columns: [Column]

        package init(schema: TableSchema, covered: UInt64, rows: UInt64, columns: [Column]) {
            self.schema = schema
            self.covered = covered
            self.rows = rows
            self.columns = columns
        }
    }

    /// Tree over all blocks before this one.
    package var tree: MerkleTree
    /// Where the last INDEX is; nil when there is none.
    package var indexOffset: UInt64?
    /// Where the blocks are that are neither rows nor derived: META, RESUME, ATTACH, KEY, CHECKPOINT.
    package var headOffsets: [UInt64]
    /// As `covered` of tables, for META.
    package var metaCovered: UInt64
    /// All that GAP blocks say, added up.
    package var gaps: [GapPayload]
    package var tables: [Table]

    package init(
        tree: MerkleTree,
        indexOffset: UInt64?,
        headOffsets: [UInt64],
        metaCovered: UInt64,
        gaps: [GapPayload],
        tables: [Table]
    ) {
        self.tree = tree
        self.indexOffset = indexOffset
        self.headOffsets = headOffsets
        self.metaCovered = metaCovered
        self.gaps = gaps
        self.tables = tables
    }
}
