import JouleFile
import JouleFormat
import JouleQuantities

/// What is said of a run after its end, and names that look alike.
extension Vector {
    static let saidLater: [Vector] = [
        Vector("meta-append", "tags, notes and a choice appended behind the end, each by a writer")
        { path in
            try writing(path) { writer in
                try writer.record()
                try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
                try writer.close()
            }
            let later: [JSON] = [
                ["run": 0, "set": ["annotated": 1.5], "append": ["tags": ["verified"]]],
                ["run": 0, "append": ["tags": ["paper", "verified"], "notes": [["text": "ok"]]]],
                ["run": 0, "set": ["selected": ["metric": "loss", "goal": "lower"]]],
            ]
            for document in later {
                try goingOn(path) { writer in
                    try writer.meta([document])
                    try writer.close()
                }
            }
        },
        Vector("meta-append-forms", "lists of no element, to no list, behind what is set") {
            var writer = try VectorWriter($0)
            try writer.meta(texts: [
                #"{"run":0,"set":{"text":"no list","list":[1],"gone":[1]}}"#,
                #"{"run":0,"append":{"text":[1],"empty":[],"new":[[],{},null]}}"#,
                #"{"run":0,"append":{"list":[2,3],"gone":[2]},"set":{"list":[0],"gone":null}}"#,
                #"{"run":0,"append":null}"#,
                #"{"run":1,"append":{"tags":["first"]}}"#,
            ])
            try writer.close()
        },
        Vector("meta-names", "members whose names look alike and differ in their code points") {
            var writer = try VectorWriter($0)
            try writer.meta(texts: [
                "{\"run\":0,\"set\":{\"\u{e9}lan\":1,\"e\u{301}lan\":2,\"\u{212b}\":3}}",
                "{\"run\":0,\"set\":{\"e\u{301}lan\":4,\"\u{c5}\":5,\"A\\u030a\":6}}",
                "{\"run\":0,\"set\":{\"\u{e9}lan\":null},\"append\":{\"\u{e9}lan\":[7]}}",
            ])
            try writer.close()
        },
        Vector("names-alike", "columns whose names look alike and differ in their code points") {
            path in
            try block(
                path,
                ["\u{e9}", "e\u{301}"].map { (.int($0), .ints([Int64($0.utf8.count)])) }
            )
        },
        Vector("resume-behind-close", "closed, torn while appended to, then continued") { path in
            try writing(path) { writer in
                try writer.record()
                try writer.close()
            }
            try path.append(Array("JKB1 and the block never ended".utf8))
            try goingOn(path) { writer in
                try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
                try writer.close()
            }
        },
    ]

    /// Documents and tables that are beyond what a reader takes.
    static let saidWrong: [Vector] = [
        forged(
            "meta-encoding",
            "META: bytes that are no UTF-8 in a document, beside one that is",
            .damaged(.init(repeating: .payload, count: 4))
        ) { name in
            var forgery = Forgery.steps(name)
            let good = Array(#"{"run":0,"set":{"note":"good"}}"#.utf8)
            for bytes: [UInt8] in [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xC0, 0xAF]] {
                let bad = joined(Array(#"{"run":0,"set":{"a":""#.utf8), bytes, Array("\"}}".utf8))
                let text = joined(zeros(8), good, [0x0A], bad, [0x0A])
                forgery.add(BlockType.meta, rows: 2, text)
            }
            return forgery.bytes
        },
        forged(
            "told-alike",
            "SCHEMA: a column told again in other code points",
            .damaged([.payload])
        ) { name in
            var forgery = Forgery.steps(name)
            for name in ["\u{e9}lan", "e\u{301}lan"] {
                let table = SchemaPayload.Table(
                    id: TableID.epochs,
                    name: "epochs",
                    firstColumn: 6,
                    columns: [.real(name)]
                )
                forgery.add(
                    PayloadEncoder.encode(SchemaPayload(tables: [table]), compression: .none)
                )
            }
            return forgery.bytes
        },
        Vector(
            "bad/columns-of-all-tables",
            "SUMMARY: one column more than all tables may have",
            .damaged([.payload]),
            isCompressed: true
        ) { path in
            var forgery = Forgery.steps("columns-of-all-tables")
            let columns = [ColumnDefinition](repeating: .real(""), count: Limits.columnsMax)
            let tables = (0..<17).map { number -> SummaryPayload.Table in
                let own = Array(columns.prefix(number == 16 ? 1 : Limits.columnsMax))
                return SummaryPayload.Table(
                    schema: TableSchema(id: 0x8000 + UInt16(number), name: "", columns: own),
                    covered: 0,
                    rows: 0,
                    columns: own.map { _ in SummaryPayload.Column() }
                )
            }
            forgery.add(
                PayloadEncoder.encode(
                    SummaryPayload(
                        tree: forgery.encoder.tree,
                        indexOffset: nil,
                        headOffsets: [64],
                        metaCovered: 0,
                        gaps: [],
                        tables: tables
                    ),
                    compression: path.compression
                )
            )
            try path.write(forgery.bytes)
        },
    ]

    /// One writer's life.
    static func writing(_ path: VectorPath, _ body: (inout VectorWriter) throws -> Void) throws {
        var writer = try VectorWriter(path)
        try body(&writer)
    }

    /// Another's, behind it.
    static func goingOn(_ path: VectorPath, _ body: (inout VectorWriter) throws -> Void) throws {
        var writer = try VectorWriter.reopening(path)
        try body(&writer)
    }
}
