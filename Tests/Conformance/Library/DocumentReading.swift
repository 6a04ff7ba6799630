import JouleFile
import JouleFormat
import JouleQuantities

/// Takes down what the Swift reader finds in a ledger.
struct DocumentReading: LedgerVisitor {
    private var blocks: [LedgerBlock] = []
    private(set) var trailers: [JSON] = []
    private(set) var records = RunDocuments()
    private(set) var gaps: [GapPayload] = []
    private(set) var ring: RingSnapshot?
    private var values: [UInt16: DocumentTable] = [:]

    mutating func visit(block: LedgerBlock) {
        blocks.append(block)
        guard block.header.type == BlockType.gap,
            let gap = try? PayloadDecoder.gap(block.payload, header: block.header)
        else { return }
        if let place = gaps.firstIndex(where: { $0.table == gap.table && $0.cause == gap.cause }) {
            gaps[place].rows = GapPayload.sum(gaps[place].rows, gap.rows)
        } else {
            gaps.append(gap)
        }
    }

    mutating func visit(trailer: Trailer, at offset: UInt64) {
        trailers.append([
            "offset": .count(offset), "blocks": .count(trailer.blocks),
            "summary": .count(trailer.summaryOffset), "root": .string(trailer.root.hex),
        ])
    }

    /// What follows is in no block.
    mutating func visit(ring: RingSnapshot) {
        self.ring = ring
    }

    mutating func visit(meta document: MetaDocument) {
        if ring == nil { records.take(document) }
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        if ring == nil { values[schema.id, default: DocumentTable()].add(rows) }
    }

    // MARK: Giving out

    /// A block that breaks a rule has no payload.
    func blocks(besides problems: [Integrity.Problem]) -> [JSON] {
        let bad = Set(problems.filter { $0.kind == .payload }.map(\.offset))
        return blocks.map { block in
            let header = block.header
            return [
                "offset": .count(block.offset), "type": .count(header.type),
                "flags": .count(header.flags.rawValue), "table": .count(header.table),
                "payload_size": .count(header.payloadSize), "raw_size": .count(header.rawSize),
                "rows": .count(header.rows), "sequence": .count(header.sequence),
                "leaf": .string(String(block.leaf.hex.prefix(16))),
                "payload": bad.contains(block.offset)
                    ? .null : (try? DocumentPayload.json(of: block)) ?? .null,
            ]
        }
    }

    /// Of a pack.
    var members: JSON { DocumentMembers.json(of: blocks) }

    /// Tables with a column that no other has, or with rows.
    func tables(of scan: LedgerScan) -> [JSON] {
        var schemas = scan.schemas
        for (id, schema) in scan.finalSchemas where scan.integrity.state == .damaged {
            // Where damage took a definition, a later SUMMARY knows it.
            let known = schemas[id] ?? .undefined(id)
            if schema.columns.count > known.columns.count { schemas[id] = schema }
        }
        let ids = Set(schemas.keys).union(values.keys).sorted()
        return ids.compactMap { id in
            let table = values[id] ?? DocumentTable()
            let schema = schemas[id] ?? .undefined(id)
            let fixed = TableSchema.undefined(id).columns.count
            guard table.rows > 0 || schema.columns.count > fixed else { return nil }
            return table.json(schema)
        }
    }
}

/// The rows of one table, column by column.
struct DocumentTable {
    private(set) var rows = 0
    /// By column number; a column may end before the last row, which it lacks then.
    private var columns: [UInt16: [Value?]] = [:]

    private enum Value {
        case word(UInt64)
        case text(String)
    }

    mutating func add(_ data: DataPayload) {
        for (number, values) in data.columns {
            var column = columns[number] ?? []
            column.append(contentsOf: repeatElement(nil, count: rows - column.count))
            for row in 0..<data.rows {
                let isThere = values.present?[row] ?? true
                column.append(
                    !isThere
                        ? nil
                        : values.strings.isEmpty
                            ? .word(values.words[row]) : .text(values.strings[row])
                )
            }
            columns[number] = column
        }
        rows += data.rows
    }

    func json(_ schema: TableSchema) -> JSON {
        [
            "id": .count(schema.id),
            "name": .string(schema.name.isEmpty ? "table-\(schema.id)" : schema.name),
            "rows": .count(rows),
            "columns": .array(
                schema.columns.enumerated().map { number, definition in
                    let values = columns[UInt16(number)] ?? []
                    return [
                        "number": .count(number), "type": .count(definition.type.rawValue),
                        "role": .count(definition.role.rawValue), "name": .string(definition.name),
                        "unit": .string(definition.unit),
                        "values": .array(
                            (0..<rows).map { row in
                                row < values.count ? Self.json(values[row], definition.type) : .null
                            }
                        ),
                    ]
                }
            ),
        ]
    }

    private static func json(_ value: Value?, _ type: ColumnType) -> JSON {
        switch value {
        case nil: .null
        case .text(let text): .string(text)
        case .word(let word):
            type == .int64 ? .integer(Int64(bitPattern: word)) : .pattern(word)
        }
    }
}

extension RunDocuments {
    /// What META documents say about runs, merged.
    var json: JSON {
        var object = JSONObject()
        for run in runs.sorted() {
            var epochs = JSONObject()
            for index in self.epochs(of: run) {
                epochs[String(index)] = .object(fields(ofEpoch: index, run: run))
            }
            object[String(run)] = [
                "record": .object(record(of: run)), "epochs": .object(epochs),
            ]
        }
        return .object(object)
    }
}
