/// The fixed part of a ring file and the payloads of its rarer entries.
///
/// Rows are laid down in place by the ring itself, on the training thread.
package enum RingEncoder {
    /// The first bytes of a ring: magic, version, geometry and the ledger it belongs to.
    package static func header(fileID: [UInt8], geometry: RingGeometry = .standard) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(RingLayout.magic)
        writer.append(RingLayout.version)
        writer.append(UInt16(RingLayout.areaCount))
        writer.append(UInt32(RingLayout.slotSize))
        writer.append(fileID)
        for area in 0..<RingLayout.areaCount {
            writer.append(UInt32(geometry.offset(of: area)))
            writer.append(UInt32(geometry.slots[area]))
        }
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    package static func column(_ definition: ColumnDefinition, number: UInt16, table: UInt16)
        -> [UInt8]
    {
        var writer = ByteWriter()
        writer.append(RingEntryKind.column)
        writer.append(UInt8(0))
        writer.append(table)
        writer.append(number)
        writer.append(definition.type.rawValue)
        writer.append(definition.role.rawValue)
        writer.append(text: definition.name)
        writer.append(text: definition.unit)
        return writer.bytes
    }

    package static func meta(_ document: [UInt8]) -> [UInt8] {
        [RingEntryKind.meta, 0] + document
    }
}
