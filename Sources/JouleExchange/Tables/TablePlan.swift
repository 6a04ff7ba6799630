package import JouleFile
package import JouleQuantities

/// How a table is divided among several readers, by somebody who has looked at every ledger.
///
/// What counts is what an export of the same paths would read: copies count once. The readers need
/// only their part of it.
package struct TablePlan {
    fileprivate struct Piece {
        let portion: TableShare.Portion
        /// To read and to open.
        let bytes: UInt64
        /// Those of one group are for one reader; nil where each may have its own.
        let group: Int?
        /// Ids of runs; nil of a ledger with many.
        let runs: [String]?
    }

    private let columns: [TableColumn]
    private let metrics: [ExportTable.Defined]
    private var pieces: [Piece] = []
    private let problems: [LedgerDirectory.Problem]
    private let damage: OpeningDamage
    /// About what one reader takes at a time.
    private let portionBytes: UInt64

    /// Of a ledger with more runs none is named.
    private static let namedRunsMax = 64
    /// So many bytes are read in the time that it takes to open a ledger.
    private static let openingBytes: UInt64 = 16 << 10
    /// A reader that begins is worth so much unless less is asked for.
    private static let worthwhileBytes: UInt64 = 1 << 20

    /// Opens every ledger once, and reads no rows.
    ///
    /// `readers` that work beside each other have about the same each, `bytesMax` at most at a time.
    /// Larger ledgers are divided where their index tells where rows are. The table of runs needs
    /// whole ledgers, all those of a run together.
    package init(of paths: [String], table: ExportTable, readers: UInt64 = 1, bytesMax: UInt64)
        throws(LedgerError)
    {
        let found = try Self.places(below: paths)
        guard table == .runs else {
            let plan = ExportPlan(found, table: table)
            metrics = plan.metrics
            columns = table.columns + metrics.map(\.column)
            problems = plan.problems
            damage = plan.damage
            let portionBytes = Self.share(of: plan.parts.map(\.size), readers, bytesMax)
            self.portionBytes = portionBytes
            pieces = plan.parts.flatMap { Self.pieces(of: $0, portionBytes: portionBytes) }
            return
        }
        columns = table.columns
        metrics = []
        var problems = found.problems
        var damage = OpeningDamage()
        var groups = LedgerGroups()
        var opened: [(place: LedgerPlace, bytes: UInt64, runs: [String]?)] = []
        for place in found.places {
            do throws(LedgerError) {
                let query = try place.open()
                damage.add(query, at: place)
                groups.add(query)
                opened.append((place, query.size, Self.named(query.runs.values)))
            } catch {
                problems.append(.init(error))
            }
        }
        self.problems = problems
        self.damage = damage
        portionBytes = Self.share(of: opened.map(\.bytes), readers, bytesMax)
        for (ledger, group) in zip(opened, groups.groups) {
            let portion = TableShare.Portion(place: ledger.place.origin)
            let bytes = ledger.bytes + Self.openingBytes
            pieces.append(.init(portion: portion, bytes: bytes, group: group, runs: ledger.runs))
        }
    }

    /// A file that is the only path has to be a ledger.
    private static func places(below paths: [String]) throws(LedgerError)
        -> (places: [LedgerPlace], problems: [LedgerDirectory.Problem])
    {
        paths.count == 1
            ? try LedgerPlace.all(below: paths[0]) : try LedgerPlace.all(below: paths)
    }

    /// What each of some readers has of ledgers of these sizes.
    private static func share(of sizes: [UInt64], _ readers: UInt64, _ bytesMax: UInt64) -> UInt64 {
        let all = sizes.reduce(0) { $0 + $1 + openingBytes }
        let share = all / max(1, readers) + 1
        return max(1, min(bytesMax, max(worthwhileBytes, share)))
    }

    private static func pieces(of part: ExportPlan.Part, portionBytes: UInt64) -> [Piece] {
        let runs = named(part.runs.values)
        let whole = part.isIndexed ? (part.size - min(1, part.size)) / portionBytes + 1 : 1
        let count = min(whole, portionsMax)
        return (0..<count).map { number in
            let from = part.size / count * number
            let to = number + 1 < count ? part.size / count * (number + 1) : .max
            let portion = TableShare.Portion(
                place: part.place.origin,
                extent: from..<to,
                leftOut: part.told
            )
            let bytes = part.size / count + openingBytes
            return Piece(portion: portion, bytes: bytes, group: nil, runs: runs)
        }
    }

    /// Of one ledger.
    private static let portionsMax: UInt64 = 4096

    private static func named(_ runs: some Collection<RunRecord>) -> [String]? {
        runs.count <= namedRunsMax ? Set(runs.map(\.id.description)).sorted() : nil
    }

    /// The plan for others than Swift; its `portions` and `metrics` are what `TableShare` reads.
    package var json: JSON {
        [
            "columns": .array(
                columns.map {
                    ["name": .string($0.name), "kind": .string($0.kind.rawValue)]
                }
            ),
            "metrics": .array(metrics.compactMap(TableShare.json(of:))),
            "bytes": .integer(Int64(clamping: portionBytes)),
            "portions": .array(pieces.map(\.json)),
            "problems": .array(
                problems.map { ["path": .string($0.path), "message": .string($0.message)] }
            ),
            "damaged": damage.json,
        ]
    }
}

extension TablePlan.Piece {
    fileprivate var json: JSON {
        let own: [JSONObject.Member] = [
            .init(name: "bytes", value: .integer(Int64(clamping: bytes))),
            .init(name: "group", value: group.map { .integer(Int64($0)) } ?? .null),
            .init(name: "runs", value: runs.map { .array($0.map(JSON.string)) } ?? .null),
        ]
        return .object(JSONObject(uniqueMembers: (portion.json.object?.members ?? []) + own))
    }
}
