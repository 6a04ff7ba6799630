import JouleFile
import JouleQuantities

extension Recorder {
    /// What was lost so far of the things that a program logged, and why, one sentence each.
    ///
    /// Telemetry thins out by design.
    var losses: [String] {
        var sentences: [String] = []
        for table in writer.drops?.members ?? [] where table.name != "telemetry" {
            for cause in table.value.object?.members ?? [] {
                let count = cause.value.integer ?? 0
                sentences.append(sentence(of: count, in: table.name, cause: cause.name))
            }
        }
        let calls = writer.unconfirmedCalls
        if calls > 0 {
            let logged = calls.counted("call")
            sentences.append("the disk did not confirm what \(logged) logged\(because)")
        }
        return sentences
    }

    /// Why the ledger of a run that has ended is not closed.
    var refusal: String {
        let ring = writer.isCrashProof ? "; keep the .ring file, which holds the rest" : ""
        return "the ledger could not be closed\(because)\(ring)"
    }

    private var because: String { writer.trouble.map { ": \($0)" } ?? "" }

    private func sentence(of count: Int64, in table: String, cause: String) -> String {
        let isOne = count == 1
        let noun = Self.nouns[table] ?? (one: "row of \(table)", many: "rows of \(table)")
        let what = "\(count) \(isOne ? noun.one : noun.many) \(isOne ? "was" : "were")"
        switch cause {
        case "refused":
            return "\(what) refused, whole or in part: \(Self.limits[table] ?? Self.limitsOfRows)"
        case "write_failed":
            return "\(what) lost\(because)"
        default:
            let hurry = isOne ? "it came faster than it" : "they came faster than they"
            return "\(what) lost: \(writer.trouble ?? "\(hurry) could be stored")"
        }
    }

    private static let limitsOfRows = "a row has at most 32 KiB, a metric's name 1 to 1024 bytes"
    private static let limits = [
        "attachments": "an artifact has at most 64 MiB and a name of 1 to 1024 bytes",
        "meta": "a document has at most 1 MiB",
    ]
    private static let nouns: [String: (one: String, many: String)] = [
        "steps": ("step", "steps"), "epochs": ("epoch", "epochs"), "phases": ("phase", "phases"),
        "energy": ("energy of a window", "energies of windows"),
        "attachments": ("artifact", "artifacts"),
        "meta": ("document of the record", "documents of the record"),
    ]
}
