import ArgumentParser
import JouleFile
import JouleQuantities

struct KeygenCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen",
        abstract: "Makes a key to seal ledgers with.",
        discussion: """
            Writes the secret key to FILE, which only you can read, and the public key to FILE.pub: one \
            line, by which anybody can check your seals. NAME tells whose key it is; a name under \
            a domain of yours, such as example.org/alice, is nobody else's.

            With --seals N it is a forward-secure identity: N keys, each of which seals one ledger \
            and is then erased from FILE. Whoever steals FILE later can forge nothing that was sealed \
            before. Keep no copy of such a FILE: a copy still has the keys that were erased.

            Examples:
              joulebook keygen example.org/alice -o alice.key
              joulebook keygen example.org/lab --seals 1000 -o lab.key
              joulebook seal run.joule --key lab.key
              joulebook verify run.joule --key lab.key.pub

            Exit status: 0 done; 64 wrong usage; 74 not writable, or a file is there already.
            """
    )

    @Argument(help: "Whose key it is: visible ASCII without '+'.") var name: String
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The secret key's file, which must not exist yet.", valueName: "file"),
        completion: .file()
    )
    var output: String
    @Option(help: ArgumentHelp("A key for each of so many seals.", valueName: "n"))
    var seals: Int?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        if let problem = PublicKey.problem(ofName: name) { throw .usage(problem) }
        guard !output.isEmpty else { throw .usage("-o names no file; give the secret key's path") }
        if let seals, !(2...PublicKey.countMax).contains(seals) {
            throw .usage(
                "--seals is 2 to \(PublicKey.countMax); without it a key seals without end"
            )
        }
        let key: SecretKey
        do throws(LedgerError) {
            key = try SecretKey.create(output, name: name, count: seals)
        } catch { throw CommandFailure(error) }
        let secret = seals == nil ? "keep it to yourself" : "keep it to yourself, and no copy of it"
        let uses = seals.map { "; each of its \($0) keys seals once" } ?? ""
        let pub = SecretKey.publicPath(of: output)
        try console.print("\(output.visible): the secret key; \(secret)\(uses)")
        try console.print("\(pub.visible): the public key; publish it, it is this line")
        try console.print(key.publicKey.text)
        return 0
    }
}
