import Glibc
import JouleFile
package import JouleQuantities

/// What one of several readers of a table reads, who know nothing of each other.
///
/// A file that is gone or spoilt by then is a problem, and no error.
package struct TableShare: Sendable {
    /// A ledger, or a stretch of one.
    struct Portion: Sendable {
        let place: LedgerDirectory.Place
        /// Offsets of the blocks of rows that belong to it.
        var extent = LedgerQuery.everything
        /// Numbers of runs that another ledger tells better.
        var leftOut: Set<Int64> = []
    }

    let portions: [Portion]
    /// The columns that programs named, of all ledgers together.
    let metrics: [ExportTable.Defined]
    /// The name of a column that holds what could not be read, a row each behind all others.
    let problemColumn: String?

    /// Reads a plan (`TablePlan`), of whose portions any may have been taken away; nil for anything
    /// else.
    package init?(json: JSON) {
        guard let portions = json["portions"]?.array, let metrics = json["metrics"]?.array else {
            return nil
        }
        self.portions = portions.compactMap(Portion.init(json:))
        self.metrics = metrics.compactMap(Self.metric(json:))
        problemColumn = json["problem_column"]?.string
        guard self.portions.count == portions.count, self.metrics.count == metrics.count else {
            return nil
        }
    }

    // MARK: As JSON

    static func json(of metric: ExportTable.Defined) -> JSON? {
        guard case .metric(let key) = metric.source else { return nil }
        return [
            "name": .string(metric.column.name), "kind": .string(metric.column.kind.rawValue),
            "metric": .string(key.name.text), "is_text": .bool(key.isText),
            "occurrence": .integer(Int64(key.occurrence)),
        ]
    }

    private static func metric(json: JSON) -> ExportTable.Defined? {
        guard let name = json["name"]?.string, let metric = json["metric"]?.string,
            let kind = json["kind"]?.string.flatMap(TableColumn.Kind.init(rawValue:)),
            let isText = json["is_text"]?.bool, let occurrence = json["occurrence"]?.integer
        else { return nil }
        let key = MetricKey(name: ExactName(metric), isText: isText, occurrence: Int(occurrence))
        return (TableColumn(name: name, kind: kind), .metric(key))
    }
}

extension TableShare.Portion {
    /// Without what is not said, it is the whole ledger.
    var json: JSON {
        var members: [(String, JSON)] = [("path", .string(place.path))]
        if let member = place.member { members.append(("member", .string(member))) }
        if extent.lowerBound > 0 { members.append(("from", Self.json(extent.lowerBound))) }
        if extent.upperBound < .max { members.append(("to", Self.json(extent.upperBound))) }
        if !leftOut.isEmpty {
            members.append(("left_out", .array(leftOut.sorted().map(JSON.integer))))
        }
        return .object(JSONObject(uniqueMembers: members.map { .init(name: $0, value: $1) }))
    }

    init?(json: JSON) {
        guard let path = json["path"]?.string else { return nil }
        place = LedgerDirectory.Place(path: path, member: json["member"]?.string)
        let from = json["from"]?.integer.flatMap(UInt64.init(exactly:)) ?? 0
        let to = json["to"]?.integer.flatMap(UInt64.init(exactly:)) ?? .max
        guard from <= to else { return nil }
        extent = from..<to
        leftOut = Set((json["left_out"]?.array ?? []).compactMap(\.integer))
    }

    private static func json(_ offset: UInt64) -> JSON { .integer(Int64(clamping: offset)) }
}

/// Finds the ledgers of portions; a pack is opened once where its members follow each other.
struct PortionPlaces {
    private var path: String?
    private var members: [LedgerDirectory.Place: LedgerPlace] = [:]

    mutating func place(of portion: TableShare.Portion) throws(LedgerError) -> LedgerPlace {
        let wanted = portion.place
        if path != wanted.path {
            path = nil
            let found = try LedgerPlace.all(below: wanted.path).places
            members = Dictionary(
                found.map { ($0.origin, $0) },
                uniquingKeysWith: { first, _ in first }
            )
            path = wanted.path
        }
        guard let place = members[wanted] else {
            throw .system(
                path: wanted.path,
                operation: "find \(wanted.member ?? "it")",
                errno: ENOENT
            )
        }
        return place
    }
}
