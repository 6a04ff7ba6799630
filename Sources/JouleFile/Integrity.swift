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
        package let offset: UInt64
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
