import ArgumentParser
import JouleFile
import JouleQuantities

struct VerifyCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Checks every block of a ledger, and who signed it.",
        discussion: """
            Reads checksums, the hash tree and signatures, and says in one line what was found. \
            Sealed means that a signature covers everything that was logged. With --key it must be by \
            that key or identity. Without it any key will do that the ledger states itself, and whose \
            key that is nobody vouches for. A signature that does not hold is damage, and so is one of a \
            one-time key that signed something else in these ledgers. Of a pack its own blocks are \
            checked and every ledger in it; those that are not intact are named. Where a ledger goes on \
            in another file because a disk failed (NAME.1.joule), that one is verified, too, and whether \
            it continues what the file before it holds; the last one says whether the whole is sealed.

            A ledger that was cut off at an older seal looks sealed: only a checkpoint that was kept \
            elsewhere shows that something is missing (see 'prove').

            Of a ledger above 16 MiB the blocks are checked, but their rows are not decoded, so that it \
            takes about a second a gigabyte; --deep decodes every row and compares what indexes and \
            summaries say of them. Those behind a seal, which nobody signed, are compared in any case. \
            Smaller ledgers and packs are always checked so.

            Examples:
              joulebook verify joulebook/digits/*.joule
              joulebook verify --deep large.joule
              joulebook verify run.joule --key alice.key.pub
              joulebook verify run.joule --json | jq '.files[0].state'

            Exit status: 0 intact and sealed; 1 intact so far (not sealed, not signed by the key named, \
            sealed up to some block only, live, or a torn tail: the line says which); 2 damaged or not \
            a ledger; 64 wrong usage; 65 no public key; 74 not readable. Of several files the worst \
            counts.
            """
    )

    @Argument(help: "Ledgers.", completion: .file()) var files: [String]
    @Option(
        help: ArgumentHelp("The public key that must have signed, or its file.", valueName: "pub"),
        completion: .file()
    )
    var key: String?
    @Flag(help: "Decode every row of large ledgers, too.") var deep = false
    @Flag(help: "Print JSON (Schemas/verify.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !files.contains("") else { throw .usage("an empty path was given; name a ledger") }
        let named = try key.map { text throws(CommandFailure) in try Self.publicKey(text) }
        var seals = SingleSeals()
        var worst: Int32 = 0
        var documents: [JSON] = []
        let sizes = files.map(Input.sizeBytes(of:))
        // In MiB, whose sum has room for whatever sparse files claim to be.
        let total = sizes.reduce(0) { $0 + Int($1 >> 20) }
        var before = 0
        for (file, size) in zip(files, sizes) {
            let found = Verdict(of: file, deeply: deep, sealedBy: named) { done in
                let sum = before + Int(min(done, size) >> 20)
                console.progress("verifying", sum, of: total, unit: "MiB")
            }
            before += Int(size >> 20)
            let verdict = found.judged(by: &seals)
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

    private static func publicKey(_ text: String) throws(CommandFailure) -> PublicKey {
        do { return try PublicKey(text) } catch { throw CommandFailure(error) }
    }
}

/// What was found at one path.
private enum Verdict {
    case ledger(path: String, LedgerVerification)
    case notALedger(CommandFailure, path: String)
    case unreadable(CommandFailure, path: String)

    init(
        of path: String,
        deeply: Bool,
        sealedBy named: PublicKey?,
        progress: @escaping (_ done: UInt64) -> Void
    ) {
        do throws(CommandFailure) {
            try Input.require(path, as: .ledgers)
            do throws(LedgerError) {
                let found = try LedgerVerification(
                    of: path,
                    deeply: deeply,
                    sealedBy: named,
                    progress: progress
                )
                self = .ledger(path: path, found)
            } catch {
                throw CommandFailure(error)
            }
        } catch {
            if case .inputOutput = error {
                self = .unreadable(error, path: path)
            } else {
                self = .notALedger(error, path: path)
            }
        }
    }

    /// The same, unless a key that seals once has sealed something else, too.
    func judged(by seals: inout SingleSeals) -> Verdict {
        guard case .ledger(let path, var found) = self,
            let problem = seals.problem(of: found, at: path)
        else { return self }
        found.integrity.forge(problem)
        return .ledger(path: path, found)
    }

    var status: Int32 {
        switch self {
        case .ledger(_, let found):
            max(
                SegmentsDocument.status(found),
                PackDocument.status(found.members, isSealed: found.integrity.sealed)
            )
        case .notALedger: 2
        case .unreadable(let failure, _): failure.status
        }
    }

    func print(on console: Console) throws(CommandFailure) {
        switch self {
        case .ledger(let path, let found):
            let sentence = SegmentsDocument.sentence(found).visible
            let painted = console.look.painted(sentence, IntegrityDocument.paint(found.integrity))
            try console.print("\(path.visible): \(painted)")
            try SegmentsDocument.print(found.segments, on: console)
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
            document["deep"] = .bool(found.isDeep)
            document["message"] = .string(SegmentsDocument.sentence(found))
            document["segments"] = SegmentsDocument.json(found.segments)
            document["thinned"] = ThinningNote.json(found.thinnings)
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
