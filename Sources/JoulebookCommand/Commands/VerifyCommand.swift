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
            broken, but nobody vouches that its end was not cut off. Of a pack its own blocks are \
            checked and every ledger in it; those that are not intact are named.

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
    case ledger(path: String, LedgerVerification)
    case notALedger(CommandFailure, path: String)
    case unreadable(CommandFailure, path: String)

    init(of path: String) {
        do {
            try Input.require(path, as: .ledger)
            self = .ledger(path: path, try Self.verification(of: path))
        } catch {
            if case .inputOutput = error {
                self = .unreadable(error, path: path)
            } else {
                self = .notALedger(error, path: path)
            }
        }
    }

    private static func verification(of path: String)
        throws(CommandFailure) -> LedgerVerification
    {
        do { return try LedgerVerification(of: path) } catch {
            throw CommandFailure(error)
        }
    }

    var status: Int32 {
        switch self {
        case .ledger(_, let found):
            max(
                IntegrityDocument.status(found.integrity),
                PackDocument.status(found.members, isSealed: found.integrity.sealed)
            )
        case .notALedger: 2
        case .unreadable(let failure, _): failure.status
        }
    }

    func print(on console: Console) throws(CommandFailure) {
        switch self {
        case .ledger(let path, let found):
            let sentence = IntegrityDocument.sentence(found.integrity).visible
            let painted = console.look.painted(sentence, IntegrityDocument.paint(found.integrity))
            try console.print("\(path.visible): \(painted)")
            try PackDocument.print(found.members, of: path, on: console)
        case .notALedger(let failure, _), .unreadable(let failure, _):
            // Verdicts before this one appear before it.
            try console.flush()
            console.complain(failure.line ?? "")
        }
    }

    var json: JSON {
        var document = JSONObject()
        switch self {
        case .ledger(let path, let found):
            document["path"] = .string(path)
            for member in IntegrityDocument.json(found.integrity).object?.members ?? [] {
                document[member.name] = member.value
            }
            document["message"] = .string(IntegrityDocument.sentence(found.integrity))
            document["members"] = PackDocument.json(found.members)
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
