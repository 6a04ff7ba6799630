import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

struct NoteCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Adds a note to a run, after its end.",
        discussion: """
            What is said is appended to the ledger, with its date; everything before stays as it \
            was, byte for byte. A ledger that was sealed is then sealed up to there. Behind damage \
            nothing is appended: then a file NAME.1.joule is begun beside it and named, which readers \
            take for the same ledger.

            Examples:
              joulebook note run.joule "learning rate was too high"
              joulebook note 1f3a "the one in the paper" --in joulebook
              joulebook show run.joule --json | jq .notes

            Exit status: 0; 64 wrong usage; 65 not a ledger, no such run, or still being written; \
            74 not readable or not writable.
            """
    )

    @OptionGroup var target: AnnotatedRun
    @Argument(help: "The note.") var text: String

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !text.isEmpty, text.utf8.count <= RunNote.sizeBytesMax else {
            throw .usage("a note has 1 to \(RunNote.sizeBytesMax) bytes")
        }
        let (run, place) = try target.find(on: console)
        let moment = WallTime.now()
        let note = RunNote.json(text, at: moment)
        var annotation = RunAnnotation()
        if let before = run.extra["notes"], before.array == nil {
            // Imported records may have one note that is no list.
            annotation.set["notes"] = [before, note]
        } else {
            annotation.append["notes"] = [note]
        }
        try target.append(annotation, to: run.id, in: place, at: moment, on: console)
        try console.print("noted for run \(run.id.short)")
        return 0
    }
}
