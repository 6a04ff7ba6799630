import JouleFile
import JouleQuantities

/// The energy of a run, an epoch or a phase over all meters, and how it is known.
struct WindowEnergy: Sendable {
    private(set) var joules: Double?
    /// The weakest of the meters that add up; `declared` where none saw it.
    private(set) var provenance: Provenance?
    private(set) var boundary: Boundary?
    private(set) var coverage: Double?
    private(set) var uncertaintyRelative: Double?

    /// Adds up what meters saw; `stored` is a total that somebody wrote down, which goes first.
    init(parts: [DeviceEnergy], meters: [MeterDescription], stored: Double?) {
        let total = meters.total(of: parts)
        joules = stored ?? total?.energy.joules
        coverage = total?.coverage
        uncertaintyRelative = total?.uncertaintyRelative
        let observed = Set(total == nil ? [] : parts.map(\.meter))
        let added = meters.additive { observed.contains($0) }.map { meters[$0] }
        provenance = .ofEnergy(seenBy: added.lazy.map(\.provenance), isKnown: joules != nil)
        boundary = added.first?.boundary
    }
}

/// Finds the energy of the windows of a ledger, a stretch of them at a time.
struct EnergyJoin {
    private struct Window: Hashable {
        let run: Int64
        let number: Int64
    }

    private var parts: [Window: [DeviceEnergy]] = [:]

    /// Reads what meters saw of the windows of one kind (1 epochs, 2 phases) whose runs and numbers
    /// are in these ranges.
    init(
        _ query: LedgerQuery,
        kind: Int64,
        runs: ClosedRange<Int64>,
        numbers: ClosedRange<Int64>
    ) throws(LedgerError) {
        var cursor = try query.rows(
            of: .energy,
            columns: [0, 2, 3, 4, 5, 6, 7],
            where: [
                RowFilter(column: 1, .equal, .integer(kind)),
                RowFilter(column: 0, .greaterOrEqual, .integer(runs.lowerBound)),
                RowFilter(column: 0, .lessOrEqual, .integer(runs.upperBound)),
                RowFilter(column: 2, .greaterOrEqual, .integer(numbers.lowerBound)),
                RowFilter(column: 2, .lessOrEqual, .integer(numbers.upperBound)),
            ]
        )
        while let rows = try cursor.next() {
            for row in 0..<rows.count { take(rows.columns, row) }
        }
    }

    /// As a reader of runs takes them: what has no meter, or no finite energy, says nothing.
    private mutating func take(_ columns: [LedgerValues], _ row: Int) {
        guard let run = columns[0].integer(row), let number = columns[1].integer(row),
            let meter = columns[2].integer(row), meter >= 0,
            let joules = columns[3].number(row), joules.isFinite
        else { return }
        let measured = MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: columns[4].number(row) ?? 1,
            uncertaintyRelative: columns[5].number(row),
            flags: EnergyFlags(rawValue: UInt32(truncatingIfNeeded: columns[6].integer(row) ?? 0))
        )
        parts[Window(run: run, number: number), default: []].append(
            DeviceEnergy(meter: Int(clamping: meter), measured: measured)
        )
    }

    func parts(of run: Int64?, number: Int64?) -> [DeviceEnergy] {
        guard let run, let number else { return [] }
        return parts[Window(run: run, number: number)] ?? []
    }
}
