import JouleQuantities

/// One line of a log that MLPerf's `mllog` writes: `:::MLLOG` and a JSON object.
struct MLPerfEvent {
    let line: Int
    let path: String
    /// Since 1970, as the writer's clock told it.
    let timeNS: Int64
    let type: String
    let key: String
    let value: JSON?
    let metadata: JSONObject

    /// No event is later, in milliseconds since 1970.
    static let millisecondsMax = 9e12

    private static let token = Array(":::MLLOG ".utf8)

    /// Takes the events of a log, each with its line; lines of anything else are passed over.
    ///
    /// A last line without an end is no event: it may be what a writer that was killed leaves.
    static func read(
        _ path: String,
        _ take: (MLPerfEvent, [UInt8]) throws(ExchangeError) -> Void
    ) throws(ExchangeError) {
        var reader = try LineReader.opening(path)
        while let line = try reader.next(), !reader.isUnfinished {
            guard let event = try MLPerfEvent(line, line: reader.line, path: path) else { continue }
            try take(event, line)
        }
    }

    /// Nil for a line of anything else; what stands before the token, such as a rank, is passed over.
    private init?(_ bytes: [UInt8], line: Int, path: String) throws(ExchangeError) {
        guard let json = Self.json(of: bytes) else { return nil }
        self.line = line
        self.path = path
        let document: JSON
        do {
            document = try JSON(parsing: Array(json))
        } catch {
            throw .badLine(path: path, line: line, field: "", reason: "not JSON: \(error)")
        }
        guard let key = document["key"]?.string, !key.isEmpty, key.utf8.count <= 256 else {
            throw .badLine(path: path, line: line, field: "key", reason: "expected a name")
        }
        guard let milliseconds = document["time_ms"]?.double,
            0...Self.millisecondsMax ~= milliseconds
        else {
            let reason = "expected milliseconds since 1970"
            throw .badLine(path: path, line: line, field: "time_ms", reason: reason)
        }
        self.key = key
        timeNS = Int64(milliseconds.rounded()) * 1_000_000
        type = document["event_type"]?.string ?? ""
        value = document["value"]
        metadata = document["metadata"]?.object ?? JSONObject()
    }

    /// What stands behind the last token.
    private static func json(of bytes: [UInt8]) -> ArraySlice<UInt8>? {
        var start = bytes.count - token.count
        while start >= 0 {
            if bytes[start] == token[0], bytes[start...].starts(with: token) {
                return bytes[(start + token.count)...]
            }
            start -= 1
        }
        return nil
    }

    /// The value as a finite number from 0 to `most`.
    func amount(upTo most: Double) throws(ExchangeError) -> Double {
        guard let number = value?.double, 0...most ~= number else {
            throw failure("expected a number from 0 to \(most)")
        }
        return number
    }

    func failure(_ reason: String) -> ExchangeError {
        .badLine(path: path, line: line, field: key, reason: reason)
    }
}
