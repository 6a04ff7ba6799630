import FoundationEssentials
import JouleQuantities
import Testing

@testable import JouleFormat

/// `Schemas/records.json`, which a test of the Python package holds against the specification.
private enum Records {
    static func read() throws -> JSON {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try JSON(
            parsing: Array(Data(contentsOf: root.appending(path: "Schemas/records.json")))
        )
    }

    /// The numbers of an object, by name.
    static func numbers(_ json: JSON?) -> [String: Int] {
        var numbers: [String: Int] = [:]
        for member in json?.object?.members ?? [] {
            numbers[member.name] = member.value.integer.map { Int($0) }
        }
        return numbers
    }

    /// Name, offset and size of each field of a fixed record.
    static func fields(_ name: String) throws -> [String: Range<Int>] {
        let record = try #require(try read()["records"]?[name]?.array)
        var fields: [String: Range<Int>] = [:]
        var offset = 0
        for field in record {
            guard let size = field["bytes"]?.integer else { break }
            let start = field["offset"]?.integer.map { Int($0) } ?? offset
            offset = start + Int(size)
            fields[try #require(field["name"]?.string)] = start..<offset
        }
        return fields
    }

    static func value(_ bytes: [UInt8], _ field: Range<Int>?) throws -> UInt64 {
        try bytes[#require(field)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func hexadecimal(_ name: String, _ field: String) throws -> String? {
        try read()["records"]?[name]?.array?.first { $0["name"]?.string == field }?["value"]?.string
    }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

@Suite("records.json says what the code says")
struct RecordsTests {
    private let fileID: [UInt8] = Array(1...16)

    @Test("A file header lies where it is said to lie")
    func fileHeader() throws {
        var header = FileHeader(fileID: fileID, createdNS: 0x0102_0304_0506_0708)
        header.compatibleFlags = 1
        header.segment = 7
        header.previousRoot = 0x1122_3344_5566_7788
        let bytes = BlockEncoder.encode(header)
        let fields = try Records.fields("file header")
        #expect(bytes.count == Layout.fileHeaderSize)
        #expect(try hexadecimal(bytes[#require(fields["magic"])]) == hexadecimal(Layout.magic))
        #expect(try hexadecimal(Layout.magic) == Records.hexadecimal("file header", "magic"))
        #expect(try Records.value(bytes, fields["major"]) == UInt64(Layout.majorVersion))
        #expect(try Records.value(bytes, fields["minor"]) == UInt64(Layout.minorVersion))
        #expect(try Records.value(bytes, fields["incompatible"]) == 0)
        #expect(try Records.value(bytes, fields["compatible"]) == 1)
        #expect(try Records.value(bytes, fields["header size"]) == 64)
        #expect(try bytes[#require(fields["file id"])].elementsEqual(fileID))
        #expect(try Records.value(bytes, fields["created"]) == header.createdNS)
        #expect(try Records.value(bytes, fields["segment"]) == 7)
        #expect(try Records.value(bytes, fields["previous root"]) == header.previousRoot)
        #expect(try Records.value(bytes, fields["checksum"]) == checksum(bytes.prefix(60)))
        #expect(fields.values.map(\.upperBound).max() == bytes.count)
    }

    @Test("A block lies where it is said to lie, and so does a trailer")
    func blockAndTrailer() throws {
        var encoder = BlockEncoder(salt: 0x0403_0201)
        let gap = GapPayload(table: 2, cause: .writeFailed, rows: 5)
        _ = encoder.block(PayloadEncoder.encode(gap))
        let leaf = encoder.tree.root.prefix64
        let bytes = encoder.block(PayloadEncoder.encode(gap))
        let fields = try Records.fields("block")
        #expect(fields.values.map(\.upperBound).max() == Layout.blockHeaderSize)
        #expect(
            try hexadecimal(bytes[#require(fields["sync"])]) == Records.hexadecimal("block", "sync")
        )
        #expect(try bytes[#require(fields["salt"])].elementsEqual([1, 2, 3, 4]))
        #expect(try Records.value(bytes, fields["type"]) == UInt64(BlockType.gap))
        #expect(try Records.value(bytes, fields["flags"]) == 0)
        #expect(try Records.value(bytes, fields["payload size"]) == 16)
        #expect(try Records.value(bytes, fields["raw size"]) == 16)
        #expect(try Records.value(bytes, fields["sequence"]) == 1)
        #expect(try Records.value(bytes, fields["previous leaf"]) == leaf)
        #expect(try Records.value(bytes, fields["payload checksum"]) == checksum(bytes[48...]))
        #expect(try Records.value(bytes, fields["header checksum"]) == checksum(bytes.prefix(44)))

        let payload = Array(bytes[Layout.blockHeaderSize...])
        let told = try Records.fields("GAP")
        #expect(try Records.value(payload, told["rows"]) == 5)
        #expect(try Records.value(payload, told["table"]) == 2)
        #expect(try Records.value(payload, told["cause"]) == 3)

        let trailer = encoder.trailer(summaryOffset: 64)
        let end = try Records.fields("trailer")
        #expect(trailer.count == Layout.trailerSize)
        #expect(
            try hexadecimal(trailer[#require(end["sync"])])
                == Records.hexadecimal("trailer", "sync")
        )
        #expect(try Records.value(trailer, end["blocks"]) == 2)
        #expect(try Records.value(trailer, end["summary"]) == 64)
        #expect(try trailer[#require(end["root"])].elementsEqual(encoder.tree.root.bytes))
        #expect(try Records.value(trailer, end["checksum"]) == checksum(trailer.prefix(60)))
    }

    @Test("A ring's header lies where it is said to lie")
    func ring() throws {
        let bytes = RingEncoder.header(fileID: fileID)
        let fields = try Records.fields("ring")
        let slots = Records.numbers(try Records.read()["ring_slots"])
        #expect(try hexadecimal(RingLayout.magic) == Records.hexadecimal("ring", "magic"))
        #expect(try hexadecimal(bytes[#require(fields["magic"])]) == hexadecimal(RingLayout.magic))
        #expect(try Records.value(bytes, fields["version"]) == UInt64(RingLayout.version))
        #expect(try Records.value(bytes, fields["areas"]) == UInt64(RingLayout.areaCount))
        #expect(try Records.value(bytes, fields["slot size"]) == UInt64(RingLayout.slotSize))
        #expect(try bytes[#require(fields["file id"])].elementsEqual(fileID))
        for area in 0..<RingLayout.areaCount {
            let offset = RingGeometry.standard.offset(of: area)
            let count = try #require(slots["area \(area)"])
            let field = try #require(fields["area \(area)"])
            #expect(try Records.value(bytes, field) == UInt64(count) << 32 | UInt64(offset))
            #expect(RingGeometry.standard.slots[area] == count)
        }
        #expect(slots["most"] == RingGeometry.slotsMax)
        #expect(try Records.value(bytes, fields["checksum"]) == checksum(bytes.prefix(48)))
        #expect(fields["losses"]?.lowerBound == RingLayout.dropsOffset)
        #expect(fields["losses"]?.count == 8 * RingLayout.dropTables * RingLayout.dropCauses)
        let kinds = Records.numbers(try Records.read()["ring_entry_kinds"])
        #expect(
            kinds == [
                "row": Int(RingEntryKind.row), "column": Int(RingEntryKind.column),
                "META": Int(RingEntryKind.meta),
            ]
        )
    }

    private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        UInt64(Checksum.crc32c(Array(bytes)))
    }

    @Test("The limits are those of the code")
    func limits() throws {
        var told = Records.numbers(try Records.read()["limits"])
        // A bound of a whole file: readers keep it, no record states it.
        #expect(told.removeValue(forKey: "decoded per opening") == 4 << 30)
        #expect(
            told == [
                "payload": Limits.payloadSizeMax,
                "raw": Limits.rawSizeMax,
                "rows of a block": Limits.rowsMax,
                "text of a DATA block": Limits.rawSizeMax,
                "columns": Limits.columnsMax,
                "columns of all tables": Limits.toldColumnsMax,
                "text of a value": Limits.stringSizeMax,
                "names": Limits.nameSizeMax,
                "members of a pack and rows of its table 6": Limits.membersMax,
                "path of a member": Limits.memberPathSizeMax,
                "schema": Limits.schemaSizeMax,
                "signed note": Limits.noteSizeMax,
                "signatures": Limits.signaturesMax,
                "name of a key": Limits.keyNameSizeMax,
                "part of an attachment": Limits.attachedPartSizeMax,
                "keys of an identity and KEY blocks of a file": Limits.keysMax,
                "ring entry": RingLayout.payloadSizeMax,
                "zstd window": Int(Limits.zstdWindowSizeMax),
            ]
        )
    }

    @Test("Types of blocks and codings of columns are those of the code")
    func numbers() throws {
        let records = try Records.read()
        var types: [String: Int] = [:]
        for type in try #require(records["block_types"]?.array) {
            types[try #require(type["name"]?.string)] = type["type"]?.integer.map { Int($0) }
        }
        let blocks: [String: UInt8] = [
            "SCHEMA": BlockType.schema, "DATA": BlockType.data, "META": BlockType.meta,
            "INDEX": BlockType.index, "CHECKPOINT": BlockType.checkpoint,
            "SUMMARY": BlockType.summary, "RESUME": BlockType.resume, "GAP": BlockType.gap,
            "ATTACH": BlockType.attach, "KEY": BlockType.key, "MEMBER": BlockType.member,
        ]
        #expect(types == blocks.mapValues { Int($0) })
        let codes: [String: [String: UInt8]] = [
            "flags": ["critical": BlockFlags.critical.rawValue, "zstd": BlockFlags.zstd.rawValue],
            "mappings": [
                "raw": ColumnMapping.raw, "pattern": ColumnMapping.pattern,
                "f32": ColumnMapping.float32, "decimal": ColumnMapping.decimal,
                "strings": ColumnMapping.strings, "dictionary": ColumnMapping.dictionary,
            ],
            "predictions": [
                "offset": ColumnPrediction.offset, "delta": ColumnPrediction.delta,
                "delta of delta": ColumnPrediction.deltaOfDelta, "energy": ColumnPrediction.energy,
                "duration": ColumnPrediction.duration,
            ],
            "residual_forms": ["lanes": Packing.lanes, "words": Packing.words],
            "lane_kinds": [
                "constant": LaneKind.constant, "raw": LaneKind.raw, "zstd": LaneKind.zstd,
            ],
            "column_types": [
                "i64": ColumnType.int64.rawValue, "f64": ColumnType.float64.rawValue,
                "string": ColumnType.string.rawValue,
            ],
            "column_roles": [
                "fixed": ColumnRole.fixed.rawValue, "metric": ColumnRole.metric.rawValue,
            ],
            "gap_causes": [
                "ring full": GapPayload.Cause.ringFull.rawValue,
                "over a limit": GapPayload.Cause.refused.rawValue,
                "not written": GapPayload.Cause.writeFailed.rawValue,
            ],
        ]
        for (name, numbers) in codes {
            #expect(Records.numbers(records[name]) == numbers.mapValues { Int($0) }, "\(name)")
        }
    }

    @Test("The tables are those of the code, column for column")
    func tables() throws {
        let types = ["i64": ColumnType.int64, "f64": .float64, "string": .string]
        let told = try #require(try Records.read()["tables"]?.array).map { table in
            TableSchema(
                id: UInt16(try #require(table["id"]?.integer)),
                name: try #require(table["name"]?.string),
                columns: try #require(table["columns"]?.array).map { column in
                    ColumnDefinition(
                        try #require(column["name"]?.string),
                        try #require(types[column["type"]?.string ?? ""]),
                        unit: try #require(column["unit"]?.string)
                    )
                }
            )
        }
        #expect(told == TableSchema.standard)
    }
}
