/// Constants of format 1, as tabulated in `Schemas/joule-format.md`.
package enum Layout {
    package static let majorVersion: UInt16 = 1
    package static let minorVersion: UInt16 = 0
    /// 0x89 'JBK' CR LF SUB LF: no text file begins so, and line-ending conversion destroys it.
    package static let magic: [UInt8] = [0x89, 0x4A, 0x42, 0x4B, 0x0D, 0x0A, 0x1A, 0x0A]
    package static let fileHeaderSize = 64
    package static let blockHeaderSize = 48
    package static let trailerSize = 64
    /// The bytes `JKB1`.
    package static let blockSync: UInt32 = 0x3142_4B4A
    /// The bytes `JKBT`.
    package static let trailerSync: UInt32 = 0x5442_4B4A
    /// Bytes of a MEMBER block's payload before those of the member.
    package static let memberHeadSize = 24
    /// Bytes of a member in each of its MEMBER blocks but the last.
    package static let memberPartSize = 1 << 20
    /// Blocks start at multiples of this; the bytes between are zero.
    package static let alignment = 8

    /// `size` rounded up to the alignment.
    package static func padded(_ size: Int) -> Int { (size + alignment - 1) & ~(alignment - 1) }
}

/// The bounds within which every reader must work and every writer must stay.
package enum Limits {
    package static let payloadSizeMax = 16 << 20
    package static let rawSizeMax = 64 << 20
    package static let rowsMax = 1 << 20
    /// Blocks of a file, so that the number of the next one is always a number.
    package static let blocksMax: UInt64 = 1 << 63
    package static let columnsMax = 4096
    /// Columns of all tables of a ledger that the format does not fix.
    package static let toldColumnsMax = 1 << 16
    /// DATA blocks that one INDEX lists.
    package static let indexedBlocksMax = 64
    /// Heads of a SUMMARY, beside one for each header of a block that could stand before it.
    package static let headsMin = 4096
    /// Losses of a SUMMARY: three causes of every table that a number can name.
    package static let gapsMax = 3 << 16
    package static let stringSizeMax = 64 << 10
    package static let schemaSizeMax = 1 << 20
    /// Bytes of documents that a reader takes for each stored byte.
    package static let documentExpansionMax = 64
    package static let zstdWindowSizeMax: UInt64 = 8 << 20
    /// Bytes of names of columns and units.
    package static let nameSizeMax = 1024
    /// Members of a pack, and rows of its table of members.
    package static let membersMax = 1 << 20
    /// Bytes of the path of a member.
    package static let memberPathSizeMax = 4096
    /// Bytes and signatures of a signed note.
    package static let noteSizeMax = 64 << 10
    package static let signaturesMax = 16
    /// What verifying a signature counts for, of the bytes that a reader decodes at most.
    package static let signatureCost = 256 << 10
    /// Bytes of the name of a signing key.
    package static let keyNameSizeMax = 255
    /// Keys of an identity, and KEY blocks of a ledger.
    package static let keysMax = 1 << 16
    /// Bytes of one part of an attachment.
    package static let attachedPartSizeMax = 4 << 20
}

/// What a block holds.
///
/// Values 0x80…0xFF are private; others not named here are reserved.
package enum BlockType {
    /// This and those above are private.
    package static let firstPrivate: UInt8 = 0x80
    package static let schema: UInt8 = 1
    package static let data: UInt8 = 2
    package static let meta: UInt8 = 3
    package static let index: UInt8 = 4
    package static let checkpoint: UInt8 = 5
    package static let summary: UInt8 = 6
    package static let resume: UInt8 = 7
    package static let gap: UInt8 = 8
    package static let attach: UInt8 = 9
    package static let key: UInt8 = 10
    package static let member: UInt8 = 11
}

/// Bits of the flags byte of a block.
package struct BlockFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A reader that does not know the type must stop instead of skipping the block.
    package static let critical = BlockFlags(rawValue: 1 << 0)
    /// The payload is one zstd frame of `rawSize` content bytes.
    package static let zstd = BlockFlags(rawValue: 1 << 1)
}

/// Numbers of the tables of this version.
///
/// 0x8000…0xFFFF are private.
package enum TableID {
    /// Stands for the META documents where a table number is asked for.
    package static let none: UInt16 = 0
    package static let epochs: UInt16 = 1
    package static let steps: UInt16 = 2
    package static let energy: UInt16 = 3
    package static let phases: UInt16 = 4
    package static let telemetry: UInt16 = 5
    /// Of packs only.
    package static let members: UInt16 = 6
    /// Stands for the attachments where the table of something lost is told.
    package static let attachments: UInt16 = 7
}

/// How a column's values became integers: the low four bits of its coding.
package enum ColumnMapping {
    /// None: the 64-bit patterns stand as they are.
    package static let raw: UInt8 = 0
    /// The 64-bit patterns.
    package static let pattern: UInt8 = 1
    /// f64 that came from f32: the f32's pattern, in the order of its values.
    package static let float32: UInt8 = 2
    /// f64 equal to k·10⁻ᵉ: k.
    package static let decimal: UInt8 = 3
    /// Lengths and bytes.
    package static let strings: UInt8 = 4
    /// Numbers of strings of a dictionary.
    package static let dictionary: UInt8 = 5
}

/// What is subtracted from a column's integers: bits 4 to 6 of its coding.
package enum ColumnPrediction {
    /// The smallest.
    package static let offset: UInt8 = 0
    /// The one before.
    package static let delta: UInt8 = 1
    /// The one before and its difference from the one before that.
    package static let deltaOfDelta: UInt8 = 2
    /// The one before and the energy that a power made since.
    package static let energy: UInt8 = 3
    /// The one before and the duration that began with it.
    package static let duration: UInt8 = 4
}

/// The byte that says how a column is stored.
package enum ColumnCoding {
    package static let mappingMask: UInt8 = 0x0F
    package static let predictionShift: UInt8 = 4
    package static let predictionMask: UInt8 = 0x07
    /// A bitmap of the rows that have a value comes first.
    package static let hasNulls: UInt8 = 0x80
}

/// How residuals are laid down.
package enum Packing {
    /// Set: byte lanes, and the other bits are their number; else the bits of each residual.
    package static let lanes: UInt8 = 0x80
    /// Both set: one frame of whole residuals, and the other bits are the bytes of each.
    package static let words: UInt8 = 0xC0
}

/// How one byte lane is stored.
package enum LaneKind {
    package static let constant: UInt8 = 0
    package static let raw: UInt8 = 1
    package static let zstd: UInt8 = 2
}
