import JouleExchange
import JouleFile
import JouleQuantities
import Joulebook

/// The table of runs by column, as the page takes it (`Schemas/page-runs.schema.json`).
struct RunColumns {
    let rows: [RunRow]
    let words: [String]
    let version: Int64
    let problems: [LedgerDirectory.Problem]

    /// So many columns of metrics, and as many of configurations.
    private static let extraMax = 40
    /// Where there are more values than this, there are fewer such columns.
    private static let valuesMax = 3_000_000
    /// So many files that could not be read are named.
    private static let problemsMax = 200

    /// The text, in UTF-8.
    func text() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(rows.count * 120 + 4096)
        let metrics = frequent(\.metrics)
        let config = frequent(\.config)
        out += "{\"schema\":\"joulebook.page.runs/1\",\"version\":\(version)".utf8
        out += ",\"count\":\(rows.count),\"columns\":[".utf8
        writeBase(into: &out)
        for name in metrics.names { write(name, "metric", into: &out, \.metrics) }
        for name in config.names { write(name, "config", into: &out, \.config) }
        out += "],\"left_out\":{\"metrics\":\(metrics.leftOut),\"config\":\(config.leftOut)}".utf8
        out += ",\"problems\":".utf8
        Array(problems.prefix(Self.problemsMax)).json.write(into: &out)
        out += ",\"problems_count\":\(problems.count)}".utf8
        return out
    }

    // MARK: Which columns

    /// The names that most runs have, and how many others there are.
    private func frequent(_ cells: (RunRow) -> RunRow.Cells) -> (
        names: [Int32], leftOut: Int
    ) {
        var counts: [Int32: Int] = [:]
        for row in rows { for cell in cells(row) { counts[cell.name, default: 0] += 1 } }
        let most = min(Self.extraMax, max(6, Self.valuesMax / max(rows.count, 1) / 2))
        let ranked = counts.sorted { left, right in
            (right.value, words[Int(left.key)]) < (left.value, words[Int(right.key)])
        }
        return (ranked.prefix(most).map(\.key), max(0, ranked.count - most))
    }

    // MARK: Columns

    private func writeBase(into out: inout [UInt8]) {
        open("id", "Run", "id", nil, "run", into: &out)
        out += ",\"values\":[".utf8
        for (place, row) in rows.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            JSON.writeString(row.id.description, into: &out)
        }
        out += "]}".utf8
        texts("project", "Project", "text", \.project, into: &out)
        texts("stage", "Stage", "text", \.stage, into: &out)
        texts("status", "Status", "state", \.status, into: &out)
        texts("user", "User", "text", \.user, into: &out)
        texts("tags", "Tags", "text", \.tags, into: &out)
        numbers("started", "Started (UTC)", "time", "s", into: &out) { $0.started }
        numbers("duration", "Duration", "number", "s", into: &out) { $0.seconds }
        numbers("epochs", "Epochs", "number", nil, into: &out) { Double($0.epochs) }
        numbers("energy", "Energy", "number", "J", into: &out) { $0.joules }
        texts("provenance", "Known by", "text", \.provenance, into: &out)
        texts("devices", "Devices", "text", \.devices, into: &out)
    }

    private func open(
        _ name: String,
        _ label: String,
        _ kind: String,
        _ unit: String?,
        _ group: String,
        better: MetricDirection? = nil,
        into out: inout [UInt8]
    ) {
        if out.last != UInt8(ascii: "[") { out.append(UInt8(ascii: ",")) }
        out += "{\"name\":".utf8
        JSON.writeString(name, into: &out)
        out += ",\"label\":".utf8
        JSON.writeString(label, into: &out)
        out += ",\"kind\":\"\(kind)\",\"unit\":\(unit.map { "\"\($0)\"" } ?? "null")".utf8
        out += ",\"group\":\"\(group)\"".utf8
        if let better { out += ",\"better\":\"\(better.rawValue)\"".utf8 }
    }

    private func numbers(
        _ name: String,
        _ label: String,
        _ kind: String,
        _ unit: String?,
        into out: inout [UInt8],
        _ value: (RunRow) -> Double
    ) {
        open(name, label, kind, unit, "run", into: &out)
        write(rows.map(value), into: &out)
        out += "}".utf8
    }

    private func texts(
        _ name: String,
        _ label: String,
        _ kind: String,
        _ word: (RunRow) -> Int32,
        into out: inout [UInt8]
    ) {
        open(name, label, kind, nil, "run", into: &out)
        write(words: rows.map(word), into: &out)
        out += "}".utf8
    }

    private func write(
        _ name: Int32,
        _ group: String,
        into out: inout [UInt8],
        _ cells: (RunRow) -> RunRow.Cells
    ) {
        let found = rows.map { cells($0)[named: name] }
        let label = words[Int(name)]
        let isText = found.contains { $0?.word != nil }
        let better = group == "metric" ? MetricDirection(ofMetric: label) : nil
        let kind = isText ? "text" : "number"
        open("\(group).\(label)", label, kind, nil, group, better: better, into: &out)
        if isText {
            // A value that elsewhere is a text is one everywhere.
            var known = Words()
            let codes = found.map { value in
                known.number(
                    of: value.map { value in
                        value.word.map { words[Int($0)] } ?? JSON.double(value.number).text()
                    }
                )
            }
            write(codes: codes, of: known.texts, into: &out)
        } else {
            write(found.map { $0?.number ?? .nan }, into: &out)
        }
        out += "}".utf8
    }

    // MARK: Values

    /// Null for what is no finite number.
    private func write(_ values: [Double], into out: inout [UInt8]) {
        out += ",\"values\":[".utf8
        for (place, value) in values.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 {
                out += String(whole).utf8
            } else {
                out += (value.isFinite ? value.description : "null").utf8
            }
        }
        out.append(UInt8(ascii: "]"))
    }

    /// Words of the whole table as those of one column.
    private func write(words numbers: [Int32], into out: inout [UInt8]) {
        var places = [Int32](repeating: Words.none, count: words.count)
        var own: [String] = []
        let codes = numbers.map { number -> Int32 in
            guard number != Words.none else { return Words.none }
            if places[Int(number)] == Words.none {
                places[Int(number)] = Int32(own.count)
                own.append(words[Int(number)])
            }
            return places[Int(number)]
        }
        write(codes: codes, of: own, into: &out)
    }

    /// -1 stands for what is not known.
    private func write(codes: [Int32], of words: [String], into out: inout [UInt8]) {
        out += ",\"words\":[".utf8
        for (place, word) in words.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            JSON.writeString(word, into: &out)
        }
        out += "],\"codes\":[".utf8
        for (place, code) in codes.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            out += String(code).utf8
        }
        out.append(UInt8(ascii: "]"))
    }
}
