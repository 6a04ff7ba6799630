import JouleFormat
import JouleQuantities

extension LedgerQuery {
    /// One of the files of a ledger.
    struct Part {
        let source: LedgerSource
        let header: FileHeader
        /// Its tables where they may number their columns otherwise than the whole ledger.
        var schemas: [UInt16: TableSchema]?
    }

    /// Everything that blocks of all segments tell, but for their rows.
    ///
    /// No INDEX counts here: it knows nothing of blocks that another segment has, too.
    static func walk(
        _ chain: SegmentChain,
        into documents: inout RunDocuments,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) -> (walk: BlockWalk, parts: [Part]) {
        var whole = BlockWalk(path: chain.segments[0].path, schemas: [:])
        var parts: [Part] = []
        for (place, segment) in chain.segments.enumerated() {
            let last = try LastSummary(
                of: segment.source,
                header: segment.header,
                spending: &budget
            )
            var walk = BlockWalk(
                path: segment.path,
                schemas: last?.schemas ?? [:],
                leaving: segment.left
            )
            try walk.run(
                segment.source,
                header: segment.header,
                from: UInt64(Layout.fileHeaderSize),
                into: &documents,
                spending: &budget
            )
            whole.add(walk, segment: place)
            parts.append(
                Part(source: segment.source, header: segment.header, schemas: walk.schemas)
            )
        }
        return (whole, parts)
    }

    /// Numbers of a table's columns in the file of that number, by those of the whole ledger; nil
    /// where they are the same.
    func numbers(of table: UInt16, segment: Int) -> [UInt16: UInt16]? {
        guard let own = parts[segment].schemas?[table],
            !schema(of: table).columns.starts(with: own.columns)
        else { return nil }
        var numbers: [UInt16: UInt16] = [:]
        var free = Array(own.columns.indices)
        for (number, column) in schema(of: table).columns.enumerated() {
            guard let place = free.firstIndex(where: { own.columns[$0] == column }) else {
                continue
            }
            numbers[UInt16(number)] = UInt16(free.remove(at: place))
        }
        return numbers
    }

    /// A table as one file of the ledger has it.
    func schema(of table: UInt16, segment: Int) -> TableSchema {
        parts[segment].schemas?[table] ?? schema(of: table)
    }
}

extension BlockWalk {
    /// Takes over what another segment tells; its columns are told apart by what they are.
    mutating func add(_ next: BlockWalk, segment: Int) {
        blocks += next.blocks.map { block in
            var placed = block
            placed.segment = segment
            return placed
        }
        covered.merge(next.covered, uniquingKeysWith: max)
        problems = Array((problems + next.problems).prefix(100))
        for (id, schema) in next.schemas {
            guard var known = schemas[id], !schema.columns.starts(with: known.columns) else {
                schemas[id] = schema
                continue
            }
            // Two columns may have one name: as many are new as there are more of them.
            var free = known.columns
            for column in schema.columns {
                if let place = free.firstIndex(of: column) {
                    free.remove(at: place)
                } else {
                    known.columns.append(column)
                }
            }
            schemas[id] = known
        }
    }
}
