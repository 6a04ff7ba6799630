import ArgumentParser
import JouleFile
import JouleQuantities

struct RecoverCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "recover",
        abstract: "Saves what can be read of a torn or damaged ledger.",
        discussion: """
            Writes a new, closed ledger and leaves the old one as it is. Of a torn ledger every \
            block stays as it was, and the rows of a ring beside it become blocks. Of a damaged one \
            all rows that still check out are written anew, with attachments and blocks of private \
            types, and the runs name the old root.

            Example:
              joulebook recover run.joule -o recovered.joule

            Exit status: 0 nothing was lost; 1 something was or may be, the line says what; 2 nothing \
            can be saved, nothing was written; 64 wrong usage; 65 its writer still lives; 74 not readable \
            or not writable.
            """
    )

    @Argument(help: "The ledger.", completion: .file()) var file: String
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The new ledger, which must not exist yet.", valueName: "file"),
        completion: .file()
    )
    var output: String

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !output.isEmpty else { throw .usage("-o names no file; give the new ledger's path") }
        do throws(CommandFailure) { try Input.require(file, as: .ledger) } catch {
            guard case .badData(let line) = error else { throw error }
            console.complain(line)
            return 2
        }
        let recovery: LedgerRecovery
        do throws(LedgerError) {
            recovery = try LedgerRecovery.write(file, to: output)
        } catch {
            switch error {
            case .system, .busy: throw CommandFailure(error)
            default:
                console.complain(error.description)
                return 2
            }
        }
        try console.print("\(output.visible): \(summary(of: recovery))")
        return recovery.hasLosses ? 1 : 0
    }

    private func summary(of recovery: LedgerRecovery) -> String {
        let before = IntegrityDocument.sentence(recovery.before).visible
        if recovery.isPack, !recovery.isVerbatim {
            return "every ledger that was found, byte for byte; the old pack was \(before)"
        }
        let lost = "the last \(recovery.lostTailSize) bytes, a block that was never finished"
        if !recovery.isVerbatim {
            let tail = recovery.lostTailSize > 0 ? ", without \(lost)" : ""
            return "every row that checks out, written anew\(tail); the old ledger was \(before)"
        }
        let kept = recovery.lostTailSize > 0 ? "all but \(lost)" : nil
        if recovery.before.lacksRing {
            return "\(kept ?? "every block"); rows since the last one may be lost:"
                + " \(file.visible).ring is not here"
        }
        return kept ?? "nothing was lost; the old ledger was \(before)"
    }
}
