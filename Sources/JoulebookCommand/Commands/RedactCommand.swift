import ArgumentParser
import JouleFile
import JouleQuantities
import JouleRedundancy

struct RedactCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "redact",
        abstract: "A new ledger without a leaked secret.",
        usage: """
            joulebook redact <file> [--path <key> ...] [--attachment <name> ...]
                             --output <file>
            """,
        discussion: """
            Removes what the paths name from the records of all runs and writes the rest anew: rows, \
            epochs, energy, ids and status stay equal. Each run then names the root of the old \
            ledger and, of each removed value, its path and a salted hash. The salt is printed and \
            kept in no file; with it you can prove later what was removed. A guess of a secret can \
            still be checked by the old root: one that can be guessed, such as a PIN, must be changed, \
            not only redacted. An attachment is removed with all that have the same \
            content; of it the hash is told so. Blocks of private types are left out, as nobody knows \
            what is in them. A ledger that goes on in other files becomes one. Seals of the old ledger \
            do not carry over. It stays as it is, with all its files: delete it, and change the secret.

            Where a removed value still stands is said: in a text from 6 bytes on, and as a whole \
            value of a record or a table's text from 3 bytes on, a number and a text being the same \
            when they are spelt the same. Of a removed list or object only what has 16 bytes is \
            looked for, and true, false and null never. The host's name stands in hardware and in \
            process, whose host and pid go only with all of it (--path process).

            A path is that of 'show --json', dotted (config.api_key, argv.3, env.TOKEN; * is any \
            name or place) or a JSON Pointer (/config/api_key).

            Examples:
              joulebook redact run.joule --path config.api_key -o clean.joule
              joulebook redact run.joule --path argv --attachment code.diff -o clean.joule

            Exit status: 0; 1 written, but a removed value still stands elsewhere, which is named; \
            64 wrong usage; 65 nothing is at the paths or of the names, or the ledger is being written, \
            damaged or a pack: nothing was written; 74 not readable or not writable, or the output exists.
            """
    )

    @Argument(help: "The ledger.", completion: .file()) var file: String
    @Option(
        name: .customLong("path"),
        help: ArgumentHelp("What to remove; may be repeated.", valueName: "key")
    )
    var paths: [String] = []
    @Option(
        name: .customLong("attachment"),
        help: ArgumentHelp("An attachment to remove; may be repeated.", valueName: "name")
    )
    var attachments: [String] = []
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The new ledger, which must not exist yet.", valueName: "file"),
        completion: .file()
    )
    var output: String

    /// What runs are told apart and added up by.
    private static let kept: Set = [
        "run_id", "status", "meters", "energy_j", "energy_by_meter", "redacted_from",
        "thinned_from",
    ]

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !output.isEmpty else { throw .usage("-o names no file; give the new ledger's path") }
        guard !paths.isEmpty || !attachments.isEmpty else {
            throw .usage("nothing is to be removed; give --path or --attachment")
        }
        let wanted = try recordPaths()
        try Input.require(file, as: .ledger)
        let redaction: LedgerRedaction
        do throws(LedgerError) {
            redaction = try LedgerRedaction.write(
                file,
                to: output,
                removing: wanted,
                attachments: Set(attachments)
            ) { value in Array(value.canonicalText.utf8) }
        } catch {
            throw CommandFailure(error)
        }
        try report(redaction, on: console)
        for place in redaction.leftovers {
            console.complain("a removed value still stands at \(place)")
        }
        return redaction.leftovers.isEmpty ? 0 : 1
    }

    private func recordPaths() throws(CommandFailure) -> [RecordPath] {
        var wanted: [RecordPath] = []
        for text in paths {
            guard let path = RecordPath(text) else {
                throw .usage("--path '\(text)' names nothing; write for example config.api_key")
            }
            guard !Self.kept.contains(text.hasPrefix("/") ? String(text.dropFirst()) : text) else {
                throw .usage("--path \(text) is what runs are known by and stays")
            }
            wanted.append(path)
        }
        return wanted
    }

    private func report(_ redaction: LedgerRedaction, on console: Console) throws(CommandFailure) {
        let runs = redaction.runs.counted("run")
        let values = redaction.removed.reduce(0) { $0 + $1.values }
        try console.print("\(output): \(values.counted("value")) removed from \(runs)".visible)
        for (path, count) in redaction.removed {
            try console.print("  \(path.text): \(count.counted("value"))".visible)
        }
        for name in redaction.attachments {
            try console.print("  attachment \(name)".visible)
        }
        if redaction.privateBlocks > 0 {
            let count = redaction.privateBlocks.counted("block")
            try console.print("  \(count) of private types left out")
        }
        if redaction.unsought > 0 {
            let count = redaction.unsought.counted("value")
            try console.print(
                "  \(count) too short or common to be looked for elsewhere (redact --help)"
            )
        }
        if redaction.hadSeals { try console.print("the old ledger's seals do not carry over") }
        try console.print("old root \(redaction.oldRoot)")
        try console.print("salt     \(redaction.salt), kept nowhere else")
    }
}
