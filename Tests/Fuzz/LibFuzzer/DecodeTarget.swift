import JouleFormat

/// Payloads of every type, decoded as a block's would be; what decodes must encode again.
enum DecodeTarget {
    private static let headSize = 5

    /// The payloads of a whole ledger as inputs.
    static func inputs(from ledger: [UInt8]) -> [[UInt8]] {
        guard let header = try? BlockDecoder.fileHeader(ledger.prefix(Layout.fileHeaderSize)) else {
            return []
        }
        var inputs: [[UInt8]] = []
        var offset = Layout.fileHeaderSize
        while let block = try? BlockDecoder.blockHeader(ledger[offset...], salt: header.salt),
            let payload = try? BlockDecoder.payload(ledger[offset...], header: block)
        {
            let rows = UInt16(clamping: block.rows)
            let head = [
                block.type, block.flags.rawValue, UInt8(truncatingIfNeeded: block.table),
                UInt8(truncatingIfNeeded: rows), UInt8(truncatingIfNeeded: rows >> 8),
            ]
            inputs.append(head + payload)
            offset += block.storedSize
        }
        return inputs
    }

    static func read(_ input: [UInt8]) {
        guard input.count >= headSize else { return }
        let payload = input[headSize...]
        let isPacked = BlockFlags(rawValue: input[1]).contains(.zstd)
        let header = BlockHeader(
            salt: 0,
            type: input[0],
            flags: BlockFlags(rawValue: input[1]),
            table: UInt16(input[2]),
            payloadSize: payload.count,
            // A packed payload states its size itself; a wrong one is one error among many.
            rawSize: isPacked ? Int(input[2]) << 8 | payload.count : payload.count,
            rows: Int(input[3]) | Int(input[4]) << 8,
            sequence: 0,
            previousLeaf: 0,
            payloadChecksum: 0
        )
        switch header.type {
        case BlockType.data: readRows(payload, header)
        case BlockType.schema: _ = try? PayloadDecoder.schema(payload, header: header)
        case BlockType.meta: _ = try? PayloadDecoder.meta(payload, header: header)
        case BlockType.gap: _ = try? PayloadDecoder.gap(payload, header: header)
        case BlockType.resume: _ = try? PayloadDecoder.resume(payload, header: header)
        case BlockType.key: readKey(payload, header)
        case BlockType.checkpoint: readNote(payload)
        case BlockType.index: readIndex(payload, header)
        case BlockType.summary: readSummary(payload, header)
        default: _ = try? PayloadDecoder.content(payload, header: header)
        }
    }

    private static func readRows(_ payload: ArraySlice<UInt8>, _ header: BlockHeader) {
        var schema = TableSchema.undefined(header.table)
        for number in schema.columns.count..<max(schema.columns.count, 16) {
            schema.columns.append(.init("metric \(number)", .float64, role: .metric))
        }
        guard let data = try? PayloadDecoder.data(payload, header: header, schema: schema) else {
            return
        }
        let encoded = PayloadEncoder.encode(data, schema: schema)
        var again = header
        again.payloadSize = encoded.bytes.count
        again.rawSize = encoded.rawSize
        again.flags = encoded.flags
        let decoded = try? PayloadDecoder.data(encoded.bytes[...], header: again, schema: schema)
        law(decoded.map { isSame($0, data) } == true, "rows do not come back from their encoding")
    }

    /// Equal where there is a value; what stands at a null is nobody's.
    private static func isSame(_ one: DataPayload, _ other: DataPayload) -> Bool {
        guard one.rows == other.rows, one.series == other.series else { return false }
        return other.columns.allSatisfy { number, values in
            let back = one.columns[number]
            let rows = values.present?.rows ?? Array(0..<other.rows)
            guard let back else { return rows.isEmpty }
            return rows.allSatisfy { row in
                (back.present?[row] ?? true)
                    && (values.words.isEmpty || values.words[row] == back.words[row])
                    && (values.strings.isEmpty || values.strings[row] == back.strings[row])
            }
        }
    }

    private static func readKey(_ payload: ArraySlice<UInt8>, _ header: BlockHeader) {
        guard let key = try? PayloadDecoder.key(payload, header: header) else { return }
        law(PayloadEncoder.encode(key).bytes == Array(payload), "a key has a second spelling")
    }

    /// Notes and proofs, which have one spelling each.
    private static func readNote(_ payload: ArraySlice<UInt8>) {
        if let note = try? SealDecoder.signedCheckpoint(payload) {
            law(SealEncoder.note(note.note) == Array(payload), "a note has a second spelling")
        }
        if let proof = try? ProofDecoder.proof(payload) {
            law(ProofEncoder.encode(proof) == Array(payload), "a proof has a second spelling")
        }
    }

    private static func readIndex(_ payload: ArraySlice<UInt8>, _ header: BlockHeader) {
        guard let index = try? PayloadDecoder.index(payload, header: header) else { return }
        let encoded = PayloadEncoder.encode(index)
        law(decodes(encoded, header, PayloadDecoder.index) == index, "an index does not come back")
    }

    private static func readSummary(_ payload: ArraySlice<UInt8>, _ header: BlockHeader) {
        func decode(_ bytes: ArraySlice<UInt8>, _ header: BlockHeader) throws(FormatError)
            -> SummaryPayload
        {
            try PayloadDecoder.summary(bytes, header: header, at: 0)
        }
        guard let summary = try? decode(payload, header) else { return }
        let encoded = PayloadEncoder.encode(summary)
        law(
            decodes(encoded, header, decode) == summary,
            "a summary does not come back"
        )
    }

    private static func decodes<Payload>(
        _ encoded: EncodedPayload,
        _ header: BlockHeader,
        _ decode: (ArraySlice<UInt8>, BlockHeader) throws(FormatError) -> Payload
    ) -> Payload? {
        var again = header
        again.flags = encoded.flags
        again.rawSize = encoded.rawSize
        again.payloadSize = encoded.bytes.count
        return try? decode(encoded.bytes[...], again)
    }
}
