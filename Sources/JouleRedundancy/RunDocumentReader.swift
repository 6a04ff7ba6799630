import JouleFile
import JouleQuantities

/// Makes runs of the documents and rows of a ledger of many runs, without records in between.
///
/// What many runs have in common is parsed once, by the parser of records, and known again by its bytes.
/// Whatever a plain document does not hold is left to that parser as well: `run` then tells nil. Both
/// ways give the same run (`RunDocumentTests`).
struct RunDocumentReader {
    /// What many runs have in common besides their setting.
    private struct Circumstance {
        let origin: RunOrigin
        let status: RunStatus
        let isVerification: Bool
        let rank: Int?
        let startIsAssumed: Bool
        let endIsAssumed: Bool
        let energyIsAssumed: Bool
    }

    /// A setting, with what its code says of the command line.
    private struct Setting {
        let setting: RunSetting
        let arguments: String?
    }

    /// A document that asks for a real parser.
    private typealias NotPlain = DocumentNumber.Malformed

    /// Beyond this many texts of members what was seen is parsed again.
    private static let settingsMax = 100_000

    private var tree = DocumentTree()
    private var leaves = DocumentLeaves()
    private var names = DocumentOutline.Names()
    private var settings = ByteTable()
    private var settingList: [Setting?] = []
    private var circumstances = ByteTable()
    private var circumstanceList: [Circumstance?] = []
    private var sweeps = ByteTable()
    private var sweepList: [String] = []
    private var recent = RecentSpellings()
    /// Reused from one run to the next.
    private var facts = Facts()
    private var spelling: [UInt8] = []

    /// What a document says, as it is read.
    private struct Facts {
        var id: Range<Int>?
        var sweep: Range<Int>?
        var seed: JSON?
        var started: WallTime?
        var ended: WallTime?
        var duration: Double?
        var energy: Double?
        var checkpoints: [Int]?
        /// The members that make a setting, and the other circumstances.
        var settingKey: [UInt8] = []
        var circumstanceKey: [UInt8] = []
        /// In the order of the document.
        var metrics: [Double] = []
        var leaves: [UInt32] = []
        var kinds: [(kind: KeyKinds.Kinds, path: ConfigurationPaths.Place)] = []
        var ignored = RunDetails.SpeltLeaves()

        mutating func removeAll() {
            (id, sweep, seed, checkpoints) = (nil, nil, nil, nil)
            (started, ended, duration, energy) = (nil, nil, nil, nil)
            settingKey.removeAll(keepingCapacity: true)
            circumstanceKey.removeAll(keepingCapacity: true)
            metrics.removeAll(keepingCapacity: true)
            leaves.removeAll(keepingCapacity: true)
            kinds.removeAll(keepingCapacity: true)
            ignored.removeAll()
        }
    }

    /// Nil for a run that takes a record to understand.
    mutating func run(
        _ place: Int,
        of batch: RunBatch,
        _ courses: EpochCourses,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore
    ) -> AuditedRun? {
        guard !batch.isAnnotated(place) else { return nil }
        let text = batch.text
        let document = batch.places[place]
        guard let ending = ending(of: text, document, &vocabulary),
            (try? readValues(of: text, &vocabulary)) != nil
        else { return nil }
        return try? run(
            text,
            tree.endings[ending],
            batch,
            place,
            courses,
            &vocabulary,
            store
        )
    }

    private mutating func ending(
        of text: [UInt8],
        _ document: Range<Int>,
        _ vocabulary: inout RunVocabulary
    ) -> Int? {
        if let known = tree.find(in: text, document) { return known }
        let own = Array(text[document])
        guard
            let outline = DocumentOutline(
                own,
                &leaves,
                &vocabulary.paths,
                &names,
                &vocabulary.metricNames
            )
        else { return nil }
        tree.learn(own, outline, names, &vocabulary)
        return tree.find(in: text, document)
    }

    // MARK: Values

