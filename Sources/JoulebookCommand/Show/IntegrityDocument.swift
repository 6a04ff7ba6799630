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
        document["blocks"] = .integer(Int64(integrity.blocks))
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

    /// The state in one line.
    static func sentence(_ integrity: Integrity) -> String {
        let blocks = blocks(integrity)
        switch integrity.state {
        case .clean where integrity.sealed: return "intact and sealed: \(blocks)"
        case .clean: return "intact so far: \(blocks), closed, not sealed, not signed"
        case .torn where integrity.isTornAfterClose:
            return
                "intact so far: closed, but bytes that are no block follow the end, \(blocks), not"
                + " sealed, not signed"
        case .torn:
            return
                "intact so far: torn tail (the writer stopped without closing), \(blocks), not sealed,"
                + " not signed"
        case .live:
            return "intact so far: live (still being written), \(blocks), not sealed, not signed"
        case .damaged:
            guard let first = integrity.problems.first else { return "damaged: \(blocks) readable" }
            let more = integrity.problems.count - 1
            return "damaged: \(first.message) at byte \(first.offset)"
                + (more > 0 ? " and \(more) more" : "") + "; \(blocks) readable"
        }
    }

    private static func blocks(_ integrity: Integrity) -> String {
        var text = integrity.blocks == 1 ? "1 block" : "\(integrity.blocks) blocks"
        if integrity.ringRows > 0 { text += " and \(integrity.ringRows) rows in its ring" }
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
