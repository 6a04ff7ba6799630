import ArgumentParser
import JouleFile
import JouleQuantities

struct SealCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "seal",
        abstract: "Signs ledgers as they are now.",
        discussion: """
            Verifies each ledger, finishes it where its writer died, and appends a checkpoint: the \
            number of its blocks and the root of their hash tree, signed (Ed25519, C2SP signed note). \
            Whoever has the public key then finds out with 'verify --key' whether anything before the \
            seal was rewritten. That a later seal was cut off, only a checkpoint kept elsewhere shows: \
            see 'prove'. Of a ledger that goes on in NAME.1.joule the last file is sealed, which \
            continues the others; one that is damaged is sealed by no key.

            More can be logged behind a seal, and be sealed later. A ledger that this key has sealed \
            and that nothing was added to stays as it is. Of a forward-secure key each seal uses up \
            one, also when it cannot be finished; a copy of its file from before the ledger's last seal \
            is refused.

            Examples:
              joulebook seal run.joule --key alice.key
              joulebook seal joulebook/digits/*.joule --key lab.key

            Exit status: 0 all are sealed; 64 wrong usage; 65 live, damaged or no ledger, or no key, or \
            all keys used up; 74 not readable or not writable. Of several ledgers the worst counts.
            """
    )

    @Argument(help: "Ledgers.", completion: .file()) var files: [String]
    @Option(
        help: ArgumentHelp("The secret key of 'keygen'.", valueName: "file"),
        completion: .file()
    ) var key: String

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !files.contains("") else { throw .usage("an empty path was given; name a ledger") }
        try Input.require(key, as: .file)
        let secret: SecretKey
        do throws(LedgerError) { secret = try SecretKey(key) } catch { throw CommandFailure(error) }
        var worst: Int32 = 0
        for (place, file) in files.enumerated() {
            if files.count > 1 { console.progress("sealing", place, of: files.count) }
            do throws(CommandFailure) { try seal(file, with: secret, on: console) } catch {
                // Without a key there is nothing to be done about the others either.
                guard error.isAbout(ledger: file), let line = error.line else { throw error }
                try console.flush()
                console.complain(line)
                worst = max(worst, error.status)
            }
        }
        return worst
    }

    private func seal(_ file: String, with secret: SecretKey, on console: Console)
        throws(CommandFailure)
    {
        try Input.require(file, as: .ledgers)
        let outcome: LedgerSeal.Outcome
        do throws(LedgerError) { outcome = try LedgerSeal.seal(file, with: secret) } catch {
            throw CommandFailure(error)
        }
        let name = secret.publicKey.name
        switch outcome {
        case .alreadySealed(let blocks):
            try console.print(
                "\(file.visible): already sealed by \(name), \(blocks.counted("block")) and"
                    + " nothing new since; nothing was appended"
            )
        case .sealed(let blocks, let number):
            let which = number.map { ", key \($0 + 1) of \(secret.publicKey.count ?? 0)" } ?? ""
            try console.print(
                "\(file.visible): sealed \(blocks.counted("block")) by \(name)\(which)"
            )
        }
    }
}

extension CommandFailure {
    /// Whether it says something of this ledger, so that others may still do.
    fileprivate func isAbout(ledger path: String) -> Bool {
        line?.hasPrefix("\(path): ") ?? false
    }
}