    private mutating func readValues(
        of text: [UInt8],
        _ vocabulary: inout RunVocabulary
    ) throws(NotPlain) {
        facts.removeAll()
        for number in tree.values.indices {
            let value = tree.values[number]
            let place = value.place
            switch value.role {
            case .none: break
            case .leaf: try takeLeaf(text, value, &vocabulary)
            case .ignored:
                spelling.removeAll(keepingCapacity: true)
                guard Spelling.write(text, place, at: value.argument, to: &spelling) else {
                    throw NotPlain()
                }
                facts.ignored.append(spelling)
            case .setting:
                facts.settingKey.append(UInt8(ascii: ","))
                facts.settingKey += text[place.lowerBound - Int(value.argument)..<place.upperBound]
            case .circumstance:
                facts.circumstanceKey.append(UInt8(ascii: ","))
                facts.circumstanceKey +=
                    text[place.lowerBound - Int(value.argument)..<place.upperBound]
            case .metric:
                guard let number = try DocumentNumber.value(text, place) else { throw NotPlain() }
                if value.argument >= 0 { facts.metrics.append(number) }
            case .id: facts.id = try Self.plainText(text, place)
            case .sweep: facts.sweep = try Self.plainText(text, place)
            case .seed: facts.seed = try Self.seed(text, place)
            case .artifacts:
                guard let artifacts = try? JSON(parsing: Array(text[place])) else {
                    throw NotPlain()
                }
                facts.checkpoints = RunDetails.checkpoints(of: artifacts)
            case .started: facts.started = try DocumentNumber.date(text, place)
            case .ended: facts.ended = try DocumentNumber.date(text, place)
            case .duration: facts.duration = try DocumentNumber.amount(text, place)
            case .energy: facts.energy = try DocumentNumber.amount(text, place)
            }
        }
    }

    /// The place of what a string without escapes says.
    private static func plainText(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain)
        -> Range<Int>
    {
        guard text[place.lowerBound] == UInt8(ascii: "\""),
            !text[place].contains(UInt8(ascii: "\\"))
        else { throw NotPlain() }
        return place.lowerBound + 1..<place.upperBound - 1
    }

    private static func seed(_ text: [UInt8], _ place: Range<Int>) throws(NotPlain) -> JSON? {
        let number = text.span.extracting(place)
        if DecimalText.isNumber(number), let whole = DecimalText.integer(number) {
            return .integer(whole)
        }
        guard let seed = try? JSON(parsing: Array(text[place])), seed.object == nil,
            seed.array == nil
        else { throw NotPlain() }
        return seed == .null ? nil : seed
    }

    private mutating func takeLeaf(
        _ text: [UInt8],
        _ value: DocumentOutline.Value,
        _ vocabulary: inout RunVocabulary
    ) throws(NotPlain) {
        let key = RecentSpellings.Key(text, value.place, at: value.argument)
        if let key, let known = recent.known(key) { return take(known, at: value.argument) }
        spelling.removeAll(keepingCapacity: true)
        guard Spelling.write(text, value.place, at: value.argument, to: &spelling) else {
            throw NotPlain()
        }
        let known = RecentSpellings.Known(
            spelling: vocabulary.spellingPlace(spelling),
            kind: KeyKinds.Kinds(spelling[...]) ?? []
        )
        if let key { recent.remember(key, as: known) }
        take(known, at: value.argument)
    }

    private mutating func take(_ leaf: RecentSpellings.Known, at path: ConfigurationPaths.Place) {
        facts.leaves.append(leaf.spelling)
        if !leaf.kind.isEmpty { facts.kinds.append((leaf.kind, path)) }
    }

    // MARK: Runs

    private mutating func run(
        _ text: [UInt8],
        _ ending: DocumentTree.Ending,
        _ batch: RunBatch,
        _ place: Int,
        _ courses: EpochCourses,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore
    ) throws(NotPlain) -> AuditedRun {
        guard let idPlace = facts.id,
            let id = RunID(String(decoding: text[idPlace], as: UTF8.self)),
            // A run that does not say how long it took is looked at as a whole.
            let duration = facts.duration
        else { throw NotPlain() }
        let setting = try setting(hasConfig: ending.hasConfiguration, &vocabulary)
        let frame = try circumstance(&vocabulary)
        let program = setting.setting.program
        vocabulary.learnCode(of: setting.setting)
        for (kind, path) in facts.kinds { vocabulary.learn(kind, at: path, of: program) }
        let course = courses.courses[place]
        let results = results(ending, batch, place, courses, &vocabulary)
        let execution = Execution(
            Execution.Facts(
                status: frame.status,
                started: facts.started,
                startIsAssumed: frame.startIsAssumed,
                ended: facts.ended,
                endIsAssumed: frame.endIsAssumed,
                durationSeconds: duration,
                lastEpochEnded: nil
            ),
            epochs: courses.epochs(of: course).lazy.compactMap(\.seconds)
        )
        let hasNonFinite =
            course.hasNonFinite || facts.metrics.contains { !$0.isFinite }
        return AuditedRun(
            AuditedRun.Facts(
                id: id,
                setting: setting.setting,
                origin: frame.origin,
                seed: facts.seed,
                sweep: facts.sweep.map { sweep(text[$0]) },
                execution: execution,
                cost: RunCost(
                    joules: facts.energy,
                    seconds: execution.durationSeconds,
                    isAssumed: frame.energyIsAssumed,
                    Array(courses.epochs(of: course))
                ),
                curve: results.curve,
                informationBits: results.informationBits,
                names: results.names,
                values: results.values,
                selection: nil,
                epochCount: Int32(clamping: course.epochCount),
                firstEpoch: course.firstNumber.map { Int32(clamping: $0) } ?? .min,
                rank: frame.rank.map { Int32(clamping: $0) } ?? -1,
                status: frame.status,
                isVerification: frame.isVerification,
                hasDiverged: frame.status != .running && hasNonFinite
            ),
            store,
            at: store.add { bytes in
                RunDetails.Parts(
                    course: courses.words(of: course),
                    epochCount: course.epochCount,
                    checkpoints: facts.checkpoints,
                    arguments: setting.arguments,
                    leaves: facts.leaves,
                    ignored: facts.ignored,
                    unread: [],
                    isConfigured: ending.hasConfiguration
                ).write(to: &bytes)
            }
        )
    }

