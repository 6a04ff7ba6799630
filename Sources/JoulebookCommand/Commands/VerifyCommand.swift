import ArgumentParser
import JouleFile
import JouleQuantities

struct VerifyCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every block of a ledger.",
        discussion: """
            Reads checksums and the hash tree and says in one line what was found. Ledgers are not \
            sealed or signed yet, so that an undamaged ledger is 'intact so far': nothing in it is \
            broken, but nobody vouches that its end was not cut off.

            Examples:
              joulebook verify joulebook/digits/*.joule
              joulebook verify run.joule --json | jq '.files[0].state'

            Exit status: 0 intact and sealed; 1 intact so far (not sealed, not signed, live, or a \
            torn tail: the line says which); 2 damaged or not a ledger; 64 wrong usage; 74 not \
            readable. Of several files the worst counts.
            """
    )

    @Argument(help: "Ledgers.") var files: [String]
    @Flag(help: "Print JSON (Schemas/verify.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !files.contains("") else { throw .usage("an empty path was given; name a ledger") }
        var worst: Int32 = 0
        var documents: [JSON] = []
        for (place, file) in files.enumerated() {
            if files.count > 1 { console.progress("verifying", place, of: files.count) }
            let verdict = Verdict(of: file)
            worst = max(worst, verdict.status)
            documents.append(verdict.json)
            if !json { try verdict.print(on: console) }
        }
        if json {
            let document: JSON = ["schema": "joulebook.verify/1", "files": .array(documents)]
            try console.print(document.bytes)
        }
        return worst
    }
}

/// What was found at one path.
private enum Verdict {
    case ledger(path: String, Integrity)
    case notALedger(CommandFailure, path: String)
    case unreadable(CommandFailure, path: String)

    init(of path: String) {
        do {
            try Input.require(path, as: .ledger)
            self = .ledger(path: path, try Self.integrity(of: path))
        } catch {
            if case .inputOutput = error {
                self = .unreadable(error, path: path)
            } else {
                self = .notALedger(error, path: path)
            }
        }
    }

    private static func integrity(of path: String) throws(CommandFailure) -> Integrity {
        do { return try Ledger(reading: path, verifies: true).integrity } catch {
            throw CommandFailure(error)
        }
    }

    var status: Int32 {
        switch self {
        case .ledger(_, let integrity): IntegrityDocument.status(integrity)
        case .notALedger: 2
        case .unreadable(let failure, _): failure.status
        }
    }

    func print(on console: Console) throws(CommandFailure) {
        switch self {
        case .ledger(let path, let integrity):
            let sentence = IntegrityDocument.sentence(integrity).visible
            let painted = console.look.painted(sentence, IntegrityDocument.paint(integrity))
            try console.print("\(path.visible): \(painted)")
        case .notALedger(let failure, _), .unreadable(let failure, _):
            // Verdicts before this one appear before it.
            try console.flush()
            console.complain(failure.line ?? "")
        }
    }

    var json: JSON {
        var document = JSONObject()
        switch self {
        case .ledger(let path, let integrity):
            document["path"] = .string(path)
            for member in IntegrityDocument.json(integrity).object?.members ?? [] {
                document[member.name] = member.value
            }
            document["message"] = .string(IntegrityDocument.sentence(integrity))
        case .notALedger(let failure, let path):
            document["path"] = .string(path)
            document["state"] = "not_a_ledger"
            document["message"] = .orNull(failure.line)
        case .unreadable(let failure, let path):
            document["path"] = .string(path)
            document["state"] = "unreadable"
            document["message"] = .orNull(failure.line)
        }
        document["status"] = .integer(Int64(status))
        return .object(document)
    }
}
