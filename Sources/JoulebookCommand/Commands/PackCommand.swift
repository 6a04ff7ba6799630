import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

struct PackCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "pack",
        abstract: "Many ledgers in one file, byte for byte, and back.",
        usage: """
            joulebook pack <path> --output <path> [--extract]
            joulebook pack <path> --in-place [--older-than <age>]
            """,
        discussion: """
            Each ledger is stored as it is, so that its hashes, proofs and seals keep holding; of \
            equal ones one is stored. A pack can stand wherever a ledger or a directory can, and ls \
            lists its runs without reading them. The ledgers themselves stay as they are: rows that \
            only a killed writer's ring holds become blocks in the pack's copy. What is damaged is \
            packed as it is; of a ledger that is being written as much as is whole. The members of \
            packs become members of the new one.

            The pack appears when it is complete, and nothing is left of it before.

            With --in-place the ledgers of a directory that were closed and not written to for a \
            while, or left by a killed writer, move into packs below DIR/packs, whatever else is \
            written and read there meanwhile: run it each night. A ledger is removed when the pack \
            is on disk, was read back whole, and has the very bytes of the ledger; a job that is \
            killed loses nothing, and the next one goes on. Eight packs become one, so that \
            there are few of them. Ledgers that go on in further files, and damaged ones, stay. Who \
            names a ledger by the path that it had still gets it.

            Examples:
              joulebook pack joulebook -o runs.joule
              joulebook pack joulebook --in-place
              joulebook ls runs.joule
              joulebook pack --extract runs.joule -o joulebook

            Exit status: 0; 1 extracted, but some ledgers are not as they were packed, which are \
            named; 64 wrong usage; 65 nothing to pack, or not a pack; 74 not readable or not \
            writable, the output exists, or another process packs in place.
            """
    )

    @Argument(
        help: "A directory of ledgers, or one ledger; with --extract a pack.",
        completion: .file()
    ) var path: String
    @Flag(help: "Write the ledgers of a pack into a new directory.") var extract = false
    @Flag(help: "Move what has ended into packs of the directory itself.") var inPlace = false
    @Option(
        help: ArgumentHelp(
            "With --in-place: only ledgers not written to for so long (90d, 12h, 0s); else 1d.",
            valueName: "age"
        ),
        transform: Age.init(argument:)
    )
    var olderThan: Age?
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp(
            "The new pack, which must not exist yet; with --extract the new directory.",
            valueName: "path"
        ),
        completion: .file()
    )
    var output: String?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !inPlace else {
            guard output == nil, !extract else {
                throw .usage("--in-place says where packs go; leave -o and --extract out")
            }
            try Input.require(path, as: .fileOrDirectory)
            guard LedgerDirectory.isDirectory(path) else {
                throw .badData("\(path): a file; --in-place is for a directory of ledgers")
            }
            return try packInPlace(on: console)
        }
        guard olderThan == nil else { throw .usage("--older-than is for --in-place; give both") }
        guard let output, !output.isEmpty else {
            throw .usage("give -o and the path of the output, or --in-place")
        }
        try Input.require(path, as: extract ? .file : .fileOrDirectory)
        return try extract ? unpack(to: output, on: console) : pack(to: output, on: console)
    }

    private func packInPlace(on console: Console) throws(CommandFailure) -> Int32 {
        let job: PackJob
        do throws(LedgerError) {
            let moment = (olderThan ?? .day).before(.now())
            job = try PackJob(in: path, until: moment) { done, total in
                console.progress("looking", done, of: total, unit: "ledgers")
            }
        } catch {
            throw CommandFailure(error)
        }
        for problem in job.problems {
            console.complain("\(problem.path): stays as it is: \(problem.message)")
        }
        if let pack = job.packed, let path = job.path {
            try console.print("\(path): \(summary(of: pack))".visible)
        }
        for merge in job.merges {
            try console.print(
                "\(merge.path): \(merge.packs) packs in one: \(summary(of: merge.into))".visible
            )
        }
        var text = "\(path): \(job.removed.counted("file")) of packed ledgers removed"
        if job.live > 0 { text += "; \(job.live.counted("ledger")) still being written" }
        try console.print(text.visible)
        return 0
    }

    private func pack(to output: String, on console: Console) throws(CommandFailure) -> Int32 {
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

    private func unpack(to output: String, on console: Console) throws(CommandFailure) -> Int32 {
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
