import JouleFile
import JouleQuantities

/// The series of a file, under one signal: what it says of its regions, and where it is from.
package struct RegionalSeries<Signal: CarbonSignal>: Sendable {
    /// Of the file.
    package let name: String
    /// Of all its content.
    package let sha256: String
    /// By the keys of the regions.
    private var regions: [String: Regional] = [:]

    /// What a file says of one region.
    package struct Regional: Sendable {
        package let series: IntensitySeries<Signal>
        /// What a summary names of it: its mean, its limits, where it is from.
        package let facts: Factor
    }

    /// Nil for a region of which the file has nothing.
    package subscript(region: String) -> Regional? { regions[Region.key(region)] }

    /// Reads a user's series (`--series`).
    package init(reading path: String) throws(LifecycleError) {
        try self.init(
            csv: try FactorText.read(path),
            name: FactorText.name(of: path),
            path: path
        )
    }

    /// Reads a series from CSV with the columns of `Schemas/factors.md`.
    ///
    /// Errors name `path`, which is the name of the file where none is given.
    package init(
        csv text: String,
        name: String,
        path: String? = nil
    ) throws(LifecycleError) {
        self.name = name
        sha256 = ContentHash.sha256Hex(text)
        let table = try FactorTable(
            text,
            path: path ?? name,
            known: SeriesColumn.all,
            required: SeriesColumn.required
        )
        guard !table.rows.isEmpty else {
            throw .badFactor(path: table.path, line: 1, column: "time", reason: "no row follows")
        }
        var readers: [String: SeriesReader<Signal>] = [:]
        for row in table.rows {
            let region = table.cell(row, "region")
            guard !region.isEmpty else {
                throw table.failure(row, "region", "must not be empty")
            }
            let key = Region.key(region)
            var reader = readers.removeValue(forKey: key) ?? SeriesReader(region: region)
            try reader.add(row, of: table)
            readers[key] = reader
        }
        // Sorted, so that of several errors always the same one is told.
        for (key, reader) in readers.sorted(by: { $0.key < $1.key }) {
            let series = try reader.series(of: table)
            let facts = reader.facts(of: series, set: name, sha256: sha256)
            regions[key] = Regional(series: series, facts: facts)
        }
    }
}

/// What a summary tells of a series beside what it tells of any factor.
///
/// A class, because factors are copied for every run, and few of them are of a series.
package final class SeriesFacts: Sendable, Hashable {
    package let sha256: String
    package let rows: Int
    package let missing: Int
    package let stepSeconds: Double
    /// Unix seconds.
    package let from: Double
    package let until: Double

    init<Signal>(of series: IntensitySeries<Signal>, sha256: String) {
        self.sha256 = sha256
        rows = series.rows.count
        missing = series.missing
        stepSeconds = series.stepSeconds
        from = series.rows.first?.start ?? 0
        until = series.end
    }

    /// Of one file and one span in it.
    package static func == (left: SeriesFacts, right: SeriesFacts) -> Bool {
        (left.sha256, left.rows, left.from, left.until)
            == (right.sha256, right.rows, right.from, right.until)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(sha256)
        hasher.combine(from)
    }

    var json: JSON {
        [
            "sha256": .string(sha256),
            "rows": .integer(Int64(rows)),
            "rows_missing": .integer(Int64(missing)),
            "step_s": .double(stepSeconds),
            "from": .double(from),
            "until": .double(until),
        ]
    }

    /// Its span and size, for a person.
    var words: String {
        let gaps = missing > 0 ? " (\(missing) missing)" : ""
        return "mean of \(rows) rows\(gaps) from \(Self.date(from)) to \(Self.date(until))"
    }

    private static func date(_ seconds: Double) -> String {
        let bytes = WallTime(unixSeconds: seconds).map { time in
            var bytes: [UInt8] = []
            Timestamp.append(time.unixNanoseconds, to: &bytes)
            return bytes
        }
        // Without seconds: rows are minutes long at least.
        return String(decoding: bytes?.prefix(16) ?? [], as: UTF8.self) + "Z"
    }
}
