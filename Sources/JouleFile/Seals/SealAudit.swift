import JouleFormat
import JouleQuantities

/// Follows keys and checkpoints through a ledger, block by block, and finds who sealed what.
struct SealAudit: Sendable {
    private let fileID: [UInt8]
    /// Whom the user wants the seal to be from.
    private let named: SealIdentity?
    private var keys: [KeyHandle: KeyPayload] = [:]
    /// The last key that signed, of each identity of many.
    private var lastNumbers: [String: Int] = [:]
    /// The last signature that holds, and the last one by whom the user named.
    private var stated: Integrity.Seal?
    private var wanted: Integrity.Seal?
    /// Sequence of the block behind the last one that a seal must cover.
    private var contentEnd: UInt64 = 0
    /// Where the last SUMMARY with an INDEX is.
    private var summaryOffset: UInt64?
    /// The signatures of keys that sign once only.
    private(set) var singleSeals: [Integrity.SingleSeal] = []
    /// How many signatures were verified, which takes time.
    private(set) var verifiedCount = 0

    init(fileID: [UInt8], named: SealIdentity?) {
        self.fileID = fileID
        self.named = named
    }

    /// The seal that counts: the last by whom the user named, else the last of all.
    var seal: Integrity.Seal? {
        var seal = wanted ?? stated
        seal?.isNamed = named == nil ? nil : wanted != nil
        seal?.contentEnd = contentEnd
        return seal
    }

    /// What the ledger says of the key of a seal.
    func key(of seal: Integrity.Seal) -> KeyPayload? {
        keys.values.first { $0.key.text == seal.verifierKey }
    }

    /// What the ledger says of the key of an identity with which a note is signed.
    func key(of identity: SealIdentity, in note: SignedNote) -> KeyPayload? {
        note.signatures.lazy.compactMap { keys[$0.key] }.first { $0.isKey(of: identity) }
    }

    /// Whether a KEY block states this key.
    func states(_ key: KeyPayload) -> Bool { keys[key.key.handle] == key }

    /// Whether a KEY block gives its name and id to something else.
    func contradicts(_ key: KeyPayload) -> Bool {
        keys[key.key.handle].map { $0 != key } ?? false
    }

    /// The number of the last key that signed of an identity of many; nil when none did.
    func lastNumber(of identity: SealIdentity) -> Int? { lastNumbers[identity.text] }

    // MARK: Blocks

    /// Takes any block, before what it holds.
    mutating func note(_ header: BlockHeader) {
        switch header.type {
        case BlockType.index, BlockType.summary, BlockType.key, BlockType.checkpoint: return
        default: contentEnd = header.sequence + 1
        }
    }

    /// Takes a SUMMARY that fits the blocks before it.
    mutating func note(_ summary: SummaryPayload, at offset: UInt64) {
        if summary.indexOffset != nil { summaryOffset = offset }
    }

    /// Takes a KEY or CHECKPOINT block behind the blocks of this root; answers what is wrong with it.
    mutating func take(_ header: BlockHeader, _ payload: ArraySlice<UInt8>, root: Digest)
        -> String?
    {
        do throws(FormatError) {
            if header.type == BlockType.key {
                return take(try PayloadDecoder.key(payload, header: header))
            }
            let checkpoint = try PayloadDecoder.checkpoint(payload, header: header)
            return take(checkpoint, sequence: header.sequence, root: root)
        } catch {
            return "no key or checkpoint: \(error.reason)"
        }
    }

    private mutating func take(_ payload: KeyPayload) -> String? {
        let handle = payload.key.handle
        if let known = keys[handle] {
            return known == payload ? nil : "a key whose name and id are another's"
        }
        guard keys.count < Limits.keysMax else { return "more keys than a ledger may have" }
        keys[handle] = payload
        return nil
    }

    private mutating func take(_ payload: CheckpointPayload, sequence: UInt64, root: Digest)
        -> String?
    {
        let checkpoint = payload.checkpoint
        let signer = payload.note.signatures.first?.key.name ?? []
        let name = String(decoding: signer, as: UTF8.self)
        guard checkpoint.origin.isExactly(Checkpoint.origin(name: name, fileID: fileID)) else {
            return "a checkpoint of another ledger or in another name"
        }
        guard checkpoint.size == sequence else {
            return "a checkpoint of \(checkpoint.size) blocks, behind \(sequence)"
        }
        guard checkpoint.root == root else {
            return "a checkpoint of other blocks than those before it"
        }
        for signature in payload.note.signatures {
            if let problem = take(signature, of: payload) { return problem }
        }
        return nil
    }

    private mutating func take(_ signature: SignedNote.Signature, of payload: CheckpointPayload)
        -> String?
    {
        guard let signer = known(signature.key) else { return nil }
        let key = signer.key
        verifiedCount += 1
        guard key.verifies(signature.bytes, of: payload.note.text) else {
            return "a signature of \(key.name) (key \(KeyHandle.hex(key.id))) that does not hold"
        }
        let identity = SealEncoder.identity(of: signer)
        if case .keys(let keys) = identity {
            if let last = lastNumbers[keys.text], last >= signer.number {
                return
                    "a signature of key \(signer.number + 1) of \(signer.count) of \(key.name) after"
                    + " key \(last + 1): its secret should no longer exist"
            }
            lastNumbers[keys.text] = signer.number
            singleSeals.append(
                Integrity.SingleSeal(
                    verifierKey: key.text,
                    key: "key \(signer.number + 1) of \(signer.count) of \(key.name)",
                    text: Digest(of: payload.note.text).bytes
                )
            )
        }
        var seal = Integrity.Seal(
            name: key.name,
            keyID: KeyHandle.hex(key.id),
            verifierKey: key.text,
            identity: identity.text,
            number: signer.count > 1 ? signer.number : nil,
            keys: signer.count > 1 ? signer.count : nil,
            blocks: payload.checkpoint.size,
            note: SealEncoder.note(payload.note)
        )
        seal.summaryOffset = summaryOffset
        stated = seal
        if let named, signer.isKey(of: named) { wanted = seal }
        return nil
    }

    /// The key that a signature names; the user's own before one that the ledger states.
    private func known(_ handle: KeyHandle) -> KeyPayload? {
        if case .key(let key) = named, key.handle == handle { return KeyPayload(key: key) }
        return keys[handle]
    }
}
