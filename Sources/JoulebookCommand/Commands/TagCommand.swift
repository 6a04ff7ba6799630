import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

struct TagCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "tag",
        abstract: "Adds words to find a run by, or removes them, after its end.",
        discussion: """
            What is said is appended to the ledger, with its date; everything before stays as it \
            was, byte for byte. A ledger that was sealed is then sealed up to there. Behind damage \
            nothing is appended: then a file NAME.1.joule is begun beside it and named, which readers \
            take for the same ledger.

            Examples:
              joulebook tag joulebook/digits/20260302T101500Z-1f3a9c00.joule verify
              joulebook tag 1f3a baseline paper --in joulebook
              joulebook tag 1f3a paper --remove --in joulebook
              joulebook ls joulebook --where tag=baseline

            Exit status: 0; 64 wrong usage; 65 not a ledger, no such run, or still being written; \
            74 not readable or not writable.
            """
    )

    @OptionGroup var target: AnnotatedRun
    @Argument(help: "The words.") var names: [String]
    @Flag(help: "Remove the words; what was written before still tells of them.") var remove = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !names.contains("") else { throw .usage("a tag is empty; give a word") }
        let (run, place) = try target.find(on: console)
        guard !remove else { return try removeTags(of: run, in: place, on: console) }
        var new: [String] = []
        for name in names.map(Redaction.redact(text:))
        where !run.tags.contains(name) && !new.contains(name) { new.append(name) }
        guard !new.isEmpty else {
            try console.print("run \(run.id.short) has these tags already")
            return 0
        }
        var lists = JSONObject()
        lists["tags"] = .array(new.map(JSON.string))
        let annotation = RunAnnotation(append: lists)
        try target.append(annotation, to: run.id, in: place, at: .now(), on: console)
        try console.print("tagged run \(run.id.short): \(new.joined(separator: ", ").visible)")
        return 0
    }

    private func removeTags(of run: RunRecord, in place: LedgerDirectory.Place, on console: Console)
        throws(CommandFailure) -> Int32
    {
        let left = run.tags.filter { !names.contains($0) }
        guard left.count < run.tags.count else {
            try console.print("run \(run.id.short) has none of these tags")
            return 0
        }
        var members = JSONObject()
        members["tags"] = left.isEmpty ? .null : .array(left.map(JSON.string))
        let annotation = RunAnnotation(set: members)
        try target.append(annotation, to: run.id, in: place, at: .now(), on: console)
        let stays = try target.find(on: console).record.tags.contains(where: names.contains)
        guard !stays else {
            throw .badData("\(place.path): done, but the ledger of another rank has the tag, too")
        }
        let gone = run.tags.filter(names.contains).joined(separator: ", ")
        try console.print("removed from run \(run.id.short): \(gone.visible)")
        return 0
    }
}
