import ArgumentParser
import JouleFile
import JouleQuantities

struct ProveCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Proves to others what is in a ledger, and that nothing was rewritten.",
        usage: """
            joulebook prove <file> [--block <n>] [--output <out>]
            joulebook prove <file> --since <checkpoint> [--key <pub>]
                                   [--output <out>]
            joulebook prove --check <proof> --key <pub> [--since <checkpoint>]
                            [--ledger <file>]
            """,
        discussion: """
            Without options, gives the ledger's last checkpoint: keep it where nobody who could \
            rewrite the ledger reaches. With --since it says whether the ledger still begins with \
            what was kept, which no seal inside the file can show once the file's end was cut off; \
            --key checks who signed what was kept. With --block it makes a proof that a block is in \
            the sealed ledger, which holds without the ledger (C2SP tlog-proof). --check judges \
            proofs of both kinds; one that was made with --since is compared with the checkpoint \
            that was kept (--since), or with the ledger (--ledger).

            With -o the proof goes to the file, and what it shows is said on standard output; \
            without, the proof goes to standard output, and what it shows to standard error.

            Examples:
              joulebook prove run.joule -o run.checkpoint
              joulebook prove run.joule --since run.checkpoint --key alice.key.pub
              joulebook prove run.joule --since run.checkpoint -o run.proof
              joulebook prove --check run.proof --since run.checkpoint --key alice.key.pub
              joulebook prove run.joule --block 5 -o block5.tlog-proof
              joulebook prove --check block5.tlog-proof --key alice.key.pub

            Exit status: 0 proven; 1 it holds, but who was named with --key did not sign; 2 refuted: \
            rewritten, cut off, of another ledger, or a proof or a signature that does not hold; 64 wrong usage; 65 \
            damaged, not sealed, or no proof; 74 not readable, or OUT is there already.
            """
    )

    @Argument(help: "The ledger to prove something of.", completion: .file()) var file: String?
    @Option(help: ArgumentHelp("That it has this block, from 0.", valueName: "n"))
    var block: UInt64?
    @Option(
        help: ArgumentHelp(
            "That it begins with what this checkpoint, or a number of blocks, stood for.",
            valueName: "checkpoint"
        )
    )
    var since: String?
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The proof's file, which must not exist yet.", valueName: "out"),
        completion: .file()
    )
    var output: String?
    @Option(
        help: ArgumentHelp("Judge this proof instead.", valueName: "proof"),
        completion: .file()
    ) var check: String?
    @Option(
        help: ArgumentHelp("The public key that must have signed, or its file.", valueName: "pub"),
        completion: .file()
    )
    var key: String?
    @Option(
        help: ArgumentHelp("Compare the proof with this ledger.", valueName: "file"),
        completion: .file()
    )
    var ledger: String?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        if let check { return try judge(check, on: console) }
        guard let file else { throw .usage("name a ledger, or a proof with --check") }
        guard ledger == nil else { throw .usage("--ledger belongs to --check") }
        guard key == nil || since != nil else {
            throw .usage("--key belongs to --check and --since; proofs name the key themselves")
        }
        guard key == nil || !sinceIsNumber else {
            throw .usage("nobody signed a number of blocks; --key needs a checkpoint with --since")
        }
        guard block == nil || since == nil else {
            throw .usage("--block and --since are proofs of two kinds; make one after the other")
        }
        try Input.require(file, as: .ledger)
        let made: LedgerProof.Continuity
        do throws(LedgerError) { made = try prove(file) } catch { throw CommandFailure(error) }
        switch made {
        case .proven(let proof):
            try hand(proof, of: file, on: console)
            return 0
        case .unsigned, .cut, .rewritten, .foreign, .forged:
            console.complain("\(file): \(refutation(made))")
            if case .unsigned = made { return 1 }
            return 2
        }
    }

    /// Whether `--since` is a number of blocks, which nobody signed.
    private var sinceIsNumber: Bool { since.flatMap(UInt64.init) != nil }

    // MARK: Making

    private func prove(_ file: String) throws(LedgerError) -> LedgerProof.Continuity {
        if let since {
            let key = try key.map { text throws(LedgerError) in try PublicKey(text) }
            return try LedgerProof.consistency(since: try kept(since), by: key, in: file)
        }
        if let block { return .proven(try LedgerProof.inclusion(of: block, in: file)) }
        return .proven(try LedgerProof.checkpoint(of: file))
    }

    /// A number of blocks, else a file of a checkpoint.
    private func kept(_ text: String) throws(LedgerError) -> KeptTree {
        if let size = UInt64(text) { return KeptTree(size: size) }
        return try KeptTree(checkpoint: text)
    }

    private func refutation(_ continuity: LedgerProof.Continuity) -> String {
        let since = since ?? ""
        return switch continuity {
        case .proven: ""
        case .cut(let blocks):
            "cut off: it has \(blocks.counted("block")), fewer than \(since)"
        case .rewritten: "rewritten: it does not begin with the blocks of \(since)"
        case .foreign(let origin): "another ledger than that of \(since), \(origin)"
        case .unsigned:
            "begins with the blocks of \(since), which was not signed with the key named"
        case .forged: "the signature in \(since) does not hold, so that it shows nothing"
        }
    }

    private func hand(_ proof: LedgerProof, of file: String, on console: Console)
        throws(CommandFailure)
    {
        let shown = "\(file): \(proof.claim)"
        if let output {
            do throws(LedgerError) { try proof.write(to: output) } catch {
                throw CommandFailure(error)
            }
            try console.print(shown.visible)
        } else {
            try console.print(lines: String(decoding: proof.text, as: UTF8.self))
            console.complain(shown)
        }
        if let since, !sinceIsNumber, key == nil {
            console.complain("who signed \(since) was not checked; --key <pub> checks it")
        }
        if proof.seal == nil {
            console.complain("nobody signed this much of the ledger; joulebook seal does")
        }
    }

    // MARK: Checking

    private func judge(_ proof: String, on console: Console) throws(CommandFailure) -> Int32 {
        guard file == nil, block == nil, output == nil else {
            throw .usage(
                "--check judges a proof; give the ledger with --ledger, and no --block or -o"
            )
        }
        guard let key else { throw .usage("--check needs --key: who must have signed the ledger") }
        try Input.require(proof, as: .file)
        let verdict: ProofCheck.Verdict
        do throws(LedgerError) {
            verdict = try ProofCheck.verdict(
                on: proof,
                by: try PublicKey(key),
                kept: try since.map { text throws(LedgerError) in try kept(text) },
                ledger: ledger
            )
        } catch { throw CommandFailure(error) }
        let look = console.look
        switch verdict {
        case .proven(let what):
            try console.print("\(proof.visible): \(look.painted("proven: \(what.visible)", .good))")
            return 0
        case .unsigned(let what):
            try console.print(
                "\(proof.visible): \(look.painted("not signed: \(what.visible)", .doubtful))"
            )
            return 1
        case .refuted(let why):
            try console.print("\(proof.visible): \(look.painted("refuted: \(why.visible)", .bad))")
            return 2
        case .undecided(let what): throw .usage("\(proof.visible): \(what)")
        }
    }
}
