import FoundationEssentials
import JouleFile
import JouleQuantities

/// What `verify` and `show` say about the state of a file.
enum IntegrityDocument {
    /// The `integrity` member of the JSON documents.
    static func json(_ integrity: Integrity) -> JSON {
        var document = JSONObject()
        document["state"] = .string(integrity.state.rawValue)
        document["sealed"] = .bool(integrity.sealed)
        document["seal"] = integrity.seal.map(json) ?? .null
        document["blocks"] = .integer(Int64(integrity.blocks))
        if integrity.lacksRing { document["ring_missing"] = .bool(true) }
        document["root"] = .string(Data(integrity.root).base64EncodedString())
        document["problems"] = .array(
            integrity.problems.map {
                [
                    "offset": Int64(exactly: $0.offset).map(JSON.integer) ?? .null,
                    "message": .string($0.message),
                ]
            }
        )
        return .object(document)
    }

    private static func json(_ seal: Integrity.Seal) -> JSON {
        [
            "name": .string(seal.name),
            "key_id": .string(seal.keyID),
            "verifier_key": .string(seal.verifierKey),
            "identity": .string(seal.identity),
            "number": seal.number.map { .integer(Int64($0)) } ?? .null,
            "keys": seal.keys.map { .integer(Int64($0)) } ?? .null,
            "blocks": .integer(Int64(clamping: seal.blocks)),
            "covers_all": .bool(seal.coversAll),
            "named": seal.isNamed.map { .bool($0) } ?? .null,
            "checkpoint": .string(String(decoding: seal.note, as: UTF8.self)),
        ]
    }

    /// The state in one line.
    static func sentence(_ integrity: Integrity) -> String {
        let blocks = blocks(integrity)
        let seal = seal(integrity)
        switch integrity.state {
        case .clean where integrity.sealed: return "intact and sealed: \(blocks), \(seal)"
        case .clean: return "intact so far: \(blocks), closed, \(seal)"
        case .torn where integrity.isTornAfterClose:
            return
                "intact so far: closed, but bytes that are no block follow the end, \(blocks), \(seal)"
        case .torn where integrity.lacksRing:
            return
                "intact so far: torn tail (the writer stopped without closing) and its ring is not"
                + " here, so that rows since the last block may be missing, \(blocks), \(seal)"
        case .torn:
            return
                "intact so far: torn tail (the writer stopped without closing), \(blocks), \(seal)"
        case .live: return "intact so far: live (still being written), \(blocks), \(seal)"
        case .damaged:
            guard let first = integrity.problems.first else { return "damaged: \(blocks) readable" }
            let more = integrity.problems.count - 1
            let place = first.kind == .record ? "" : " at byte \(first.offset)"
            return "damaged: \(first.message)\(place)"
                + (more > 0 ? " and \(more) more" : "") + "; \(blocks) readable"
        }
    }

    /// Who sealed how much.
    private static func seal(_ integrity: Integrity) -> String {
        guard let seal = integrity.seal else { return "not sealed, not signed" }
        var signer = "\(seal.name) (key \(seal.keyID)"
        if let number = seal.number, let keys = seal.keys { signer += ", \(number + 1) of \(keys)" }
        signer += ")"
        let extent =
            seal.coversAll ? "" : "sealed up to block \(seal.blocks - min(seal.blocks, 1)) "
        switch seal.isNamed {
        case true?: return "\(extent)by \(signer)"
        case false?: return "not signed by the key named, but \(extent)by \(signer)"
        case nil:
            return
                "\(extent)by \(signer), a key that the ledger states itself: nobody vouches whose it"
                + " is, --key names whom you trust"
        }
    }

    private static func blocks(_ integrity: Integrity) -> String {
        var text = integrity.blocks.counted("block")
        if integrity.ringRows > 0 {
            text += " and \(integrity.ringRows) rows in its ring"
        } else if integrity.hasNewsInRing {
            text += " and more in its ring"
        }
        if integrity.tornSize > 0 {
            text += ", then \(integrity.tornSize) bytes that are no whole block"
        }
        return text
    }

    /// The exit status of `verify`: 0 intact and sealed, 1 intact so far, 2 damaged.
    static func status(_ integrity: Integrity) -> Int32 {
        switch integrity.state {
        case .clean: integrity.sealed ? 0 : 1
        case .torn, .live: 1
        case .damaged: 2
        }
    }

    /// How the sentence is painted.
    static func paint(_ integrity: Integrity) -> Paint {
        switch status(integrity) {
        case 0: .good
        case 1: integrity.state == .clean ? .good : .doubtful
        default: .bad
        }
    }
}