    /// What a run came to.
    private struct Results {
        var curve: CurveMark?
        var informationBits: Double
        var names: MetricNames
        var values: [Double]
    }

    private mutating func results(
        _ ending: DocumentTree.Ending,
        _ batch: RunBatch,
        _ place: Int,
        _ courses: EpochCourses,
        _ vocabulary: inout RunVocabulary
    ) -> Results {
        let course = courses.courses[place]
        var results = Results(
            curve: courses.mark(of: course),
            informationBits: course.informationBits,
            names: ending.metrics,
            values: ending.order.map { facts.metrics[$0] }
        )
        if results.values.isEmpty {
            let last = batch.lastMetrics(place, &vocabulary.metricNames)
            results.names = vocabulary.names(last.map(\.name))
            results.values = last.map(\.value)
        } else if results.curve == nil {
            let final = zip(results.names.all, results.values).map {
                Metric(name: $0, value: $1)
            }
            var information = CurveInformation()
            for metric in final { information.count(metric.value) }
            results.curve =
                Curve(prefixes: [], final: vocabulary.metricNames.sum(of: final)).mark
            results.informationBits = information.bits
        }
        return results
    }

    private mutating func sweep(_ text: ArraySlice<UInt8>) -> String {
        if sweeps.count >= Self.settingsMax {
            sweeps.removeAll()
            sweepList.removeAll(keepingCapacity: true)
        }
        let (place, isNew) = sweeps.place(of: text.span)
        if isNew { sweepList.append(String(decoding: text, as: UTF8.self)) }
        return sweepList[Int(place)]
    }

    private mutating func setting(hasConfig: Bool, _ vocabulary: inout RunVocabulary)
        throws(NotPlain) -> Setting
    {
        if settings.count >= Self.settingsMax {
            settings.removeAll()
            settingList.removeAll(keepingCapacity: true)
        }
        facts.settingKey.append(hasConfig ? 1 : 0)
        let (place, isNew) = settings.place(of: facts.settingKey)
        if isNew {
            var record = record(facts.settingKey.dropLast())
            if hasConfig {
                record?.config = JSONObject(uniqueMembers: [.init(name: "x", value: 1)])
            }
            settingList.append(
                record.map { record in
                    Setting(
                        setting: vocabulary.setting(of: record),
                        arguments: RunSetting.Facts.arguments(of: record)?.text()
                    )
                }
            )
        }
        guard let setting = settingList[Int(place)] else { throw NotPlain() }
        return setting
    }

    private mutating func circumstance(_ vocabulary: inout RunVocabulary)
        throws(NotPlain) -> Circumstance
    {
        if circumstances.count >= Self.settingsMax {
            circumstances.removeAll()
            circumstanceList.removeAll(keepingCapacity: true)
        }
        let (place, isNew) = circumstances.place(of: facts.circumstanceKey)
        if isNew {
            circumstanceList.append(
                record(facts.circumstanceKey[...]).map { record in
                    Circumstance(
                        origin: vocabulary.origin(of: record),
                        status: record.status,
                        isVerification: record.tags.contains("verify"),
                        rank: record.rank,
                        startIsAssumed: record.assumed.contains("started"),
                        endIsAssumed: record.assumed.contains("ended"),
                        energyIsAssumed: record.assumed.contains { $0.contains("energy") }
                    )
                }
            )
        }
        guard let circumstance = circumstanceList[Int(place)] else { throw NotPlain() }
        return circumstance
    }

    /// A record of these members alone; nil where they make none.
    private func record(_ members: ArraySlice<UInt8>) -> RunRecord? {
        let text = Array(#"{"run_id":"x""#.utf8) + members + [UInt8(ascii: "}")]
        guard let json = try? JSON(parsing: text) else { return nil }
        return try? RunRecord(json: json)
    }
}
