import JouleQuantities

/// What a column's 64-bit patterns mean.
package enum ColumnType: UInt8, Sendable, Hashable, CaseIterable {
    case int64 = 1
    case float64 = 2
    case string = 3
}

/// Why a column exists.
package enum ColumnRole: UInt8, Sendable, Hashable, CaseIterable {
    /// Named by the specification of its table.
    case fixed = 0
    /// Named by the program that logged it.
    case metric = 1
}

/// One column of a table.
package struct ColumnDefinition: Sendable, Hashable {
    package var name: String
    package var type: ColumnType
    package var role: ColumnRole
    /// Such as `ns` or `J`; empty for a plain number.
    package var unit: String

    package init(_ name: String, _ type: ColumnType, role: ColumnRole = .fixed, unit: String = "") {
        self.name = name
        self.type = type
        self.role = role
        self.unit = unit
    }

    package static func == (left: ColumnDefinition, right: ColumnDefinition) -> Bool {
        left.type == right.type && left.role == right.role && left.name.isExactly(right.name)
            && left.unit.isExactly(right.unit)
    }
}

/// A table: its columns are numbered by their place, and only ever added at the end.
package struct TableSchema: Sendable, Hashable {
    package var id: UInt16
    package var name: String
    package var columns: [ColumnDefinition]

    package init(id: UInt16, name: String, columns: [ColumnDefinition]) {
        self.id = id
        self.name = name
        self.columns = columns
    }

    package static func == (left: TableSchema, right: TableSchema) -> Bool {
        left.id == right.id && left.name.isExactly(right.name) && left.columns == right.columns
    }
}

extension TableSchema {
    /// The tables of this version as they are before a program adds its metrics.
    package static let standard: [TableSchema] = [
        TableSchema(
            id: TableID.epochs,
            name: "epochs",
            columns: [
                .init("run", .int64), .init("index", .int64), .init("epoch", .int64),
                .init("started", .int64, unit: "ns"), .init("duration", .float64, unit: "s"),
                .init("energy", .float64, unit: "J"),
            ]
        ),
        TableSchema(
            id: TableID.steps,
            name: "steps",
            columns: [
                .init("run", .int64), .init("step", .int64), .init("time", .int64, unit: "ns"),
            ]
        ),
        TableSchema(
            id: TableID.energy,
            name: "energy",
            columns: [
                .init("run", .int64), .init("window", .int64), .init("number", .int64),
                .init("meter", .int64), .init("energy", .float64, unit: "J"),
                .init("coverage", .float64), .init("uncertainty_rel", .float64),
                .init("flags", .int64),
            ]
        ),
        TableSchema(
            id: TableID.phases,
            name: "phases",
            columns: [
                .init("run", .int64), .init("phase", .int64), .init("epoch", .int64),
                .init("name", .string), .init("started", .int64, unit: "ns"),
                .init("duration", .float64, unit: "s"),
            ]
        ),
        TableSchema(
            id: TableID.telemetry,
            name: "telemetry",
            columns: [
                .init("run", .int64), .init("meter", .int64), .init("time", .int64, unit: "ns"),
                .init("energy", .float64, unit: "J"), .init("power", .float64, unit: "W"),
            ]
        ),
        TableSchema(
            id: TableID.members,
            name: "members",
            columns: [
                .init("member", .int64), .init("path", .string), .init("size", .int64, unit: "B"),
                .init("offset", .int64, unit: "B"), .init("blocks", .int64),
                .init("state", .string), .init("root", .string), .init("file", .string),
            ]
        ),
    ]
}

extension TableSchema {
    /// What rows of the table of phases have that are ranges of steps; a SCHEMA block tells these
    /// columns where there are any.
    package static let stepRangeColumns: [ColumnDefinition] = [
        .init("first_step", .int64), .init("last_step", .int64), .init("within", .int64),
    ]

    /// The number of a column that a SCHEMA block told and the specification named.
    package func toldColumn(_ definition: ColumnDefinition) -> UInt16? {
        let fixed = Self.undefined(id).columns.count
        return columns.dropFirst(fixed).firstIndex(of: definition).map { UInt16($0) }
    }

    /// The columns that tell the series which a row belongs to; none when rows stay in order.
    var seriesColumns: [UInt16] {
        switch id {
        case TableID.telemetry: [0, 1]
        case TableID.energy: [0, 1, 3]
        default: []
        }
    }
}

/// The values of one column of one block, a value for each row.
package struct ColumnValues: Sendable, Hashable {
    /// 64-bit patterns by row; for strings unused and empty.
    package var words: [UInt64]
    /// By row; only for string columns.
    package var strings: [String]
    /// Which rows have a value; nil when all have.
    package var present: RowMask?

    package init(words: [UInt64] = [], strings: [String] = [], present: RowMask? = nil) {
        self.words = words
        self.strings = strings
        self.present = present
    }

    /// Whether these are values of a column of `schema`, one for each row.
    package func fits(_ schema: TableSchema, column number: UInt16, rows: Int) -> Bool {
        guard Int(number) < schema.columns.count else { return false }
        let isText = schema.columns[Int(number)].type == .string
        return (present.map { $0.count == rows } ?? true)
            && words.count == (isText ? 0 : rows) && strings.count == (isText ? rows : 0)
    }

    /// The values in the order of the rows `order`.
    package func permuted(_ order: [Int]) -> ColumnValues {
        ColumnValues(
            words: words.isEmpty ? [] : order.map { words[$0] },
            strings: strings.isEmpty ? [] : order.map { strings[$0] },
            present: present.map { mask in RowMask(order.lazy.map { mask[$0] }) }
        )
    }
}

extension TableSchema {
    /// A table before any SCHEMA block has told of it: with its fixed columns when it is of this
    /// version, else with none.
    package static func undefined(_ id: UInt16) -> TableSchema {
        standard.first { $0.id == id } ?? TableSchema(id: id, name: "", columns: [])
    }

    /// The columns that a SCHEMA block must tell: all but those fixed by this version.
    package var told: SchemaPayload.Table {
        let first = Self.undefined(id).columns.count
        return SchemaPayload.Table(
            id: id,
            name: name,
            firstColumn: first,
            columns: Array(columns.dropFirst(first))
        )
    }

    /// How many columns there are beside those fixed by this version.
    package var toldColumns: Int { columns.count - Self.undefined(id).columns.count }

    /// With the columns of a SCHEMA block; nil when it leaves a hole or changes a column.
    package func adding(_ told: SchemaPayload.Table) -> TableSchema? {
        guard told.firstColumn <= columns.count else { return nil }
        let known = columns[told.firstColumn...]
        let shared = min(known.count, told.columns.count)
        guard known.prefix(shared).elementsEqual(told.columns.prefix(shared)) else { return nil }
        var grown = self
        grown.name = told.name
        grown.columns += told.columns.dropFirst(shared)
        return grown
    }

    /// Number of the column that says when a row was: the first fixed one in nanoseconds.
    package var timeColumn: UInt16? {
        columns.firstIndex { $0.type == .int64 && $0.role == .fixed && $0.unit == "ns" }
            .map { UInt16($0) }
    }
}
