import JouleFormat
import JouleQuantities

/// What a ledger holds, in a few numbers, by which it is found again when it is read back.
///
/// Rows count in the order of their table, however they are spread over blocks. The hashes mean
/// something within this process only.
struct ContentMark: LedgerVisitor, Equatable {
    private var rows: [UInt16: Int] = [:]
    private var columns: [UInt16: [UInt16: Hasher]] = [:]
    private var others = Hasher()

    mutating func visit(meta document: MetaDocument) {
        // Says what the ledger was made of, which is told at its end, when the rest is known.
        let isOrigin = document.set.members.map(\.name) == ["thinned_from"]
        guard !isOrigin || !document.append.isEmpty || !document.epochs.isEmpty else { return }
        others.combine(document.run)
        others.combine(document.json)
    }

    mutating func visit(attached part: AttachPayload) { others.combine(part) }

    mutating func visit(block: LedgerBlock) {
        guard block.header.type >= BlockType.firstPrivate else { return }
        others.combine(block.header.type)
        others.combine(block.payload)
    }

    mutating func visit(rows payload: DataPayload, schema: TableSchema) {
        let start = rows[schema.id, default: 0]
        for (number, values) in payload.grouped(by: schema).columns {
            var hasher = columns[schema.id]?[number] ?? Hasher()
            for row in 0..<payload.rows where values.present?[row] ?? true {
                hasher.combine(start + row)
                if values.strings.isEmpty {
                    hasher.combine(values.words[row])
                } else {
                    hasher.combine(values.strings[row])
                }
            }
            columns[schema.id, default: [:]][number] = hasher
        }
        rows[schema.id] = start + payload.rows
    }

    static func == (left: ContentMark, right: ContentMark) -> Bool {
        left.rows == right.rows && left.others.finalize() == right.others.finalize()
            && left.finalized == right.finalized
    }

    private var finalized: [UInt16: [UInt16: Int]] {
        columns.mapValues { $0.mapValues { $0.finalize() } }
    }
}

/// A new ledger that keeps account of what it was given.
final class KeptContent {
    let ledger: RewrittenLedger
    private(set) var mark = ContentMark()

    init(_ ledger: RewrittenLedger) { self.ledger = ledger }

    func take(_ document: MetaDocument) {
        mark.visit(meta: document)
        ledger.take(document)
    }

    func take(_ rows: DataPayload, _ schema: TableSchema) {
        mark.visit(rows: rows, schema: schema)
        ledger.take(rows, schema)
    }

    func take(_ part: AttachPayload) {
        mark.visit(attached: part)
        ledger.take(part)
    }

    func take(privateBlock block: LedgerBlock) {
        mark.visit(block: block)
        ledger.take(privateBlock: block)
    }
}
