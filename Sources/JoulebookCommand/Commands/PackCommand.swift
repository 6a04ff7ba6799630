import ArgumentParser
import JouleFile
import JouleQuantities

struct PackCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Many ledgers in one file, byte for byte, and back.",
        discussion: """
            Each ledger is stored as it is, so that its hashes, proofs and seals keep holding; of \
            equal ones one is stored. A pack can stand wherever a ledger or a directory can, and ls \
            lists its runs without reading them. The ledgers themselves stay as they are: rows that \
            only a killed writer's ring holds become blocks in the pack's copy. What is damaged is \
            packed as it is; of a ledger that is being written as much as is whole. The members of \
            packs become members of the new one.

            The pack appears when it is complete, and nothing is left of it before.

            Examples:
              joulebook pack joulebook -o runs.joule
              joulebook ls runs.joule
              joulebook pack --extract runs.joule -o joulebook

            Exit status: 0; 1 extracted, but some ledgers are not as they were packed, which are \
            named; 64 wrong usage; 65 nothing to pack, or not a pack; 74 not readable or not \
            writable, or the output exists.
            """
    )

    @Argument(
        help: "A directory of ledgers, or one ledger; with --extract a pack.",
        completion: .file()
    ) var path: String
    @Flag(help: "Write the ledgers of a pack into a new directory.") var extract = false
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The new pack, which must not exist yet; with --extract the new directory.",
            valueName: "path"
        ),
        completion: .file()
    )
    var output: String

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !output.isEmpty else { throw .usage("-o names nothing; give the path of the output") }
        try Input.require(path, as: extract ? .file : .fileOrDirectory)
        return try extract ? unpack(on: console) : pack(on: console)
    }

    private func pack(on console: Console) throws(CommandFailure) -> Int32 {
        let pack: LedgerPack
        do throws(LedgerError) {
            pack = try LedgerPack.write(path, to: output) { done, total in
                console.progress("packing", Int(done >> 20), of: Int(total >> 20), unit: "MiB")
            }
        } catch {
            throw CommandFailure(error)
        }
        for name in pack.live { console.complain("\(name): still being written; packed so far") }
        for problem in pack.damaged {
            console.complain("\(problem.path): packed as it is: \(problem.message)")
        }
        for problem in pack.leftOut {
            console.complain("\(problem.path): not packed: \(problem.message)")
        }
        try console.print("\(output): \(summary(of: pack))".visible)
        return 0
    }

    private func summary(of pack: LedgerPack) -> String {
        var text = "\(pack.ledgers.counted("ledger")), \(pack.runs.counted("run"))"
        text += ", \(pack.sizeBytes) bytes"
        if !pack.copies.isEmpty { text += "; \(pack.copies.count) more were copies, stored once" }
        if !pack.drained.isEmpty { text += "; \(pack.drained.count) with the rows of their rings" }
        return text
    }

    private func unpack(on console: Console) throws(CommandFailure) -> Int32 {
        let extraction: PackExtraction
        do throws(LedgerError) {
            extraction = try PackExtraction.write(path, into: output) { done, total in
                console.progress("extracting", done, of: total, unit: "ledgers")
            }
        } catch {
            throw CommandFailure(error)
        }
        for problem in extraction.problems {
            console.complain("\(problem.path): \(problem.message)")
        }
        try console.print("\(output): \(extraction.ledgers.counted("ledger"))".visible)
        return extraction.problems.isEmpty ? 0 : 1
    }
}
