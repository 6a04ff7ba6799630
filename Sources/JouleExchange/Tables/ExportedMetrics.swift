import JouleFile
import JouleQuantities

/// Which columns of ledgers are one column of an export: those of one name.
///
/// Where a ledger has a name twice, its second column goes with the second ones of others.
struct MetricKey: Hashable, Sendable {
    let name: ExactName
    /// Texts and numbers never share a column.
    let isText: Bool
    /// How many columns like it stand before it in its ledger.
    let occurrence: Int

    /// The metrics among the columns of a table of a ledger.
    static func metrics(of columns: [LedgerColumn]) -> [(key: MetricKey, column: LedgerColumn)] {
        var seen: [MetricKey: Int] = [:]
        return columns.filter(\.isMetric).map { column in
            let name = ExactName(column.name)
            let isText = column.kind == .text
            let first = MetricKey(name: name, isText: isText, occurrence: 0)
            let occurrence = seen[first, default: 0]
            seen[first] = occurrence + 1
            return (MetricKey(name: name, isText: isText, occurrence: occurrence), column)
        }
    }
}

/// The metrics of all ledgers, in the order in which they come up.
struct ExportedMetrics {
    private var keys: [MetricKey] = []
    private var kinds: [MetricKey: LedgerColumn.Kind] = [:]

    mutating func add(_ columns: [LedgerColumn]) {
        for (key, column) in MetricKey.metrics(of: columns) {
            guard let kind = kinds[key] else {
                keys.append(key)
                kinds[key] = column.kind
                continue
            }
            // Whole numbers of one run and fractions of another one are numbers.
            if kind != column.kind { kinds[key] = .number }
        }
    }

    /// Columns with names of their own: a metric called like a column of the table is told apart by
    /// a prefix, and what comes again by its number.
    func columns(besides fixed: [TableColumn]) -> [ExportTable.Defined] {
        let fixed = Set(fixed.map { ExactName($0.name) })
        var taken = fixed
        return keys.map { key in
            // Arrow's C structures end a name at a NUL.
            let scalars = key.name.text.unicodeScalars.map { $0 == "\0" ? "\u{FFFD}" : $0 }
            var name = String(String.UnicodeScalarView(scalars))
            if fixed.contains(ExactName(name)) { name = "metrics.\(name)" }
            let first = name
            var number = 1
            while !taken.insert(ExactName(name)).inserted {
                number += 1
                name = "\(first).\(number)"
            }
            let kind = TableColumn.Kind(kinds[key] ?? .number)
            return (TableColumn(name: name, kind: kind), .metric(key))
        }
    }
}

extension TableColumn.Kind {
    init(_ kind: LedgerColumn.Kind) {
        self =
            switch kind {
            case .integer: .integer
            case .number: .number
            case .text: .text
            }
    }
}
