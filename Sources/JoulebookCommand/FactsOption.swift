import ArgumentParser
import JouleFile
import JouleLifecycle
import JouleRedundancy

/// What others have read of the ledgers, in place of reading them here (`joulebook_facts`).
///
/// For programs that divide the reading; a person has nothing to give.
struct FactsOption: ParsableArguments {
    @Option(help: .hidden) var lifecycleFacts: String?
    @Option(help: .hidden) var auditFacts: String?

    var isGiven: Bool { lifecycleFacts != nil || auditFacts != nil }

    /// The runs as an audit needs them.
    func runs(of path: String, rules: KeyRules, on console: Console) throws(LedgerError)
        -> AuditFeed
    {
        guard let auditFacts else {
            return try AuditFeed(reading: path, rules: rules, progress: console.showReading)
        }
        return try AuditFeed(gatheredIn: auditFacts, of: path, rules: rules)
    }

    /// The same as a summary of a life needs them.
    func summaries(of path: String, on console: Console) throws(LedgerError) -> RunFactsFeed {
        guard let lifecycleFacts else {
            return try RunFactsFeed(reading: path, progress: console.showReading)
        }
        return try RunFactsFeed(gatheredIn: lifecycleFacts, of: path)
    }
}
