import JouleFile
import JouleQuantities

extension Run {
    /// Adds words to find the run by.
    public func tag(_ names: String...) {
        tag(names)
    }

    /// Adds words to find the run by.
    public func tag(_ names: [String]) {
        recorderNow()?.tag(names)
    }

    /// Adds a dated note of at most 64 KiB; secrets in it are redacted.
    ///
    /// A note without text, or a longer one, is a warning and otherwise ignored.
    public func note(_ text: String) {
        guard let recorder = recorderNow() else { return }
        guard (1...RunNote.sizeBytesMax).contains(text.utf8.count) else {
            return say("note: a note has 1 to \(RunNote.sizeBytesMax) bytes; it is not kept")
        }
        recorder.writer.annotate([:], appending: ["notes": [RunNote.json(text, at: .now())]])
    }
}

/// What the record keeps of a note.
package enum RunNote {
    package static let sizeBytesMax = 64 << 10

    /// The text, dated, without its secrets.
    package static func json(_ text: String, at moment: WallTime) -> JSON {
        ["at": .double(moment.unixSeconds), "text": .string(Redaction.redact(text: text))]
    }
}
