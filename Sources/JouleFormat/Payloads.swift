/// Rows of one table, column by column.
package struct DataPayload: Sendable, Hashable {
    /// One more than the ring sequence of the last row; 0 when the rows never were in a ring.
    package var covered: UInt64
    /// Number of rows of this table in earlier blocks.
    package var firstRow: UInt64
    package var rows: Int
    /// By column number; absent columns are null in every row.
    package var columns: [UInt16: ColumnValues]

    package init(covered: UInt64, firstRow: UInt64, rows: Int, columns: [UInt16: ColumnValues]) {
        self.covered = covered
        self.firstRow = firstRow
        self.rows = rows
        self.columns = columns
    }
}

/// Tables that begin or grow.
///
/// Columns known from earlier SCHEMA blocks come first, unchanged.
package struct SchemaPayload: Sendable, Hashable {
    /// By table: one more than the ring sequence of its last column definition.
    package var covered: [UInt16: UInt64]
    package var tables: [TableSchema]

    package init(covered: [UInt16: UInt64], tables: [TableSchema]) {
        self.covered = covered
        self.tables = tables
    }
}

/// JSON documents that describe runs, one a line.
package struct MetaPayload: Sendable, Hashable {
    package var covered: UInt64
    /// UTF-8 without line feeds.
    package var documents: [[UInt8]]

    package init(covered: UInt64, documents: [[UInt8]]) {
        self.covered = covered
        self.documents = documents
    }
}

/// Rows that were not kept.
package struct GapPayload: Sendable, Hashable {
    /// Why rows are missing.
    package enum Cause: UInt8, Sendable, Hashable, CaseIterable {
        /// The ring had no room left.
        case ringFull = 1
        /// A row or name was over a limit.
        case refused = 2
        /// The file could not be written.
        case writeFailed = 3
    }

    package var table: UInt16
    package var cause: Cause
    package var rows: UInt64

    package init(table: UInt16, cause: Cause, rows: UInt64) {
        self.table = table
        self.cause = cause
        self.rows = rows
    }
}

/// Totals over everything before it, so that a reader need not read everything.
package struct SummaryPayload: Sendable, Hashable {
    /// What is known of one column.
    package struct Column: Sendable, Hashable {
        /// Rows with a value.
        package var count: UInt64
        /// Smallest and largest in the order of the type, NaN left out; 0 when there is none.
        package var minimum: UInt64
        package var maximum: UInt64
        /// Pattern of the last value.
        package var last: UInt64
        /// Exact sum in units of 10⁻ᵉ; nil when a value was not such a multiple.
        package var sum: Int128?
        /// e, 0 for integers.
        package var sumExponent: UInt8
        /// Whether a value other than NaN was seen.
        package var hasNumber: Bool

        package init() {
            count = 0
            minimum = 0
            maximum = 0
            last = 0
            sum = 0
            sumExponent = 0
            hasNumber = false
        }
    }

    /// What is known of one table; strings have no statistics but their count.
    package struct Table: Sendable, Hashable {
        package var id: UInt16
        package var rows: UInt64
        package var columns: [Column]

        package init(id: UInt16, rows: UInt64, columns: [Column]) {
            self.id = id
            self.rows = rows
            self.columns = columns
        }
    }

    /// Tree over all blocks before this one.
    package var tree: MerkleTree
    /// Where the META and SCHEMA blocks are.
    package var headOffsets: [UInt64]
    package var tables: [Table]

    package init(tree: MerkleTree, headOffsets: [UInt64], tables: [Table]) {
        self.tree = tree
        self.headOffsets = headOffsets
        self.tables = tables
    }
}
