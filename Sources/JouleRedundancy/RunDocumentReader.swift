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

    /// Beyond this many texts of values what was seen is parsed again.
    private static let spellingsMax = 200_000
    private static let settingsMax = 100_000

    private var settings = ByteTable()
    private var settingList: [Setting?] = []
    private var circumstances = ByteTable()
    private var circumstanceList: [Circumstance?] = []
    private var spellings = ByteTable()
    private var spellingList: [UInt32] = []
    private var leaves = DocumentLeaves()
    private var metricLeaves = DocumentLeaves()
    private var metricPaths = ConfigurationPaths(.shipped)
    /// Reused from one run to the next.
    private var settingKey: [UInt8] = []
    private var circumstanceKey: [UInt8] = []
    private var key: [UInt8] = []
    private var rows = EpochRowReader()

    mutating func run(
        _ item: RunBatches.Item,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore
    ) -> AuditedRun? {
        try? plainRun(item, &vocabulary, store)
    }

    private mutating func plainRun(
        _ item: RunBatches.Item,
        _ vocabulary: inout RunVocabulary,
        _ store: DetailStore
    ) throws(NotPlain) -> AuditedRun {
        guard item.laterDocuments.isEmpty else { throw NotPlain() }
        let bytes = item.document
        let members = try members(of: bytes)
        guard let idPlace = members[.id],
            let id = RunID(String(decoding: bytes[idPlace], as: UTF8.self)),
            // A run that does not say how long it took is looked at as a whole.
            let duration = try DocumentNumber.amount(bytes, members[.duration])
        else { throw NotPlain() }
        let energy = try DocumentNumber.amount(bytes, members[.energy])
        let started = try DocumentNumber.date(bytes, members[.started])
        let ended = try DocumentNumber.date(bytes, members[.ended])
        let hasConfig = (members[.config]?.count ?? 0) > 2
        let setting = try setting(hasConfig: hasConfig, &vocabulary)
        let frame = try circumstance(&vocabulary)
        let final = try finalMetrics(bytes, members[.metrics], &vocabulary)
        let inputs = RunInputs(
            setting: setting.setting,
            seed: try seed(bytes, members[.seed]),
            unread: [],
            isConfigured: hasConfig
        )
        if let config = members[.config] { try take(config, of: bytes, into: inputs, &vocabulary) }
        vocabulary.learn(inputs)
        let course = rows.course(of: item.epochs, final, &vocabulary.metricNames)
        let execution = Execution(
            Execution.Facts(
                status: frame.status,
                started: started,
                startIsAssumed: frame.startIsAssumed,
                ended: ended,
                endIsAssumed: frame.endIsAssumed,
                durationSeconds: duration,
                lastEpochEnded: nil
            ),
            epochs: course.epochs.lazy.compactMap(\.seconds)
        )
        let details = RunDetails(
            prefixes: course.curve?.prefixes ?? [],
            epochs: course.epochs,
            checkpoints: nil,
            arguments: setting.arguments,
            leaves: inputs.leaves,
            ignored: inputs.ignored,
            unread: [],
            isConfigured: hasConfig
        )
        let results = final.isEmpty ? course.last : final
        return AuditedRun(
            AuditedRun.Facts(
                id: id,
                setting: setting.setting,
                origin: frame.origin,
                seed: inputs.seed,
                sweep: members[.sweep].map {
                    vocabulary.shared(String(decoding: bytes[$0], as: UTF8.self))
                },
                execution: execution,
                cost: RunCost(
                    joules: energy,
                    seconds: execution.durationSeconds,
                    isAssumed: frame.energyIsAssumed,
                    course.epochs
                ),
                curve: course.curve?.mark,
                informationBits: course.informationBits,
                names: vocabulary.names(results.map(\.name)),
                values: results.map(\.value),
                selection: nil,
                epochCount: Int32(clamping: course.epochs.count),
                firstEpoch: (course.epochs.lazy.map(\.number).min()).map { Int32(clamping: $0) }
                    ?? .min,
                rank: frame.rank.map { Int32(clamping: $0) } ?? -1,
                status: frame.status,
                isVerification: frame.isVerification,
                hasDiverged: frame.status != .running && course.hasNonFinite
            ),
            store,
            details
        )
    }

    // MARK: Members

    /// What a run has for itself.
    private enum Member: Int, CaseIterable {
        case id, sweep, seed, config, metrics, started, ended, duration, energy

        var name: String {
            switch self {
            case .id: "run_id"
            case .duration: "duration_s"
            case .energy: "energy_j"
            case .sweep: "sweep"
            case .seed: "seed"
            case .config: "config"
            case .metrics: "metrics"
            case .started: "started"
            case .ended: "ended"
            }
        }

        private static let names = allCases.map { (member: $0, bytes: Array($0.name.utf8)) }

        static func named(_ text: ArraySlice<UInt8>) -> Member? {
            for name in names
            where name.bytes.count == text.count && text.elementsEqual(name.bytes) {
                return name.member
            }
            return nil
        }
    }

    /// Members of a run's own, as places in its document.
    private struct Members {
        private var places = [Range<Int>?](repeating: nil, count: Member.allCases.count)

        subscript(member: Member) -> Range<Int>? {
            get { places[member.rawValue] }
            set { places[member.rawValue] = newValue }
        }
    }

    /// What makes a setting, as documents name it.
    private static let settingNames = [
        "project", "code", "data", "env", "stage", "world_size", "parents",
    ].map { Array($0.utf8) }

    private static let circumstanceNames = [
        "user", "hardware", "status", "tags", "assumed", "rank",
    ].map { Array($0.utf8) }

    private static func place(of name: ArraySlice<UInt8>, in names: [[UInt8]]) -> Int? {
        names.firstIndex { $0.count == name.count && name.elementsEqual($0) }
    }

    /// Splits a document; what many runs have in common goes to the keys.
    private mutating func members(of bytes: [UInt8]) throws(NotPlain) -> Members {
        var cursor = TextCursor(bytes)
        guard cursor.take(UInt8(ascii: "{")), cursor.name() != nil, cursor.scalar() != nil,
            cursor.take(UInt8(ascii: ",")), let set = cursor.name(),
            bytes[set].elementsEqual("set".utf8), cursor.take(UInt8(ascii: "{"))
        else { throw NotPlain() }
        var members = Members()
        var seen: UInt32 = 0
        settingKey.removeAll(keepingCapacity: true)
        circumstanceKey.removeAll(keepingCapacity: true)
        repeat {
            guard let name = cursor.name() else { throw NotPlain() }
            let text = bytes[name]
            if let own = Member.named(text) {
                let isText = own == .id || own == .sweep
                guard members[own] == nil,
                    let value = isText ? cursor.plainString() : cursor.value()
                else { throw NotPlain() }
                members[own] = value
            } else {
                guard let value = cursor.value() else { throw NotPlain() }
                let member = bytes[name.lowerBound - 1..<value.upperBound]
                let bit: UInt32
                if let number = Self.place(of: text, in: Self.settingNames) {
                    bit = 1 << UInt32(number)
                    settingKey.append(UInt8(ascii: ","))
                    settingKey += member
                } else if let number = Self.place(of: text, in: Self.circumstanceNames) {
                    bit = 1 << UInt32(number + Self.settingNames.count)
                    circumstanceKey.append(UInt8(ascii: ","))
                    circumstanceKey += member
                } else {
                    throw NotPlain()
                }
                guard seen & bit == 0 else { throw NotPlain() }
                seen |= bit
            }
        } while cursor.take(UInt8(ascii: ","))
        guard cursor.take(UInt8(ascii: "}")), cursor.take(UInt8(ascii: "}")), cursor.isAtEnd else {
            throw NotPlain()
        }
        return members
    }

    private mutating func setting(hasConfig: Bool, _ vocabulary: inout RunVocabulary)
        throws(NotPlain) -> Setting
    {
        if settings.count >= Self.settingsMax {
            settings.removeAll()
            settingList.removeAll(keepingCapacity: true)
        }
        settingKey.append(hasConfig ? 1 : 0)
        let (place, isNew) = settings.place(of: settingKey)
        if isNew {
            var record = record(settingKey.dropLast())
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
        let (place, isNew) = circumstances.place(of: circumstanceKey)
        if isNew {
            circumstanceList.append(
                record(circumstanceKey[...]).map { record in
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

    // MARK: Values

    private func seed(_ bytes: [UInt8], _ place: Range<Int>?) throws(NotPlain) -> JSON? {
        guard let place else { return nil }
        guard let seed = try? JSON(parsing: Array(bytes[place])), seed.object == nil,
            seed.array == nil
        else { throw NotPlain() }
        return seed == .null ? nil : seed
    }

    /// The final metrics that tell results, by name.
    private mutating func finalMetrics(
        _ bytes: [UInt8],
        _ place: Range<Int>?,
        _ vocabulary: inout RunVocabulary
    ) throws(NotPlain) -> [Metric] {
        guard let place else { return [] }
        var cursor = TextCursor(bytes, at: place.lowerBound)
        guard let leaves = metricLeaves.leaves(of: &cursor, &metricPaths) else { throw NotPlain() }
        var metrics: [Metric] = []
        for leaf in leaves {
            guard let value = try DocumentNumber.value(bytes, leaf.value) else { throw NotPlain() }
            let name = metricPaths[leaf.place].text
            guard vocabulary.metricNames.hash(of: name) != nil else { continue }
            metrics.append(Metric(name: name, value: value))
        }
        return metrics.count > 1 ? metrics.sorted { $0.name < $1.name } : metrics
    }

    // MARK: Configurations

    private mutating func take(
        _ config: Range<Int>,
        of bytes: [UInt8],
        into inputs: RunInputs,
        _ vocabulary: inout RunVocabulary
    ) throws(NotPlain) {
        var cursor = TextCursor(bytes, at: config.lowerBound)
        guard let found = leaves.leaves(of: &cursor, &vocabulary.paths) else { throw NotPlain() }
        inputs.leaves.reserveCapacity(found.count)
        for leaf in found {
            if vocabulary.paths[leaf.place].role == .ignored {
                guard let spelling = Spelling.bytes(of: bytes[leaf.value], at: leaf.place) else {
                    throw NotPlain()
                }
                inputs.ignored.append(spelling)
                continue
            }
            key.removeAll(keepingCapacity: true)
            Spelling.append(UInt32(bitPattern: leaf.place), to: &key)
            key += bytes[leaf.value]
            if spellings.count >= Self.spellingsMax {
                spellings.removeAll()
                spellingList.removeAll(keepingCapacity: true)
            }
            let (place, isNew) = spellings.place(of: key)
            if isNew {
                let spelling = Spelling.bytes(of: bytes[leaf.value], at: leaf.place)
                spellingList.append(spelling.map { vocabulary.spellingPlace($0) } ?? .max)
            }
            guard spellingList[Int(place)] != .max else { throw NotPlain() }
            inputs.leaves.append(spellingList[Int(place)])
        }
    }
}
