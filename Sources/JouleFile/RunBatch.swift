import JouleFormat
import JouleQuantities

/// Neighbouring runs of a ledger of many: what their documents say, and their rows.
package struct RunBatch: Sendable {
    /// Neighbouring rows of one block of the table of epochs.
    package struct EpochRows: Sendable {
        package let block: EpochBlock
        package let rows: Range<Int>
    }

    private let path: String
    private let first: Int64
    /// The documents, one behind the other.
    package let text: [UInt8]
    /// Where each run's document is.
    package let places: [Range<Int>]
    /// What was said later of any run of the ledger, by number.
    private let laterDocuments: [Int64: [[UInt8]]]
    private var parts: [EpochRows] = []
    private var partsEnds: [Int] = []

    init(path: String, first: Int64, _ lines: MetaLines, _ later: [Int64: [[UInt8]]]) {
        self.path = path
        self.first = first
        text = lines.text
        places = lines.places
        laterDocuments = later
    }

    /// Adds rows to those of the next run.
    mutating func add(_ rows: EpochRows) { parts.append(rows) }

    /// Ends the rows of the next run.
    mutating func endRun() { partsEnds.append(parts.count) }

    package var count: Int { places.count }

    /// A run's rows of epochs, in their order.
    package func rows(_ place: Int) -> ArraySlice<EpochRows> {
        parts[(place == 0 ? 0 : partsEnds[place - 1])..<partsEnds[place]]
    }

    /// Whether something was said of a run after its rows.
    package func isAnnotated(_ place: Int) -> Bool {
        !laterDocuments.isEmpty && laterDocuments[number(place)] != nil
    }

    /// What is said of a run whose document is no record.
    package func problem(_ place: Int, _ error: RecordError) -> LedgerDirectory.Problem {
        .init(path: path, message: "run \(number(place)): \(error)")
    }

    /// A run as any reader puts it together.
    package func record(_ place: Int) throws(RecordError) -> RunRecord {
        var documents = RunDocuments()
        do throws(MetaDocument.Malformed) {
            let own = Array(text[places[place]])
            for document in [own] + (laterDocuments[number(place)] ?? []) {
                documents.take(try MetaDocument(parsing: document))
            }
        } catch {
            throw RecordError(path: "", reason: error.reason)
        }
        var assembly = RunAssembly()
        for part in rows(place) {
            assembly.takeEpochs(part.block.data, part.block.schema, part.rows)
        }
        return try assembly.run(number(place), of: documents, state: .clean, drops: nil)
    }

    private func number(_ place: Int) -> Int64 { first + Int64(place) }
}

/// A decoded block of the table of epochs, by column.
package final class EpochBlock: Sendable {
    /// Numbers of 64 bits, by row.
    package struct Column: Sendable {
        package let name: String
        /// Floating-point numbers, unless they are whole.
        package let words: [UInt64]
        package let isInteger: Bool
        /// Which rows have one, 64 in a word from the lowest bit on; nil where all have.
        package let present: [UInt64]?

        fileprivate init(_ values: ColumnValues, name: String = "", isInteger: Bool = false) {
            self.name = name
            self.isInteger = isInteger
            words = values.words
            present = values.present?.words
        }

        /// Nil where the row has none.
        package func value(_ row: Int) -> Double? {
            guard has(row) else { return nil }
            return isInteger
                ? Double(Int64(bitPattern: words[row])) : Double(bitPattern: words[row])
        }

        /// Whether the row has a number.
        package func has(_ row: Int) -> Bool {
            guard let present else { return true }
            return present[row >> 6] >> UInt64(row & 63) & 1 == 1
        }

        /// Whether all rows have a number.
        package var isFull: Bool { present == nil }

        /// Floating-point numbers by row; nil unless all rows have one.
        package var allNumbers: [UInt64]? { isFull && !isInteger ? words : nil }

        /// The words by row, with `filler` where there is none.
        package func words(filler: UInt64) -> [UInt64] {
            guard present != nil else { return words }
            return words.indices.map { has($0) ? words[$0] : filler }
        }
    }

    let data: DataPayload
    let schema: TableSchema
    package let metrics: [Column]
    private let runs: Column?
    /// Numbers of epochs; a row without one is none of an epoch.
    package let numbers: Column?
    /// Seconds.
    package let durations: Column?
    /// Joules.
    package let energies: Column?

    init(_ data: DataPayload, _ schema: TableSchema) {
        self.data = data
        self.schema = schema
        metrics = data.metrics(schema).map {
            Column(
                $0.values,
                name: $0.definition.name,
                isInteger: $0.definition.type == .int64
            )
        }
        func column(_ number: UInt16) -> Column? { data.columns[number].map { Column($0) } }
        (runs, numbers) = (column(0), column(2))
        (durations, energies) = (column(4), column(5))
    }

    package var count: Int { data.rows }

    /// The run that a row belongs to; nil where it does not say.
    func run(_ row: Int) -> Int64? {
        guard let runs, runs.has(row) else { return nil }
        return Int64(bitPattern: runs.words[row])
    }

    /// Behind the rows of `run` that begin at `row`.
    func end(of run: Int64, from row: Int) -> Int {
        guard let runs else { return row }
        let word = UInt64(bitPattern: run)
        var end = row
        while end < count, runs.words[end] == word, runs.has(end) { end += 1 }
        return end
    }
}
