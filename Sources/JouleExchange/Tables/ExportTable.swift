import JouleFile
import JouleQuantities

/// A table that users get: the ledger's own, with the runs' names and the meters' facts beside the
/// numbers (`Schemas/tables.md`).
package enum ExportTable: String, Sendable, Hashable, CaseIterable {
    case runs, epochs, steps, telemetry, energy, phases
    case stepRanges = "step_ranges"

    /// The table of a ledger that rows come from; nil for runs.
    var ledgerTable: LedgerTable? {
        switch self {
        case .runs: nil
        case .epochs: .epochs
        case .steps: .steps
        case .telemetry: .telemetry
        case .energy: .energy
        case .phases, .stepRanges: .phases
        }
    }

    /// The column that says when a row was; nil where rows have no time.
    package var timeColumn: String? {
        switch self {
        case .runs, .epochs, .phases, .stepRanges: "started"
        case .steps, .telemetry: "time"
        case .energy: nil
        }
    }

    /// Whether columns named by programs follow.
    var hasMetrics: Bool { self == .epochs || self == .steps }

    /// The columns that every export of the table has.
    package var columns: [TableColumn] { sources.map(\.column) }

    /// Where a column's values come from.
    enum Source {
        /// A column of the ledger, by its place in the table.
        case stored(Int)
        case metric(MetricKey)
        /// A column that the specification names and only some ledgers have.
        case told(String)
        case runID
        case rank
        /// A fact about the meter whose number is in that column.
        case meter(Int, @Sendable (MeterDescription) -> String?)
        /// A word for the number in a column.
        case word(Int, [String])
        /// The energy of the window that the row describes.
        case energy(@Sendable (WindowEnergy) -> Double?)
        case evidence(@Sendable (WindowEnergy) -> String?)
    }

    typealias Defined = (column: TableColumn, source: Source)

    /// The columns of a table of rows, but for metrics.
    var sources: [Defined] {
        let run: [Defined] = [
            (.init(name: "run_id", kind: .text), .runID),
            (.init(name: "rank", kind: .integer), .rank),
        ]
        switch self {
        case .runs: return RunTable.columns.map { ($0.column, .runID) }
        case .epochs:
            return run + [
                (.init(name: "index", kind: .integer), .stored(1)),
                (.init(name: "epoch", kind: .integer), .stored(2)),
                (.init(name: "started", kind: .time), .stored(3)),
                (.init(name: "duration_s", kind: .number), .stored(4)),
            ] + Self.total
        case .steps:
            return run + [
                (.init(name: "step", kind: .integer), .stored(1)),
                (.init(name: "time", kind: .time), .stored(2)),
            ]
        case .energy:
            return run + [
                (.init(name: "window", kind: .text), .word(1, ["run", "epoch", "phase"])),
                (.init(name: "number", kind: .integer), .stored(2)),
            ] + Self.meter(3) + [
                (.init(name: "energy_j", kind: .number), .stored(4)),
                (.init(name: "coverage", kind: .number), .stored(5)),
                (.init(name: "uncertainty_rel", kind: .number), .stored(6)),
                (.init(name: "flags", kind: .integer), .stored(7)),
            ]
        case .phases:
            return run + [
                (.init(name: "phase", kind: .integer), .stored(1)),
                (.init(name: "index", kind: .integer), .stored(2)),
                (.init(name: "name", kind: .text), .stored(3)),
                (.init(name: "started", kind: .time), .stored(4)),
                (.init(name: "duration_s", kind: .number), .stored(5)),
            ] + Self.total
        case .stepRanges:
            return run + [
                (.init(name: "phase", kind: .integer), .stored(1)),
                (.init(name: "index", kind: .integer), .stored(2)),
                (.init(name: "within", kind: .integer), .told("within")),
                (.init(name: "first_step", kind: .integer), .told("first_step")),
                (.init(name: "last_step", kind: .integer), .told("last_step")),
                (.init(name: "started", kind: .time), .stored(4)),
                (.init(name: "duration_s", kind: .number), .stored(5)),
            ] + Self.total
        case .telemetry:
            return run + Self.meter(1) + [
                (.init(name: "time", kind: .time), .stored(2)),
                (.init(name: "energy_j", kind: .number), .stored(3)),
                (.init(name: "power_w", kind: .number), .stored(4)),
            ]
        }
    }

    /// The energy of a window over all meters, each joule once, and how it is known.
    private static let total: [Defined] = [
        (.init(name: "energy_j", kind: .number), .energy(\.joules)),
        (.init(name: "provenance", kind: .text), .evidence { $0.provenance?.rawValue }),
        (.init(name: "boundary", kind: .text), .evidence { $0.boundary?.rawValue }),
        (.init(name: "coverage", kind: .number), .energy(\.coverage)),
        (.init(name: "uncertainty_rel", kind: .number), .energy(\.uncertaintyRelative)),
    ]

    /// What is known of the meter whose number is in a column.
    private static func meter(_ column: Int) -> [Defined] {
        [
            (.init(name: "device", kind: .text), .meter(column) { $0.device.description }),
            (.init(name: "source", kind: .text), .meter(column) { $0.source }),
            (.init(name: "provenance", kind: .text), .meter(column) { $0.provenance.rawValue }),
            (.init(name: "boundary", kind: .text), .meter(column) { $0.boundary.rawValue }),
            (
                .init(name: "enclosed_by", kind: .text),
                .meter(column) { $0.enclosedBy?.description }
            ),
        ]
    }
}
