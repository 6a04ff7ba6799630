import JouleFile
import JouleQuantities
import JouleSystem

/// The record's member `code`, which several look for, each in its own time.
final class RecordedCode: Sendable {
    private let writer: LedgerWriter
    private let known: Lock<JSONObject>

    /// `known` is what the record says already.
    init(_ known: JSONObject, in writer: LedgerWriter) {
        self.writer = writer
        self.known = Lock(known)
    }

    /// Adds the members of an object, and replaces those of the same names.
    func add(_ members: JSON) {
        // The document is written under the lock: of two, the later one has all members.
        known.withLock { known in
            for member in members.object?.members ?? [] { known[member.name] = member.value }
            writer.annotate(["code": .object(known)])
        }
    }
}
