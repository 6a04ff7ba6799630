import JouleQuantities

/// The columns of a series.
enum SeriesColumn {
    static let all = [
        "time", "region", "value", "unit", "source", "signal", "cfe_share", "residual", "basis",
        "licence",
    ]
    static let required = 6
}

/// Puts the rows of one region together.
struct SeriesReader<Signal: CarbonSignal> {
    let region: String
    private var rows: [IntensitySeries<Signal>.Row] = []
    /// By row its place in the table.
    private var lines: [CSVTable.Row] = []
    /// What is the same in all rows.
    private var common: [String: String] = [:]

    private static var commonColumns: [String] { ["source", "basis", "licence"] }

    init(region: String) {
        self.region = region
    }

    mutating func add(_ row: CSVTable.Row, of table: FactorTable) throws(LifecycleError) {
        let cell = { table.cell(row, $0) }
        let fail = { table.failure(row, $0, $1) }
        guard cell("signal") == Signal.name else { throw fail("signal", refusal(cell("signal"))) }
        guard cell("unit") == Factor.Kind.grid.unit else {
            throw fail("unit", "'\(cell("unit"))' where a series has '\(Factor.Kind.grid.unit)'")
        }
        guard !cell("source").isEmpty else { throw fail("source", "must not be empty") }
        guard ["", "life_cycle", "combustion"].contains(cell("basis")) else {
            throw fail("basis", "'\(cell("basis"))' is neither life_cycle nor combustion")
        }
        for column in Self.commonColumns {
            let first = common[column] ?? cell(column)
            guard first == cell(column) else {
                let reason = "'\(cell(column))' where other rows of \(region) have '\(first)'"
                throw fail(column, reason)
            }
            common[column] = first
        }
        let start = try time(row, of: table)
        if let last = rows.last, let line = lines.last?.line, start <= last.start {
            let what = start == last.start ? "the same time as" : "earlier than"
            throw fail("time", "\(what) line \(line) of this region; sort rows, each time once")
        }
        guard let value = try number("value", row, table, Self.isPlausible) else {
            throw fail("value", "must not be empty")
        }
        let residual = try number("residual", row, table, Plausible.contractIntensity.contains)
        rows.append(
            IntensitySeries.Row(
                start: start,
                intensity: GridIntensity(gramsPerKilowattHour: value),
                carbonFree: try number("cfe_share", row, table, Plausible.carbonFree.contains),
                residual: residual.map { GridIntensity(gramsPerKilowattHour: $0) }
            )
        )
        lines.append(row)
    }

    /// The whole; throws where the rows have no common step.
    func series(of table: FactorTable) throws(LifecycleError) -> IntensitySeries<Signal> {
        let steps = zip(rows.dropFirst(), rows).map { $0.start - $1.start }
        let step = Self.mostFrequent(steps) ?? 3600
        guard Plausible.stepSeconds.contains(step) else {
            let reason =
                "rows stand \(Figure.number(step)) s apart, where a minute to a day is expected"
            throw table.failure(lines.last ?? table.rows[0], "time", reason)
        }
        // What is longer is a gap, and hides no shifted row.
        for (place, found) in steps.enumerated() where found.remainder(dividingBy: step) != 0 {
            let reason =
                "\(Figure.number(found)) s behind the row before, which is no multiple of the "
                + "\(Figure.number(step)) s between most rows"
            throw table.failure(lines[place + 1], "time", reason)
        }
        return IntensitySeries(region: region, rows: rows, stepSeconds: step)
    }

    func facts(of series: IntensitySeries<Signal>, set: String, sha256: String) -> Factor {
        let values = rows.map(\.intensity.gramsPerKilowattHour)
        return Factor(
            kind: .grid,
            region: region,
            name: region,
            aliases: [],
            year: nil,
            value: Series.mean(values) ?? 0,
            low: values.min(),
            high: values.max(),
            signal: Signal.name,
            basis: common["basis"] ?? "",
            source: common["source"] ?? "",
            licence: common["licence"] ?? "",
            set: set,
            series: SeriesFacts(of: series, sha256: sha256)
        )
    }

    private func refusal(_ signal: String) -> String {
        if signal == Marginal.name, Signal.self == LocationAverage.self {
            return
                "a marginal intensity is of one unit more, not of all that was used; it never "
                + "stands in location-based carbon, so give a location_average"
        }
        return "'\(signal)' where \(Signal.name) is expected"
    }

    private func time(
        _ row: CSVTable.Row,
        of table: FactorTable
    ) throws(LifecycleError) -> Double {
        let text = table.cell(row, "time")
        guard let nanoseconds = Timestamp.nanoseconds(text), text.contains("T") else {
            let reason = "'\(text)' is no time of ISO 8601 such as 2026-03-02T10:00:00Z"
            throw table.failure(row, "time", reason)
        }
        return WallTime(unixNanoseconds: nanoseconds).unixSeconds
    }

    private func number(
        _ column: String,
        _ row: CSVTable.Row,
        _ table: FactorTable,
        _ isPlausible: (Double) -> Bool
    ) throws(LifecycleError) -> Double? {
        let text = table.cell(row, column)
        guard !text.isEmpty else { return nil }
        guard let value = Double(text) else {
            throw table.failure(row, column, "'\(text)' is not a number")
        }
        guard isPlausible(value) else {
            let range =
                column == "cfe_share"
                ? "a share of what was used, 0 to \(Figure.number(Plausible.carbonFree.upperBound)),"
                : "0 to 1500 g/kWh"
            throw table.failure(row, column, "\(text) is implausible: \(range) is expected")
        }
        return value
    }

    /// Hours of some grids have a marginal intensity of zero, but never an average one.
    private static func isPlausible(_ grams: Double) -> Bool {
        Signal.self == Marginal.self
            ? Plausible.contractIntensity.contains(grams) : Plausible.isGridIntensity(grams)
    }

    /// Of those that are as frequent, the shortest.
    private static func mostFrequent(_ steps: [Double]) -> Double? {
        let counts = Dictionary(steps.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }
}
