import JouleFile
import JouleQuantities

/// What `verify` says of the files in which a ledger goes on.
enum SegmentsDocument {
    /// The exit status for the whole ledger, whose end is in the last file.
    static func status(_ found: LedgerVerification) -> Int32 {
        let own = IntegrityDocument.status(found.integrity)
        let others = found.segments.map { IntegrityDocument.status($0.integrity) }
        guard let last = others.last, own < 2, !others.contains(2) else {
            return others.reduce(own, max)
        }
        return last
    }

    /// What is said of the file that was asked for.
    static func sentence(_ found: LedgerVerification) -> String {
        var own = IntegrityDocument.sentence(found.integrity)
        if let last = found.thinnings.max(by: { $0.at < $1.at }) {
            own += "; thinned \(last.sentence)"
        }
        guard let next = found.segments.first else { return own }
        let name = next.path.split(separator: "/").last.map(String.init) ?? next.path
        return "\(own); the ledger goes on in \(name)"
    }

    /// A line for each of the others.
    static func print(_ segments: [LedgerVerification.Segment], on console: Console)
        throws(CommandFailure)
    {
        for segment in segments {
            let text = IntegrityDocument.sentence(segment.integrity).visible
            let painted = console.look.painted(text, IntegrityDocument.paint(segment.integrity))
            try console.print("\(segment.path.visible): \(painted)")
        }
    }

    /// The `segments` of a file of `verify --json`; nil when there are none.
    static func json(_ segments: [LedgerVerification.Segment]) -> JSON? {
        guard !segments.isEmpty else { return nil }
        return .array(
            segments.map { segment in
                var document = JSONObject()
                document["path"] = .string(segment.path)
                for part in IntegrityDocument.json(segment.integrity).object?.members ?? [] {
                    document[part.name] = part.value
                }
                document["message"] = .string(IntegrityDocument.sentence(segment.integrity))
                return .object(document)
            }
        )
    }
}
