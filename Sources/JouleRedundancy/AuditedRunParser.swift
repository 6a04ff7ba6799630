import JouleFile
import JouleQuantities

/// Takes what `AuditedRunWriter` has put into the vocabulary of another audit.
struct AuditedRunParser {
    /// A run, and what its record told of others.
    struct Told {
        let run: AuditedRun
        let readings: [MeterOverlaps.NamedReading]
        /// Whether it is a job of Slurm with the energy of its nodes.
        let isJob: Bool
    }

    private struct Leaf {
        let spelling: UInt32
        let kind: KeyKinds.Kinds?
        let path: ConfigurationPaths.Place
    }

    fileprivate struct End {
        let execution: Execution
        let cost: RunCost
        let status: RunStatus
        let hasDiverged: Bool
    }

    private var settings: [RunSetting] = []
    private var origins: [RunOrigin] = []
    private var names: [MetricNames] = []
    private var selections: [SelectedMetric] = []
    private var leaves: [Leaf] = []
    private var paths: [ConfigurationPaths.Place] = []

    mutating func run(
        _ read: inout FactsReader,
        _ maker: inout AuditedRun.Maker
    ) throws(FactsError) -> Told {
        let id = try read.runID()
        let setting = try setting(&read, &maker.vocabulary)
        let origin = try origin(&read, &maker.vocabulary)
        let sweep = try read.optionalText().map { maker.vocabulary.shared($0) }
        let names = try names(&read, &maker.vocabulary)
        var values: [Double] = []
        for _ in names.all { values.append(try read.double()) }
        let selection = try read.bool() ? try selection(&read, &maker.vocabulary) : nil
        let informationBits = try read.double()
        let seed = try read.optional(Self.seed)
        let curve = try read.optional { read throws(FactsError) in
            CurveMark(last: try read.double().bitPattern, epochs: try Self.int32(&read))
        }
        let (epochs, first, rank) = (
            try Self.int32(&read), try Self.int32(&read), try Self.int32(&read)
        )
        let isVerification = try read.bool()
        let details = try details(&read, setting, &maker.vocabulary)
        let end = try end(of: id, &read, maker)
        let facts = AuditedRun.Facts(
            id: id,
            setting: setting,
            origin: origin,
            seed: seed,
            sweep: sweep,
            execution: end.execution,
            cost: end.cost,
            curve: curve,
            informationBits: informationBits,
            names: names,
            values: values,
            selection: selection,
            epochCount: epochs,
            firstEpoch: first,
            rank: rank,
            status: end.status,
            isVerification: isVerification,
            hasDiverged: end.hasDiverged
        )
        return Told(
            run: AuditedRun(facts, maker.store, details),
            readings: try read.list(MeterOverlaps.NamedReading.init),
            isJob: try read.bool()
        )
    }

    /// That of a run whose process is known to be dead is another.
    private func end(
        of id: RunID,
        _ read: inout FactsReader,
        _ maker: AuditedRun.Maker
    ) throws(FactsError) -> End {
        let end = try End(&read)
        guard let process = try read.optional(ProcessIdentity.init) else { return end }
        var claim = RunRecord(id: id, status: .running)
        claim.process = process
        let dead = try End(&read)
        return maker.isDead(claim) ? dead : end
    }

    private static func seed(_ read: inout FactsReader) throws(FactsError) -> JSON {
        let spelling = try read.raw()
        guard spelling.count > Spelling.headSize - 1 else { throw .damaged }
        return Spelling.value(of: spelling)
    }

    private static func int32(_ read: inout FactsReader) throws(FactsError) -> Int32 {
        Int32(clamping: try read.integer())
    }

    // MARK: What recurs

    /// The thing that a number stands for; `make` takes a new one.
    private static func known<Thing>(
        _ things: inout [Thing],
        _ read: inout FactsReader,
        _ make: (inout FactsReader) throws(FactsError) -> Thing
    ) throws(FactsError) -> Thing {
        let number = try read.word()
        if number < UInt64(things.count) { return things[Int(number)] }
        guard number == UInt64(things.count) else { throw .damaged }
        let thing = try make(&read)
        things.append(thing)
        return thing
    }

