import Glibc

/// Rows of one table, column by column.
package struct DataPayload: Sendable, Hashable {
    /// One more than the ring sequence of the last row; 0 when the rows never were in a ring.
    package var covered: UInt64
    /// Number of rows of this table in earlier blocks.
    package var firstRow: UInt64
    package var rows: Int
    /// Rows of each series, in order; one series unless rows were grouped.
    package private(set) var series: [Int]
    /// By column number; absent columns are null in every row.
    package var columns: [UInt16: ColumnValues]

    package init(
        covered: UInt64,
        firstRow: UInt64,
        rows: Int,
        series: [Int]? = nil,
        columns: [UInt16: ColumnValues] = [:]
    ) {
        self.covered = covered
        self.firstRow = firstRow
        self.rows = rows
        self.series = series ?? [rows]
        self.columns = columns
    }
}

extension DataPayload {
    /// The same rows, those of each meter together.
    ///
    /// Tables without series, and rows of too many or too short ones, stay as they are.
    package func grouped(by schema: TableSchema) -> DataPayload {
        guard let grouping = RowGrouping(of: self, by: schema.seriesColumns) else { return self }
        var grouped = self
        grouped.series = grouping.lengths
        grouped.columns = columns.mapValues { $0.permuted(grouping.order) }
        return grouped
    }
}

/// What a DATA block says before the values of its columns.
package struct DataOutline: Sendable {
    package var covered: UInt64
    package var firstRow: UInt64
    package var series: [Int]
    /// In their order in the block.
    package var columns: [(number: UInt16, coding: UInt8)]
}

/// Columns that tables gain.
package struct SchemaPayload: Sendable, Hashable {
    /// One table, with the columns from number `firstColumn` on.
    package struct Table: Sendable, Hashable {
        package var id: UInt16
        package var name: String
        package var firstColumn: Int
        package var columns: [ColumnDefinition]

        package init(id: UInt16, name: String, firstColumn: Int, columns: [ColumnDefinition]) {
            self.id = id
            self.name = name
            self.firstColumn = firstColumn
            self.columns = columns
        }
    }

    package var tables: [Table]

    package init(tables: [Table]) {
        self.tables = tables
    }

    /// The same definitions in payloads that each stay below what a reader takes.
    package var readableParts: [SchemaPayload] {
        var parts: [SchemaPayload] = []
        var room = 0
        for table in tables {
            for (place, column) in table.columns.enumerated() {
                // Lengths and types take less than what is added here.
                let texts = [column.name, column.unit, table.name]
                let size = texts.reduce(64) { $0 + $1.utf8.count }
                if size > room {
                    parts.append(SchemaPayload(tables: []))
                    room = Limits.schemaSizeMax
                }
                room -= size
                let last = parts.count - 1
                if parts[last].tables.last?.id != table.id {
                    let first = table.firstColumn + place
                    parts[last].tables.append(
                        Table(id: table.id, name: table.name, firstColumn: first, columns: [])
                    )
                }
                parts[last].tables[parts[last].tables.count - 1].columns.append(column)
            }
        }
        return parts
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

/// The documents of a META block in one text.
package struct MetaLines: Sendable {
    package let covered: UInt64
    /// UTF-8; a line feed ends each document.
    package let text: [UInt8]
    /// Where the documents are, without their line feeds.
    package internal(set) var places: [Range<Int>]

    /// The place of the line feed that ends the line.
    func end(ofLineAt start: Int) -> Int {
        unsafe text.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                // SAFETY: all that is left of the buffer from `start` on.
                let found = unsafe memchr(base + start, 0x0A, bytes.count - start)
            else { return bytes.count }
            return unsafe UnsafeRawPointer(found) - base
        }
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

    /// Rows that two blocks tell; 2⁶⁴ − 1 where they are more.
    package static func sum(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (sum, isOver) = left.addingReportingOverflow(right)
        return isOver ? .max : sum
    }
}

/// A part of a ledger that a pack holds.
package struct MemberPayload: Sendable, Hashable {
    /// Number of the member within the pack.
    package var member: UInt32
    /// Of the part within the member.
    package var offset: UInt64
    /// Of the whole member.
    package var size: UInt64
    package var bytes: ArraySlice<UInt8>

    package init(member: UInt32, offset: UInt64, size: UInt64, bytes: ArraySlice<UInt8>) {
        self.member = member
        self.offset = offset
        self.size = size
        self.bytes = bytes
    }
}

/// A writer goes on behind one that died.
package struct ResumePayload: Sendable, Hashable {
    /// Bytes of a torn tail that were cut off.
    package var discardedSize: UInt64
    /// Their hash.
    package var discarded: Digest

    package init(discardedSize: UInt64, discarded: Digest) {
        self.discardedSize = discardedSize
        self.discarded = discarded
    }
}
