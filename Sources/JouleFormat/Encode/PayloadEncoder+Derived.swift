/// Payloads that say again what other blocks say, to be found quickly.
extension PayloadEncoder {
    package static func encode(_ payload: SummaryPayload, compression: Compression = .zstd)
        -> EncodedPayload
    {
        var writer = ByteWriter()
        writer.append(payload.tree.size)
        writer.append(UInt8(payload.tree.range.count))
        for digest in payload.tree.range { writer.append(digest.bytes) }
        writer.append(varint: payload.indexOffset ?? 0)
        writer.append(varint: UInt64(payload.headOffsets.count))
        var before: UInt64 = 0
        for offset in payload.headOffsets {
            writer.append(varint: offset - before)
            before = offset
        }
        writer.append(varint: payload.metaCovered)
        writer.append(varint: UInt64(payload.gaps.count))
        for gap in payload.gaps {
            writer.append(gap.table)
            writer.append(gap.cause.rawValue)
            writer.append(varint: gap.rows)
        }
        writer.append(varint: UInt64(payload.tables.count))
        for table in payload.tables {
            writer.append(table.schema.id)
            append(table.schema.told, to: &writer)
            writer.append(varint: table.covered)
            writer.append(varint: table.rows)
            for (column, definition) in zip(table.columns, table.schema.columns) {
                append(column, isText: definition.type == .string, to: &writer)
            }
        }
        return compressed(
            writer.bytes,
            type: BlockType.summary,
            rows: 0,
            flags: [],
            compression: compression
        )
    }

    private static func append(
        _ column: SummaryPayload.Column,
        isText: Bool,
        to writer: inout ByteWriter
    ) {
        writer.append(varint: column.count)
        guard column.count > 0, !isText else { return }
        writer.append(UInt8((column.sum == nil ? 0 : 1) | (column.hasNumber ? 2 : 0)))
        if column.hasNumber {
            writer.append(column.minimum)
            writer.append(column.maximum)
        }
        writer.append(column.last)
        if let sum = column.sum { writer.append(varint: zigzag(sum)) }
    }

    private static func zigzag(_ number: Int128) -> UInt128 {
        UInt128(truncatingIfNeeded: (number << 1) ^ (number >> 127))
    }

    package static func encode(_ payload: IndexPayload, compression: Compression = .zstd)
        -> EncodedPayload
    {
        var writer = ByteWriter()
        writer.append(varint: payload.ordinal)
        writer.append(UInt8(payload.pointers.count))
        for pointer in payload.pointers {
            writer.append(varint: pointer.ordinal)
            writer.append(varint: pointer.offset)
            writer.append(pointer.skipped.from)
            writer.append(pointer.skipped.to)
        }
        writer.append(varint: UInt64(payload.entries.count))
        for entry in payload.entries {
            writer.append(varint: entry.offset)
            writer.append(entry.table)
            writer.append(varint: entry.rows)
            writer.append(varint: entry.firstRow)
            writer.append(varint: UInt64(entry.zones.count))
            for zone in entry.zones {
                writer.append(zone.column)
                writer.append(varint: zone.count)
                writer.append(UInt8(zone.bounds == nil ? 0 : 1))
                guard let bounds = zone.bounds else { continue }
                writer.append(bounds.minimum)
                writer.append(bounds.maximum)
            }
        }
        return compressed(
            writer.bytes,
            type: BlockType.index,
            rows: 0,
            flags: [],
            compression: compression
        )
    }
}
