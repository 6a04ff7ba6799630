import JouleFile
import JouleQuantities

/// The table of runs, one row each.
package enum RunTable {
    enum Cell {
        case integer((RunRecord) -> Int64?)
        case number((RunRecord) -> Double?)
        case text((RunRecord) -> String?)
        case time((RunRecord) -> WallTime?)

        fileprivate var kind: TableColumn.Kind {
            switch self {
            case .integer: .integer
            case .number: .number
            case .text: .text
            case .time: .time
            }
        }
    }

    typealias Defined = (column: TableColumn, cell: Cell)

    private static func column(_ name: String, _ cell: Cell) -> Defined {
        (TableColumn(name: name, kind: cell.kind), cell)
    }

    static var columns: [Defined] {
        [
            column("run_id", .text { $0.id.description }),
            column("project", .text(\.project)), column("sweep", .text(\.sweep)),
            column("stage", .text { $0.stage?.rawValue }),
            column("status", .text { $0.status.rawValue }),
            column("tags", .text { JSON.array($0.tags.map(JSON.string)).text() }),
            column("user", .text(\.user)), column("account", .text(\.account)),
            column("started", .time(\.started)), column("ended", .time(\.ended)),
            column("duration_s", .number(\.durationSeconds)),
            column("seed", .text { $0.seed?.text() }),
            column("ranks", .integer { $0.worldSize.map(Int64.init) }),
            column("host", .text { $0.hardware?.host }),
            column("epochs", .integer { Int64($0.epochs.count) }),
            column("steps", .integer { Int64($0.stepCount) }),
            column("energy_j", .number { $0.energy?.joules }),
            column("provenance", .text { total(of: $0).provenance?.rawValue }),
            column("boundary", .text { total(of: $0).boundary?.rawValue }),
            column("coverage", .number { total(of: $0).coverage }),
            column("uncertainty_rel", .number { total(of: $0).uncertaintyRelative }),
            column("declared_energy_j", .number { $0.declared?.energy?.joules }),
            column("declared_boundary", .text { $0.declared?.boundary?.rawValue }),
            column("code_entry", .text { $0.code?.entry }),
            column("code_commit", .text { $0.code?.commit }),
            column("code_tree", .text { $0.code?.tree }),
            column("data_name", .text { $0.data?.name }),
            column("data_fingerprint", .text { $0.data?.fingerprint }),
            column("config", .text { $0.config.map { JSON.object($0).text() } }),
            column("metrics", .text { $0.metrics.map { JSON.object($0).text() } }),
        ]
    }

    private static func total(of run: RunRecord) -> WindowEnergy {
        WindowEnergy(parts: run.deviceEnergy, meters: run.meters, stored: run.energy?.joules)
    }

    /// A batch of the columns `names` of `runs`.
    static func batch(of runs: [RunRecord]) -> TableBatch {
        TableBatch(
            count: runs.count,
            columns: columns.map { column, cell in
                var values = TableValues(column.kind)
                for run in runs {
                    switch cell {
                    case .integer(let value): values.append(integer: value(run))
                    case .number(let value): values.append(number: value(run))
                    case .text(let value): values.append(text: value(run))
                    case .time(let value): values.append(integer: value(run)?.unixNanoseconds)
                    }
                }
                return values
            }
        )
    }
}
