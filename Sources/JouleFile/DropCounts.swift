import JouleFormat
import JouleQuantities

/// Rows that were not kept, by table and cause.
struct DropCounts: Sendable {
    private var rows: [UInt16: [GapPayload.Cause: UInt64]] = [:]

    init(_ gaps: [GapPayload] = []) {
        for gap in gaps { add(gap) }
    }

    mutating func add(_ gap: GapPayload) {
        let known = rows[gap.table]?[gap.cause] ?? 0
        rows[gap.table, default: [:]][gap.cause] = GapPayload.sum(known, gap.rows)
    }

    mutating func add(_ other: DropCounts) {
        for gap in other.gaps { add(gap) }
    }

    /// Takes the larger count of each table and cause: the ring's counters include what GAP blocks
    /// have told already.
    ///
    /// Answers whether one was larger than what was known.
    mutating func formUnion(_ gaps: [GapPayload]) -> Bool {
        var isNew = false
        for gap in gaps {
            let known = rows[gap.table]?[gap.cause] ?? 0
            isNew = isNew || gap.rows > known
            rows[gap.table, default: [:]][gap.cause] = max(known, gap.rows)
        }
        return isNew
    }

    /// One for each table and cause.
    var gaps: [GapPayload] {
        rows.sorted { $0.key < $1.key }.flatMap { table, causes in
            causes.sorted { $0.key.rawValue < $1.key.rawValue }.map { cause, count in
                GapPayload(table: table, cause: cause, rows: count)
            }
        }
    }

    /// Such as `{"steps": {"ring_full": 17}}`; nil when nothing was lost.
    var json: JSONObject? {
        guard !rows.isEmpty else { return nil }
        var object = JSONObject()
        for (table, causes) in rows.sorted(by: { $0.key < $1.key }) {
            var counts = JSONObject()
            for cause in GapPayload.Cause.allCases {
                counts[cause.name] = causes[cause].map { .integer(Int64(clamping: $0)) }
            }
            object[Self.name(of: table)] = .object(counts)
        }
        return object
    }

    /// Adds what two processes of one run lost, as their records tell it.
    static func sum(_ left: JSONObject?, _ right: JSONObject?) -> JSONObject? {
        guard var sum = left, let right else { return left ?? right }
        for table in right.members {
            var causes = sum[table.name]?.object ?? JSONObject()
            for cause in table.value.object?.members ?? [] {
                let counts = [causes[cause.name]?.integer ?? 0, cause.value.integer ?? 0]
                let (rows, isTooMany) = counts[0].addingReportingOverflow(counts[1])
                causes[cause.name] = .integer(isTooMany ? .max : rows)
            }
            sum[table.name] = .object(causes)
        }
        return sum
    }

    private static func name(of table: UInt16) -> String {
        switch table {
        case TableID.none: "meta"
        case TableID.attachments: "attachments"
        default: TableSchema.standard.first { $0.id == table }?.name ?? "table-\(table)"
        }
    }
}

extension GapPayload.Cause {
    fileprivate var name: String {
        switch self {
        case .ringFull: "ring_full"
        case .refused: "refused"
        case .writeFailed: "write_failed"
        }
    }
}
