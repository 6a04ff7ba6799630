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
            /// A part of an attachment that does not fit the others, or its hash.
            case attachment
            /// Bytes at the end that are no whole block: no damage.
            case torn
            /// A segment that continues other blocks than the file before it has.
            case segment
            /// What a pack says of its members is not what they are.
            case member
            /// A run whose record says nonsense.
            case record
            /// A key or a checkpoint that is not what it says, or a signature that does not hold.
            case seal
        }

        package let kind: Kind
        package let offset: UInt64
        /// Bytes that are damaged or torn, blocks that are missing.
        package var count: UInt64?
        package let message: String

        /// What is wrong and where, in a line; a record is told in many places.
        package var line: String {
            kind == .record ? "damaged: \(message)" : "damaged at byte \(offset): \(message)"
        }
    }

    /// A signature that holds, and what it covers.
    package struct Seal: Sendable, Hashable {
        /// Of the key that signed.
        package let name: String
        package let keyID: String
        package let verifierKey: String
        /// Who sealed, as they are known: the verifier key, or the identity of whose keys it is one.
        package let identity: String
        /// Which key signed, of an identity of many, from 0; and how many those are.
        package let number: Int?
        package let keys: Int?
        /// How many blocks are sealed: those before the checkpoint.
        package let blocks: UInt64
        /// The checkpoint as it stands.
        package let note: [UInt8]
        /// Whether the seal is from whom the user named; nil when nobody was.
        package var isNamed: Bool?
        /// Number of the block behind the last one that a seal must cover.
        package var contentEnd: UInt64 = 0
        /// Where the last SUMMARY that is sealed and has an INDEX is; nil when there is none.
        package var summaryOffset: UInt64?

        package init(
            name: String,
            keyID: String,
            verifierKey: String,
            identity: String,
            number: Int? = nil,
            keys: Int? = nil,
            blocks: UInt64,
            note: [UInt8]
        ) {
            self.name = name
            self.keyID = keyID
            self.verifierKey = verifierKey
            self.identity = identity
            self.number = number
            self.keys = keys
            self.blocks = blocks
            self.note = note
        }

        /// Whether nothing but what is derived, and other seals, is behind it.
        package var coversAll: Bool { contentEnd <= blocks }
    }

    /// A signature that holds, by a key that signs once only.
    package struct SingleSeal: Sendable, Hashable {
        package let verifierKey: String
        /// The key in words: its number among those of whose identity.
        package let key: String
        /// SHA-256 of what it signed.
        package let text: [UInt8]
    }

    package var state: State
    /// Every such signature in the order of the file.
    package var singleSeals: [SingleSeal] = []
    /// The last seal by whom the user named; where there is none, the last by anybody.
    package var seal: Seal?
    /// Whether everything there is was signed: by whom the user named, else by a key that the ledger
    /// states itself.
    package var sealed: Bool {
        guard state == .clean, !hasNewsInRing, let seal else { return false }
        return seal.coversAll && seal.isNamed != false
    }
    package var blocks = 0
    /// Merkle root over the blocks that are there, 32 bytes.
    package var root: [UInt8] = []
    package var problems: [Problem] = []
    /// Bytes after the last whole block, left by a write that did not end.
    package var tornSize: UInt64 = 0
    /// Whether those bytes follow a close: then nobody died, something was appended.
    package var isTornAfterClose = false
    /// Files that the ledger consists of, as far as they were read together.
    package var segments = 1
    /// Rows that only the ring holds.
    package var ringRows = 0
    /// Whether the ring holds anything that no block does, such as rows or documents.
    package var hasNewsInRing = false
    /// Whether the writer died and the ring that it had is not here, so that its rows are missing.
    package var lacksRing = false

    /// Notes that the seal cannot be what it seems, which nothing in the ledger itself shows.
    package mutating func forge(_ reason: String) {
        state = .damaged
        problems.append(Problem(kind: .seal, offset: 0, message: reason))
    }
}
