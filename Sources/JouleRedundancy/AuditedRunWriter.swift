import JouleFile
import JouleQuantities

/// Puts runs as an audit sees them one behind the other; what recurs is told once.
struct AuditedRunWriter {
    private var settings = Numbers<Int32>()
    private var origins = Numbers<ObjectIdentifier>()
    private var names = Numbers<ObjectIdentifier>()
    private var selections = Numbers<ObjectIdentifier>()
    private var spellings = Numbers<UInt32>()
    private var paths = Numbers<ConfigurationPaths.Place>()

    /// Numbers things in the order in which they are met.
    private struct Numbers<Thing: Hashable> {
        private var known: [Thing: Int] = [:]

        /// Puts the number of a thing; true where it is new, so that what it is has to follow.
        mutating func put(_ thing: Thing, to out: inout FactsWriter) -> Bool {
            let number = known[thing] ?? known.count
            out.put(count: number)
            guard number == known.count else { return false }
            known[thing] = number
            return true
        }
    }

    /// Puts a run of a vocabulary that is the maker's, and what only its `record` tells, where it took
    /// one to make it.
    mutating func put(
        _ run: AuditedRun,
        _ record: RunRecord?,
        _ maker: inout AuditedRun.Maker,
        to out: inout FactsWriter
    ) {
        put(run.facts, to: &out)
        put(run.details, maker.vocabulary, to: &out)
        Self.putEnd(of: run, to: &out)
        let claims = run.status == .running ? record : nil
        out.put(claims?.process) { $1.put(to: &$0) }
        if let claims, claims.process != nil { Self.putEnd(of: maker.run(claims, .dead), to: &out) }
        out.put(each: record?.datedReadings ?? []) { $1.put(to: &$0) }
        out.put(record?.isJob ?? false)
    }

    private mutating func put(_ facts: AuditedRun.Facts, to out: inout FactsWriter) {
        out.put(facts.id.description)
        if settings.put(facts.setting.number, to: &out) { facts.setting.facts.put(to: &out) }
        if origins.put(ObjectIdentifier(facts.origin), to: &out) {
            out.put(recurring: facts.origin.user)
            out.put(recurring: facts.origin.host)
        }
        out.put(recurring: facts.sweep)
        if names.put(ObjectIdentifier(facts.names), to: &out) {
            out.put(each: facts.names.all) { $0.put($1) }
        }
        for place in facts.names.all.indices { out.put(bits: facts.values[place]) }
        out.put(facts.selection != nil)
        if let selected = facts.selection, selections.put(ObjectIdentifier(selected), to: &out) {
            out.put(selected.selection.name)
            out.put(selected.selection.isHigherBetter)
        }
        out.put(bits: facts.informationBits)
        out.put(facts.seed) { out, seed in
            var spelling: [UInt8] = []
            Spelling.write(seed, at: ConfigurationPaths.root, to: &spelling)
            out.put(spelling)
        }
        out.put(facts.curve) { out, curve in
            out.put(bits: Double(bitPattern: curve.last))
            out.put(Int64(curve.epochs))
        }
        out.put(Int64(facts.epochCount))
        out.put(Int64(facts.firstEpoch))
        out.put(Int64(facts.rank))
        out.put(facts.isVerification)
    }

    /// What depends on whether the process that writes a run still lives.
    private static func putEnd(of run: AuditedRun, to out: inout FactsWriter) {
        run.execution.put(to: &out)
        out.put(run.cost.joules)
        out.put(run.cost.seconds)
        out.put(run.cost.isAssumed)
        out.put(run.cost.isModelled)
        out.put(word: run.status)
        out.put(run.hasDiverged)
    }

    private mutating func put(
        _ details: RunDetails,
        _ vocabulary: RunVocabulary,
        to out: inout FactsWriter
    ) {
        out.put(each: details.prefixes) { $0.put(bits: Double(bitPattern: $1)) }
        out.put(each: details.epochs) { out, epoch in
            out.put(Int64(epoch.number))
            out.put(epoch.joules)
            out.put(epoch.seconds)
        }
        out.put(details.checkpoints) { out, epochs in
            out.put(each: epochs) { $0.put(Int64($1)) }
        }
        out.put(details.arguments) { $0.put($1) }
        out.put(count: details.leaves.count)
        for leaf in details.leaves where spellings.put(leaf, to: &out) {
            put(vocabulary.spellings[leaf], vocabulary, to: &out)
        }
        out.put(count: details.ignored.count)
        for leaf in details.ignored { put(leaf[...], vocabulary, to: &out) }
        out.put(count: details.unread.count)
        for path in details.unread { put(path, vocabulary, to: &out) }
        out.put(details.isConfigured)
    }

    private mutating func put(
        _ spelling: ArraySlice<UInt8>,
        _ vocabulary: RunVocabulary,
        to out: inout FactsWriter
    ) {
        put(Spelling.path(of: spelling), vocabulary, to: &out)
        out.put(Spelling.rest(of: spelling))
    }

    private mutating func put(
        _ path: ConfigurationPaths.Place,
        _ vocabulary: RunVocabulary,
        to out: inout FactsWriter
    ) {
        guard paths.put(path, to: &out) else { return }
        out.put(vocabulary.paths[path].text)
        out.put(vocabulary.paths[path].kind)
    }
}