    private mutating func setting(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> RunSetting {
        try Self.known(&settings, &read) { read throws(FactsError) in
            let setting = vocabulary.setting(try RunSetting.Facts(&read))
            vocabulary.learnCode(of: setting)
            return setting
        }
    }

    private mutating func origin(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> RunOrigin {
        try Self.known(&origins, &read) { read throws(FactsError) in
            let user = try read.optionalText()
            return vocabulary.shared(RunOrigin(user: user, host: try read.optionalText()))
        }
    }

    private mutating func names(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> MetricNames {
        try Self.known(&names, &read) { read throws(FactsError) in
            vocabulary.names(try read.list { read throws(FactsError) in try read.text() })
        }
    }

    private mutating func selection(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> SelectedMetric {
        try Self.known(&selections, &read) { read throws(FactsError) in
            let name = try read.text()
            let selection = PrimaryMetric.Selection(name: name, isHigherBetter: try read.bool())
            return vocabulary.shared(selection)
        }
    }

    private mutating func path(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> ConfigurationPaths.Place {
        try Self.known(&paths, &read) { read throws(FactsError) in
            let text = try read.text()
            return vocabulary.paths.place(text: text, kind: try read.text())
        }
    }

    private mutating func spelling(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> [UInt8] {
        let path = try path(&read, &vocabulary)
        let rest = try read.raw()
        guard !rest.isEmpty else { throw .damaged }
        var spelling: [UInt8] = []
        Spelling.append(UInt32(bitPattern: path), to: &spelling)
        return spelling + rest
    }

    private mutating func leaf(
        _ read: inout FactsReader,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> Leaf {
        let number = try read.word()
        if number < UInt64(leaves.count) { return leaves[Int(number)] }
        guard number == UInt64(leaves.count) else { throw .damaged }
        let spelling = try spelling(&read, &vocabulary)
        let leaf = Leaf(
            spelling: vocabulary.spellingPlace(spelling),
            kind: KeyKinds.Kinds(spelling[...]),
            path: Spelling.path(of: spelling[...])
        )
        leaves.append(leaf)
        return leaf
    }

    // MARK: Details

    private mutating func details(
        _ read: inout FactsReader,
        _ setting: RunSetting,
        _ vocabulary: inout RunVocabulary
    ) throws(FactsError) -> RunDetails {
        let prefixes = try read.list { read throws(FactsError) in try read.double().bitPattern }
        let epochs = try read.list { read throws(FactsError) in
            RunDetails.Epoch(
                number: Int(try read.integer()),
                joules: try read.optionalDouble(),
                seconds: try read.optionalDouble()
            )
        }
        let checkpoints = try read.optional { read throws(FactsError) in
            try read.list { read throws(FactsError) in Int(try read.integer()) }
        }
        let arguments = try read.optional { read throws(FactsError) in try read.text() }
        var leaves: [UInt32] = []
        for _ in 0..<(try read.count()) {
            let leaf = try leaf(&read, &vocabulary)
            leaves.append(leaf.spelling)
            if let kind = leaf.kind { vocabulary.learn(kind, at: leaf.path, of: setting.program) }
        }
        var ignored: [[UInt8]] = []
        for _ in 0..<(try read.count()) { ignored.append(try spelling(&read, &vocabulary)) }
        var unread: [ConfigurationPaths.Place] = []
        for _ in 0..<(try read.count()) { unread.append(try path(&read, &vocabulary)) }
        return RunDetails(
            prefixes: prefixes,
            epochs: epochs,
            checkpoints: checkpoints,
            arguments: arguments,
            leaves: leaves,
            ignored: ignored,
            unread: unread,
            isConfigured: try read.bool()
        )
    }
}

extension AuditedRunParser.End {
    fileprivate init(_ read: inout FactsReader) throws(FactsError) {
        execution = try Execution(&read)
        cost = RunCost(
            joules: try read.optionalDouble(),
            seconds: try read.optionalDouble(),
            isAssumed: try read.bool(),
            isModelled: try read.bool()
        )
        status = try read.word(RunStatus.self)
        hasDiverged = try read.bool()
    }
}
