import Glibc
package import JouleFormat
package import JouleQuantities

extension LedgerAppender {
    /// A new file that goes on behind the blocks that are known to be on disk: it begins with the
    /// records as they were there, and has everything since once more.
    package func successor(
        at path: String,
        header blank: FileHeader = FileHeader(
            createdNS: UInt64(clamping: LedgerWriter.wallClockNS())
        ),
        records: [(run: Int64, record: JSONObject)]
    ) throws(LedgerError) -> LedgerAppender {
        var header = blank
        header.segment = segment + 1
        header.previousRoot = continued.root.prefix64
        var next = try LedgerAppender(creating: path, header: header, compression: compression)
        do throws(LedgerError) {
            let continuation = Continuation(
                file: fileID,
                root: continued.root.bytes,
                blocks: continued.size,
                again: UInt64(unsynced.count)
            )
            try next.append(meta: continuation.documents(segment: header.segment, records))
            next.keepsUnsynced = keepsUnsynced
            for table in tally.summary(tree: continued).tables {
                for (number, column) in table.schema.columns.enumerated() {
                    next.define(column, number: UInt16(number), table: table.schema.id)
                }
            }
            for payload in unsynced { try next.append(again: payload, of: self) }
        } catch {
            unsafe unlink(path)
            throw error
        }
        return next
    }

    private mutating func append(again payload: EncodedPayload, of before: borrowing Self)
        throws(LedgerError)
    {
        let header = payload.header
        let bytes = payload.bytes[...]
        do {
            switch payload.type {
            case BlockType.data:
                let schema = before.tally.schema(of: payload.table)
                let data = try PayloadDecoder.data(bytes, header: header, schema: schema)
                try append(
                    columns: data.columns,
                    rows: data.rows,
                    table: payload.table,
                    covered: data.covered
                )
            case BlockType.meta:
                let meta = try PayloadDecoder.meta(bytes, header: header)
                try append(meta: meta.documents, covered: meta.covered)
            case BlockType.gap:
                try append(try PayloadDecoder.gap(bytes, header: header))
            default: try append(head: payload.type, payload.bytes)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .limitExceeded(path: file.path, reason: "a block cannot be written again")
        }
    }
}

extension Continuation {
    /// The documents of a segment's first block.
    func documents(segment: UInt32, _ records: [(run: Int64, record: JSONObject)])
        -> [[UInt8]]
    {
        records.enumerated().map { place, item in
            var document = JSONObject()
            document["run"] = .integer(item.run)
            document["set"] = .object(item.record)
            for member in place == 0 ? members(segment: segment) : [] {
                document[member.name] = member.value
            }
            var bytes: [UInt8] = []
            JSON.object(document).write(into: &bytes)
            return bytes
        }
    }
}

extension EncodedPayload {
    /// As the header of its block says it, the places among other blocks left out.
    var header: BlockHeader {
        BlockHeader(
            salt: 0,
            type: type,
            flags: flags,
            table: table,
            payloadSize: bytes.count,
            rawSize: rawSize,
            rows: rows,
            sequence: 0,
            previousLeaf: 0,
            payloadChecksum: 0
        )
    }
}

extension LedgerError {
    /// Whether the call may succeed later, on the same file: room may come back.
    var isPassing: Bool {
        guard case .system(_, _, let errno) = self else { return false }
        return errno == ENOSPC || errno == EDQUOT
    }

    /// What failed, without the paths of this machine.
    var cause: String {
        guard case .system(_, let operation, let errno) = self else { return description }
        return "cannot \(operation): \(Self.text(errno))"
    }
}
