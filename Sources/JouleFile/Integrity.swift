/// What a reader found out about the state of a ledger file.
package struct Integrity: Sendable, Hashable {
    /// The state, worst first in doubt.
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// Closed, everything checks out.
        case clean
        /// A process is still writing; everything so far checks out.
        case live
        /// Not closed: the process died. Everything before the end checks out.
        case torn
        /// Bytes in the middle are not what was written.
        case damaged
    }

    /// Something wrong, and where.
    package struct Problem: Sendable, Hashable {
        /// What kind of thing is wrong.
        package enum Kind: String, Sendable, Hashable, CaseIterable {
            /// Bytes that are no whole block, with whole blocks behind them.
            case damaged
            /// A block whose sequence was read already.
            case repeated
            /// Blocks are missing before this one.
            case missing
            /// The block continues another than the one before it.
            case foreign
            /// Checksums hold, but what the block says is not what its type may say.
            case payload
            /// Rows that do not continue those of their table.
            case rows
            /// A derived block that says something else than the blocks before it.
            case index, summary, trailer
            /// A META document that is none.
            case document
            /// Bytes at the end that are no whole block: no damage.
            case torn
            /// What a pack says of its members is not what they are.
            case member
            /// A run whose record says nonsense.
            case record
        }

        package let kind: Kind
        package let offset: UInt64
        /// Bytes that are damaged or torn, blocks that are missing.
        package var count: UInt64?
        package let message: String
    }

    package var state: State
    /// Whether a signed checkpoint covers the file; this version writes none.
    package var sealed = false
    package var blocks = 0
    /// Merkle root over the blocks that are there, 32 bytes.
    package var root: [UInt8] = []
    package var problems: [Problem] = []
    /// Bytes after the last whole block, left by a write that did not end.
    package var tornSize: UInt64 = 0
    /// Whether those bytes follow a close: then nobody died, something was appended.
    package var isTornAfterClose = false
    /// Rows that only the ring holds.
    package var ringRows = 0
}
